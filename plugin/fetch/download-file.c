/* SPDX-License-Identifier: Apache-2.0 */
/* One file by its path: one answer, or several of its parts. */
#include "base/error.h"
#include "base/http-date.h"
#include "base/log.h"
#include "fetch/download.h"
#include "fetch/ranges.h"
#include "http/fields.h"
#include "http/page.h"

#include <string.h>

/* What a small file may grow by without a catalog that notices. */
#define SMALL_BYTES (1024 * 1024)

/* A file over several tries. */
typedef struct {
    const XnDownload *download;
    XnWanted *wanted;
    XnPlaceFile *file; /* (owned) (nullable) */
    char *validator;   /* (owned) (nullable) Last-Modified of the bytes that are there */
    gint64 total;      /* length of the whole as the server told it, -1: not told */
    char *last_md5;    /* (owned) (nullable) of an earlier whole transfer that did not fit the listing */
    gint64 last_size;
    gboolean announced_long; /* an earlier answer was to be longer than a late catalog explains */
    gboolean no_ranges;      /* the server says that it sends no parts */
    gboolean misfit;         /* it sent another part than was asked for */
    gboolean is_page;        /* what came is declared to be HTML, and the file's name is none of it */
    gboolean unchanged;      /* the server says that the local file is still right */
    gboolean is_dated;       /* and by which date */
    gboolean is_one;         /* it is to come as one answer */

    char *path, *what; /* (owned) of the request */
    XnRanges *ranges;  /* (owned) (nullable) of an answer that is worth several connections */
    GError *broken;    /* (owned) (nullable) why that answer broke off, if they can go on without it */

    char *range;     /* (owned) (nullable) header lines of the next try */
    char *condition; /* (owned) (nullable) */
    const char *headers[3];
} Fetching;

static void
fetching_clear (Fetching *fetching)
{
    g_clear_pointer (&fetching->ranges, xn_ranges_free);
    g_clear_error (&fetching->broken);
    g_clear_pointer (&fetching->file, xn_place_file_free);
    g_free (fetching->path);
    g_free (fetching->what);
    g_free (fetching->validator);
    g_free (fetching->last_md5);
    g_free (fetching->range);
    g_free (fetching->condition);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fetching, fetching_clear)

static void
fetching_set_headers (Fetching *fetching)
{
    guint n = 0;
    if (fetching->range != NULL)
        fetching->headers[n++] = fetching->range;
    if (fetching->condition != NULL)
        fetching->headers[n++] = fetching->condition;
    fetching->headers[n] = NULL;
}

static gboolean
fetching_restart (Fetching *fetching, GError **error)
{
    g_clear_pointer (&fetching->range, g_free);
    fetching_set_headers (fetching);
    if (fetching->file == NULL)
        return TRUE;
    xn_op_add_done (fetching->download->op, 0, -xn_place_file_written (fetching->file));
    return xn_place_file_restart (fetching->file, error);
}

static void
set_again (GError **error, XnErrorKind kind, const char *message)
{
    xn_error_set (error, kind, "%s", message);
    if (error != NULL)
        xn_error_facts (*error)->retryable = TRUE;
}

/* Whether a partial answer continues just the bytes that are there. XNAT knows no If-Range, so the date is compared. */
static gboolean
continues (const Fetching *fetching, const XnAnswer *answer)
{
    gint64 first, last, total;
    if (!xn_content_range_parse (xn_transfer_header (answer->transfer, "Content-Range"), &first, &last, &total))
        return FALSE;
    return first == xn_place_file_written (fetching->file) && last == total - 1 && total == fetching->total &&
           g_strcmp0 (xn_transfer_header (answer->transfer, "Last-Modified"), fetching->validator) == 0;
}

/* XNAT declares a file to be HTML by its name alone; from what stands before it a page may come for any. */
gboolean
xn_download_is_page (const XnEntry *entry, const XnAnswer *answer)
{
    const char *type = xn_transfer_header (answer->transfer, "Content-Type");
    const char *dot = strrchr (entry->path, '.');
    return type != NULL && g_ascii_strncasecmp (type, "text/html", strlen ("text/html")) == 0 &&
           (dot == NULL || g_ascii_strncasecmp (dot, ".htm", strlen (".htm")) != 0);
}

/* What to do where the server's file is not the one that it lists, of which it has sent @size bytes. */
static char *
stale_advice (const Fetching *fetching, gint64 size)
{
    const XnItem *item = fetching->download->item;
    g_autofree char *container = xn_item_container (item);
    g_autofree char *resource = xn_encode_segment (xn_item_id (item, XN_LEVEL_RESOURCE));
    /* An upload that breaks off cuts the file that it replaces, and leaves the catalog as it was. */
    const gboolean cut = size < fetching->wanted->entry->size;
    return g_strdup_printf (
        "%srefresh it (POST /data/services/refresh/catalog?resource=/archive%s/resources/%s&options=checksum) or set "
        "stale_catalog=warn",
        cut ? "it looks cut by an interrupted upload: put it again with overwrite=true, or have it restored "
              "from the server's history; if it is right as it is, the catalog is stale: "
            : "its catalog is stale, or an upload that was to replace it was interrupted: put it again with "
              "overwrite=true, or, if it is right as it is, ",
        container + strlen ("/data"), resource);
}

static void
set_stale (const Fetching *fetching, const char *md5, gint64 size, GError **error)
{
    const XnEntry *entry = fetching->wanted->entry;
    g_autofree char *name = xn_item_describe (fetching->download->item);
    g_autofree char *advice = stale_advice (fetching, size);
    xn_error_set (error, XN_ERROR_INTEGRITY,
                  "%s in %s: the server lists %" G_GINT64_FORMAT " bytes, MD5 %s, but twice sent %" G_GINT64_FORMAT
                  " bytes, MD5 %s: %s",
                  entry->path, name, entry->size, entry->digest != NULL ? entry->digest : "none", size, md5, advice);
}

gint64
xn_download_bound (gint64 listed)
{
    const gint64 more = MAX (listed, SMALL_BYTES);
    return listed > G_MAXINT64 - more ? G_MAXINT64 : listed + more;
}

/* Whether an answer of the length that it declares may be worth taking in. What the user wants whatever is listed is; of
 * anything else that cannot be the listed file a second answer settles it, as the first may have been somebody else's. */
static gboolean
is_not_too_long (Fetching *fetching, GError **error)
{
    const XnEntry *entry = fetching->wanted->entry;
    const gboolean any = xn_op_settings (fetching->download->op)->stale_catalog == XN_STALE_CATALOG_WARN;
    if (any || entry->size < 0 || fetching->total <= xn_download_bound (entry->size))
        return TRUE;
    g_autofree char *name = xn_item_describe (fetching->download->item);
    g_autofree char *advice = stale_advice (fetching, fetching->total);
    xn_error_set (error, XN_ERROR_INTEGRITY,
                  "%s in %s: the server lists %" G_GINT64_FORMAT " bytes, but %sannounced %" G_GINT64_FORMAT
                  ", which were not taken in: %s",
                  entry->path, name, entry->size, fetching->announced_long ? "twice " : "", fetching->total, advice);
    if (error != NULL)
        xn_error_facts (*error)->retryable = !fetching->announced_long;
    fetching->announced_long = TRUE;
    return FALSE;
}

static gboolean
fetching_begin (Fetching *fetching, const XnAnswer *answer, GError **error)
{
    const XnEntry *entry = fetching->wanted->entry;
    g_clear_pointer (&fetching->ranges, xn_ranges_free);
    if (answer->status == 206) {
        if (fetching->file != NULL && continues (fetching, answer))
            return TRUE;
        fetching->misfit = fetching->range != NULL;
        if (!fetching_restart (fetching, error))
            return FALSE;
        set_again (error, XN_ERROR_NETWORK, "the server sent another part of the file than was asked for");
        return FALSE;
    }
    const char *units = xn_transfer_header (answer->transfer, "Accept-Ranges");
    fetching->no_ranges = units != NULL && g_ascii_strcasecmp (units, "none") == 0;
    fetching->total = xn_transfer_content_length (answer->transfer);
    fetching->is_page = xn_download_is_page (entry, answer);
    if (!is_not_too_long (fetching, error)) {
        g_clear_pointer (&fetching->range, g_free);
        fetching_set_headers (fetching);
        return FALSE;
    }
    g_free (fetching->validator);
    fetching->validator = g_strdup (xn_transfer_header (answer->transfer, "Last-Modified"));
    if (fetching->file != NULL)
        return fetching_restart (fetching, error);
    const gint64 size = fetching->total >= 0 ? fetching->total : entry->size;
    XnPlace *place = xn_wanted_place (fetching->download, fetching->wanted, error);
    if (place == NULL)
        return FALSE;
    fetching->file = xn_place_create (place, fetching->wanted->relative, size, entry->digest != NULL, error);
    return fetching->file != NULL;
}

/* Whether two versions of the file differ for certain in their dates, which are of whole seconds: where the digest would not
 * tell, this one must have been there for a moment. */
static gboolean
is_told_apart (const Fetching *fetching, const XnAnswer *answer)
{
    const gint64 written = xn_http_date_parse (fetching->validator);
    const gint64 now = xn_http_date_parse (xn_transfer_header (answer->transfer, "Date"));
    return fetching->wanted->entry->digest != NULL || (written >= 0 && now > written + 1);
}

/* Lets further connections bring parts of the file, where that may be worth it. */
static void
fetching_allow_ranges (Fetching *fetching, const XnAnswer *answer)
{
    const XnDownload *download = fetching->download;
    const gint64 listed = fetching->wanted->entry->size;
    const gint64 missing = fetching->total - xn_place_file_written (fetching->file);
    if (missing < XN_RANGES_LEAST || (listed >= 0 && listed != fetching->total) || fetching->is_one ||
        fetching->no_ranges || fetching->validator == NULL || xn_op_settings (download->op)->jobs < 2 ||
        !xn_client_sends_ranges (download->client) || !is_told_apart (fetching, answer))
        return;
    const XnRangesFile file = {.client = download->client,
                               .op = download->op,
                               .path = fetching->path,
                               .what = fetching->what,
                               .retry = fetching->wanted->retry,
                               .file = fetching->file,
                               .total = fetching->total,
                               .validator = fetching->validator,
                               .answer_us = xn_transfer_waited_us (answer->transfer)};
    fetching->ranges = xn_ranges_new (&file);
}

/* Prepares the next try to go on where this one broke off. XNAT clamps nothing: only an open end inside the file that it
 * measured itself is asked for. */
static void
fetching_plan_rest (Fetching *fetching)
{
    const gint64 written = xn_place_file_written (fetching->file);
    if (fetching->no_ranges || fetching->validator == NULL || written <= 0 || written >= fetching->total)
        return;
    g_free (fetching->range);
    fetching->range = g_strdup_printf ("Range: bytes=%" G_GINT64_FORMAT "-", written);
    fetching_set_headers (fetching);
}

static gboolean
fetching_body (Fetching *fetching, const XnAnswer *answer, GError **error)
{
    const XnEntry *entry = fetching->wanted->entry;
    /* A body whose length nobody told may not be longer than the listing says, nor a part than what is missing. */
    const gint64 limit = fetching->total >= 0 ? fetching->total : entry->size >= 0 ? entry->size : G_MAXINT64;
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            fetching_plan_rest (fetching);
        if (n <= 0)
            return n == 0;
        if (xn_place_file_written (fetching->file) + n > limit) {
            xn_error_set (error, XN_ERROR_INTEGRITY, "%s is longer than the %" G_GINT64_FORMAT " bytes that were %s",
                          entry->path, limit, fetching->total >= 0 ? "declared" : "listed");
            if (error != NULL)
                xn_error_facts (*error)->retryable = fetching->total >= 0;
            fetching->misfit = fetching->range != NULL;
            return FALSE;
        }
        if (!xn_place_file_write (fetching->file, bytes, (gsize)n, error))
            return FALSE;
        xn_op_add_done (fetching->download->op, 0, n);
    }
}

/* The body of an answer that is worth several connections. TRUE with ranges that are several: they have to finish. */
static gboolean
fetching_ranges_body (Fetching *fetching, const XnAnswer *answer, GError **error)
{
    XnRangesTurn turn = XN_RANGES_GO_ON;
    while (turn == XN_RANGES_GO_ON) {
        const guint8 *bytes = NULL;
        GError *problem = NULL;
        const gint64 begun_us = g_get_monotonic_time ();
        const gssize n = xn_transfer_next (answer->transfer, &bytes, &problem);
        if (n == 0)
            return TRUE;
        if (n < 0 && xn_ranges_are_several (fetching->ranges) && xn_error_is_retryable (problem)) {
            g_clear_error (&fetching->broken);
            fetching->broken = problem;
            return TRUE;
        }
        if (n < 0) {
            if (!xn_ranges_are_several (fetching->ranges))
                fetching_plan_rest (fetching);
            g_propagate_error (error, problem);
            return FALSE;
        }
        turn = xn_ranges_take (fetching->ranges, bytes, (gsize)n, g_get_monotonic_time () - begun_us, error);
    }
    return turn == XN_RANGES_ENOUGH;
}

/* Compares what arrived with the listing. */
static gboolean
fetching_check (Fetching *fetching, GError **error)
{
    const XnEntry *entry = fetching->wanted->entry;
    const gint64 size = xn_place_file_written (fetching->file);
    if (fetching->total >= 0 && size != fetching->total) {
        set_again (error, XN_ERROR_NETWORK, "the part of the file that was missing came in part");
        return FALSE;
    }
    const gboolean right_size = entry->size < 0 || entry->size == size;
    const gboolean unproved = entry->size < 0 && entry->digest == NULL && fetching->is_page;
    if (right_size && entry->digest == NULL && !unproved)
        return TRUE;
    const char *md5 = xn_place_file_md5 (fetching->file);
    if (right_size && g_strcmp0 (entry->digest, md5) == 0)
        return TRUE;
    if (fetching->is_page) {
        g_autofree char *message = g_strdup_printf ("the server sent a web page instead of %s", entry->path);
        set_again (error, XN_ERROR_INTEGRITY, message);
        return FALSE;
    }
    /* Whoever cuts a body that has no length may do so at the same place each time. */
    const gboolean agree = fetching->last_md5 != NULL && fetching->last_size == size &&
                           g_str_equal (fetching->last_md5, md5) && fetching->total == size;
    if (!agree) {
        g_free (fetching->last_md5);
        fetching->last_md5 = fetching->total >= 0 ? g_strdup (md5) : NULL;
        fetching->last_size = size;
        g_autofree char *message = g_strdup_printf (
            "%s arrived with %" G_GINT64_FORMAT " bytes, MD5 %s, but %" G_GINT64_FORMAT " bytes, MD5 %s are listed%s",
            entry->path, size, md5, entry->size, entry->digest != NULL ? entry->digest : "none",
            fetching->total < 0 ? "; it came without a length, so it may have been cut on its way" : "");
        set_again (error, XN_ERROR_INTEGRITY, message);
        return FALSE;
    }
    g_autoptr (GError) stale = NULL;
    set_stale (fetching, md5, size, &stale);
    if (xn_op_settings (fetching->download->op)->stale_catalog == XN_STALE_CATALOG_WARN) {
        xn_log (XN_LOG_WARNING, "delivered all the same: %s", stale->message);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&stale));
    return FALSE;
}

/* XnConsumeFunc */
static gboolean
fetching_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Fetching *fetching = data;
    if (answer->status == 304) {
        /* Not newer is not enough: the local file may have been touched since it was fetched. */
        const char *date = xn_transfer_header (answer->transfer, "Last-Modified");
        fetching->is_dated = date != NULL;
        fetching->unchanged = date == NULL || xn_http_date_parse (date) == fetching->wanted->local_mtime;
        return TRUE;
    }
    if (!fetching_begin (fetching, answer, error))
        return FALSE;
    fetching_allow_ranges (fetching, answer);
    if (!(fetching->ranges != NULL ? fetching_ranges_body : fetching_body) (fetching, answer, error))
        return FALSE;
    if (fetching->ranges != NULL && xn_ranges_are_several (fetching->ranges))
        return TRUE;
    /* It is whole: a try after this one begins from the start. */
    g_clear_pointer (&fetching->range, g_free);
    fetching_set_headers (fetching);
    if (!fetching_check (fetching, error))
        return FALSE;
    return xn_place_file_commit (fetching->file, xn_http_date_parse (fetching->validator), error);
}

/* XnOtherWayFunc: a server that cannot send a part says so in many ways (an XNAT whose file was cut meanwhile by a length
 * below nothing); the whole may be had at once. */
static gboolean
fetching_asks_for_all (const GError *why, gpointer data)
{
    Fetching *fetching = data;
    const int status = xn_error_http_status (why);
    const gboolean refused = status == 400 || status == 416 || status == 500 || status == 501 ||
                             (status == 0 && xn_error_is (why, XN_ERROR_SERVER));
    const gboolean other = fetching->misfit || (fetching->range != NULL && refused);
    fetching->misfit = FALSE;
    if (!other)
        return FALSE;
    g_clear_pointer (&fetching->range, g_free);
    fetching_set_headers (fetching);
    return TRUE;
}

static gboolean
fetching_call (Fetching *fetching, GError **error)
{
    const XnDownload *download = fetching->download;
    const XnCall call = {.method = "GET",
                         .path = fetching->path,
                         .what = fetching->what,
                         .expect = XN_EXPECT_FILE,
                         .retry = fetching->wanted->retry,
                         .headers = fetching->headers,
                         .accept_304 = fetching->condition != NULL,
                         .accept_206 = TRUE,
                         .other_way = fetching_asks_for_all,
                         .consume = fetching_consume,
                         .consume_data = fetching};
    return xn_client_call (download->client, &call, download->op, error);
}

/* Asks for the file, and has its ranges finished where they are several. Whatever is wrong with these, one answer may be right. */
static gboolean
fetching_run (Fetching *fetching, GError **error)
{
    if (!fetching_call (fetching, error))
        return FALSE;
    if (fetching->ranges == NULL || !xn_ranges_are_several (fetching->ranges))
        return TRUE;
    g_autoptr (GError) problem = NULL;
    const XnRangesEnd end = xn_ranges_finish (fetching->ranges, fetching->broken, &problem);
    const gboolean is_right = end == XN_RANGES_WHOLE && fetching_check (fetching, &problem);
    g_clear_pointer (&fetching->ranges, xn_ranges_free);
    if (is_right)
        return xn_place_file_commit (fetching->file, xn_http_date_parse (fetching->validator), error);
    if (end == XN_RANGES_ERROR || (problem != NULL && !xn_error_is_retryable (problem))) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    xn_log (XN_LOG_DEBUG, "%s: %s; once more, by one connection", fetching->what,
            problem != NULL ? problem->message : "its parts are not to be had");
    if (problem != NULL)
        xn_client_note_false_range (fetching->download->client);
    fetching->is_one = TRUE;
    return fetching_call (fetching, error);
}

/* XnConsumeFunc: the date of the server's file, where a 304 did not tell it. */
static gboolean
date_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    gint64 *out_date = data;
    *out_date = xn_http_date_parse (xn_transfer_header (answer->transfer, "Last-Modified"));
    return TRUE;
}

/* Whether the server's file still bears the date that the local one got from it. */
static gboolean
date_is_unchanged (const XnDownload *download, const XnWanted *wanted, const char *tail, gboolean *out_unchanged,
                   GError **error)
{
    g_autofree char *resource = xn_item_resource (download->item);
    g_autofree char *path = g_strdup_printf ("%s/files/%s", resource, tail);
    gint64 date = -1;
    const XnCall call = {.method = "HEAD",
                         .path = path,
                         .what = "asking for a file's date",
                         .expect = XN_EXPECT_FILE,
                         .retry = XN_RETRY_READ,
                         .consume = date_consume,
                         .consume_data = &date};
    if (!xn_client_call (download->client, &call, download->op, error))
        return FALSE;
    *out_unchanged = date >= 0 && date == wanted->local_mtime;
    return TRUE;
}

gboolean
xn_download_ask_unchanged (const XnDownload *download, const XnWanted *wanted, gboolean *out_unchanged, GError **error)
{
    g_autofree char *tail = xn_entry_tail (wanted->entry->path);
    g_autoptr (GError) problem = NULL;
    *out_unchanged = FALSE;
    if (tail == NULL || date_is_unchanged (download, wanted, tail, out_unchanged, &problem) ||
        xn_error_is (problem, XN_ERROR_NOT_FOUND))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

static gboolean
keep_local (const XnDownload *download, XnWanted *wanted, GError **error)
{
    XnPlace *place = xn_wanted_place (download, wanted, error);
    return place != NULL && xn_place_keep (place, wanted->relative, error);
}

gboolean
xn_download_by_path (const XnDownload *download, XnWanted *wanted, const char *tail, GError **error)
{
    g_auto (Fetching) fetching = {.download = download, .wanted = wanted, .total = -1};
    g_autofree char *resource = xn_item_resource (download->item);
    g_autofree char *name = xn_item_describe (download->item);
    fetching.path = g_strdup_printf ("%s/files/%s", resource, tail);
    fetching.what = g_strdup_printf ("fetching %s of %s", wanted->entry->path, name);
    if (wanted->conditional) {
        g_autofree char *date = xn_http_date_format (wanted->local_mtime);
        fetching.condition = g_strdup_printf ("If-Modified-Since: %s", date);
    }
    fetching_set_headers (&fetching);
    g_autoptr (GError) problem = NULL;
    gboolean ok = fetching_run (&fetching, &problem);
    if (ok && wanted->conditional && fetching.file == NULL) {
        if (fetching.unchanged && !fetching.is_dated &&
            !date_is_unchanged (download, wanted, tail, &fetching.unchanged, error))
            return FALSE;
        if (!fetching.unchanged) {
            g_clear_pointer (&fetching.condition, g_free);
            fetching_set_headers (&fetching);
            ok = fetching_run (&fetching, &problem);
        } else if (!keep_local (download, wanted, error)) {
            return FALSE;
        }
    }
    if (!ok) {
        if (fetching.file != NULL)
            xn_op_add_done (download->op, 0, -xn_place_file_written (fetching.file));
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    wanted->done = TRUE;
    wanted->kept = fetching.file == NULL;
    if (wanted->kept)
        xn_op_add_kept (download->op, 1, (guint64)MAX (wanted->entry->size, 0));
    else
        xn_op_add_done (download->op, 1, 0);
    return TRUE;
}
