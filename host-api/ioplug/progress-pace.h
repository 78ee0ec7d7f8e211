/* SPDX-License-Identifier: Apache-2.0 */
/* How much is done, how fast it goes, and how long it will take. Pure: the clock is handed in. */
#pragma once

#include "progress-view.h"

/** What has been seen so far. */
typedef struct {
    gint64 sampled_us; /**< when it was looked at last */
    gint64 changed_us; /**< when anything had moved the last time */
    gint64 moving_us;  /**< when bytes began to move; 0: they have not */
    guint64 moved;     /**< bytes moved, as of the last look */
    guint64 seen;      /**< bytes and files done, as of the last look */
    double rate;       /**< lately, bytes a second */
    double mean;       /**< over a longer time */
    double share;      /**< the largest that was told */
} Pace;

/** Begins at @now_us. */
void pace_init (Pace *pace, gint64 now_us);

/** Looks at @view at @now_us, and fills in what it says of the pace. The share never falls, whatever becomes known. */
void pace_sample (Pace *pace, ProgressView *view, gint64 now_us);

/** Whether a log is to get another line: @since_us after the last one, which said @before percent, when it would say @now. */
gboolean pace_is_line_due (gint64 since_us, int before, int now);
