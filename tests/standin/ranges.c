/* SPDX-License-Identifier: Apache-2.0 */
/* One range out of an answer, as the server's filter understands it: behind all that answers, and without clamping. */
#include "app.h"

#include <string.h>

typedef struct Range {
    gboolean from_end; /**< the last @p length bytes */
    gboolean open;     /**< to the end */
    gint64 first;
    gint64 length;
} Range;

/* What is no range at all is read as the first zero bytes. */
static Range
parse (const char *text)
{
    const char *dash = strchr (text, '-');
    Range range = {FALSE, FALSE, 0, 0};

    if (!dash)
        return range;
    if (dash == text) {
        range.from_end = TRUE;
        range.length = g_ascii_strtoll (dash + 1, NULL, 10);
    } else {
        range.first = g_ascii_strtoll (text, NULL, 10);
        range.open = dash[1] == '\0';
        range.length = range.open ? 0 : g_ascii_strtoll (dash + 1, NULL, 10) - range.first + 1;
    }
    return range;
}

/* The entity is exchanged for a page; what was said of the answer as a whole stays. */
static void
refuse (Ctx *ctx, int status)
{
    reply_drop_header (ctx->reply, "Content-Type");
    reply_drop_header (ctx->reply, "Last-Modified");
    page_status (ctx, status, NULL);
}

static void
cut (Ctx *ctx, const Range *range)
{
    Reply *reply = ctx->reply;
    gint64 size = reply->length;
    gint64 first = (range->from_end ? size - range->length : range->first) - ctx->shift_range;
    gint64 length = range->from_end ? range->length : range->open ? size - first : range->length;
    g_autofree char *total = ctx->no_total ? g_strdup ("*") : g_strdup_printf ("%" G_GINT64_FORMAT, size);
    g_autofree char *text =
        g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%s", first, first + length - 1, total);

    reply_header (reply, "Content-Range", text);
    reply->status = 206;
    reply->offset = MAX (first - ctx->false_range, 0);
    /* Past the end this is more than there is, or less than nothing. */
    reply->length = length;
}

void
range_filter (Ctx *ctx)
{
    const char *wanted = request_header (ctx->req, "Range");
    Reply *reply = ctx->reply;
    Range range;

    if (!wanted || !app.settings.ranges || !g_str_has_prefix (wanted, "bytes=") || reply->status != 200 ||
        strcmp (ctx->req->method, "GET") != 0 || !(reply->has_fd || reply->stream))
        return;
    wanted += strlen ("bytes=");
    range = parse (wanted);
    if (strchr (wanted, ','))
        refuse (ctx, 501);
    else if (reply->has_fd)
        cut (ctx, &range);
    else if (range.open || range.from_end)
        refuse (ctx, 500);
}
