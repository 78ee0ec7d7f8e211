/* SPDX-License-Identifier: Apache-2.0 */
/* What the label of a resource can be used for. */
#include "find/resource-label.h"

#include "xnat/match.h"

#include <string.h>

gboolean
xn_resource_label_is_clear (const char *label)
{
    return label != NULL && *label != '\0' && !xn_has_pattern_characters (label) && !g_str_equal (label, ".") &&
           !g_str_equal (label, "..");
}

gboolean
xn_resource_label_fits_path (const char *label)
{
    return xn_resource_label_is_clear (label) && g_ascii_strcasecmp (label, "null") != 0 &&
           strspn (label, "0123456789") != strlen (label) &&
           label[strspn (label, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.")] == '\0';
}

void
xn_resource_labels_mark_unclear (GPtrArray *resources)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < resources->len; i++) {
        XnItem *item = g_ptr_array_index (resources, i);
        item->by_number = item->by_number || !xn_resource_label_is_clear (item->resource_label);
        if (item->resource_label == NULL)
            continue;
        g_autofree char *container = xn_item_container (item);
        g_autofree char *key = g_strdup_printf ("%s %s", container, item->resource_label);
        XnItem *other = g_hash_table_lookup (seen, key);
        if (other != NULL)
            item->by_number = other->by_number = TRUE;
        else
            g_hash_table_insert (seen, g_steal_pointer (&key), item);
    }
}
