/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that come one after the other, each as a whole: checked many at once, and written, on a thread beside the one
 * that receives them. Memory holds what is being filled and what is being written, and no more. */
#pragma once

#include "base/op.h"
#include "local/place.h"

typedef struct XnIntake XnIntake;

/** The largest file that is taken in, in bytes. */
#define XN_INTAKE_MAX (1024 * 1024)

/** What became of a file: it stands under its name, or (@right is FALSE) had another MD5 and was dropped. Thread: either. */
typedef void (*XnIntakeFunc) (gpointer item, gboolean right, gpointer data);

/** A file that has come. */
typedef struct {
    const char *relative; /**< (borrowed) until it is settled: where it goes, as for xn_place_create() */
    const char *md5;      /**< (borrowed) (nullable) the same: lower-case hex */
    gint64 mtime;         /**< seconds, -1: now */
    gpointer item;        /**< for the function above */
} XnIntakeFile;

/** @place, @op: (borrowed) the operation is asked whenever this waits, and between two files */
XnIntake *xn_intake_new (XnPlace *place, XnOp *op, XnIntakeFunc settled, gpointer data);
/** Ends it; files that are not settled are dropped. NULL is nothing. */
void xn_intake_free (XnIntake *intake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnIntake, xn_intake_free)

/** Room for a file of @size bytes (at most XN_INTAKE_MAX), to be filled and then added; may wait until there is some:
 *  (transfer none). The next call takes back what was not added. NULL with an error of kind CANCELLED. */
guint8 *xn_intake_room (XnIntake *intake, gsize size, GError **error);

/**
 * Adds the file that fills the first @size bytes of that room.
 * Errors: IO and INTEGRITY of this file or an earlier one, as of xn_place_create() and its successors, and CANCELLED; no
 * further file is written then.
 */
gboolean xn_intake_add (XnIntake *intake, const XnIntakeFile *file, gsize size, GError **error);

/** Waits until all that was added is settled. Errors: as xn_intake_add(). */
gboolean xn_intake_settle (XnIntake *intake, GError **error);
