/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/ramp.h"

/* So much time at least must be left for the first further connection, and for more of them. */
#define LEAST_S 2.0
#define LEAST_MORE_S 0.5
/* A request is to bring bytes for so many times what it costs the server before the first one: it bears an eighth more then. */
#define TIMES_ANSWER 8
/* And for so long, or, towards the end, when connections are not to have nothing to do, at least. */
#define PIECE_S 4.0
#define LEAST_PIECE_S 0.5
/* A rate is taken over so long, after the connections have had as long to come to their speed; and over so many ways. */
#define WINDOW_S 0.2
#define WINDOW_WAYS 5
/* Of each connection that was added so much of what one brought before must come. */
#define GAIN 0.3
/* Faster than this one connection is not held back: what hashes and writes the bytes is no faster by much. */
#define FAST_RATE 200e6
/* Nor is one whose reader seldom waits for it. */
#define LEAST_IDLE 0.5

void
xn_ramp_init (XnRamp *ramp, double answer_s, double way_s, gint64 now_us)
{
    /* What has gathered before its reader began, as room for the file was made, tells nothing of its speed. */
    *ramp =
        (XnRamp){.answer_s = answer_s, .way_s = way_s, .n = 1, .n_before = 1, .since_us = now_us, .since_bytes = -1};
}

/* Begins to count anew, after a while. */
static void
count_from (XnRamp *ramp, const XnRampView *view)
{
    ramp->since_us = view->now_us;
    ramp->since_bytes = -1;
}

static gboolean
is_worth_it (const XnRamp *ramp, const XnRampView *view)
{
    const double left_s = (double)view->left / ramp->rate;
    if (ramp->n > 1)
        return left_s >= LEAST_MORE_S + ramp->answer_s;
    return left_s >= MAX (LEAST_S, TIMES_ANSWER * ramp->answer_s) && view->left >= XN_RAMP_FILE_LEAST &&
           ramp->rate <= FAST_RATE && view->idle >= LEAST_IDLE;
}

guint
xn_ramp_look (XnRamp *ramp, const XnRampView *view)
{
    const double window_s = WINDOW_S + WINDOW_WAYS * ramp->way_s;
    /* One that has ended by itself had its reason. */
    if (view->n < ramp->n)
        ramp->settled = TRUE;
    ramp->n = view->n;
    if (ramp->settled)
        return ramp->n;
    if (view->waiting > 0) {
        count_from (ramp, view);
        return ramp->n;
    }
    const double seconds = (double)(view->now_us - ramp->since_us) / G_USEC_PER_SEC;
    if (seconds < window_s)
        return ramp->n;
    if (ramp->since_bytes < 0) {
        ramp->since_us = view->now_us;
        ramp->since_bytes = view->bytes;
        return ramp->n;
    }
    const double rate = (double)(view->bytes - ramp->since_bytes) / seconds;
    const double wanted = ramp->rate * (1 + GAIN * (ramp->n - ramp->n_before) / ramp->n_before);
    if (ramp->n > ramp->n_before && rate < wanted) {
        ramp->settled = TRUE;
        return ramp->n = ramp->n_before;
    }
    ramp->rate = MAX (rate, 1);
    ramp->n_before = ramp->n;
    count_from (ramp, view);
    if (is_worth_it (ramp, view))
        ramp->n = CLAMP (view->most, ramp->n, 2 * ramp->n);
    return ramp->n;
}

gint64
xn_ramp_piece (const XnRamp *ramp, gint64 left, guint most)
{
    const double of_one = ramp->rate / ramp->n_before;
    const double answers_s = TIMES_ANSWER * ramp->answer_s;
    const gint64 least = MAX (XN_RAMP_PIECE_LEAST, (gint64)(of_one * MAX (LEAST_PIECE_S, answers_s)));
    /* Smaller ones towards the end, so that all connections have something to do until then. */
    const gint64 share = left / (gint64)MAX (most, 1);
    const gint64 size = CLAMP (share, least, MAX (least, (gint64)(of_one * PIECE_S)));
    return left - size < least / 2 ? left : size;
}
