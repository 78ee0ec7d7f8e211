/* SPDX-License-Identifier: Apache-2.0 */
/* Share, rates and time left. */
#include "progress-pace.h"

#define RATE_S 3.0
#define MEAN_S 20.0
/* Before, a time left would be a guess. */
#define LEAST_S 3.0
#define SILENCE_S 5.0
/* What is not done is not said to be. */
#define NEARLY 0.99

#define LEAST_LINE_US (10 * G_TIME_SPAN_SECOND)
#define MOST_LINE_US (60 * G_TIME_SPAN_SECOND)
#define LINE_PERCENT 10

void
pace_init (Pace *pace, gint64 now_us)
{
    *pace = (Pace){.sampled_us = now_us, .changed_us = now_us, .share = -1};
}

static double
part_of (guint64 part, guint64 whole)
{
    return whole > 0 ? (double)MIN (part, whole) / (double)whole : 0;
}

/* Bytes in all; 0 while nobody knows. */
static guint64
bytes_of_all (const ProgressView *view)
{
    return progress_view_all_known (view) ? view->bytes_total : MAX (view->bytes_expected, view->bytes_total);
}

static gboolean
is_whole_known (const ProgressView *view)
{
    return progress_view_all_known (view) || view->bytes_expected > 0;
}

/* What can be told of the share now. */
static double
share_of (const ProgressView *view)
{
    double known;

    if (!view->failed && view->entries > 0 && view->entries_done >= view->entries)
        return 1;
    if (is_whole_known (view) && bytes_of_all (view) > 0)
        return MIN (NEARLY, part_of (view->bytes_done, bytes_of_all (view)));
    if (progress_view_all_known (view) && view->files_total > 0)
        return MIN (NEARLY, part_of (view->files_done, view->files_total));
    if (view->entries <= 1)
        return -1;
    /* The others are thought to be like those that are known. */
    known = part_of (view->entries_known, view->entries);
    if (view->bytes_total > 0)
        return MIN (NEARLY, known * part_of (view->bytes_done, view->bytes_total));
    return MIN (NEARLY, part_of (view->entries_done, view->entries));
}

/* The weight of what came within @seconds in a mean over @window: all that there is counts alike while that is shorter. */
static double
weight_of (double seconds, double all, double window)
{
    return CLAMP (seconds / MAX (MIN (all, window), 0.001), 0, 1);
}

static void
sample_rates (Pace *pace, guint64 moved, gint64 now_us)
{
    double seconds = (double)(now_us - pace->sampled_us) / G_USEC_PER_SEC;
    double current, all;

    if (seconds <= 0)
        return;
    if (pace->moving_us == 0 && moved > 0)
        pace->moving_us = pace->sampled_us;
    if (pace->moving_us > 0) {
        current = moved > pace->moved ? (double)(moved - pace->moved) / seconds : 0;
        all = (double)(now_us - pace->moving_us) / G_USEC_PER_SEC;
        pace->rate += (current - pace->rate) * weight_of (seconds, all, RATE_S);
        pace->mean += (current - pace->mean) * weight_of (seconds, all, MEAN_S);
    }
    pace->sampled_us = now_us;
    pace->moved = moved;
}

void
pace_sample (Pace *pace, ProgressView *view, gint64 now_us)
{
    guint64 moved = view->bytes_done - MIN (view->bytes_kept, view->bytes_done);
    guint64 seen = view->bytes_done + view->files_done + view->files_total;
    guint64 all = bytes_of_all (view);

    if (seen != pace->seen || view->wait_ms > 0)
        pace->changed_us = now_us;
    pace->seen = seen;
    sample_rates (pace, moved, now_us);
    pace->share = MAX (pace->share, share_of (view));
    view->share = pace->share;
    view->rate = pace->moving_us > 0 ? pace->rate : -1;
    view->silent_s = (double)(now_us - pace->changed_us) / G_USEC_PER_SEC;
    view->left_s = -1;
    if (pace->moving_us > 0 && is_whole_known (view) && all > view->bytes_done && pace->mean >= 1 &&
        view->silent_s < SILENCE_S && now_us - pace->moving_us >= (gint64)(LEAST_S * G_USEC_PER_SEC))
        view->left_s = (double)(all - view->bytes_done) / pace->mean;
}

gboolean
pace_is_line_due (gint64 since_us, int before, int now)
{
    return since_us >= MOST_LINE_US || (since_us >= LEAST_LINE_US && now >= before + LINE_PERCENT);
}
