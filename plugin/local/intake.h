/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that come one after the other, each as a whole: checked many at once, and written, on a thread beside the one
 * that receives them. Memory holds what is being filled and what is being written, and no more. */
#pragma once

#include "base/op.h"

typedef struct XnIntake XnIntake;

/** The largest file that is taken in, in bytes. */
#define XN_INTAKE_MAX (1024 * 1024)

/** A file that has come. */
typedef struct {
    const char *relative; /**< (borrowed) until it is settled: for who writes it */
    const char *md5;      /**< (borrowed) (nullable) the same: lower-case hex */
    gint64 mtime;         /**< seconds, -1: now */
    gpointer item;        /**< for the functions below */
} XnIntakeFile;

/** Writes a file that is right, as a whole. FALSE with an error ends it for all that follow. Thread: either. */
typedef gboolean (*XnIntakeWriteFunc) (const XnIntakeFile *file, const guint8 *bytes, gsize size, gpointer data,
                                       GError **error);

/** What became of a file: it stands under its name, or (@right is FALSE) had another MD5 and was dropped. Thread: either. */
typedef void (*XnIntakeFunc) (gpointer item, gboolean right, gpointer data);

/** @op: (borrowed) the operation is asked whenever this waits, and between two files */
XnIntake *xn_intake_new (XnIntakeWriteFunc write, XnOp *op, XnIntakeFunc settled, gpointer data);
/** Ends it; files that are not settled are dropped. NULL is nothing. */
void xn_intake_free (XnIntake *intake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnIntake, xn_intake_free)

/** Room for a file of @size bytes (at most XN_INTAKE_MAX), to be filled and then added; may wait until there is some:
 *  (transfer none). The next call takes back what was not added. NULL with an error of kind CANCELLED. */
guint8 *xn_intake_room (XnIntake *intake, gsize size, GError **error);

/**
 * Adds the file that fills the first @size bytes of that room.
 * Errors: those of the function that writes, for this file or an earlier one, and CANCELLED; no further file is written
 * then.
 */
gboolean xn_intake_add (XnIntake *intake, const XnIntakeFile *file, gsize size, GError **error);

/** Waits until all that was added is settled. Errors: as xn_intake_add(). */
gboolean xn_intake_settle (XnIntake *intake, GError **error);
