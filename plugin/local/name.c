/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a server's file names may stand below a directory. */
#include "local/place.h"

#include "base/error.h"

#include <limits.h>
#include <string.h>

static const char *
segment_fault (const char *segment, gsize length)
{
    if (length == 0)
        return "has an empty part";
    if ((length == 1 && segment[0] == '.') || (length == 2 && segment[0] == '.' && segment[1] == '.'))
        return "has a part “.” or “..”";
    if (length > NAME_MAX)
        return "has a part of more than 255 bytes";
    return NULL;
}

static const char *
name_fault (const char *relative)
{
    if (relative[0] == '\0')
        return "is empty";
    if (relative[0] == '/')
        return "is absolute";
    if (!g_utf8_validate (relative, -1, NULL))
        return "is not UTF-8";
    for (const char *at = relative; *at != '\0'; at++)
        if ((guchar)*at < 0x20 || *at == 0x7f)
            return "has a control character";
    if (strchr (relative, '\\') != NULL)
        return "has a backslash";
    for (const char *segment = relative;; segment++) {
        const gsize length = strcspn (segment, "/");
        const char *fault = segment_fault (segment, length);
        if (fault != NULL)
            return fault;
        segment += length;
        if (*segment == '\0')
            return NULL;
    }
}

gboolean
xn_name_is_safe (const char *relative, GError **error)
{
    const char *fault = name_fault (relative);
    if (fault == NULL)
        return TRUE;
    g_autofree char *valid = g_utf8_make_valid (relative, -1);
    g_autofree char *shown = g_strescape (valid, NULL);
    xn_error_set (error, XN_ERROR_INTEGRITY, "the server's file name “%s” %s, so it cannot be stored here",
                  g_utf8_validate (relative, -1, NULL) && g_strcmp0 (fault, "has a control character") != 0 ? relative
                                                                                                            : shown,
                  fault);
    return FALSE;
}
