/* SPDX-License-Identifier: Apache-2.0 */
/* The mark by which a directory proves that a run of ours has made it: an extended attribute, or, where there are none, a
 * file in it. It names the run, and the moment at which the run ended in order. */
#pragma once

#include <glib.h>
#include <sys/stat.h>
#include <time.h>

/** The file, where there are no attributes. */
#define XN_MARK_FILE ".xnatstorage-partial"

typedef struct {
    char run[33];          /**< hex; no two runs have the same */
    gboolean has_ended;    /**< it ended in order, and all that was in the directory then was its own */
    struct timespec ended; /**< by the clock of the file system */
    gboolean in_file;      /**< the mark is a file */
} XnMark;

/** A mark for a new run. */
void xn_mark_init (XnMark *mark);

/** Marks @dir (a readable descriptor). FALSE, with errno, if it can bear no mark. */
gboolean xn_mark_set (int dir, XnMark *mark);

/** Marks @dir with this moment as the end. */
void xn_mark_end (int dir, XnMark *mark);

/** Reads the mark of @dir; FALSE if it bears none, or one that another user has put there. */
gboolean xn_mark_get (int dir, XnMark *mark);

/** Takes the mark @mark from @dir. */
void xn_mark_remove (int dir, const XnMark *mark);

/** Whether a file of @status was in the directory when the run had ended. */
gboolean xn_mark_covers (const XnMark *mark, const struct stat *status);
