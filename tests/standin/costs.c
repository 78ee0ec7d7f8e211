/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for work that is only simulated. */
#include "costs.h"

/* So much may real work lag behind without being made up for: sleeping is not exact. */
#define SLACK_US 5000

void
cost_us (gint64 us)
{
    if (us > 0)
        g_usleep ((gulong)us);
}

gint64
rate_us (gint64 bytes, gint mb_per_s)
{
    return mb_per_s > 0 ? bytes / mb_per_s : 0;
}

void
pace_work (Pace *pace, gint64 us)
{
    gint64 now = g_get_monotonic_time ();

    if (us <= 0)
        return;
    if (pace->due == 0)
        pace->due = now;
    pace->due = MAX (pace->due, now - SLACK_US) + us;
    if (pace->due > now)
        cost_us (pace->due - now);
}
