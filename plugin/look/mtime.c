/* SPDX-License-Identifier: Apache-2.0 */
#include "look/mtime.h"

#include "base/http-date.h"
#include "find/catalog.h"

/* XnConsumeFunc */
static gboolean
mtime_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    *(gint64 *)data = xn_http_date_parse (xn_transfer_header (answer->transfer, "Last-Modified"));
    return TRUE;
}

gboolean
xn_look_mtime (XnClient *client, XnOp *op, XnItem *item, GError **error)
{
    g_autofree char *tail = xn_entry_tail (item->file);
    if (tail == NULL)
        return TRUE;
    g_autofree char *resource = xn_item_resource (item);
    g_autofree char *path = g_strdup_printf ("%s/files/%s", resource, tail);
    g_autofree char *what = g_strdup_printf ("asking for the date of %s", item->file);
    const XnCall call = {.method = "HEAD",
                         .path = path,
                         .what = what,
                         .expect = XN_EXPECT_FILE,
                         .retry = XN_RETRY_READ,
                         .consume = mtime_consume,
                         .consume_data = &item->mtime};
    return xn_client_call (client, &call, op, error);
}
