/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files that are put. */
#include "put/file-name.h"

#include "base/error.h"

#include <string.h>

/* Names that XNAT keeps for itself are written, but never listed, and can hit the catalog. */
static gboolean
is_reserved (const char *path)
{
    const char *slash = strrchr (path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    return g_str_has_suffix (name, "_catalog.xml") || g_str_has_prefix (name, ".~lock-");
}

gboolean
xn_file_name_check (const XnSending *sending, GError **error)
{
    if (is_reserved (sending->path)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "%s: XNAT keeps names like *_catalog.xml and .~lock-* for itself; rename the file",
                      sending->file->path);
        return FALSE;
    }
    if (strchr (sending->path, '\\') != NULL) {
        xn_error_set (
            error, XN_ERROR_USAGE,
            "%s: the name holds a backslash; XNAT would store it, but the whole resource could not be fetched "
            "then; rename the file",
            sending->file->path);
        return FALSE;
    }
    if (xn_upload_needs_archive (sending) && !xn_upload_fits_archive (sending)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "%s: a file of 4 GiB and more with such a name cannot be sent to XNAT; rename it",
                      sending->file->path);
        return FALSE;
    }
    for (const char *c = sending->path; *c != '\0'; c++) {
        if (!g_ascii_iscntrl (*c))
            continue;
        xn_error_set (error, XN_ERROR_USAGE, "%s: the name holds a control character (byte 0x%02x); rename the file",
                      sending->file->path, (guint)*c);
        return FALSE;
    }
    return TRUE;
}
