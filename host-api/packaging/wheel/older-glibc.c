/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into what a wheel holds, so that it runs with an older C library than it is built with: glibc 2.28. Since glibc
 * 2.34 the functions of libpthread and libdl are in libc, under that version; each of them is bound here to its first version,
 * which every glibc has. What no glibc of that age has is made of what it has. For x86-64. */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Calls of NAME in this module go to the NAME of that version. The jump keeps the caller, by which dlsym() goes. */
#define OLDER(name, version)                                                                        \
    __asm__(".symver older_" #name ", " #name "@" version "\n"                                      \
            ".pushsection .text, \"ax\", @progbits\n"                                               \
            ".globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name               \
            ":\n\tendbr64\n\tjmp *older_" #name "@GOTPCREL(%rip)\n.size " #name ", . - " #name "\n" \
            ".popsection");

#define FIRST "GLIBC_2.2.5"

OLDER (dladdr, FIRST)
OLDER (dlclose, FIRST)
OLDER (dlerror, FIRST)
OLDER (dlopen, FIRST)
OLDER (dlsym, FIRST)
OLDER (pthread_attr_setstacksize, FIRST)
OLDER (pthread_condattr_setclock, "GLIBC_2.3.3")
OLDER (pthread_create, FIRST)
OLDER (pthread_detach, FIRST)
OLDER (pthread_getspecific, FIRST)
OLDER (pthread_join, FIRST)
OLDER (pthread_key_create, FIRST)
OLDER (pthread_key_delete, FIRST)
OLDER (pthread_mutex_trylock, FIRST)
OLDER (pthread_mutexattr_destroy, FIRST)
OLDER (pthread_mutexattr_init, FIRST)
OLDER (pthread_mutexattr_settype, FIRST)
OLDER (pthread_once, FIRST)
OLDER (pthread_rwlock_destroy, FIRST)
OLDER (pthread_rwlock_init, FIRST)
OLDER (pthread_rwlock_rdlock, FIRST)
OLDER (pthread_rwlock_tryrdlock, FIRST)
OLDER (pthread_rwlock_trywrlock, FIRST)
OLDER (pthread_rwlock_unlock, FIRST)
OLDER (pthread_rwlock_wrlock, FIRST)
OLDER (pthread_setname_np, "GLIBC_2.12")
OLDER (pthread_setspecific, FIRST)
OLDER (pthread_sigmask, FIRST)

/* Since glibc 2.33 these are functions; before, they were made of others, which say what layout they want: on x86-64 there
 * is one, with 64 bits for everything. */
#define STAT_LAYOUT 1
#define HIDDEN __attribute__ ((visibility ("hidden")))

int __xstat (int layout, const char *path, struct stat *out);
int __lxstat (int layout, const char *path, struct stat *out);
int __fxstat (int layout, int descriptor, struct stat *out);
int __fxstatat (int layout, int directory, const char *path, struct stat *out, int flags);

HIDDEN int
stat (const char *path, struct stat *out)
{
    return __xstat (STAT_LAYOUT, path, out);
}

HIDDEN int
lstat (const char *path, struct stat *out)
{
    return __lxstat (STAT_LAYOUT, path, out);
}

HIDDEN int
fstat (int descriptor, struct stat *out)
{
    return __fxstat (STAT_LAYOUT, descriptor, out);
}

HIDDEN int
fstatat (int directory, const char *path, struct stat *out, int flags)
{
    return __fxstatat (STAT_LAYOUT, directory, path, out, flags);
}

HIDDEN int stat64 (const char *path, struct stat64 *out) __attribute__ ((alias ("stat")));
HIDDEN int lstat64 (const char *path, struct stat64 *out) __attribute__ ((alias ("lstat")));
HIDDEN int fstat64 (int descriptor, struct stat64 *out) __attribute__ ((alias ("fstat")));
HIDDEN int fstatat64 (int directory, const char *path, struct stat64 *out, int flags)
    __attribute__ ((alias ("fstatat")));

/* GLib closes the descriptors one by one where the kernel does not know this. */
HIDDEN int
close_range (unsigned int first, unsigned int last, int flags)
{
    return (int)syscall (SYS_close_range, first, last, flags);
}
