/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of one file: the caller's, and a thread for each other one. */
#include "fetch/ranges.h"

#include "base/error.h"
#include "base/log.h"
#include "base/sync.h"
#include "fetch/pieces.h"
#include "fetch/ramp.h"
#include "http/fields.h"
#include "http/retry.h"

/* How long to wait between looks at a file that is only to be hashed to its end. */
#define SETTLE_MS 5

/* At the end, when nothing else is left to do, a connection that is silent for so long, and for so many times what the server
 * takes to answer, is not waited for: another request brings what it has left. */
#define SILENCE_S 2.0
#define SILENCE_ANSWERS 8

/* Who brings pieces over one connection at a time. */
typedef struct {
    XnRanges *ranges;
    XnOp *op;      /* (owned) a branch; the caller's: (borrowed) */
    XnPiece piece; /* [mutex] written by its owner */
    gint64 asked;  /* first byte of the range under way */
    gboolean is_answered;
    pthread_t thread;
    gint64 moved_us;      /* [mutex] when its last bytes came, or it began to ask for more */
    gboolean has_brought; /* [mutex] */
    gboolean is_over;     /* [mutex] it has ended, or was told to */
} Bringer;

struct XnRanges {
    XnRangesFile source;
    Bringer caller;
    gboolean several; /* the caller's */
    gint64 begun_us;
    gint64 idle_us; /* the caller's, as long as it is alone */

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    XnPieces pieces;    /* [mutex] */
    XnRamp ramp;        /* [mutex] */
    gint64 before;      /* what the file had at the beginning */
    gint64 come;        /* [mutex] bytes since then */
    GPtrArray *helpers; /* [mutex] (element-type Bringer) (owned) */
    gboolean closing;   /* [mutex] no others are to begin */
    gboolean is_proved; /* [mutex] a range was answered as it should */
    gboolean is_false;  /* [mutex] one was not */
    gboolean is_other;  /* [mutex] the server has another file now */
    GError *failure;    /* [mutex] (owned) (nullable) the local file cannot be written */
};

static void *help (void *data);

XnRanges *
xn_ranges_new (const XnRangesFile *file)
{
    XnRanges *ranges = g_new0 (XnRanges, 1);
    ranges->source = *file;
    ranges->caller = (Bringer){.ranges = ranges, .op = file->op, .has_brought = TRUE};
    ranges->before = xn_place_file_written (file->file);
    ranges->begun_us = g_get_monotonic_time ();
    ranges->helpers = g_ptr_array_new_with_free_func (g_free);
    pthread_mutex_init (&ranges->mutex, NULL);
    xn_cond_init (&ranges->changed);
    xn_ramp_init (&ranges->ramp, (double)file->answer_us / G_USEC_PER_SEC,
                  (double)MAX (xn_client_least_wait_us (file->client), 0) / G_USEC_PER_SEC, ranges->begun_us);
    return ranges;
}

gboolean
xn_ranges_are_several (const XnRanges *ranges)
{
    return ranges->several;
}

/* Starts a further connection. The mutex is held. */
static gboolean
begin_helper (XnRanges *ranges)
{
    Bringer *helper = g_new0 (Bringer, 1);
    helper->ranges = ranges;
    helper->op = xn_op_branch (ranges->source.op);
    if (!xn_thread_start (&helper->thread, help, helper)) {
        xn_op_free (helper->op);
        g_free (helper);
        return FALSE;
    }
    g_ptr_array_add (ranges->helpers, helper);
    return TRUE;
}

/* The mutex is held. */
static XnRampView
view_of (const XnRanges *ranges)
{
    const XnRangesFile *source = &ranges->source;
    const gint64 now_us = g_get_monotonic_time ();
    const gint64 left = source->total - ranges->before - ranges->come;
    const gint64 nobodys = ranges->several ? xn_pieces_left (&ranges->pieces) : left;
    XnRampView view = {.now_us = now_us, .bytes = ranges->come, .left = left, .n = 1};
    for (guint i = 0; i < ranges->helpers->len; i++) {
        const Bringer *helper = g_ptr_array_index (ranges->helpers, i);
        view.n += !helper->is_over;
        view.waiting += !helper->is_over && !helper->has_brought;
    }
    const gint places = MAX (xn_client_places_left (source->client, source->op), 0);
    view.most = view.n + (guint)MIN (places, nobodys / XN_RAMP_PIECE_LEAST);
    view.idle = (double)ranges->idle_us / (double)MAX (now_us - ranges->begun_us, 1);
    return view;
}

/* Gives up the last @n connections. The mutex is held. */
static void
drop_helpers (XnRanges *ranges, guint n)
{
    for (guint i = ranges->helpers->len; i > 0 && n > 0; i--) {
        Bringer *helper = g_ptr_array_index (ranges->helpers, i - 1);
        if (helper->is_over)
            continue;
        helper->is_over = TRUE;
        xn_op_stop (helper->op);
        n--;
    }
}

/* Begins or ends connections as it seems right now. The mutex is held. */
static void
adjust (XnRanges *ranges)
{
    if (ranges->closing || ranges->is_false || ranges->is_other)
        return;
    const XnRampView view = view_of (ranges);
    const guint wanted = xn_ramp_look (&ranges->ramp, &view);
    if (wanted == view.n)
        return;
    if (wanted < view.n)
        drop_helpers (ranges, view.n - wanted);
    for (guint n = view.n; n < wanted; n++) {
        if (!begin_helper (ranges))
            ranges->ramp.settled = TRUE;
    }
}

/* How much is to be asked for next. The mutex is held. */
static gint64
piece_size (XnRanges *ranges)
{
    return xn_ramp_piece (&ranges->ramp, xn_pieces_left (&ranges->pieces), xn_op_settings (ranges->source.op)->jobs);
}

/* Notes that @bringer has written so much more of its piece. */
static void
note_written (Bringer *bringer, gsize size)
{
    XnRanges *ranges = bringer->ranges;
    xn_op_add_done (ranges->source.op, 0, (gint64)size);
    XN_LOCKED (&ranges->mutex);
    bringer->piece.at += (gint64)size;
    bringer->moved_us = g_get_monotonic_time ();
    bringer->has_brought = TRUE;
    ranges->come += (gint64)size;
    xn_place_file_reach (ranges->source.file, xn_pieces_reached (&ranges->pieces));
    adjust (ranges);
}

static gboolean
write_piece (Bringer *bringer, const guint8 *bytes, gsize size, GError **error)
{
    XnRanges *ranges = bringer->ranges;
    GError *problem = NULL;
    if (size == 0)
        return TRUE;
    if (xn_place_file_write_at (ranges->source.file, bringer->piece.at, bytes, size, &problem)) {
        note_written (bringer, size);
        return TRUE;
    }
    XN_LOCKED (&ranges->mutex);
    if (ranges->failure == NULL)
        ranges->failure = g_error_copy (problem);
    g_propagate_error (error, problem);
    return FALSE;
}

static void
note_false (XnRanges *ranges)
{
    xn_client_note_false_range (ranges->source.client);
    XN_LOCKED (&ranges->mutex);
    ranges->is_false = TRUE;
    pthread_cond_broadcast (&ranges->changed);
}

/* Whether nothing more is to be asked for. */
static gboolean
is_over (XnRanges *ranges)
{
    XN_LOCKED (&ranges->mutex);
    return ranges->closing || ranges->is_false || ranges->is_other || ranges->failure != NULL ||
           xn_pieces_reached (&ranges->pieces) == ranges->source.total;
}

static gboolean
claim (Bringer *bringer)
{
    XnRanges *ranges = bringer->ranges;
    if (is_over (ranges))
        return FALSE;
    XN_LOCKED (&ranges->mutex);
    bringer->moved_us = g_get_monotonic_time ();
    return xn_pieces_claim (&ranges->pieces, piece_size (ranges), &bringer->piece);
}

static void
give_back (Bringer *bringer)
{
    XN_LOCKED (&bringer->ranges->mutex);
    xn_pieces_give_back (&bringer->ranges->pieces, &bringer->piece);
    pthread_cond_broadcast (&bringer->ranges->changed);
}

/* Whether the answer is to the range that was asked for, of the same file. */
static gboolean
fits (Bringer *bringer, const XnAnswer *answer, GError **error)
{
    XnRanges *ranges = bringer->ranges;
    gint64 first = -1, last = -1, total = -1;
    bringer->is_answered = TRUE;
    const char *date = xn_transfer_header (answer->transfer, "Last-Modified");
    const gint64 length = xn_transfer_content_length (answer->transfer);
    const gboolean is_range =
        answer->status == 206 &&
        xn_content_range_parse (xn_transfer_header (answer->transfer, "Content-Range"), &first, &last, &total);
    /* A part that does not tell of how many bytes it is one, as some proxies send it, is no sign of another file. */
    const gint64 told = is_range ? total : answer->status == 200 ? length : -1;
    const gboolean is_same =
        g_strcmp0 (date, ranges->source.validator) == 0 && (told < 0 || told == ranges->source.total);
    const gboolean is_right = is_range && first == bringer->asked && last == bringer->piece.end - 1 &&
                              (length < 0 || length == last - first + 1);
    if (is_same && is_right && first == bringer->piece.at) {
        XN_LOCKED (&ranges->mutex);
        ranges->is_proved = TRUE;
        return TRUE;
    }
    xn_error_set (error, XN_ERROR_NETWORK, "the server sent %s than was asked for",
                  is_same ? "another part of the file" : "a part of another file");
    if (is_same && is_right && error != NULL) /* asked for twice within one call */
        xn_error_facts (*error)->retryable = TRUE;
    if (is_same && !is_right)
        note_false (ranges);
    XN_LOCKED (&ranges->mutex);
    ranges->is_other |= !is_same;
    return FALSE;
}

/* XnConsumeFunc */
static gboolean
piece_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Bringer *bringer = data;
    if (!fits (bringer, answer, error))
        return FALSE;
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            return FALSE;
        const gint64 missing = bringer->piece.end - bringer->piece.at;
        if (n == 0 && missing == 0)
            return TRUE;
        if (n == 0 || n > missing) {
            if (n > 0)
                note_false (bringer->ranges);
            xn_error_set (error, XN_ERROR_NETWORK, "the part of the file that was asked for came %s",
                          n > 0 ? "with more behind it" : "in part");
            if (error != NULL)
                xn_error_facts (*error)->retryable = n == 0;
            return FALSE;
        }
        if (!write_piece (bringer, bytes, (gsize)n, error))
            return FALSE;
        if (is_over (bringer->ranges) && bringer->piece.at < bringer->piece.end)
            return TRUE;
    }
}

/* XnOtherWayFunc: there is none, but this is where the statuses are seen. A 500 may pass where ranges have been had. */
static gboolean
piece_is_refused (const GError *why, gpointer data)
{
    XnRanges *ranges = ((Bringer *)data)->ranges;
    const int status = xn_error_http_status (why);
    pthread_mutex_lock (&ranges->mutex);
    const gboolean may_pass = status == 500 && ranges->is_proved;
    pthread_mutex_unlock (&ranges->mutex);
    if (status == 400 || status == 416 || status == 501 || (status == 500 && !may_pass) ||
        (status == 0 && xn_error_is (why, XN_ERROR_SERVER)))
        note_false (ranges);
    return FALSE;
}

/* Brings what it can of the piece. TRUE: all of it, or as much as is wanted. */
static gboolean
bring (Bringer *bringer, XnRetry retry, GError **error)
{
    const XnRangesFile *source = &bringer->ranges->source;
    g_autofree char *range = g_strdup_printf ("Range: bytes=%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, bringer->piece.at,
                                              bringer->piece.end - 1);
    const char *const headers[] = {range, NULL};
    const XnCall call = {.method = "GET",
                         .path = source->path,
                         .what = source->what,
                         .expect = XN_EXPECT_FILE,
                         .retry = retry,
                         .headers = headers,
                         .accept_206 = TRUE,
                         .lean = TRUE,
                         .other_way = piece_is_refused,
                         .consume = piece_consume,
                         .consume_data = bringer};
    bringer->asked = bringer->piece.at;
    bringer->is_answered = FALSE;
    return xn_client_call (source->client, &call, bringer->op, error);
}

/* Whether a further connection that failed should be tried again, after a while. */
static gboolean
helps_again (Bringer *helper, const GError *problem, guint tried)
{
    const XnSettings *settings = xn_op_settings (helper->op);
    /* A server that cannot is not to be asked by those that are not needed. */
    if (!xn_error_is_retryable (problem) || xn_error_http_status (problem) != 0 || is_over (helper->ranges) ||
        tried >= settings->retries)
        return FALSE;
    return xn_op_sleep (helper->op, xn_retry_delay_ms (tried, settings->retry_delay_ms, -1, g_random_double ()), NULL);
}

static void *
help (void *data)
{
    Bringer *helper = data;
    XnRanges *ranges = helper->ranges;
    guint tried = 0;
    xn_log (XN_LOG_DEBUG, "%s: one connection more", ranges->source.what);
    /* Others who wait for a place come first. */
    while (xn_client_places_left (ranges->source.client, helper->op) >= 0 && claim (helper)) {
        g_autoptr (GError) problem = NULL;
        const gboolean brought = bring (helper, XN_RETRY_NONE, &problem);
        give_back (helper);
        if (brought) {
            tried = 0;
            continue;
        }
        xn_log (XN_LOG_DEBUG, "%s: one of several connections: %s", ranges->source.what, problem->message);
        if (!helps_again (helper, problem, tried++))
            break;
    }
    XN_LOCKED (&ranges->mutex);
    helper->is_over = TRUE;
    pthread_cond_broadcast (&ranges->changed);
    return NULL;
}

/* Ends the further connections, and counts only what there is without a gap. */
static void
end_helpers (XnRanges *ranges)
{
    pthread_mutex_lock (&ranges->mutex);
    ranges->closing = TRUE;
    drop_helpers (ranges, ranges->helpers->len);
    pthread_mutex_unlock (&ranges->mutex);
    for (guint i = 0; i < ranges->helpers->len; i++) {
        Bringer *helper = g_ptr_array_index (ranges->helpers, i);
        pthread_join (helper->thread, NULL);
        xn_op_free (helper->op);
    }
    g_ptr_array_set_size (ranges->helpers, 0);
    const gint64 lost = ranges->before + ranges->come - xn_place_file_written (ranges->source.file);
    xn_op_add_done (ranges->source.op, 0, -lost);
    ranges->come -= lost;
}

void
xn_ranges_free (XnRanges *ranges)
{
    if (ranges == NULL)
        return;
    end_helpers (ranges);
    xn_pieces_clear (&ranges->pieces);
    g_ptr_array_unref (ranges->helpers);
    g_clear_error (&ranges->failure);
    pthread_cond_destroy (&ranges->changed);
    pthread_mutex_destroy (&ranges->mutex);
    g_free (ranges);
}

/* Divides what is missing, of which the first answer keeps the beginning. */
static void
become_several (XnRanges *ranges)
{
    XN_LOCKED (&ranges->mutex);
    const XnRampView view = view_of (ranges);
    if (xn_ramp_look (&ranges->ramp, &view) <= 1)
        return;
    ranges->several = xn_place_file_scatter (ranges->source.file);
    if (!ranges->several)
        return;
    xn_pieces_init (&ranges->pieces, xn_place_file_written (ranges->source.file), ranges->source.total);
    (void)xn_pieces_claim (&ranges->pieces, piece_size (ranges), &ranges->caller.piece);
    for (guint n = 1; n < ranges->ramp.n; n++)
        (void)begin_helper (ranges);
}

static XnRangesTurn
take_alone (XnRanges *ranges, const guint8 *bytes, gsize size, gint64 idle_us, GError **error)
{
    if (!xn_place_file_write (ranges->source.file, bytes, size, error))
        return XN_RANGES_FAILED;
    xn_op_add_done (ranges->source.op, 0, (gint64)size);
    ranges->come += (gint64)size;
    ranges->idle_us += idle_us;
    if (!ranges->ramp.settled)
        become_several (ranges);
    return XN_RANGES_GO_ON;
}

/* The first answer goes on to its end, alone, over what others have brought. */
static void
go_on_alone (XnRanges *ranges)
{
    end_helpers (ranges);
    const gint64 at = ranges->caller.piece.at;
    xn_pieces_clear (&ranges->pieces);
    xn_pieces_init (&ranges->pieces, at, ranges->source.total);
    (void)xn_pieces_claim (&ranges->pieces, ranges->source.total - at, &ranges->caller.piece);
    ranges->is_false = FALSE;
    xn_log (XN_LOG_DEBUG, "%s: the server's ranges are not right; going on with one connection", ranges->source.what);
}

/* What to do at the end of the first answer's piece: @bytes come behind it. */
static XnRangesTurn
turn_at_end (XnRanges *ranges, const guint8 *bytes, gsize size)
{
    const gint64 end = ranges->caller.piece.end;
    pthread_mutex_lock (&ranges->mutex);
    const gint64 come = MIN (xn_pieces_come_at (&ranges->pieces, end), (gint64)size);
    pthread_mutex_unlock (&ranges->mutex);
    if (come > 0 && !xn_place_file_holds (ranges->source.file, end, bytes, (gsize)come)) {
        note_false (ranges);
        return XN_RANGES_GO_ON;
    }
    return XN_RANGES_ENOUGH;
}

XnRangesTurn
xn_ranges_take (XnRanges *ranges, const guint8 *bytes, gsize size, gint64 idle_us, GError **error)
{
    if (!ranges->several)
        return take_alone (ranges, bytes, size, idle_us, error);
    Bringer *caller = &ranges->caller;
    XnRangesTurn turn = XN_RANGES_GO_ON;
    while (size > 0 && turn == XN_RANGES_GO_ON) {
        pthread_mutex_lock (&ranges->mutex);
        const gboolean fails = ranges->failure != NULL, is_other = ranges->is_other, is_false = ranges->is_false;
        if (caller->piece.at == caller->piece.end && !is_false)
            (void)xn_pieces_extend (&ranges->pieces, piece_size (ranges), &caller->piece);
        pthread_mutex_unlock (&ranges->mutex);
        /* Of the file that the first answer is of there will be no more ranges, and perhaps no more of it itself. */
        if (fails || is_other)
            return XN_RANGES_ENOUGH;
        if (is_false)
            go_on_alone (ranges);
        const gsize part = MIN (size, (gsize)(caller->piece.end - caller->piece.at));
        if (part == 0) {
            turn = turn_at_end (ranges, bytes, size);
            continue;
        }
        if (!write_piece (caller, bytes, part, error))
            return XN_RANGES_FAILED;
        bytes += part;
        size -= part;
    }
    return turn;
}

/* Whether a range that failed may be asked for again. What is worth it within a call was tried there to the end. */
static gboolean
may_pass (const Bringer *bringer, const GError *problem)
{
    const int status = xn_error_http_status (problem);
    const XnFault fault = status != 0 ? xn_fault_of_status (status) : xn_fault_of_error (problem);
    return fault != XN_FAULT_FINAL && fault != XN_FAULT_BUSY && (fault != XN_FAULT_UNSENT || bringer->is_answered);
}

/* Brings the caller's piece, with as many tries as a file has. FALSE: with an error, or nothing more is to be asked for. */
static gboolean
bring_patiently (XnRanges *ranges, GError **error)
{
    const XnRangesFile *source = &ranges->source;
    const guint retries = source->retry == XN_RETRY_READ ? xn_op_settings (source->op)->retries : 0;
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL;
        const gint64 begun_us = g_get_monotonic_time ();
        if (bring (&ranges->caller, XN_RETRY_BUSY, &problem))
            return TRUE;
        if (is_over (ranges) && !xn_error_is (problem, XN_ERROR_CANCELLED))
            return FALSE;
        if (!may_pass (&ranges->caller, problem) || tried >= retries) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        if (!xn_retry_wait (source->op, source->what, problem->message, tried, -1, begun_us, error))
            return FALSE;
    }
}

/* Gives up those that hang. The mutex is held. */
static void
drop_silent (XnRanges *ranges)
{
    const double limit_s = SILENCE_S + SILENCE_ANSWERS * ranges->ramp.answer_s;
    for (guint i = 0; i < ranges->helpers->len; i++) {
        Bringer *helper = g_ptr_array_index (ranges->helpers, i);
        const gint64 silent_us = g_get_monotonic_time () - helper->moved_us;
        if (helper->is_over || !helper->piece.taken || (double)silent_us / G_USEC_PER_SEC < limit_s)
            continue;
        helper->is_over = TRUE;
        xn_op_stop (helper->op);
    }
}

/* Brings pieces as long as there are any, and waits for those of others. FALSE with an error. */
static gboolean
bring_rest (XnRanges *ranges, GError **error)
{
    while (!is_over (ranges)) {
        if (claim (&ranges->caller)) {
            GError *problem = NULL;
            (void)bring_patiently (ranges, &problem);
            give_back (&ranges->caller);
            if (problem != NULL) {
                g_propagate_error (error, problem);
                return FALSE;
            }
            continue;
        }
        pthread_mutex_lock (&ranges->mutex);
        xn_cond_wait_ms (&ranges->changed, &ranges->mutex, XN_OP_TICK_MS);
        drop_silent (ranges);
        pthread_mutex_unlock (&ranges->mutex);
        if (!xn_op_check (ranges->source.op, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
settle (XnRanges *ranges, GError **error)
{
    for (;;) {
        const gint64 hashed = xn_place_file_settled (ranges->source.file, error);
        if (hashed < 0 || hashed == ranges->source.total)
            return hashed >= 0;
        if (!xn_op_sleep (ranges->source.op, SETTLE_MS, error))
            return FALSE;
    }
}

XnRangesEnd
xn_ranges_finish (XnRanges *ranges, const GError *broken, GError **error)
{
    const XnRangesFile *source = &ranges->source;
    give_back (&ranges->caller);
    if (broken != NULL && !xn_retry_wait (source->op, source->what, broken->message, 0, -1, 0, error))
        return XN_RANGES_ERROR;
    const gboolean ok = bring_rest (ranges, error);
    end_helpers (ranges);
    if (!ok)
        return XN_RANGES_ERROR;
    if (ranges->failure != NULL) {
        g_propagate_error (error, g_steal_pointer (&ranges->failure));
        return XN_RANGES_ERROR;
    }
    if (xn_place_file_written (source->file) < source->total)
        return XN_RANGES_UNFIT;
    return settle (ranges, error) ? XN_RANGES_WHOLE : XN_RANGES_ERROR;
}
