/* SPDX-License-Identifier: Apache-2.0 */
/* Asking and reading back. */
#include "put/stored.h"

#include "archive/unpack.h"
#include "base/error.h"
#include "find/catalog.h"
#include "find/file-head.h"

#include <string.h>

gboolean
xn_stored_size (XnClient *client, const XnItem *resource, const char *path, XnOp *op, gint64 *out_size, GError **error)
{
    GError *problem = NULL;
    XnFileHead head;
    if (xn_file_head (client, resource, path, "length", XN_RETRY_BUSY, op, &head, &problem)) {
        *out_size = head.size;
        if (head.size >= 0)
            return TRUE;
        xn_error_set (error, XN_ERROR_SERVER, "the server does not tell the length of what it has");
        return FALSE;
    }
    if (xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        g_error_free (problem);
        *out_size = XN_STORED_NOTHING;
        return TRUE;
    }
    g_propagate_error (error, problem);
    return FALSE;
}

/* XnConsumeFunc */
static gboolean
read_back_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    char **out_md5 = data;
    g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            return FALSE;
        if (n == 0)
            break;
        g_checksum_update (md5, bytes, n);
    }
    g_free (*out_md5);
    *out_md5 = g_strdup (g_checksum_get_string (md5));
    return TRUE;
}

/* A file that no path reaches, out of the archive of all. */
typedef struct {
    const char *path;
    XnTransfer *transfer; /* (borrowed) while a body is read */
    char *md5;            /* (owned) (nullable) */
} Search;

static gssize
search_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    return xn_transfer_next (((Search *)data)->transfer, out_bytes, error);
}

static gboolean
member_is (const char *name, const char *path)
{
    return g_str_has_suffix (name, path) &&
           (strlen (name) == strlen (path) || name[strlen (name) - strlen (path) - 1] == '/');
}

static gboolean
search_hash (Search *search, XnUnpack *unpack, GError **error)
{
    g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
    const guint8 *bytes = NULL;
    gssize n;
    while ((n = xn_unpack_data (unpack, &bytes, error)) > 0)
        g_checksum_update (md5, bytes, n);
    g_free (search->md5);
    search->md5 = n == 0 ? g_strdup (g_checksum_get_string (md5)) : NULL;
    return n == 0;
}

/* XnConsumeFunc */
static gboolean
search_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Search *search = data;
    XnMember member;
    int more;
    search->transfer = answer->transfer;
    g_autoptr (XnUnpack) unpack = xn_unpack_new (search_read, search, error);
    if (unpack == NULL)
        return FALSE;
    while ((more = xn_unpack_next (unpack, &member, error)) > 0)
        if (member_is (member.name, search->path))
            return search_hash (search, unpack, error);
    return more == 0;
}

static char *
read_back_from_archive (XnClient *client, const XnItem *resource, const char *path, XnOp *op, GError **error)
{
    Search search = {.path = path};
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *files = g_strdup_printf ("%s/files", base);
    g_autofree char *what = g_strdup_printf ("reading %s back", path);
    const XnCall call = {.method = "GET",
                         .path = files,
                         .query = "format=zip",
                         .what = what,
                         .expect = XN_EXPECT_ARCHIVE,
                         .retry = XN_RETRY_READ,
                         .silent_body = TRUE,
                         .consume = search_consume,
                         .consume_data = &search};
    if (!xn_client_call (client, &call, op, error))
        g_clear_pointer (&search.md5, g_free);
    else if (search.md5 == NULL)
        xn_error_set (error, XN_ERROR_INTEGRITY, "%s is not in the server's archive", path);
    return search.md5;
}

char *
xn_stored_md5 (XnClient *client, const XnItem *resource, const char *path, XnOp *op, GError **error)
{
    g_autofree char *tail = xn_entry_tail (path);
    if (tail == NULL)
        return read_back_from_archive (client, resource, path, op, error);
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *full = g_strdup_printf ("%s/files/%s", base, tail);
    g_autofree char *what = g_strdup_printf ("reading %s back", path);
    char *md5 = NULL;
    const XnCall call = {.method = "GET",
                         .path = full,
                         .what = what,
                         .expect = XN_EXPECT_FILE,
                         .retry = XN_RETRY_READ,
                         .consume = read_back_consume,
                         .consume_data = &md5};
    if (xn_client_call (client, &call, op, error))
        return md5;
    g_free (md5);
    return NULL;
}
