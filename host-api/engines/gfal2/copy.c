/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of one file. Must not know how bytes move. */
#include "copy.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "operation.h"
#include "place.h"
#include "plugin.h"
#include "plugins.h"

#define LOCAL "file://"
#define CHECKSUM_SIZE 256

/* One copy, and what its reports are made of. */
typedef struct Copy {
    gfal2_context_t context;
    gfalt_params_t params;
    const char *from;
    const char *to;
    gint64 begun;
    guint64 last_bytes;
    gint64 last_time;
} Copy;

static const char *
local_path (const char *url)
{
    return g_str_has_prefix (url, LOCAL) ? url + strlen (LOCAL) : NULL;
}

/* The path of a local file, or of one that is still to be made; NULL for anything else. */
static const char *
ordinary_path (const char *url)
{
    const char *path = local_path (url);
    GStatBuf about;

    if (path == NULL)
        return NULL;
    return g_stat (path, &about) != 0 || S_ISREG (about.st_mode) || S_ISDIR (about.st_mode) ? path : NULL;
}

int
copy_check (plugin_handle handle, gfal2_context_t context, const char *from, const char *to, gfal_url2_check check)
{
    return check == GFAL_FILE_COPY && (plugin_serves (to) || (plugin_serves (from) && ordinary_path (to) != NULL));
}

/* An IOCall's progress, on the thread that copies. */
static void
report (Copy *copy, const IOProgress *progress)
{
    gint64 now = g_get_monotonic_time ();
    double whole = (double)(now - copy->begun) / G_TIME_SPAN_SECOND;
    double part = (double)(now - copy->last_time) / G_TIME_SPAN_SECOND;
    guint64 more = progress->bytes_done > copy->last_bytes ? progress->bytes_done - copy->last_bytes : 0;
    struct _gfalt_transfer_status status = {
        .average_baudrate = whole > 0 ? (size_t)((double)progress->bytes_done / whole) : 0,
        .instant_baudrate = part > 0 ? (size_t)((double)more / part) : 0,
        .transfer_time = (time_t)whole,
        .bytes_transfered = progress->bytes_done,
    };

    copy->last_bytes = progress->bytes_done;
    copy->last_time = now;
    plugin_trigger_monitor (copy->params, &status, copy->from, copy->to);
}

static void
on_progress (void *user_data, const IOProgress *progress)
{
    Operation *operation = user_data;

    if (progress->phase == IO_PHASE_TRANSFER && !plugins_ending ())
        report (operation->reports, progress);
}

static gboolean
begin (Operation *operation, Copy *copy, const char *url, GError **error)
{
    guint64 seconds = gfalt_get_timeout (copy->params, NULL);

    if (!operation_begin (operation, copy->context, url, error))
        return FALSE;
    operation->reports = copy;
    operation->call.progress = on_progress;
    if (seconds > 0)
        operation->deadline = copy->begun + (gint64)MIN (seconds, G_MAXINT32) * G_TIME_SPAN_SECOND;
    return TRUE;
}

static gboolean
fetch (Copy *copy, const char *path, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};

    operation.replaces = gfalt_get_replace_existing_file (copy->params, NULL);
    return begin (&operation, copy, copy->from, error) && place_of (&operation, copy->from, &place, error) &&
           operation_took (&operation, operation.plugin->fetch_url (place.url, path, &operation.call), error);
}

/* gfal2's tools append local names to URLs as they are, where some letters mean something else. Both URLs end alike then. */
static gboolean
is_taken_literally (const char *path, const char *url, GError **error)
{
    const char *a = path + strlen (path);
    const char *b = url + strlen (url);

    for (; a > path && b > url && a[-1] == b[-1]; a--, b--)
        if (strchr ("%?#", a[-1]) != NULL) {
            gfal2_set_error (error, PLUGINS_ERROR, EINVAL, __func__,
                             "'%c' in the name of a file is to be percent-encoded in a URL (%%%02X): %s", a[-1],
                             (unsigned)a[-1], url);
            return FALSE;
        }
    return TRUE;
}

static gboolean
put (Copy *copy, const char *path, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    g_autofree char *url = NULL;

    if (!is_taken_literally (path, copy->to, error) || !begin (&operation, copy, copy->to, error) ||
        !place_of (&operation, copy->to, &place, error))
        return FALSE;
    url = gfalt_get_replace_existing_file (copy->params, NULL) ? place_overwriting (&place) : g_strdup (place.url);
    return operation_took (&operation, operation.plugin->put_url (path, url, &operation.call), error);
}

/* Lets gfal2 bring what is no file, or on a server of another protocol. What it writes itself would be put even if it failed in
 * the middle: nobody tells the writer. */
static gboolean
bring (Copy *copy, const char *path, GError **error)
{
    g_autofree char *to = g_strconcat (LOCAL, path, NULL);
    gfalt_params_t params = gfalt_params_handle_copy (copy->params, NULL);
    gboolean ok;

    gfalt_set_checksum (params, GFALT_CHECKSUM_NONE, NULL, NULL, NULL);
    ok = gfalt_copy_file (copy->context, params, copy->from, to, error) == 0;
    gfalt_params_handle_delete (params, NULL);
    return ok;
}

static gboolean
put_brought (Copy *copy, GError **error)
{
    g_autofree char *directory = g_dir_make_tmp ("gfal2-xnat-XXXXXX", NULL);
    g_autofree char *path = directory != NULL ? g_build_filename (directory, "file", NULL) : NULL;
    gboolean ok;

    if (directory == NULL) {
        gfal2_set_error (error, PLUGINS_ERROR, errno, __func__, "cannot make a directory in %s", g_get_tmp_dir ());
        return FALSE;
    }
    ok =
        (plugin_serves (copy->from) ? fetch (copy, path, error) : bring (copy, path, error)) && put (copy, path, error);
    g_unlink (path);
    g_rmdir (directory);
    return ok;
}

static gboolean
move_bytes (Copy *copy, GError **error)
{
    const char *source = ordinary_path (copy->from);
    const char *destination = local_path (copy->to);

    if (plugin_serves (copy->to))
        return source != NULL ? put (copy, source, error) : put_brought (copy, error);
    if (!gfalt_get_replace_existing_file (copy->params, NULL) && g_file_test (destination, G_FILE_TEST_EXISTS)) {
        gfal2_set_error (error, PLUGINS_ERROR, EEXIST, __func__, "it exists, and overwrite is not set: %s", copy->to);
        return FALSE;
    }
    return fetch (copy, destination, error);
}

static gboolean
has_checksum (Copy *copy, const char *url, const char *type, char *wanted, GError **error)
{
    char found[CHECKSUM_SIZE];

    if (gfal2_checksum (copy->context, url, type, 0, 0, found, sizeof found, error) != 0)
        return FALSE;
    if (wanted[0] == '\0')
        g_strlcpy (wanted, found, CHECKSUM_SIZE);
    if (g_ascii_strcasecmp (wanted, found) == 0)
        return TRUE;
    gfal2_set_error (error, PLUGINS_ERROR, EBADMSG, __func__, GFALT_ERROR_CHECKSUM_MISMATCH " %s has %s, not %s", url,
                     found, wanted);
    return FALSE;
}

/* What was asked for beside the checks that are always made. */
static gboolean
move_checked (Copy *copy, GError **error)
{
    char type[CHECKSUM_SIZE] = "";
    char wanted[CHECKSUM_SIZE] = "";
    gfalt_checksum_mode_t mode = gfalt_get_checksum (copy->params, type, sizeof type, wanted, sizeof wanted, NULL);

    if (type[0] == '\0')
        strcpy (type, "MD5");
    return ((mode & GFALT_CHECKSUM_SOURCE) == 0 || has_checksum (copy, copy->from, type, wanted, error)) &&
           move_bytes (copy, error) &&
           ((mode & GFALT_CHECKSUM_TARGET) == 0 || has_checksum (copy, copy->to, type, wanted, error));
}

int
copy_file (plugin_handle handle, gfal2_context_t context, gfalt_params_t params, const char *from, const char *to,
           GError **error)
{
    gint64 now = g_get_monotonic_time ();
    Copy copy = {
        .context = context, .params = params, .from = from, .to = to, .begun = now, .last_bytes = 0, .last_time = now};
    GError *failed = NULL;

    plugin_trigger_event (params, PLUGINS_ERROR, GFAL_EVENT_NONE, GFAL_EVENT_TRANSFER_ENTER, "%s => %s", from, to);
    if (!move_checked (&copy, &failed)) {
        gfalt_propagate_prefixed_error (error, failed, __func__, GFALT_ERROR_TRANSFER, NULL);
        return -1;
    }
    plugin_trigger_event (params, PLUGINS_ERROR, GFAL_EVENT_NONE, GFAL_EVENT_TRANSFER_EXIT, "%s => %s", from, to);
    return 0;
}
