/* SPDX-License-Identifier: Apache-2.0 */
/* Telling which resources share a catalog. */
#include "find/shared-catalogs.h"

#include "base/error.h"
#include "base/log.h"

/* A path that is told in two ways is none that two resources could be said to share. */
#define UNSURE ""

enum { PLACE_NUMBER, PLACE_PATH };
static const char *const COLUMNS[] = {"xnat_abstractresource_id", "URI", NULL};

GHashTable *
xn_catalog_places (XnFinder *finder, const XnItem *container, GError **error)
{
    /* A scan's and a reconstruction's are told by their session, whose item can be asked for in every release. */
    XnItem parent = *container;
    parent.scan_id = parent.reconstruction_id = NULL;
    g_autofree char *path = xn_item_container (&parent);
    g_autofree char *name = xn_item_describe (container);
    g_autofree char *what = g_strdup_printf ("asking for the catalogs of %s", name);
    const XnListing listing = {.path = path, .columns = COLUMNS, .n_required = 2, .what = what, .of_items = TRUE};
    g_autoptr (XnTable) table = xn_finder_table (finder, &listing, error);
    if (table == NULL)
        return NULL;
    GHashTable *places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *number = xn_table_cell (table, row, PLACE_NUMBER), *place = xn_table_cell (table, row, PLACE_PATH);
        const char *other = g_hash_table_lookup (places, number);
        const gboolean differs = other != NULL && !g_str_equal (other, place);
        g_hash_table_replace (places, g_strdup (number), g_strdup (differs ? UNSURE : place));
    }
    return places;
}

static const XnItem *
item_at (const GPtrArray *resources, guint i)
{
    return g_ptr_array_index (resources, i);
}

/* Whether a label that fits is that of several. */
static gboolean
may_be_twins (const GPtrArray *resources, const GArray *ranks)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < resources->len; i++) {
        const char *label = item_at (resources, i)->resource_label;
        if (label != NULL)
            g_hash_table_replace (seen, (gpointer)label,
                                  GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (seen, label)) + 1));
    }
    for (guint i = 0; i < resources->len; i++) {
        const char *label = item_at (resources, i)->resource_label;
        if (label != NULL && g_array_index (ranks, XnMatchRank, i) != XN_MATCH_NONE &&
            GPOINTER_TO_INT (g_hash_table_lookup (seen, label)) > 1)
            return TRUE;
    }
    return FALSE;
}

static guint64
number_of (const XnItem *item)
{
    return g_ascii_strtoull (xn_item_id (item, XN_LEVEL_RESOURCE), NULL, 10);
}

/* Takes @two into @one. What the server counts for one of them may be older than what it counts for the other. */
static void
unite (XnItem *one, const XnItem *two)
{
    if (number_of (two) < number_of (one))
        one->resource_id = two->resource_id;
    if (one->files != two->files || one->bytes != two->bytes)
        one->files = one->bytes = -1;
}

static void
unite_all (GHashTable *places, GPtrArray *resources, GArray *ranks)
{
    g_autoptr (GHashTable) first = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    guint kept = 0;
    for (guint i = 0; i < resources->len; i++) {
        XnItem *item = g_ptr_array_index (resources, i);
        const XnMatchRank rank = g_array_index (ranks, XnMatchRank, i);
        const char *place = g_hash_table_lookup (places, xn_item_id (item, XN_LEVEL_RESOURCE));
        const gboolean known = item->resource_label != NULL && place != NULL && *place != '\0';
        g_autofree char *key = known ? g_strdup_printf ("%s\n%s", item->resource_label, place) : NULL;
        if (known && g_hash_table_contains (first, key)) {
            const guint other = GPOINTER_TO_UINT (g_hash_table_lookup (first, key));
            unite (g_ptr_array_index (resources, other), item);
            g_array_index (ranks, XnMatchRank, other) = MAX (g_array_index (ranks, XnMatchRank, other), rank);
            g_free (item);
            continue;
        }
        if (known)
            g_hash_table_insert (first, g_steal_pointer (&key), GUINT_TO_POINTER (kept));
        resources->pdata[kept] = item;
        g_array_index (ranks, XnMatchRank, kept) = rank;
        kept++;
    }
    for (guint i = kept; i < resources->len; i++)
        resources->pdata[i] = NULL;
    g_ptr_array_set_size (resources, (gint)kept);
    g_array_set_size (ranks, kept);
}

gboolean
xn_unite_twins (XnFinder *finder, const XnItem *container, GPtrArray *resources, GArray *ranks, GError **error)
{
    if (!may_be_twins (resources, ranks))
        return TRUE;
    g_autoptr (GError) problem = NULL;
    g_autoptr (GHashTable) places = xn_catalog_places (finder, container, &problem);
    if (places != NULL) {
        unite_all (places, resources, ranks);
        return TRUE;
    }
    if (xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_NETWORK)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    xn_log (XN_LOG_INFO, "whether resources of one label are one could not be told: %s", problem->message);
    return TRUE;
}
