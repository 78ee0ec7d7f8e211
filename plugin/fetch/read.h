/* SPDX-License-Identifier: Apache-2.0 */
/* The verb read. */
#pragma once

#include "runtime/runtime.h"

/** Takes the next bytes; other than 0 to stop. */
typedef int (*XnTakeFunc) (gpointer data, const void *bytes, gsize size);

/** A part of a file. */
typedef struct {
    guint64 offset;
    guint64 length; /**< at most; G_MAXUINT64: to the end */
    XnTakeFunc take;
    gpointer data;
} XnPart;

/**
 * Hands @part of the file that the data URL @text names to its function, on the calling thread, each byte once.
 * @out_size: of the whole file; -1 if neither listing nor answer tell
 * Returns: (transfer full) the URL in its canonical form; NULL with an error: USAGE (no file, or the part begins beyond its
 * end), INTEGRITY (a whole that does not fit the listing; after its bytes were handed over), CANCELLED, as xn_fetch().
 */
char *xn_read (XnRuntime *runtime, XnOp *op, const char *text, const XnPart *part, gint64 *out_size, GError **error);
