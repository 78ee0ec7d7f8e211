/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of what an open file holds. */
#pragma once

#include <glib.h>

/**
 * Reads @fd from its position to its end.
 * @path: for messages; @stop: (nullable) asked now and then, TRUE ends it with an error of kind CANCELLED
 * Returns: (transfer full) lower-case hex, or NULL with an error (IO, CANCELLED).
 */
char *xn_digest_fd (int fd, const char *path, gboolean (*stop) (gpointer), gpointer data, GError **error);
