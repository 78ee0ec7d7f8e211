/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a file: all bytes, with errors that say what to do, on full disks and at size limits too,
 * and without a signal. */
#pragma once

#include <glib.h>

/** One write (@at: where; -1: at the descriptor's position) as the C library makes it, errno included, but at a size limit
 *  of the process no signal is raised. Every write to a file goes this way. */
gssize xn_output_at (int fd, gconstpointer bytes, gsize size, gint64 at);

/** Writes all of @bytes. @at: as above; @path: for messages. Errors: IO. */
gboolean xn_output_write (int fd, const guint8 *bytes, gsize size, gint64 at, const char *path, GError **error);

/** Reserves @size bytes if that is worth it and the file system can. Errors: IO if it says that they do not fit.
 *  *@out_is_doubtful: it cannot, and claims to have less than that. */
gboolean xn_output_reserve (int fd, gint64 size, const char *path, gboolean *out_is_doubtful, GError **error);

/** Sets @error to kind IO for a write to @path that failed with @errnum. */
void xn_output_error (int errnum, const char *path, GError **error);
