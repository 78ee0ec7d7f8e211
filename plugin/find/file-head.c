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

/* What is wanted of which file, and how it is asked. */
typedef struct {
    const char *path, *what;
    XnRetry retry;
    gboolean guess;
} Question;

static gboolean
head_ask (XnClient *client, const char *files, const Question *asked, XnOp *op, XnFileHead *out_head, GError **error)
{
    g_autofree char *tail = xn_entry_tail (asked->path);
    if (tail == NULL) {
        xn_error_set (error, XN_ERROR_SERVER, "no path reaches %s", asked->path);
        return FALSE;
    }
    g_autofree char *full = g_strdup_printf ("%s/%s", files, tail);
    g_autofree char *asking = g_strdup_printf ("asking for the %s of %s", asked->what, asked->path);
    const XnCall call = {.method = "HEAD",
                         .path = full,
                         .what = asking,
                         .expect = XN_EXPECT_FILE,
                         .retry = asked->retry,
                         .answer_timeout_ms = asked->guess ? xn_guess_timeout_ms (op) : 0,
                         .ahead = asked->guess,
                         .guess = asked->guess,
                         .consume = head_consume,
                         .consume_data = out_head};
    return xn_client_call (client, &call, op, error);
}

gboolean
xn_file_head (XnClient *client, const XnItem *resource, const char *path, const char *what, XnRetry retry, XnOp *op,
              XnFileHead *out_head, GError **error)
{
    const Question asked = {.path = path, .what = what, .retry = retry};
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *files = g_strdup_printf ("%s/files", base);
    return head_ask (client, files, &asked, op, out_head, error);
}

gboolean
xn_file_head_guess (XnClient *client, const char *files, const char *path, XnOp *op, XnFileHead *out_head,
                    GError **error)
{
    const Question asked = {.path = path, .what = "date", .retry = XN_RETRY_NONE, .guess = TRUE};
    return head_ask (client, files, &asked, op, out_head, error);
}
