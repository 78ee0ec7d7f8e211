/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a program that was built with glibc 2.34 or newer, so that an older one starts it, too: see older-glibc.c. An
 * older one leaves it to the program to call its constructors, of which GLib has one; a newer one does so itself unless the
 * program brings a function for that, as it does here. */

typedef int (*MainFunc) (int argc, char **argv, char **environment);
typedef void (*ConstructorFunc) (int argc, char **argv, char **environment);

__asm__(".symver older_start, __libc_start_main@GLIBC_2.2.5");
int older_start (MainFunc program, int argc, char **argv, ConstructorFunc init, void (*fini) (void),
                 void (*linker_fini) (void), void *stack_end);

/* The linker's. */
extern const ConstructorFunc __init_array_start[] __attribute__ ((visibility ("hidden")));
extern const ConstructorFunc __init_array_end[] __attribute__ ((visibility ("hidden")));
void _init (void);

static void
call_constructors (int argc, char **argv, char **environment)
{
    _init ();
    for (const ConstructorFunc *constructor = __init_array_start; constructor < __init_array_end; constructor++)
        (*constructor) (argc, argv, environment);
}

int __libc_start_main (MainFunc program, int argc, char **argv, ConstructorFunc init, void (*fini) (void),
                       void (*linker_fini) (void), void *stack_end);

__attribute__ ((visibility ("hidden"))) int
__libc_start_main (MainFunc program, int argc, char **argv, ConstructorFunc init, void (*fini) (void),
                   void (*linker_fini) (void), void *stack_end)
{
    return older_start (program, argc, argv, call_constructors, fini, linker_fini, stack_end);
}
