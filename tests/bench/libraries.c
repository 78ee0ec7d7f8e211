/* SPDX-License-Identifier: Apache-2.0 */
/* A program that only loads the libraries that the plugin needs: the least that a start can cost. */
#include <dlfcn.h>

int
main (int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!dlopen (argv[i], RTLD_NOW))
            return 1;
    }
    return 0;
}
