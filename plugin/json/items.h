/* SPDX-License-Identifier: Apache-2.0 */
/* XNAT's item documents ({"items":[{"data_fields":{...},"children":[{"field":...,"items":[...]}]}]}) as a stream of items,
 * whatever they are and however deep they stand; for the few fields that no listing tells. */
#pragma once

#include <glib.h>

typedef struct XnItems XnItems;

/** Takes the fields of one item, in the order asked for; NULL for one that it lacks. Valid for the call only. */
typedef gboolean (*XnItemsFunc) (const char *const *values, gpointer data, GError **error);

/** @fields: the wanted ones, NULL-terminated; matched case-insensitively. Copied. */
XnItems *xn_items_new (const char *const *fields, XnItemsFunc item, gpointer data);
void xn_items_free (XnItems *items);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnItems, xn_items_free)

/** Feeds the next bytes, split anywhere. Errors: SERVER (no JSON, too deep: 64, a value over 1 MiB), or the item
 *  function's. Text that is no JSON is retryable. */
gboolean xn_items_feed (XnItems *items, const guint8 *bytes, gsize size, GError **error);

/** Ends it. Errors: SERVER if the text is cut off, or is no item document. */
gboolean xn_items_finish (XnItems *items, GError **error);
