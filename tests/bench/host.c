/* SPDX-License-Identifier: Apache-2.0 */
/* A host that is up: host PLUGIN URL. The plugin is loaded before the clock starts; then a search and the end of its
 * session are timed, as they are for peers that live in a process of their own. Prints seconds and the number of results. */
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

#include "ioplugin.h"

static double
now (void)
{
    struct timespec at;

    clock_gettime (CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int
main (int argc, char **argv)
{
    static const IOHost host = {.abi_major = IOPLUGIN_ABI_MAJOR, .struct_size = sizeof host};
    void *library = argc == 3 ? dlopen (argv[1], RTLD_NOW) : NULL;
    IOPluginEntry entry = library ? (IOPluginEntry)dlsym (library, IOPLUGIN_ENTRY_SYMBOL) : NULL;
    const IOPlugin *plugin = entry ? entry (&host, NULL) : NULL;
    double began;
    IOResult *found;
    IOKind kind;
    size_t n;

    if (!plugin)
        return 2;
    began = now ();
    found = plugin->expand_url (argv[2], NULL);
    kind = found->kind;
    n = found->n_items;
    plugin->free_result (found);
    plugin->cleanup ();
    printf ("%.6f %zu\n", now () - began, n);
    return (int)kind;
}
