/* SPDX-License-Identifier: Apache-2.0 */
/* Items seen through several projects are one. */
#include "ops/search.h"

/* What makes an item the same, whichever project it was seen through. */
static char *
item_identity (const XnItem *item)
{
    const char *experiment = item->experiment_id;
    g_autoptr (GString) key = g_string_new (NULL);
    /* IDs of experiments and subjects are unique on a server, whichever project shows them. */
    if (experiment != NULL)
        g_string_append_printf (key, "experiment %s\n", experiment);
    else if (item->subject_id != NULL)
        g_string_append_printf (key, "subject %s\n", item->subject_id);
    else
        g_string_append_printf (key, "project %s\n%s\n", xn_item_id (item, XN_LEVEL_PROJECT),
                                xn_item_id (item, XN_LEVEL_SUBJECT));
    for (XnLevel level = XN_LEVEL_SCAN; level <= XN_LEVEL_RECONSTRUCTION; level++)
        g_string_append_printf (key, "%s\n", xn_item_id (item, level));
    const gboolean numbered = item->resource_label == NULL || item->by_number;
    g_string_append_printf (key, "%s\n%s", numbered ? xn_item_id (item, XN_LEVEL_RESOURCE) : item->resource_label,
                            item->file != NULL ? item->file : "");
    return g_string_free (g_steal_pointer (&key), FALSE);
}

static gboolean
is_seen_better (const XnItem *item, const XnItem *other)
{
    const gboolean own = g_strcmp0 (item->project, item->own_project) == 0;
    const gboolean other_own = g_strcmp0 (other->project, other->own_project) == 0;
    if (own != other_own)
        return own;
    return g_strcmp0 (item->project, other->project) < 0;
}

guint
xn_items_unite (GPtrArray *items)
{
    g_autoptr (GHashTable) best = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < items->len; i++) {
        XnItem *item = g_ptr_array_index (items, i);
        g_autofree char *key = item_identity (item);
        XnItem *other = g_hash_table_lookup (best, key);
        if (other == NULL || is_seen_better (item, other))
            g_hash_table_replace (best, g_steal_pointer (&key), item);
    }
    guint kept = 0, dropped = 0;
    for (guint i = 0; i < items->len; i++) {
        XnItem *item = g_ptr_array_index (items, i);
        g_autofree char *key = item_identity (item);
        if (g_hash_table_lookup (best, key) == item) {
            items->pdata[kept++] = item;
            continue;
        }
        g_free (item);
        dropped++;
    }
    /* The dropped ones are freed already; the array must not free what it loses now. */
    const guint length = items->len;
    for (guint i = kept; i < length; i++)
        items->pdata[i] = NULL;
    g_ptr_array_set_size (items, (gint)kept);
    return dropped;
}
