/* SPDX-License-Identifier: Apache-2.0 */
/* The short way. */
#include "find/shortcut.h"

#include "base/error.h"
#include "base/log.h"
#include "find/selection.h"

static gboolean
shortcut_applies (const XnUrl *url, const XnSelection *selection)
{
    if (url->regex || url->selector[XN_LEVEL_PROJECT] == NULL || url->selector[XN_LEVEL_EXPERIMENT] == NULL ||
        (selection->below != XN_LEVEL_SCAN && selection->below != XN_LEVEL_EXPERIMENT))
        return FALSE;
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        if (selection->level[level] != NULL && !xn_matcher_is_plain (selection->level[level]))
            return FALSE;
    return TRUE;
}

/* How well the scan of a row fits, and its resource. */
static gboolean
row_ranks (const XnSelection *selection, XnTable *rows, guint row, XnMatchRank *out_scan, XnMatchRank *out_resource,
           GError **error)
{
    const XnMatcher *scan = selection->level[XN_LEVEL_SCAN];
    const char *number = xn_table_cell (rows, row, XN_ROW_NUMBER), *label = xn_table_cell (rows, row, XN_ROW_LABEL);
    *out_scan = XN_MATCH_FIRST;
    *out_resource = XN_MATCH_NONE;
    if (scan != NULL && !xn_match_id_first (scan, xn_table_cell (rows, row, XN_ROW_SCAN_ID),
                                            xn_table_cell (rows, row, XN_ROW_SCAN_TYPE), out_scan, error))
        return FALSE;
    return *number == '\0' ||
           xn_match_label_first (selection->level[XN_LEVEL_RESOURCE], number, label, out_resource, error);
}

/* The one row with the resource: -1 if there is not just one. Another row of the same resource is no other one. */
static gint64
find_row (const XnSelection *selection, XnTable *rows, GError **error)
{
    XnMatchRank best_scan = XN_MATCH_NONE, best_resource = XN_MATCH_NONE;
    gint64 found = -1;
    gboolean several = FALSE;
    for (guint row = 0; row < xn_table_n_rows (rows); row++) {
        XnMatchRank scan, resource;
        if (!row_ranks (selection, rows, row, &scan, &resource, error))
            return -1;
        if (scan == XN_MATCH_NONE || scan < best_scan)
            continue;
        if (scan > best_scan) {
            best_scan = scan;
            best_resource = XN_MATCH_NONE;
            found = -1;
        }
        if (resource == XN_MATCH_NONE || resource < best_resource)
            continue;
        several = found >= 0 && resource == best_resource &&
                  (several || !g_str_equal (xn_table_cell (rows, row, XN_ROW_NUMBER),
                                            xn_table_cell (rows, (guint)found, XN_ROW_NUMBER)));
        best_resource = resource;
        found = row;
    }
    return several ? -1 : found;
}

static XnItem *
shortcut_find (XnFinder *finder, const XnUrl *url, const XnSelection *selection, GError **error)
{
    g_autoptr (XnItem) project = xn_item_new ();
    g_autoptr (XnTable) rows = NULL;
    project->project = xn_pool_add (finder->pool, url->selector[XN_LEVEL_PROJECT]);
    g_autoptr (XnItem) item =
        xn_find_experiment_with (finder, project, selection->level[XN_LEVEL_SUBJECT],
                                 selection->level[XN_LEVEL_EXPERIMENT], selection->below, &rows, error);
    const gint64 row = item != NULL ? find_row (selection, rows, error) : -1;
    if (row < 0)
        return NULL;
    if (selection->below == XN_LEVEL_SCAN) {
        item->scan_id = xn_pool_add (finder->pool, xn_table_cell (rows, (guint)row, XN_ROW_SCAN_ID));
        item->scan_type = xn_pool_add_label (finder->pool, xn_table_cell (rows, (guint)row, XN_ROW_SCAN_TYPE));
    }
    item->resource_id = xn_pool_add (finder->pool, xn_table_cell (rows, (guint)row, XN_ROW_NUMBER));
    item->resource_label = xn_pool_add_label (finder->pool, xn_table_cell (rows, (guint)row, XN_ROW_LABEL));
    item->by_number = !xn_resource_label_is_clear (item->resource_label);
    return g_steal_pointer (&item);
}

XnItem *
xn_shortcut (XnFinder *finder, const XnUrl *url, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL || !shortcut_applies (url, selection))
        return NULL;
    if (finder->began_us == 0)
        finder->began_us = g_get_monotonic_time ();
    XnItem *item = shortcut_find (finder, url, selection, &problem);
    /* What all tries of one listing did not bring, those of another would not; but a 500 may be about the columns. */
    const gboolean is_over = xn_error_is (problem, XN_ERROR_NETWORK) && xn_error_is_retryable (problem) &&
                             xn_error_http_status (problem) != 500;
    if (xn_error_is (problem, XN_ERROR_CANCELLED) || is_over) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "going the long way: %s", problem->message);
    return item;
}
