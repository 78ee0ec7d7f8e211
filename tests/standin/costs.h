/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file costs.h
 * What simulated work costs, and the waiting for it. It knows nothing of what the work is.
 */
#pragma once

#include <glib.h>

/** When the work so far should be over, by the monotonic clock; 0: not begun. */
typedef struct Pace {
    gint64 due;
} Pace;

/** Waits for @p us microseconds of simulated work. */
void cost_us (gint64 us);
/** @return how long so many bytes take at a rate, in microseconds; 0 without one. */
gint64 rate_us (gint64 bytes, gint mb_per_s);
/** Waits until a step of work is over that takes so long; what it has really taken since the last step counts. */
void pace_work (Pace *pace, gint64 us);
