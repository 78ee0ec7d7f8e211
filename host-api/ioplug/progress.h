/* SPDX-License-Identifier: Apache-2.0 */
/* How far the running operations are: counted, and shown as one line on standard error if that is wanted. */
#pragma once

#include <glib.h>

#include "ioplugin.h"
#include "options.h"

/** The count, and the display; one for a run of the command. */
typedef struct Progress Progress;

/** One operation that is counted. */
typedef struct ProgressSlot ProgressSlot;

/** What has been done, for a last word. */
typedef struct {
    guint64 files_done;
    guint64 files_total; /**< of the operations that know it; 0: none does */
    guint64 bytes_done;
    gboolean all_known; /**< the total is that of all operations */
} ProgressTally;

/** Starts the count of @entries operations, and the display if @options want one. @action: what moving bytes is called
 *  ("fetching"; static); @name: (nullable) of what is moved, if that is one thing. Returns (transfer full): never NULL. */
Progress *progress_new (const Options *options, guint entries, const char *action, const char *name);

/** Tells how many bytes all entries have, where that is known before they are asked for. */
void progress_expect (Progress *progress, guint64 bytes);

/** What the operations that have ended have done; none is running. */
ProgressTally progress_tally (Progress *progress);

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

/** Ends and frees the operation's slot; any thread. @well: it has not failed, or there are others beside it */
void progress_close (ProgressSlot *slot, gboolean well);
