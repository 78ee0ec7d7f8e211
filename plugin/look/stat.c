/* SPDX-License-Identifier: Apache-2.0 */
/* stat: one thing, as it is now. */
#include "look/look.h"

#include "base/error.h"
#include "base/http-date.h"
#include "look/place.h"

/* XnConsumeFunc */
static gboolean
mtime_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    *(gint64 *)data = xn_http_date_parse (xn_transfer_header (answer->transfer, "Last-Modified"));
    return TRUE;
}

/* No listing tells it; where the server does not either, or no path reaches the file, it stays unknown. */
static gboolean
ask_mtime (XnLook *look, GError **error)
{
    XnItem *item = look->item;
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
    return xn_client_call (look->client, &call, look->op, error);
}

XnPairs *
xn_stat (XnRuntime *runtime, XnOp *op, const char *text, gboolean with_mtime, GError **error)
{
    g_auto (XnLook) look = {0};
    if (!xn_look_begin (&look, runtime, op, text, "stat", error))
        return NULL;
    /* That something is not there is an answer, which must come soon. */
    look.finder.terse = TRUE;
    /* Above the files nothing else would show that what is remembered has gone. */
    if (look.url->path == NULL)
        look.finder.not_before_us = look.finder.began_us;
    if (!xn_look_find (&look, FALSE, error))
        return NULL;
    if (with_mtime && g_str_equal (look.item->type, "file") && !ask_mtime (&look, error))
        return NULL;
    g_autoptr (XnPairMaker) maker = xn_pair_maker_new (look.pairs, look.url);
    g_ptr_array_add (look.pairs->pairs, xn_pair_make (maker, NULL, look.item, NULL));
    xn_op_set_phase (op, XN_PHASE_DONE);
    return g_steal_pointer (&look.pairs);
}
