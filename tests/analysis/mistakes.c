/* SPDX-License-Identifier: Apache-2.0 */
/* A mistake for each tool of the analysis, which it must find: so it is known that it looks. Nothing else is made of it. */
#include <stdlib.h>

/* For the analyzer: used after it was freed, where the argument is odd. */
static char
first_of (const char *text, int odd)
{
    char *copy = malloc (2);
    if (copy == NULL)
        return 0;
    copy[0] = text[0];
    if (odd % 2 != 0)
        free (copy);
    const char first = copy[0];
    if (odd % 2 == 0)
        free (copy);
    return first;
}

/* For clang-tidy: a number whose digits nobody has looked at. */
static int
number_of (const char *text)
{
    return atoi (text);
}

/* For valgrind: memory that nobody can free any more. */
int
main (int argc, char **argv)
{
    char *lost = malloc (10);
    lost = argc > 2 ? lost : NULL;
    free (lost);
    return argc > 1 ? first_of (argv[1], number_of (argv[1])) : 0;
}
