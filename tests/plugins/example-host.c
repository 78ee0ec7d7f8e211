/* SPDX-License-Identifier: Apache-2.0 */
/* A whole host. example-host PLUGIN URL DESTINATION fetches what URL names to DESTINATION; of a search each result into a
 * directory of its own there: 1, 2, and so on. */
#include <stdio.h>

#include <ioplug/host.h>

/* Returns whether it is here, whole. */
static bool
fetch (const IOPlugin *plugin, const char *url, const char *destination)
{
    IOResult *result = plugin->fetch_url (url, destination, NULL);
    const bool ok = result->kind == IO_KIND_OK;

    fprintf (ok ? stdout : stderr, "%s\n", ok ? result->items[0]->value : result->message);
    plugin->free_result (result);
    return ok;
}

static bool
fetch_all (const IOPlugin *plugin, const char *url, const char *destination)
{
    IOResult *found = plugin->expand_url (url, NULL);
    bool ok = found->kind == IO_KIND_OK;
    char place[4096];

    if (!ok)
        fprintf (stderr, "%s\n", found->message);
    for (size_t i = 0; i < found->n_items; i++) {
        const IOItem *item = found->items[i];
        const bool fits = snprintf (place, sizeof place, "%s/%zu/", destination, i + 1) < (int)sizeof place;

        /* What is no search gives itself, without an id. */
        ok = fits && fetch (plugin, item->value, item->id != NULL ? place : destination) && ok;
    }
    plugin->free_result (found);
    return ok;
}

int
main (int argc, char **argv)
{
    IOHostError error = {"out of memory"};
    IOPluginHost *host = io_host_new (NULL);
    const IOPlugin *plugin;
    bool ok;

    if (argc != 4 || host == NULL || !io_host_load (host, argv[1], &error) ||
        (plugin = io_host_find (host, argv[2], &error)) == NULL) {
        fprintf (stderr, "%s\n", argc != 4 ? "usage: example-host PLUGIN URL DESTINATION" : error.message);
        io_host_free (host);
        return 2;
    }
    ok = fetch_all (plugin, argv[2], argv[3]);
    io_host_free (host);
    return ok ? 0 : 1;
}
