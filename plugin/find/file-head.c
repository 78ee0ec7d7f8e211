/* SPDX-License-Identifier: Apache-2.0 */
#include "find/file-head.h"

#include "base/error.h"
#include "base/http-date.h"
#include "find/catalog.h"

/* XnConsumeFunc */
static gboolean
head_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    XnFileHead *head = data;
    head->size = xn_transfer_content_length (answer->transfer);
    head->mtime = xn_http_date_parse (xn_transfer_header (answer->transfer, "Last-Modified"));
    return TRUE;
}

gboolean
xn_file_head (XnClient *client, const XnItem *resource, const char *path, const char *what, XnRetry retry, XnOp *op,
              XnFileHead *out_head, GError **error)
{
    g_autofree char *tail = xn_entry_tail (path);
    if (tail == NULL) {
        xn_error_set (error, XN_ERROR_SERVER, "no path reaches %s", path);
        return FALSE;
    }
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *full = g_strdup_printf ("%s/files/%s", base, tail);
    g_autofree char *asking = g_strdup_printf ("asking for the %s of %s", what, path);
    const XnCall call = {.method = "HEAD",
                         .path = full,
                         .what = asking,
                         .expect = XN_EXPECT_FILE,
                         .retry = retry,
                         .consume = head_consume,
                         .consume_data = out_head};
    return xn_client_call (client, &call, op, error);
}
