/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that does what a host must be ready for:
 *
 *   fault://KIND         fails with that kind; KIND is its number, so that kinds that do not exist can be had, too
 *   fault://words        fails with an HTTP status and words of the server that the message lacks
 *   fault://wild         one item, with everything that makes trouble in a line, a terminal and a JSON object
 *   fault://log          logs a line on each level
 *   fault://null         returns NULL
 *   fault://empty        a success without items
 *   fault://hang         comes back when it is cancelled
 *   fault://deaf         hears no cancellation for a minute
 *
 * It cannot put, and its cleanup says so at the level of warnings.
 */
#include <stdlib.h>
#include <string.h>

#include "reply.h"

#define SCHEME "fault://"

static IOHost host;

static void
log_line (IOLogLevel level, const char *line)
{
    if (host.log != NULL)
        host.log (host.user_data, level, line);
}

static IOResult *
wild (void)
{
    static const char *const attributes[] = {
        "quote", "\"\\\b\f\n\r\t\x01", "latin", "caf\xe9", "files", "12", "bytes", "007", "id", "not the id", NULL};
    IOResult *result = reply_new ();

    reply_add (result, "a\tb\nc", "fault://wild\xe2\x82\xac", attributes);
    return result;
}

static IOResult *
log_all (void)
{
    IOResult *result = reply_new ();

    log_line (IO_LOG_ERROR, "an error\x1b[31m in red");
    log_line (IO_LOG_WARNING, "a warning");
    log_line (IO_LOG_INFO, "an info");
    log_line (IO_LOG_DEBUG, "a detail");
    reply_add (result, NULL, "logged", NULL);
    return result;
}

static IOResult *
hang (const IOCall *call, gboolean deaf)
{
    log_line (IO_LOG_WARNING, "hanging");
    for (int i = 0; i < 6000 && (deaf || !reply_stopped (call)); i++)
        g_usleep (10000);
    return reply_failed_with (IO_KIND_CANCELLED, "the host asked to stop", 0, NULL);
}

static IOResult *
answer (const char *url, const IOCall *call)
{
    const char *what = url + strlen (SCHEME);

    if (strcmp (what, "words") == 0)
        return reply_failed_with (IO_KIND_AUTH, "login refused", 401, "Your account\nis locked");
    if (strcmp (what, "wild") == 0)
        return wild ();
    if (strcmp (what, "log") == 0)
        return log_all ();
    if (strcmp (what, "null") == 0)
        return NULL;
    if (strcmp (what, "empty") == 0)
        return reply_new ();
    if (strcmp (what, "hang") == 0 || strcmp (what, "deaf") == 0)
        return hang (call, what[0] == 'd');
    return reply_failed_with ((IOKind)atoi (what), "as asked for", 0, NULL);
}

static IOResult *
fetch_url (const char *url, const char *destination, const IOCall *call)
{
    return answer (url, call);
}

static IOResult *
expand_url (const char *url, const IOCall *call)
{
    return answer (url, call);
}

static void
cleanup (void)
{
    log_line (IO_LOG_WARNING, "fault plugin: cleaned up");
}

IOPLUGIN_EXPORT const IOPlugin *ioplugin_entry (const IOHost *table, const char **reason);

const IOPlugin *
ioplugin_entry (const IOHost *table, const char **reason)
{
    static const char *const schemes[] = {"fault", NULL};
    static const IOPlugin plugin = {
        .abi_major = IOPLUGIN_ABI_MAJOR,
        .abi_minor = IOPLUGIN_ABI_MINOR,
        .struct_size = sizeof (IOPlugin),
        .name = "fault",
        .version = "1.0",
        .schemes = schemes,
        .fetch_url = fetch_url,
        .expand_url = expand_url,
        .free_result = reply_free,
        .cleanup = cleanup,
    };

    if (table != NULL)
        memcpy (&host, table, MIN (table->struct_size, sizeof host));
    return &plugin;
}
