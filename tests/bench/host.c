/* SPDX-License-Identifier: Apache-2.0 */
/* A host that is up: host PLUGIN expand|stat URL [NAME=VALUE]... The plugin is loaded before the clock starts; then a search,
 * or a look without dates, and the end of its session are timed, as they are for peers that live in a process of their own.
 * Prints seconds and the number of results, and ends with the kind of failure. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ioplugin.h"

static double
now (void)
{
    struct timespec at;

    clock_gettime (CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* The value of a setting among the arguments. */
static const char *
setting (void *arguments, const char *name)
{
    for (char **word = arguments; *word; word++) {
        if (strncmp (*word, name, strlen (name)) == 0 && (*word)[strlen (name)] == '=')
            return *word + strlen (name) + 1;
    }
    return NULL;
}

int
main (int argc, char **argv)
{
    const IOHost host = {.abi_major = IOPLUGIN_ABI_MAJOR,
                         .abi_minor = IOPLUGIN_ABI_MINOR,
                         .struct_size = sizeof host,
                         .user_data = argc > 3 ? argv + 4 : NULL,
                         .setting = setting};
    void *library = argc > 3 ? dlopen (argv[1], RTLD_NOW) : NULL;
    IOPluginEntry entry = library ? (IOPluginEntry)dlsym (library, IOPLUGIN_ENTRY_SYMBOL) : NULL;
    const IOPlugin *plugin = entry ? entry (&host, NULL) : NULL;
    double began;
    IOResult *found;
    IOKind kind;
    size_t n;

    if (!plugin)
        return 2;
    began = now ();
    found = strcmp (argv[2], "stat") == 0 ? plugin->stat_url (argv[3], 0, NULL) : plugin->expand_url (argv[3], NULL);
    kind = found->kind;
    n = found->n_items;
    plugin->free_result (found);
    plugin->cleanup ();
    printf ("%.6f %zu\n", now () - began, n);
    return (int)kind;
}
