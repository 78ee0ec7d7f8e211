/* SPDX-License-Identifier: Apache-2.0 */
/* A host that offers something, and looks. example-look PLUGIN URL tells what URL names and all that is below it; of each
 * file the first bytes. Ctrl-C ends it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <ioplug/host.h>

static volatile int32_t stop;

static void
on_signal (int number)
{
    stop = number;
}

static void
log_line (void *user_data, IOLogLevel level, const char *message)
{
    if (level <= IO_LOG_WARNING)
        fprintf (stderr, "%s\n", message);
}

/* Settings by name; NULL is the plugin's default. */
static const char *
setting (void *user_data, const char *name)
{
    return strcmp (name, "jobs") == 0 ? "4" : NULL;
}

static const char *
attribute (const IOItem *item, const char *name)
{
    for (const char *const *pair = item->attributes; *pair != NULL; pair += 2)
        if (strcmp (pair[0], name) == 0)
            return pair[1];
    return "";
}

static int
take (void *take_data, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        printf (" %02x", ((const unsigned char *)bytes)[i]);
    return 0;
}

/* Gives a result back. Returns whether it was a success, and says why if not. */
static bool
finish (const IOPlugin *plugin, IOResult *result)
{
    const bool ok = result->kind == IO_KIND_OK;

    if (!ok)
        fprintf (stderr, "%s\n", result->message);
    plugin->free_result (result);
    return ok;
}

static bool
look (const IOPlugin *plugin, const char *url)
{
    const IOCall call = {.struct_size = sizeof call, .stop = &stop};
    IOResult *thing = plugin->stat_url (url, 0, &call);
    IOResult *below;
    bool ok = true;

    if (thing->kind != IO_KIND_OK)
        return finish (plugin, thing);
    printf ("%s %s\n", attribute (thing->items[0], "type"), thing->items[0]->value);
    plugin->free_result (thing);
    below = plugin->list_url (url, IO_RECURSIVE, &call);
    for (size_t i = 0; i < below->n_items; i++) {
        const IOItem *item = below->items[i];

        printf ("%s %s %s", attribute (item, "type"), item->id, attribute (item, "bytes"));
        if (strcmp (attribute (item, "type"), "file") == 0)
            ok = finish (plugin, plugin->read_url (item->value, 0, 4, take, NULL, &call)) && ok;
        putchar ('\n');
    }
    return finish (plugin, below) && ok;
}

int
main (int argc, char **argv)
{
    const IOHost services = {.log = log_line, .setting = setting};
    IOHostError error = {"out of memory"};
    IOPluginHost *host = io_host_new (&services);
    const IOPlugin *plugin = NULL;
    bool ok = false;

    signal (SIGINT, on_signal);
    if (argc != 3)
        fprintf (stderr, "usage: example-look PLUGIN URL\n");
    else if (host == NULL || !io_host_load (host, argv[1], &error) ||
             (plugin = io_host_find (host, argv[2], &error)) == NULL)
        fprintf (stderr, "%s\n", error.message);
    else if (plugin->stat_url == NULL || plugin->list_url == NULL || plugin->read_url == NULL)
        fprintf (stderr, "%s %s is too old for this\n", plugin->name, plugin->version);
    else
        ok = look (plugin, argv[2]);
    io_host_free (host);
    return ok ? 0 : 1;
}
