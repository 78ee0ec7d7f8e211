/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen through several projects is one. */
#include "find/hits.h"

/* What makes an item the same, whichever project it was seen through: the highest level that is unique on its server, and
 * the levels below. */
typedef struct {
    const char *parts[8];
} Identity;

static Identity
item_identity (const XnItem *item)
{
    const gboolean numbered = item->resource_label == NULL || item->by_number;
    Identity identity = {{"project", xn_item_id (item, XN_LEVEL_PROJECT), xn_item_id (item, XN_LEVEL_SUBJECT),
                          xn_item_id (item, XN_LEVEL_SCAN), xn_item_id (item, XN_LEVEL_ASSESSOR),
                          xn_item_id (item, XN_LEVEL_RECONSTRUCTION),
                          numbered ? xn_item_id (item, XN_LEVEL_RESOURCE) : item->resource_label,
                          item->file != NULL ? item->file : ""}};
    /* IDs of experiments and subjects are unique on a server, whichever project shows them. */
    const char *unique = item->experiment_id != NULL ? item->experiment_id : item->subject_id;
    if (unique == NULL)
        return identity;
    identity.parts[0] = item->experiment_id != NULL ? "experiment" : "subject";
    identity.parts[1] = unique;
    identity.parts[2] = "";
    return identity;
}

/* The item of a hit, with the resource's number where that is a part of its identity. */
static XnItem
identified (const XnHit *hit, XnHitNumber number)
{
    return xn_hit_item (hit, hit->by_number || hit->resource_label == NULL ? number : NULL);
}

/* GHashFunc over XnHit */
static guint
identity_hash (gconstpointer hit)
{
    XnHitNumber number;
    const XnItem item = identified (hit, number);
    const Identity identity = item_identity (&item);
    guint hash = 5381;
    for (gsize i = 0; i < G_N_ELEMENTS (identity.parts); i++) {
        for (const char *c = identity.parts[i]; *c != '\0'; c++)
            hash = hash * 33 + (guchar)*c;
        hash = hash * 33 + '\n';
    }
    return hash;
}

/* GEqualFunc over XnHit */
static gboolean
identity_equal (gconstpointer a, gconstpointer b)
{
    XnHitNumber number, other_number;
    const XnItem one = identified (a, number), two = identified (b, other_number);
    const Identity identity = item_identity (&one), other = item_identity (&two);
    for (gsize i = 0; i < G_N_ELEMENTS (identity.parts); i++)
        if (!g_str_equal (identity.parts[i], other.parts[i]))
            return FALSE;
    return TRUE;
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
xn_hits_drop_duplicates (XnHits *hits)
{
    g_autoptr (GHashTable) best = g_hash_table_new (identity_hash, identity_equal);
    for (guint i = 0; i < hits->n; i++) {
        XnHit *hit = &hits->hits[i];
        XnHit *other = g_hash_table_lookup (best, hit);
        const gboolean better = other == NULL || is_seen_better (hit->item, other->item);
        if (better)
            g_hash_table_replace (best, hit, hit);
        if (other != NULL)
            xn_hit_drop (better ? other : hit);
    }
    return xn_hits_close_gaps (hits);
}

guint
xn_items_drop_duplicates (GPtrArray *items)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    for (guint i = 0; i < items->len; i++)
        xn_hits_add (hits, g_steal_pointer (&items->pdata[i]));
    const guint dropped = xn_hits_drop_duplicates (hits);
    g_ptr_array_set_size (items, 0);
    for (guint i = 0; i < hits->n; i++)
        g_ptr_array_add (items, xn_item_copy (hits->hits[i].item));
    return dropped;
}
