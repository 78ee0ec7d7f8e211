/* SPDX-License-Identifier: Apache-2.0 */
/* XNAT's table listings ({"ResultSet":{"Result":[{...},...]}}) as a stream of rows. This room alone sees yajl. Memory
 * does not grow with the listing. */
#pragma once

#include <glib.h>

typedef struct XnRows XnRows;

/**
 * Takes one row.
 * @values: one for each wanted column, in the order asked for; "" for an empty cell (or one that holds an object or
 * array), NULL where the row lacks the key. Valid for the call only.
 */
typedef gboolean (*XnRowFunc) (const char *const *values, gpointer data, GError **error);

/**
 * @columns: the wanted keys, NULL-terminated; matched case-insensitively; a key may be followed by "|other" spellings.
 * Copied.
 */
XnRows *xn_rows_new (const char *const *columns, XnRowFunc row, gpointer data);
void xn_rows_free (XnRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnRows, xn_rows_free)

/** Feeds the next bytes, split anywhere. Errors: SERVER (no JSON, too deep: 64, a value over 1 MiB), or the row
 *  function's; INTEGRITY for a wanted value that holds a NUL. Every later call repeats the first error. Text that
 *  is no JSON or cut off is retryable; wanted values that are not UTF-8 are repaired. */
gboolean xn_rows_feed (XnRows *rows, const guint8 *bytes, gsize size, GError **error);

/** Ends it. Errors: SERVER if the text is cut off, or holds no ResultSet (the facts' words say what it was, for
 *  instance an item document). */
gboolean xn_rows_finish (XnRows *rows, GError **error);

/** Rows so far. */
guint64 xn_rows_count (const XnRows *rows);
