/* SPDX-License-Identifier: Apache-2.0 */
/* Between URLs of the file plugin and local paths. */
#include <string.h>

#include "file-url.h"
#include "reply.h"

#define SCHEME "file://"

char *
file_url_raw_path (const char *url, GError **error)
{
    const char *start = url + strlen (SCHEME);
    const char *slash = strchr (start, '/');

    if (slash == NULL || (slash != start && strncmp (start, "localhost/", strlen ("localhost/")) != 0)) {
        g_set_error_literal (error, REPLY_ERROR, IO_KIND_USAGE, "a file URL is file:///PATH");
        return NULL;
    }
    return g_strndup (slash, strcspn (slash, "?#"));
}

char *
file_url_path (const char *url, GError **error)
{
    g_autofree char *raw = file_url_raw_path (url, error);
    char *path;

    if (raw == NULL)
        return NULL;
    path = g_uri_unescape_string (raw, NULL);
    if (path == NULL)
        g_set_error_literal (error, REPLY_ERROR, IO_KIND_USAGE, "a '%' in the URL is not followed by two hex digits");
    return path;
}

char *
file_url_of (const char *path)
{
    g_autofree char *escaped = g_uri_escape_bytes ((const guint8 *)path, strlen (path), "/");

    return g_strconcat (SCHEME, escaped, NULL);
}
