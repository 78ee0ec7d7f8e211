/* SPDX-License-Identifier: Apache-2.0 */
/* How well an item fits a selector. */
#include "ops/finder.h"

#include <string.h>

static gboolean
fit (const XnMatcher *matcher, const char *first, const char *second, const char *label, XnFit *out_fit, GError **error)
{
    GError *runaway = NULL;
    *out_fit = XN_FIT_NONE;
    if (xn_matcher_is_everything (matcher)) {
        *out_fit = XN_FIT_FIRST;
        return TRUE;
    }
    /* A pattern sees the label field only. */
    if (!xn_matcher_is_plain (matcher))
        *out_fit = xn_matcher_matches (matcher, label, &runaway) ? XN_FIT_FIRST : XN_FIT_NONE;
    else if (xn_matcher_matches (matcher, first, &runaway))
        *out_fit = XN_FIT_FIRST;
    else if (runaway == NULL && xn_matcher_matches (matcher, second, &runaway))
        *out_fit = XN_FIT_SECOND;
    if (runaway == NULL)
        return TRUE;
    g_propagate_error (error, runaway);
    return FALSE;
}

gboolean
xn_fit_id_first (const XnMatcher *matcher, const char *id, const char *label, XnFit *out_fit, GError **error)
{
    return fit (matcher, id, label, label, out_fit, error);
}

gboolean
xn_fit_label_first (const XnMatcher *matcher, const char *id, const char *label, XnFit *out_fit, GError **error)
{
    return fit (matcher, label, id, label, out_fit, error);
}

gboolean
xn_label_is_clear (const char *label)
{
    return label != NULL && *label != '\0' && !xn_has_pattern_characters (label) && !g_str_equal (label, ".") &&
           !g_str_equal (label, "..");
}

gboolean
xn_label_fits_path (const char *label)
{
    return xn_label_is_clear (label) && !g_str_equal (label, "NULL") &&
           strspn (label, "0123456789") != strlen (label) &&
           label[strspn (label, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.")] == '\0';
}

void
xn_mark_unclear_labels (GPtrArray *resources)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < resources->len; i++) {
        XnItem *item = g_ptr_array_index (resources, i);
        item->by_number = item->by_number || !xn_label_is_clear (item->resource_label);
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
