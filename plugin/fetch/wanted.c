/* SPDX-License-Identifier: Apache-2.0 */
/* A file to bring. */
#include "fetch/download.h"

#include "base/error.h"
#include "local/intake.h"

#include <string.h>

XnWanted *
xn_wanted_new (const XnEntry *entry, const char *relative)
{
    XnWanted *wanted = g_new0 (XnWanted, 1);
    wanted->entry = entry;
    wanted->relative = relative;
    return wanted;
}

void
xn_wanted_free (XnWanted *wanted)
{
    if (wanted == NULL)
        return;
    xn_wanted_leave (wanted);
    g_clear_error (&wanted->problem);
    g_free (wanted->path);
    g_free (wanted);
}

guint
xn_download_place_flags (const XnDownload *download)
{
    const XnSettings *settings = xn_op_settings (download->op);
    const guint keeping = settings->keep_changed ? XN_PLACE_KEEP_CHANGED : 0;
    return keeping | (settings->durable ? XN_PLACE_DURABLE : 0) | (download->only_plans ? XN_PLACE_LOOK : 0);
}

XnPlace *
xn_wanted_place (const XnDownload *download, XnWanted *wanted, GError **error)
{
    if (wanted->destination == NULL)
        return download->place;
    const char *slash = strrchr (wanted->entry->path, '/');
    const char *name = slash != NULL ? slash + 1 : wanted->entry->path;
    if (wanted->own == NULL && xn_name_is_safe (name, error))
        wanted->own = xn_place_open_file (wanted->destination, name, xn_download_place_flags (download), error);
    return wanted->own;
}

gboolean
xn_wanted_publish (const XnDownload *download, XnWanted *wanted, GError **error)
{
    if (wanted->destination == NULL || wanted->path != NULL)
        return TRUE;
    XnPlace *place = xn_wanted_place (download, wanted, error);
    if (place == NULL)
        return FALSE;
    const gboolean ok = xn_place_commit (place, error);
    if (ok)
        wanted->path = g_strdup (xn_place_path (place));
    if (ok && xn_place_count_replaced (place) > 0) {
        wanted->replaced = TRUE;
        xn_op_add_replaced (download->op, 1);
    }
    xn_wanted_leave (wanted);
    return ok;
}

void
xn_wanted_leave (XnWanted *wanted)
{
    g_clear_pointer (&wanted->own, xn_place_free);
}

gboolean
xn_wanted_fits_archive (const XnWanted *wanted)
{
    const gint64 end = wanted->destination != NULL ? XN_INTAKE_MAX + 1 : XN_TAR_MAX_MEMBER;
    return !wanted->alone && wanted->entry->size >= 0 && wanted->entry->size < end;
}

gboolean
xn_entry_is_beyond_tar (const XnEntry *entry)
{
    return entry->size >= XN_TAR_MAX_MEMBER || !g_str_is_ascii (entry->path);
}

gboolean
xn_download_is_over (const GError *error)
{
    return xn_error_is (error, XN_ERROR_CANCELLED) || xn_error_is (error, XN_ERROR_IO) ||
           xn_error_is (error, XN_ERROR_AUTH);
}
