/* SPDX-License-Identifier: Apache-2.0 */
/* A whole plugin in one small file: `file:///PATH`. It shows what a plugin must do, and lets a host be tested without
 * any server.
 *
 *   fetch   a file, or a directory with everything below it
 *   put     the same the other way; a file that is there and differs is a conflict, unless ?overwrite=true
 *   stat, list, remove, check, read and fetch of many: as the header says, at a file or directory
 *   expand  a URL with * or [ is a pattern, one that ends in '/' gives what is in that directory; id: the name
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "file-copy.h"
#include "file-many.h"
#include "file-url.h"
#include "file-verbs.h"
#include "reply.h"

/* Copied from the host when it asks for the table; settings are asked for at each use. */
static IOHost host;

static void log_line (IOLogLevel level, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
log_line (IOLogLevel level, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list arguments;

    if (host.log == NULL || (host.log_wanted != NULL && !host.log_wanted (host.user_data, level)))
        return;
    va_start (arguments, format);
    line = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    host.log (host.user_data, level, line);
}

static gulong
chunk_delay (void)
{
    const char *text = host.setting != NULL ? host.setting (host.user_data, "chunk_delay") : NULL;

    return text != NULL ? strtoul (text, NULL, 10) * 1000 : 0;
}

/* Where a file called like @source goes when @target may be a directory. */
static char *
target_file (const char *source, const char *target)
{
    g_autofree char *name = g_path_get_basename (source);

    if (g_str_has_suffix (target, "/") || g_file_test (target, G_FILE_TEST_IS_DIR))
        return g_build_filename (target, name, NULL);
    return g_strdup (target);
}

/* Copies @source to @target; returns where it is now, or NULL. */
static char *
transfer (const char *source, const char *target, const IOCall *call, GError **error)
{
    Copy copy = {.chunk_delay = chunk_delay ()};
    g_autofree char *final = NULL;
    gboolean done;

    if (!copy_begin (&copy, call, source, error))
        return NULL;
    if (g_file_test (source, G_FILE_TEST_IS_DIR)) {
        final = g_canonicalize_filename (target, NULL);
        done = copy_tree (&copy, source, final, error);
    } else {
        final = target_file (source, target);
        done = copy_file (&copy, source, final, error);
    }
    if (!done)
        return NULL;
    copy_end (&copy);
    log_line (IO_LOG_INFO, "copied %" G_GUINT64_FORMAT " files, %" G_GUINT64_FORMAT " bytes", copy.progress.files_done,
              copy.progress.bytes_done);
    return g_steal_pointer (&final);
}

static IOResult *
fetch_url (const char *url, const char *destination, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *source = file_url_path (url, &error);
    g_autofree char *final = source != NULL ? transfer (source, destination, call, &error) : NULL;
    IOResult *result;

    if (final == NULL)
        return reply_failed (error);
    result = reply_new ();
    reply_add (result, NULL, final, NULL);
    return result;
}

/* PlaceFunc */
static char *
fetched_place (const char *url, const char *destination)
{
    g_autofree char *source = file_url_path (url, NULL);
    g_autofree char *file = NULL;

    if (source == NULL)
        return NULL;
    file = g_file_test (source, G_FILE_TEST_IS_DIR) ? g_strdup (destination) : target_file (source, destination);
    return g_canonicalize_filename (file, NULL);
}

static guint
jobs (void)
{
    const char *text = host.setting != NULL ? host.setting (host.user_data, "jobs") : NULL;
    guint64 number = text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;

    return number > 0 ? (guint)MIN (number, 64) : 8;
}

static IOResult *
fetch_many (const IOFetch *fetches, size_t n, void (*finished) (void *, size_t, const IOResult *), void *finished_data,
            const IOCall *call)
{
    return file_many (fetch_url, fetched_place, jobs (), fetches, n, finished, finished_data, call);
}

/* Whether @target stands in the way of @source. */
static gboolean
may_write (const char *source, const char *target, const char *url, GError **error)
{
    g_autofree char *file = target_file (source, target);

    if (strstr (url, "?overwrite=true") != NULL || g_file_test (source, G_FILE_TEST_IS_DIR) ||
        !g_file_test (file, G_FILE_TEST_EXISTS) || copy_is_same (source, file))
        return TRUE;
    g_set_error (error, REPLY_ERROR, IO_KIND_CONFLICT, "%s is there and differs; add ?overwrite=true to replace it",
                 file);
    return FALSE;
}

static IOResult *
put_url (const char *path, const char *url, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *target = file_url_path (url, &error);
    g_autofree char *final = NULL;
    g_autofree char *final_url = NULL;
    IOResult *result;

    if (target != NULL && may_write (path, target, url, &error))
        final = transfer (path, target, call, &error);
    if (final == NULL)
        return reply_failed (error);
    final_url = file_url_of (final);
    result = reply_new ();
    reply_add (result, NULL, final_url, NULL);
    return result;
}

/* The raw path as a glob() pattern: what was percent-encoded stands for itself. */
static char *
pattern_of (const char *raw)
{
    GString *pattern = g_string_new (NULL);

    for (const char *p = raw; *p != '\0'; p++) {
        if (*p == '%' && g_ascii_isxdigit (p[1]) && g_ascii_isxdigit (p[2])) {
            g_string_append_c (pattern, '\\');
            g_string_append_c (pattern, (char)(g_ascii_xdigit_value (p[1]) * 16 + g_ascii_xdigit_value (p[2])));
            p += 2;
        } else {
            g_string_append_c (pattern, *p);
        }
    }
    if (g_str_has_suffix (pattern->str, "/"))
        g_string_append_c (pattern, '*');
    return g_string_free (pattern, FALSE);
}

static void
add_found (IOResult *result, const char *path)
{
    Copy copy = {0};
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *url = file_url_of (path);
    g_autofree char *files = NULL;
    g_autofree char *bytes = NULL;

    if (!copy_begin (&copy, NULL, path, NULL))
        return;
    files = g_strdup_printf ("%" G_GUINT64_FORMAT, copy.progress.files_total);
    bytes = g_strdup_printf ("%" G_GUINT64_FORMAT, copy.progress.bytes_total);
    reply_add (result, name, url, (const char *const[]){"name", name, "files", files, "bytes", bytes, NULL});
}

static IOResult *
expand_pattern (const char *raw)
{
    g_autofree char *pattern = pattern_of (raw);
    IOResult *result = reply_new ();
    glob_t found = {0};

    if (glob (pattern, 0, NULL, &found) == 0)
        for (gsize i = 0; i < found.gl_pathc; i++)
            add_found (result, found.gl_pathv[i]);
    globfree (&found);
    if (result->n_items == 0)
        log_line (IO_LOG_WARNING, "nothing matches %s", pattern);
    return result;
}

static IOResult *
expand_url (const char *url, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *raw = file_url_raw_path (url, &error);
    IOResult *result;

    if (raw == NULL)
        return reply_failed (error);
    if (strpbrk (raw, "*[") != NULL || g_str_has_suffix (raw, "/"))
        return expand_pattern (raw);
    log_line (IO_LOG_DEBUG, "%s names one thing", raw);
    result = reply_new ();
    reply_add (result, NULL, url, NULL);
    return result;
}

static void
cleanup (void)
{
    log_line (IO_LOG_DEBUG, "file plugin: cleaned up");
}

IOPLUGIN_EXPORT const IOPlugin *ioplugin_entry (const IOHost *table, const char **reason);

const IOPlugin *
ioplugin_entry (const IOHost *table, const char **reason)
{
    static const char *const schemes[] = {"file", NULL};
    static const char *const settings[] = {"chunk_delay", "0", "milliseconds to wait after each 64 KiB", NULL};
    static const IOPlugin plugin = {
        .abi_major = IOPLUGIN_ABI_MAJOR,
        .abi_minor = IOPLUGIN_ABI_MINOR,
        .struct_size = sizeof (IOPlugin),
        .name = "file",
        .version = "1.0",
        .schemes = schemes,
        .fetch_url = fetch_url,
        .put_url = put_url,
        .expand_url = expand_url,
        .free_result = reply_free,
        .cleanup = cleanup,
        .settings = settings,
        .stat_url = file_stat,
        .list_url = file_list,
        .remove_url = file_remove,
        .check_url = file_check,
        .read_url = file_read,
        .fetch_many = fetch_many,
    };

    if (table != NULL && table->abi_major != IOPLUGIN_ABI_MAJOR) {
        if (reason != NULL)
            *reason = "the host has another ABI";
        return NULL;
    }
    if (table != NULL)
        memcpy (&host, table, MIN (table->struct_size, sizeof host));
    return &plugin;
}
