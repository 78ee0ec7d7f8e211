/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a file. What was handed over cannot be taken back, so a try after a broken one goes on where that one stopped, and
 * only if the file is still the same. */
#include "fetch/read.h"

#include "archive/unpack.h"
#include "base/error.h"
#include "base/log.h"
#include "fetch/download.h"
#include "fetch/member-names.h"
#include "find/locate.h"
#include "http/fields.h"

#include <string.h>

typedef struct {
    const XnDownload *download;
    const XnEntry *entry;
    const XnPart *part;
    gint64 size;        /* of the whole file; -1: not known */
    gint64 end;         /* of the part; G_MAXINT64: not known */
    gint64 next;        /* the first byte that was not handed over */
    GChecksum *md5;     /* (owned) (nullable) of a whole that can be checked */
    char *validator;    /* (owned) (nullable) Last-Modified of what was handed over */
    gboolean no_ranges; /* the server sends no parts of it */

    char *range; /* (owned) (nullable) header line of the next try */
    const char *headers[2];
} Reading;

static void
reading_clear (Reading *reading)
{
    g_clear_pointer (&reading->md5, g_checksum_free);
    g_free (reading->validator);
    g_free (reading->range);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

/* What is left to do, now that the size of the file is known, or not. Errors: USAGE. */
static gboolean
reading_set_size (Reading *reading, gint64 size, GError **error)
{
    const XnPart *part = reading->part;
    reading->size = size;
    const guint64 limit = size >= 0 ? (guint64)size : G_MAXINT64;
    if (part->offset > limit) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "%s has %" G_GINT64_FORMAT " bytes, so none can be read from byte %" G_GUINT64_FORMAT " on",
                      reading->entry->path, size, part->offset);
        return FALSE;
    }
    reading->end = (gint64)(part->offset + MIN (part->length, limit - part->offset));
    return TRUE;
}

static gboolean
is_whole (const Reading *reading)
{
    return reading->part->offset == 0 && reading->end == reading->size;
}

/* XNAT clamps nothing: a range is asked for only where it lies inside the listed size. */
static void
reading_plan (Reading *reading)
{
    g_clear_pointer (&reading->range, g_free);
    const gboolean from_start = reading->next == 0 && reading->end == reading->size;
    if (!reading->no_ranges && !from_start && reading->size >= 0 && reading->next < reading->end)
        reading->range = reading->end == reading->size
                             ? g_strdup_printf ("Range: bytes=%" G_GINT64_FORMAT "-", reading->next)
                             : g_strdup_printf ("Range: bytes=%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, reading->next,
                                                reading->end - 1);
    reading->headers[0] = reading->range;
    reading->headers[1] = NULL;
}

/* Hands over what of @bytes, which begin at @at, belongs to the part and is new. */
static gboolean
reading_hand (Reading *reading, gint64 at, const guint8 *bytes, gsize size, GError **error)
{
    const gint64 first = MAX (reading->next, at), last = MIN (reading->end, at + (gint64)size);
    if (first >= last)
        return TRUE;
    const guint8 *begin = bytes + (first - at);
    if (reading->md5 != NULL)
        g_checksum_update (reading->md5, begin, (gssize)(last - first));
    reading->next = last;
    xn_op_add_done (reading->download->op, 0, last - first);
    if (reading->part->take (reading->part->data, begin, (gsize)(last - first)) == 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_CANCELLED, "stopped on request");
    return FALSE;
}

static void
set_again (GError **error, XnErrorKind kind, const char *what, const Reading *reading)
{
    xn_error_set (error, kind, "%s %s", what, reading->entry->path);
    if (error != NULL)
        xn_error_facts (*error)->retryable = TRUE;
}

/* Whether a partial answer is just the part that was asked for. */
static gboolean
is_asked_part (const Reading *reading, const XnAnswer *answer)
{
    gint64 first, last, total;
    const char *range = xn_transfer_header (answer->transfer, "Content-Range");
    const gint64 length = xn_transfer_content_length (answer->transfer);
    return reading->range != NULL && xn_content_range_parse (range, &first, &last, &total) && first == reading->next &&
           last == reading->end - 1 && total == reading->size && (length < 0 || length == last - first + 1);
}

/* A file that is not as long as the listing says: its catalog is stale, or an upload was cut. */
static gboolean
reading_meet_size (Reading *reading, gint64 total, GError **error)
{
    if (total < 0 || total == reading->size)
        return TRUE;
    if (reading->size >= 0) {
        g_autoptr (GError) stale = NULL;
        xn_error_set (&stale, XN_ERROR_INTEGRITY,
                      "%s: the server lists %" G_GINT64_FORMAT " bytes, but has %" G_GINT64_FORMAT
                      ": its catalog is stale, or an upload was interrupted; fetch says what to do, or set "
                      "stale_catalog=warn",
                      reading->entry->path, reading->size, total);
        if (xn_op_settings (reading->download->op)->stale_catalog != XN_STALE_CATALOG_WARN || reading->next > 0) {
            g_propagate_error (error, g_steal_pointer (&stale));
            return FALSE;
        }
        xn_log (XN_LOG_WARNING, "delivered all the same: %s", stale->message);
        g_clear_pointer (&reading->md5, g_checksum_free);
    }
    return reading_set_size (reading, total, error);
}

/* Where the body begins in the file; -1 with an error. */
static gint64
reading_begin (Reading *reading, const XnAnswer *answer, GError **error)
{
    const char *date = xn_transfer_header (answer->transfer, "Last-Modified");
    const gboolean is_part = answer->status == 206;
    if (is_part && !is_asked_part (reading, answer)) {
        reading->no_ranges = TRUE;
        set_again (error, XN_ERROR_NETWORK, "the server sent another part than was asked for of", reading);
        return -1;
    }
    const gint64 total = is_part ? reading->size : xn_transfer_content_length (answer->transfer);
    if (xn_download_is_page (reading->entry, answer) && (total < 0 || total != reading->size)) {
        set_again (error, XN_ERROR_INTEGRITY, "the server sent a web page instead of", reading);
        return -1;
    }
    if (!reading_meet_size (reading, total, error))
        return -1;
    const gint64 begun = (gint64)reading->part->offset;
    if (reading->next > begun && g_strcmp0 (date, reading->validator) != 0) {
        xn_error_set (error, XN_ERROR_INTEGRITY, "%s was changed on the server while it was read",
                      reading->entry->path);
        return -1;
    }
    g_free (reading->validator);
    reading->validator = g_strdup (date);
    return is_part ? reading->next : 0;
}

/* XnConsumeFunc */
static gboolean
reading_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Reading *reading = data;
    gint64 at = reading_begin (reading, answer, error);
    if (at < 0)
        return FALSE;
    while (reading->next < reading->end) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            return FALSE;
        if (n == 0) {
            if (reading->size < 0)
                return reading_set_size (reading, at, error);
            set_again (error, XN_ERROR_NETWORK, "the server sent less than it lists of", reading);
            return FALSE;
        }
        if (!reading_hand (reading, at, bytes, (gsize)n, error))
            return FALSE;
        at += n;
    }
    return TRUE;
}

/* XnOtherWayFunc, after each try: the next one goes on where it stopped; a server that sends no part of it may send all. */
static gboolean
reading_goes_on (const GError *why, gpointer data)
{
    Reading *reading = data;
    const int status = xn_error_http_status (why);
    const gboolean refused = status == 400 || status == 416 || status == 500 || status == 501 ||
                             (status == 0 && xn_error_is (why, XN_ERROR_SERVER));
    const gboolean other = reading->range != NULL && (reading->no_ranges || refused);
    reading->no_ranges |= other;
    reading_plan (reading);
    return other;
}

static gboolean
read_by_path (Reading *reading, const char *tail, GError **error)
{
    const XnDownload *download = reading->download;
    g_autofree char *resource = xn_item_resource (download->item);
    g_autofree char *path = g_strdup_printf ("%s/files/%s", resource, tail);
    g_autofree char *name = xn_item_describe (download->item);
    g_autofree char *what = g_strdup_printf ("reading %s of %s", reading->entry->path, name);
    const XnCall call = {.method = "GET",
                         .path = path,
                         .what = what,
                         .expect = XN_EXPECT_FILE,
                         .retry = XN_RETRY_READ,
                         .headers = reading->headers,
                         .accept_206 = TRUE,
                         .other_way = reading_goes_on,
                         .consume = reading_consume,
                         .consume_data = reading};
    reading_plan (reading);
    return xn_client_call (download->client, &call, download->op, error);
}

/* A file that no path reaches, out of an archive. */
typedef struct {
    Reading *reading;
    const char *directory; /* (nullable) */
    GPtrArray *wanted;     /* (element-type XnWanted) the one */
    XnTransfer *transfer;  /* (borrowed) while a body is read */
    gboolean found;
} Unpacking;

static gssize
unpacking_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    return xn_transfer_next (((Unpacking *)data)->transfer, out_bytes, error);
}

static gboolean
unpacking_hand (Unpacking *unpacking, XnUnpack *unpack, GError **error)
{
    Reading *reading = unpacking->reading;
    unpacking->found = TRUE;
    for (gint64 at = 0; reading->next < reading->end;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_unpack_data (unpack, &bytes, error);
        if (n == 0)
            xn_error_set (error, XN_ERROR_INTEGRITY, "the archive's member for %s is shorter than is listed",
                          reading->entry->path);
        if (n <= 0 || !reading_hand (reading, at, bytes, (gsize)n, error))
            return FALSE;
        at += n;
    }
    return TRUE;
}

/* XnConsumeFunc */
static gboolean
unpacking_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Unpacking *unpacking = data;
    XnMember member;
    int more;
    unpacking->transfer = answer->transfer;
    g_autoptr (XnUnpack) unpack = xn_unpack_new (unpacking_read, unpacking, error);
    if (unpack == NULL)
        return FALSE;
    g_autoptr (XnMemberNames) names =
        xn_member_names_new (unpacking->reading->download, unpacking->directory, unpacking->wanted);
    while ((more = xn_unpack_next (unpack, &member, error)) > 0) {
        gboolean by_name = FALSE;
        /* A guess would have to be checked before it is handed over. */
        if (xn_member_names_find (names, member.name, member.size, &by_name) != NULL && by_name)
            return unpacking_hand (unpacking, unpack, error);
    }
    return more == 0;
}

static gboolean
read_by_archive (Reading *reading, GError **error)
{
    const XnDownload *download = reading->download;
    g_autoptr (XnWanted) one = xn_wanted_new (reading->entry, NULL);
    g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
    g_ptr_array_add (wanted, one);
    g_autofree char *directory = xn_download_reached_directory (reading->entry->path);
    g_autofree char *tail = directory != NULL ? xn_entry_tail (directory) : NULL;
    g_autofree char *resource = xn_item_resource (download->item);
    g_autofree char *path =
        tail != NULL ? g_strdup_printf ("%s/files/%s/", resource, tail) : g_strdup_printf ("%s/files", resource);
    g_autofree char *what = g_strdup_printf ("reading %s out of an archive", reading->entry->path);
    Unpacking unpacking = {.reading = reading, .directory = directory, .wanted = wanted};
    const XnCall call = {.method = "GET",
                         .path = path,
                         .query = "format=zip",
                         .what = what,
                         .expect = XN_EXPECT_ARCHIVE,
                         .retry = XN_RETRY_READ,
                         .silent_body = TRUE,
                         .consume = unpacking_consume,
                         .consume_data = &unpacking};
    if (!xn_client_call (download->client, &call, download->op, error))
        return FALSE;
    if (!unpacking.found)
        xn_error_set (error, XN_ERROR_NOT_FOUND,
                      "%s is listed, but no path reaches it, and the server's archive does not name it",
                      reading->entry->path);
    return unpacking.found;
}

/* Of a whole the digest is checked; its bytes have been handed over by then. */
static gboolean
reading_check (const Reading *reading, GError **error)
{
    const char *digest = reading->entry->digest;
    if (reading->md5 == NULL || !is_whole (reading) || g_str_equal (g_checksum_get_string (reading->md5), digest))
        return TRUE;
    g_autoptr (GError) stale = NULL;
    xn_error_set (&stale, XN_ERROR_INTEGRITY, "%s: what was read has MD5 %s, but %s is listed; do not use it",
                  reading->entry->path, g_checksum_get_string (reading->md5), digest);
    if (xn_op_settings (reading->download->op)->stale_catalog == XN_STALE_CATALOG_WARN) {
        xn_log (XN_LOG_WARNING, "delivered all the same: %s", stale->message);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&stale));
    return FALSE;
}

static gboolean
reading_run (Reading *reading, GError **error)
{
    XnOp *op = reading->download->op;
    if (!reading_set_size (reading, reading->entry->size, error))
        return FALSE;
    reading->next = (gint64)reading->part->offset;
    const gboolean may_be_whole = is_whole (reading) || (reading->size < 0 && reading->part->offset == 0);
    if (may_be_whole && reading->entry->digest != NULL)
        reading->md5 = g_checksum_new (G_CHECKSUM_MD5);
    xn_op_add_total (op, 1, reading->size >= 0 ? (guint64)(reading->end - reading->next) : 0);
    xn_op_set_phase (op, XN_PHASE_TRANSFER);
    if (reading->next < reading->end) {
        g_autoptr (GError) problem = NULL;
        g_autofree char *tail = xn_entry_tail (reading->entry->path);
        gboolean ok = tail != NULL && read_by_path (reading, tail, &problem);
        /* Old servers do not decode the path, so a name that had to be encoded is not found by it. */
        const gboolean encoded = tail == NULL || !g_str_equal (tail, reading->entry->path);
        if (!ok && encoded && (tail == NULL || xn_error_is (problem, XN_ERROR_NOT_FOUND))) {
            g_clear_error (&problem);
            ok = read_by_archive (reading, &problem);
        }
        if (!ok) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
    }
    xn_op_add_done (op, 1, 0);
    return reading_check (reading, error);
}

/* *@out_begun: bytes of it were handed over */
static gboolean
read_file (XnFinder *finder, const XnLocated *located, const XnEntry *file, const XnPart *part, gboolean *out_begun,
           gint64 *out_size, GError **error)
{
    const XnDownload download = {
        .client = finder->client, .op = finder->op, .item = located->item, .catalog = located->catalog};
    g_auto (Reading) reading = {.download = &download, .entry = file, .part = part};
    GError *problem = NULL;
    const gboolean ok = reading_run (&reading, &problem);
    *out_begun = reading.next > (gint64)part->offset;
    *out_size = reading.size;
    /* It may be announced again. */
    if (!*out_begun && xn_locate_may_be_late (problem))
        xn_op_add_total (finder->op, (guint64)-1, reading.size >= 0 ? -(guint64)(reading.end - reading.next) : 0);
    if (problem != NULL)
        g_propagate_error (error, problem);
    return ok;
}

/* Whether the file is there, and listed otherwise by now, as in @out_anew. */
static gboolean
is_replaced (const XnFinder *finder, const XnUrl *url, const GError *problem, const XnLocated *located,
             XnLocated *out_anew)
{
    return xn_locate_is_overtaken (finder, url, problem, located, out_anew) &&
           xn_catalog_find (out_anew->catalog, url->path) != NULL;
}

static char *
read_from (XnFinder *finder, const XnUrl *url, const XnPart *part, gint64 *out_size, GError **error)
{
    g_auto (XnLocated) located = {0};
    const XnEntry *file = NULL;
    if (!xn_locate (finder, url, &located, &file, error))
        return NULL;
    if (file == NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "%s names a directory, of which nothing can be read: name a file in it",
                      url->text);
        return NULL;
    }
    g_autoptr (GError) problem = NULL;
    gboolean is_begun = FALSE;
    g_auto (XnLocated) anew = {0};
    gboolean ok = read_file (finder, &located, file, part, &is_begun, out_size, &problem);
    /* Of a file that was replaced after it was listed nothing was handed over, if its size tells it. */
    if (!ok && !is_begun && is_replaced (finder, url, problem, &located, &anew)) {
        g_clear_error (&problem);
        file = xn_catalog_find (anew.catalog, url->path);
        ok = read_file (finder, &anew, file, part, &is_begun, out_size, &problem);
    }
    if (ok)
        return xn_url_print (url, TRUE);
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
}

char *
xn_read (XnRuntime *runtime, XnOp *op, const char *text, const XnPart *part, gint64 *out_size, GError **error)
{
    g_autoptr (XnUrl) url = xn_locate_parse (text, "read", error);
    if (url == NULL)
        return NULL;
    if (!url->has_files || url->path == NULL || url->path_is_directory) {
        xn_error_set (error, XN_ERROR_USAGE, "%s names no file: write /files/PATH behind the resource", text);
        return NULL;
    }
    XnClient *client = xn_clients_get (runtime->clients, &url->server, op, error);
    if (client == NULL)
        return NULL;
    g_autoptr (XnPool) pool = xn_pool_new ();
    XnFinder finder = {.client = client, .listings = runtime->listings, .pool = pool, .op = op, .first_look = TRUE};
    xn_client_hold (client);
    char *result = read_from (&finder, url, part, out_size, error);
    xn_client_release (client);
    if (result != NULL)
        xn_op_set_phase (op, XN_PHASE_DONE);
    return result;
}
