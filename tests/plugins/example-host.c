/* SPDX-License-Identifier: Apache-2.0 */
/* A whole host: example-host PLUGIN URL DESTINATION fetches everything that URL finds below DESTINATION. */
#include <stdio.h>

#include <ioplug/host.h>

int
main (int argc, char **argv)
{
    IOHostError error = {"out of memory"};
    IOPluginHost *host = io_host_new (NULL);
    const IOPlugin *plugin;
    IOResult *found, *result;
    int status = 0;

    if (argc != 4 || host == NULL || !io_host_load (host, argv[1], &error) ||
        (plugin = io_host_find (host, argv[2], &error)) == NULL) {
        fprintf (stderr, "%s\n", argc != 4 ? "usage: example-host PLUGIN URL DESTINATION" : error.message);
        io_host_free (host);
        return 2;
    }
    found = plugin->expand_url (argv[2], NULL);
    for (size_t i = 0; i < found->n_items; i++) {
        result = plugin->fetch_url (found->items[i]->value, argv[3], NULL);
        printf ("%s\n", result->kind == IO_KIND_OK ? result->items[0]->value : result->message);
        status |= result->kind != IO_KIND_OK;
        plugin->free_result (result);
    }
    status |= found->kind != IO_KIND_OK;
    plugin->free_result (found);
    io_host_free (host);
    return status;
}
