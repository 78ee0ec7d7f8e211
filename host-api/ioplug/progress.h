/* SPDX-License-Identifier: Apache-2.0 */
/* How far the running operations are, as one line on standard error. */
#pragma once

#include <glib.h>

#include "ioplugin.h"
#include "options.h"

/** The display; one for a run of the command. */
typedef struct Progress Progress;

/** One operation that the display counts. */
typedef struct ProgressSlot ProgressSlot;

/** What the line says. */
typedef struct {
    IOPhase phase;
    guint entries;      /**< operations in all */
    guint entries_done; /**< operations that ended */
    gboolean all_known; /**< no operation is still to start, so the totals are whole */
    guint64 bytes_done;
    guint64 bytes_total;
    guint64 files_done;
    guint64 files_total;
    double rate; /**< bytes a second */
} ProgressView;

/** Starts the display for @entries operations. Returns (transfer full) (nullable): NULL if @options want none. */
Progress *progress_new (const Options *options, guint entries);

/** Ends the display and takes its line away; NULL is nothing. Every slot must be closed. */
void progress_free (Progress *progress);

/** Adds an operation; any thread. NULL for @progress gives NULL, which the functions below take, too. */
ProgressSlot *progress_open (Progress *progress);

/** The same for one operation that is @entries of them at once. */
ProgressSlot *progress_open_many (Progress *progress, guint entries);

/** One of the entries of an operation has ended; any thread. */
void progress_count (ProgressSlot *slot);

/** Takes a report of an operation; any thread. */
void progress_report (ProgressSlot *slot, const IOProgress *report);

/** Ends and frees the operation's slot; any thread. */
void progress_close (ProgressSlot *slot);

/** The line for @view, at most @width columns wide. */
char *progress_compose (const ProgressView *view, int width);
