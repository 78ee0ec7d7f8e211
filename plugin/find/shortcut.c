/* SPDX-License-Identifier: Apache-2.0 */
/* The short way. The file listing itself tells the resource's number; it is believed only if it names one resource, of the scan
 * that was asked for. */
#include "find/shortcut.h"

#include "base/error.h"
#include "base/log.h"
#include "find/selection.h"
#include "find/level-by-level.h"
#include "http/retry.h"

#include <string.h>

/* In a path XNAT takes a scan's type for its ID, too; a number is hardly ever a type, so it is worth the question. */
static gboolean
is_scan_number (const char *text)
{
    return g_ascii_isdigit (*text) && text[strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] == '\0';
}

static gboolean
shortcut_applies (const XnUrl *url, const XnSelection *selection)
{
    const char *resource = url->selector[XN_LEVEL_RESOURCE];
    if (url->regex || url->selector[XN_LEVEL_EXPERIMENT] == NULL || !xn_resource_label_fits_path (resource))
        return FALSE;
    for (XnLevel level = XN_LEVEL_PROJECT; level <= XN_LEVEL_EXPERIMENT; level++)
        if (selection->level[level] != NULL && !xn_matcher_is_plain (selection->level[level]))
            return FALSE;
    if (selection->below == XN_LEVEL_SCAN)
        return is_scan_number (url->selector[XN_LEVEL_SCAN]);
    return selection->below == XN_LEVEL_EXPERIMENT;
}

/* The one experiment; NULL, perhaps with an error, if there is not just one. */
static XnItem *
shortcut_experiment (XnFinder *finder, const XnUrl *url, XnSelection *selection, GError **error)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (XnItem) begin = xn_item_new ();
    if (selection->level[XN_LEVEL_PROJECT] == NULL) {
        begin->experiment_id = xn_pool_add (finder->pool, url->selector[XN_LEVEL_EXPERIMENT]);
        return g_steal_pointer (&begin);
    }
    begin->project = xn_pool_add (finder->pool, url->selector[XN_LEVEL_PROJECT]);
    if (!xn_find_experiments (finder, begin, selection->level[XN_LEVEL_SUBJECT], selection->level[XN_LEVEL_EXPERIMENT],
                              found, error))
        return NULL;
    return found->len == 1 ? xn_item_copy (g_ptr_array_index (found, 0)) : NULL;
}

XnItem *
xn_shortcut (XnFinder *finder, const XnUrl *url, XnCatalog **out_catalog, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL || !shortcut_applies (url, selection))
        return NULL;
    g_autoptr (XnItem) item = shortcut_experiment (finder, url, selection, &problem);
    g_autoptr (XnCatalog) catalog = NULL;
    if (item != NULL) {
        item->scan_id = xn_pool_add (finder->pool, url->selector[XN_LEVEL_SCAN]);
        item->resource_label = xn_pool_add (finder->pool, url->selector[XN_LEVEL_RESOURCE]);
        catalog = xn_catalog_try (finder->client, item, finder->op, &problem);
    }
    /* What all tries of one listing did not bring, those of another would not. */
    const gboolean is_over = xn_server_is_away (problem) || (item == NULL && xn_error_is_retryable (problem));
    if (xn_error_is (problem, XN_ERROR_CANCELLED) || is_over) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "going the long way: %s", problem->message);
    if (catalog == NULL || catalog->entries->len == 0 || catalog->of_several || catalog->elsewhere)
        return NULL;
    item->resource_id = xn_pool_add (finder->pool, catalog->resource_id);
    *out_catalog = g_steal_pointer (&catalog);
    return g_steal_pointer (&item);
}
