/* SPDX-License-Identifier: Apache-2.0 */
/* What the line of progress says, and in which words. Pure. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** All that is known of the running operations. */
typedef struct {
    const char *action; /**< what moving the bytes is called: "fetching" */
    const char *name;   /**< (nullable) of the one thing that is moved */
    IOPhase phase;
    gboolean stopping;   /**< somebody asked for an end */
    gboolean failed;     /**< the only operation has ended so */
    guint entries;       /**< operations in all */
    guint entries_done;  /**< of these: ended */
    guint entries_known; /**< of these: counted in the totals, or ended */
    guint64 bytes_done;
    guint64 bytes_kept;     /**< of these: not moved */
    guint64 bytes_total;    /**< of the entries that are known */
    guint64 bytes_expected; /**< of all, as it was told beforehand; 0: it was not */
    guint64 files_done;
    guint64 files_total; /**< of the entries that are known */
    guint wait_ms;       /**< until the server is asked again; 0: nobody waits */
    guint wait_try;      /**< which try that is, from 1 */
    guint wait_tries;    /**< of how many */

    /* What the pace adds. */
    double share;    /**< of all that is to be done, 0 to 1; negative while it cannot be told */
    double rate;     /**< bytes a second; negative while it cannot be told */
    double left_s;   /**< seconds until all is done; negative while it cannot be told */
    double silent_s; /**< for how long nothing has changed */
} ProgressView;

/** Whether the totals are those of all entries. */
gboolean progress_view_all_known (const ProgressView *view);

/** The line for @view, at most @width columns wide (negative: as long as it is). What matters least goes first where there is
 *  no room; the share, or else the bytes or files, stay. */
char *progress_view_line (const ProgressView *view, int width);
