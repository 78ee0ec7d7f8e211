/* SPDX-License-Identifier: Apache-2.0 */
/* A resource goes by its number, and under its exact parent: under any other one XNAT removes nothing, successfully. With it
 * goes its catalog, and with that all that other resources list in it. */
#include "base/error.h"
#include "find/shared-catalogs.h"
#include "remove/removal.h"

#include <string.h>

static const char *
number_of (const XnItem *item)
{
    return xn_item_id (item, XN_LEVEL_RESOURCE);
}

/* All resources beside @item, itself among them; an empty list counts only once the session was confirmed. */
static GPtrArray *
list_siblings (XnFinder *finder, const XnItem *item, GError **error)
{
    g_autoptr (XnItem) container = xn_item_copy (item);
    container->resource_id = container->resource_label = NULL;
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    for (;;) {
        const guint generation = xn_client_generation (finder->client);
        g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
        gboolean lost = FALSE;
        if (!xn_find_resources (finder, container, everything, all, error))
            return NULL;
        if (xn_client_confirm (finder->client, generation, finder->op, &lost, error))
            return g_steal_pointer (&all);
        if (!lost)
            return NULL;
        finder->not_before_us = g_get_monotonic_time ();
    }
}

static gboolean
is_among (const GPtrArray *resources, const char *number)
{
    for (guint i = 0; i < resources->len; i++)
        if (g_str_equal (number_of (g_ptr_array_index (resources, i)), number))
            return TRUE;
    return FALSE;
}

static void
set_shared (const XnItem *item, const char *name, const char *other, const char *sure, GError **error)
{
    xn_error_set (
        error, XN_ERROR_CONFLICT,
        "%s (number %s) %s its catalog with resource %s, which would be emptied with it: remove the files that "
        "are to go, or have an administrator tidy up",
        name, number_of (item), sure, other);
}

/* Where the server does not tell, another of the same label, or one without any, is doubt enough. */
static gboolean
may_share (const XnItem *item, const XnItem *other)
{
    return g_strcmp0 (item->resource_label, other->resource_label) == 0 || item->resource_label == NULL ||
           other->resource_label == NULL;
}

/* Whether the catalog of the resource is its own. */
static gboolean
has_own_catalog (XnFinder *finder, const XnItem *item, const GPtrArray *siblings, const char *name, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (GHashTable) places = xn_catalog_places (finder, item, &problem);
    if (xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_NETWORK)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    const char *own = places != NULL ? g_hash_table_lookup (places, number_of (item)) : NULL;
    const gboolean is_told = own != NULL && *own != '\0';
    GHashTableIter at;
    gpointer number, place;
    if (is_told) {
        g_hash_table_iter_init (&at, places);
        while (g_hash_table_iter_next (&at, &number, &place))
            if (g_str_equal (place, own) && !g_str_equal (number, number_of (item))) {
                set_shared (item, name, number, "shares", error);
                return FALSE;
            }
    }
    for (guint i = 0; i < siblings->len; i++) {
        const XnItem *other = g_ptr_array_index (siblings, i);
        const char *where = places != NULL ? g_hash_table_lookup (places, number_of (other)) : NULL;
        const gboolean both_told = is_told && where != NULL && *where != '\0';
        if (g_str_equal (number_of (other), number_of (item)) || both_told || !may_share (item, other))
            continue;
        set_shared (item, name, number_of (other), "may share", error);
        return FALSE;
    }
    return TRUE;
}

/* After a DELETE: whether just that one resource is gone. */
static gboolean
nothing_else_is_gone (const GPtrArray *before, const GPtrArray *after, const char *own, const char *name,
                      GError **error)
{
    for (guint i = 0; i < before->len; i++) {
        const XnItem *one = g_ptr_array_index (before, i);
        if (g_str_equal (number_of (one), own) || is_among (after, number_of (one)))
            continue;
        xn_error_set (error, XN_ERROR_INTEGRITY, "%s is gone, but so is resource %s beside it", name, number_of (one));
        return FALSE;
    }
    return TRUE;
}

gboolean
xn_remove_resource (XnRemoval *removal, const char *name, GError **error)
{
    XnFinder *finder = removal->finder;
    const XnItem *item = removal->located->item;
    g_autofree char *path = xn_item_resource (item);
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL;
        g_autoptr (GPtrArray) before = list_siblings (finder, item, error);
        if (before == NULL || !has_own_catalog (finder, item, before, name, error))
            return FALSE;
        if (removal->plan != NULL) {
            xn_removal_plan (removal, NULL);
            return TRUE;
        }
        const gboolean sent = xn_removal_send (removal, path, name, &problem);
        if (xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_AUTH)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        g_autoptr (GPtrArray) after = list_siblings (finder, item, error);
        if (after == NULL)
            return FALSE;
        if (!is_among (after, number_of (item)))
            return nothing_else_is_gone (before, after, number_of (item), name, error);
        if (sent) {
            xn_error_set (
                error, XN_ERROR_AUTH,
                "the server answered well, but %s is still there: this login has no right to remove it; ask the "
                "owner of the project",
                name);
            return FALSE;
        }
        if (!xn_removal_again (removal, problem, tried, error))
            return FALSE;
    }
}
