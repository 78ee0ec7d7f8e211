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

/* The session of @url, and the rows of what is in it. */
static XnItem *
find_session (XnFinder *finder, const XnUrl *url, const XnSelection *selection, gboolean afresh, XnTable **out_rows,
              GError **error)
{
    g_autoptr (XnItem) project = xn_item_new ();
    project->project = xn_pool_add (finder->pool, url->selector[XN_LEVEL_PROJECT]);
    return xn_find_experiment_with (finder, project, selection->level[XN_LEVEL_SUBJECT],
                                    selection->level[XN_LEVEL_EXPERIMENT], selection->below, afresh, out_rows, error);
}

static void
name_scan (XnFinder *finder, XnItem *item, XnTable *rows, guint row)
{
    item->scan_id = xn_pool_add (finder->pool, xn_table_cell (rows, row, XN_ROW_SCAN_ID));
    item->scan_type = xn_pool_add_label (finder->pool, xn_table_cell (rows, row, XN_ROW_SCAN_TYPE));
}

static void
name_resource (XnFinder *finder, XnItem *item, XnTable *rows, guint row)
{
    item->resource_id = xn_pool_add (finder->pool, xn_table_cell (rows, row, XN_ROW_NUMBER));
    item->resource_label = xn_pool_add_label (finder->pool, xn_table_cell (rows, row, XN_ROW_LABEL));
    item->by_number = !xn_resource_label_is_clear (item->resource_label);
}

/* XnShortcutFunc */
static XnItem *
find_to_read (XnFinder *finder, const XnUrl *url, const XnSelection *selection, GError **error)
{
    g_autoptr (XnTable) rows = NULL;
    g_autoptr (XnItem) item = find_session (finder, url, selection, FALSE, &rows, error);
    const gint64 row = item != NULL ? find_row (selection, rows, error) : -1;
    if (row < 0)
        return NULL;
    if (selection->below == XN_LEVEL_SCAN)
        name_scan (finder, item, rows, (guint)row);
    name_resource (finder, item, rows, (guint)row);
    return g_steal_pointer (&item);
}

/* A row of the one scan that fits best: -1 if there is not just one, whatever resources it has. */
static gint64
find_scan_row (const XnSelection *selection, XnTable *rows, GError **error)
{
    XnMatchRank best = XN_MATCH_NONE;
    gint64 found = -1;
    gboolean several = FALSE;
    for (guint row = 0; row < xn_table_n_rows (rows); row++) {
        const char *id = xn_table_cell (rows, row, XN_ROW_SCAN_ID);
        XnMatchRank rank;
        if (!xn_match_id_first (selection->level[XN_LEVEL_SCAN], id, xn_table_cell (rows, row, XN_ROW_SCAN_TYPE), &rank,
                                error))
            return -1;
        if (rank == XN_MATCH_NONE || rank < best || *id == '\0')
            continue;
        several = rank == best && (several || !g_str_equal (id, xn_table_cell (rows, (guint)found, XN_ROW_SCAN_ID)));
        best = rank;
        found = row;
    }
    return several ? -1 : found;
}

/* Whether the ID of a scan is the type of another one, for which XNAT would take it as well. */
static gboolean
has_namesake (XnTable *rows, const char *scan_id)
{
    for (guint row = 0; row < xn_table_n_rows (rows); row++) {
        const char *type = xn_table_cell (rows, row, XN_ROW_SCAN_TYPE);
        g_autofree char *plain = xn_xml_unescape (type);
        if (!g_str_equal (xn_table_cell (rows, row, XN_ROW_SCAN_ID), scan_id) &&
            (g_str_equal (type, scan_id) || g_str_equal (plain, scan_id)))
            return TRUE;
    }
    return FALSE;
}

/* Gives @item the one resource of that label in it, if there is just one. */
static gboolean
name_only_resource (XnFinder *finder, const XnSelection *selection, XnTable *rows, XnItem *item, GError **error)
{
    gint64 found = -1;
    for (guint row = 0; row < xn_table_n_rows (rows); row++) {
        XnMatchRank scan, resource;
        if (!row_ranks (selection, rows, row, &scan, &resource, error))
            return FALSE;
        if (resource != XN_MATCH_FIRST ||
            (item->scan_id != NULL && !g_str_equal (xn_table_cell (rows, row, XN_ROW_SCAN_ID), item->scan_id)))
            continue;
        if (found >= 0 &&
            !g_str_equal (xn_table_cell (rows, row, XN_ROW_NUMBER), xn_table_cell (rows, (guint)found, XN_ROW_NUMBER)))
            return TRUE;
        found = row;
    }
    if (found >= 0)
        name_resource (finder, item, rows, (guint)found);
    return TRUE;
}

/* XnShortcutFunc */
static XnItem *
find_to_write (XnFinder *finder, const XnUrl *url, const XnSelection *selection, GError **error)
{
    g_autoptr (XnTable) rows = NULL;
    g_autoptr (XnItem) item = find_session (finder, url, selection, TRUE, &rows, error);
    if (item == NULL)
        return NULL;
    if (selection->below == XN_LEVEL_SCAN) {
        const gint64 row = find_scan_row (selection, rows, error);
        if (row < 0 || has_namesake (rows, xn_table_cell (rows, (guint)row, XN_ROW_SCAN_ID)))
            return NULL;
        name_scan (finder, item, rows, (guint)row);
    }
    return name_only_resource (finder, selection, rows, item, error) ? g_steal_pointer (&item) : NULL;
}

typedef XnItem *(*XnShortcutFunc) (XnFinder *finder, const XnUrl *url, const XnSelection *selection, GError **error);

static XnItem *
shortcut_try (XnFinder *finder, const XnUrl *url, XnShortcutFunc find, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL || !shortcut_applies (url, selection))
        return NULL;
    if (finder->began_us == 0)
        finder->began_us = g_get_monotonic_time ();
    XnItem *item = find (finder, url, selection, &problem);
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

XnItem *
xn_shortcut (XnFinder *finder, const XnUrl *url, GError **error)
{
    return shortcut_try (finder, url, find_to_read, error);
}

XnItem *
xn_shortcut_to_write (XnFinder *finder, const XnUrl *url, GError **error)
{
    return shortcut_try (finder, url, find_to_write, error);
}
