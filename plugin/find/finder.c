/* SPDX-License-Identifier: Apache-2.0 */
/* The listings of each level. A listing is asked for by accession ID and in its short form wherever XNAT has one, because
 * in the long form a missing deeper object silently answers with its parent's. */
#include "find/finder.h"

#include "base/error.h"
#include "find/shared-catalogs.h"

#include <string.h>

/* Candidates of one level with how they fit. */
typedef struct {
    GPtrArray *items; /* (owned) (element-type XnItem) those not handed on */
    GArray *fits;     /* (owned) (element-type XnMatchRank) */
    XnMatchRank best;
} Candidates;

static void
candidates_init (Candidates *candidates)
{
    candidates->items = g_ptr_array_new_with_free_func (g_free);
    candidates->fits = g_array_new (FALSE, FALSE, sizeof (XnMatchRank));
    candidates->best = XN_MATCH_NONE;
}

static void
candidates_clear (Candidates *candidates)
{
    g_ptr_array_unref (candidates->items);
    g_array_unref (candidates->fits);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Candidates, candidates_clear)

/* Adds a copy of @parent that fits, for the caller to fill; NULL if it does not fit. A row without an ID is no item: what is
 * below it would be looked for at its parent. */
static XnItem *
candidates_add (Candidates *candidates, const XnItem *parent, const char *id, XnMatchRank fit)
{
    if (fit == XN_MATCH_NONE || *id == '\0')
        return NULL;
    XnItem *item = xn_item_copy (parent);
    g_ptr_array_add (candidates->items, item);
    g_array_append_val (candidates->fits, fit);
    candidates->best = MAX (candidates->best, fit);
    return item;
}

/* Hands those that fit best to @out. */
static void
candidates_take_best (Candidates *candidates, GPtrArray *out)
{
    for (guint i = 0; i < candidates->items->len; i++)
        if (g_array_index (candidates->fits, XnMatchRank, i) == candidates->best)
            g_ptr_array_add (out, g_steal_pointer (&candidates->items->pdata[i]));
}

XnTable *
xn_finder_table (XnFinder *finder, const XnListing *listing, GError **error)
{
    gint64 asked_us = 0;
    XnListing asked = *listing;
    asked.ahead = finder->ahead;
    XnTable *table = xn_listing_cache_get (finder->listings, finder->client, &asked, finder->not_before_us, &asked_us,
                                           finder->op, error);
    if (table != NULL && asked_us < finder->began_us)
        g_atomic_int_set (&finder->used_old, TRUE);
    return table;
}

static gint64
finder_number (const char *text)
{
    char *end = NULL;
    const gint64 number = g_ascii_strtoll (text, &end, 10);
    return *text == '\0' || *end != '\0' || number < 0 ? -1 : number;
}

gboolean
xn_find_projects (XnFinder *finder, const XnMatcher *matcher, GPtrArray *out, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "name", NULL};
    const XnListing listing = {
        .path = "/data/projects", .columns = COLUMNS, .n_required = 1, .what = "listing the projects"};
    g_autoptr (XnTable) table = xn_finder_table (finder, &listing, error);
    if (table == NULL)
        return FALSE;
    g_auto (Candidates) candidates;
    candidates_init (&candidates);
    g_autoptr (XnItem) none = xn_item_new ();
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *id = xn_table_cell (table, row, 0);
        XnMatchRank by_name, by_id;
        if (!xn_match_id_first (matcher, id, xn_table_cell (table, row, 1), &by_name, error) ||
            !xn_match_id_first (matcher, id, id, &by_id, error))
            return FALSE;
        XnItem *item = candidates_add (&candidates, none, id, MAX (by_name, by_id));
        if (item == NULL)
            continue;
        item->project = item->own_project = xn_pool_add (finder->pool, id);
        item->project_name = xn_pool_add_label (finder->pool, xn_table_cell (table, row, 1));
    }
    candidates_take_best (&candidates, out);
    return TRUE;
}

/* Takes the rows of a listing whose first columns are ID and label; a third one is the project that an item
 * belongs to, or its type. @name: gives an item its names. */
static gboolean
find_labelled (XnFinder *finder, const XnItem *parent, const XnListing *listing, const XnMatcher *matcher,
               void (*name) (XnItem *item, const char *id, const char *label), GPtrArray *out, GError **error)
{
    g_autoptr (XnTable) table = xn_finder_table (finder, listing, error);
    if (table == NULL)
        return FALSE;
    g_auto (Candidates) candidates;
    candidates_init (&candidates);
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *id = xn_table_cell (table, row, 0), *label = xn_table_cell (table, row, 1);
        XnMatchRank fit;
        if (!xn_match_id_first (matcher, id, label, &fit, error))
            return FALSE;
        XnItem *item = candidates_add (&candidates, parent, id, fit);
        if (item == NULL)
            continue;
        name (item, xn_pool_add (finder->pool, id), xn_pool_add_label (finder->pool, label));
        if (listing->columns[2] == NULL)
            continue;
        const char *const more = xn_pool_add (finder->pool, xn_table_cell (table, row, 2));
        *(g_str_equal (listing->columns[2], "project") ? &item->own_project : &item->part_type) = more;
    }
    candidates_take_best (&candidates, out);
    return TRUE;
}

static void
name_subject (XnItem *item, const char *id, const char *label)
{
    item->subject_id = id;
    item->subject_label = label;
}

gboolean
xn_find_subjects (XnFinder *finder, const XnItem *project, const XnMatcher *matcher, GPtrArray *out, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "label", "project", NULL};
    g_autofree char *container = xn_item_container (project);
    g_autofree char *path = g_strdup_printf ("%s/subjects", container);
    g_autofree char *what = g_strdup_printf ("listing the subjects of project %s", project->project);
    const XnListing listing = {
        .path = path, .query = "columns=ID,label,project", .columns = COLUMNS, .n_required = 2, .what = what};
    return find_labelled (finder, project, &listing, matcher, name_subject, out, error);
}

gboolean
xn_find_subject_home (XnFinder *finder, XnItem *subject, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "label", "project", NULL};
    g_autofree char *path = xn_item_container (subject);
    g_autofree char *what = g_strdup_printf ("looking for subject %s", subject->subject_id);
    const XnListing listing = {.path = path, .columns = COLUMNS, .n_required = 1, .what = what, .of_items = TRUE};
    g_autoptr (XnTable) table = xn_finder_table (finder, &listing, error);
    if (table == NULL)
        return FALSE;
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        if (!g_str_equal (xn_table_cell (table, row, 0), subject->subject_id))
            continue;
        subject->subject_label = xn_pool_add_label (finder->pool, xn_table_cell (table, row, 1));
        subject->project = subject->own_project = xn_pool_add (finder->pool, xn_table_cell (table, row, 2));
        return TRUE;
    }
    xn_error_set (error, XN_ERROR_NOT_FOUND, "no subject %s is visible to you", subject->subject_id);
    return FALSE;
}

static void
name_assessor (XnItem *item, const char *id, const char *label)
{
    item->assessor_id = id;
    item->assessor_label = label;
}

/* Only below a project shared assessors have the labels that they have there. NULL: it is not known; and a session that is
 * shared without its subject is not found by that address. */
static char *
assessors_below_project (const XnItem *experiment)
{
    if (experiment->project == NULL || experiment->subject_id == NULL)
        return NULL;
    g_autofree char *project = xn_encode_segment (experiment->project);
    g_autofree char *subject = xn_encode_segment (experiment->subject_id);
    g_autofree char *id = xn_encode_segment (experiment->experiment_id);
    return g_strdup_printf ("/data/projects/%s/subjects/%s/experiments/%s/assessors", project, subject, id);
}

gboolean
xn_find_assessors (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, GPtrArray *out, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "label", "xsiType", NULL};
    g_autofree char *container = xn_item_container (experiment);
    g_autofree char *path = g_strdup_printf ("%s/assessors", container);
    g_autofree char *below = assessors_below_project (experiment);
    g_autofree char *what = g_strdup_printf ("listing the assessors of %s", experiment->experiment_id);
    XnListing listing = {.path = below != NULL ? below : path,
                         .query = "columns=ID,label,xsiType",
                         .columns = COLUMNS,
                         .n_required = 2,
                         .what = what,
                         .experiment = experiment->experiment_id};
    g_autoptr (GError) problem = NULL;
    if (find_labelled (finder, experiment, &listing, matcher, name_assessor, out, &problem))
        return TRUE;
    if (below == NULL || !xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    listing.path = path;
    return find_labelled (finder, experiment, &listing, matcher, name_assessor, out, error);
}

static XnTable *
reconstructions_table (XnFinder *finder, const XnItem *experiment, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "type", NULL};
    g_autofree char *container = xn_item_container (experiment);
    g_autofree char *path = g_strdup_printf ("%s/reconstructions", container);
    g_autofree char *what = g_strdup_printf ("listing the reconstructions of %s", experiment->experiment_id);
    const XnListing listing = {
        .path = path, .columns = COLUMNS, .n_required = 1, .what = what, .experiment = experiment->experiment_id};
    return xn_finder_table (finder, &listing, error);
}

gboolean
xn_find_reconstructions (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, GPtrArray *out,
                         GError **error)
{
    g_autoptr (XnTable) table = reconstructions_table (finder, experiment, error);
    if (table == NULL)
        return FALSE;
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *id = xn_table_cell (table, row, 0);
        XnMatchRank fit;
        if (!xn_match_id_first (matcher, id, id, &fit, error))
            return FALSE;
        if (fit == XN_MATCH_NONE || *id == '\0')
            continue;
        XnItem *item = xn_item_copy (experiment);
        item->reconstruction_id = xn_pool_add (finder->pool, id);
        g_ptr_array_add (out, item);
    }
    return TRUE;
}

/* Columns of a listing of resources. */
enum { RES_ID, RES_LABEL, RES_CATEGORY, RES_CAT_ID, RES_CAT_DESC, RES_COUNT, RES_SIZE };
static const char *const RESOURCE_COLUMNS[] = {
    "xnat_abstractresource_id", "label", "category", "cat_id", "cat_desc", "file_count", "file_size", NULL};

/* All resources of a session in one listing, or only those directly at @container. */
static XnTable *
resources_table (XnFinder *finder, const XnItem *parent, const char *container, gboolean all, GError **error)
{
    g_autofree char *path = g_strdup_printf ("%s/resources", container);
    g_autofree char *name = xn_item_describe (parent);
    g_autofree char *what = g_strdup_printf ("listing the resources of %s", name);
    const XnListing listing = {.path = path,
                               .query = all ? "all=true" : NULL,
                               .columns = RESOURCE_COLUMNS,
                               .n_required = all ? 4 : 2,
                               .what = what};
    return xn_finder_table (finder, &listing, error);
}

static XnTable *
session_resources (XnFinder *finder, const XnItem *item, GError **error)
{
    const XnItem session = {.experiment_id = item->experiment_id, .experiment_label = item->experiment_label};
    g_autofree char *container = xn_item_container (&session);
    return resources_table (finder, &session, container, TRUE, error);
}

static XnTable *
scans_table (XnFinder *finder, const XnItem *experiment, GError **error)
{
    static const char *const COLUMNS[] = {"ID", "type", "quality", "series_description", "xsiType", NULL};
    g_autofree char *container = xn_item_container (experiment);
    g_autofree char *path = g_strdup_printf ("%s/scans", container);
    g_autofree char *what = g_strdup_printf ("listing the scans of %s", experiment->experiment_id);
    const XnListing listing = {.path = path,
                               .query = "columns=ID,type,quality,series_description,xsiType",
                               .columns = COLUMNS,
                               .n_required = 2,
                               .what = what,
                               .experiment = experiment->experiment_id};
    return xn_finder_table (finder, &listing, error);
}

/* Takes scans out of any table that has their ID and type in two columns. */
static gboolean
scans_from_table (XnFinder *finder, const XnItem *experiment, XnTable *table, guint id_column, guint type_column,
                  gboolean of_resources, const XnMatcher *matcher, Candidates *candidates, GError **error)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *id = xn_table_cell (table, row, id_column), *type = xn_table_cell (table, row, type_column);
        XnMatchRank fit;
        if (of_resources && !g_str_equal (xn_table_cell (table, row, RES_CATEGORY), "scans"))
            continue;
        if (!g_hash_table_add (seen, (gpointer)id))
            continue;
        if (!xn_match_id_first (matcher, id, type, &fit, error))
            return FALSE;
        XnItem *item = candidates_add (candidates, experiment, id, fit);
        if (item == NULL)
            continue;
        item->scan_id = xn_pool_add (finder->pool, id);
        item->scan_type = xn_pool_add_label (finder->pool, type);
        if (of_resources)
            continue;
        item->scan_quality = xn_pool_add_label (finder->pool, xn_table_cell (table, row, 2));
        item->scan_description = xn_pool_add_label (finder->pool, xn_table_cell (table, row, 3));
        item->part_type = xn_pool_add (finder->pool, xn_table_cell (table, row, 4));
    }
    return TRUE;
}

gboolean
xn_find_scans (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, gboolean with_resources,
               GPtrArray *out, GError **error)
{
    if (with_resources) {
        g_auto (Candidates) candidates;
        candidates_init (&candidates);
        g_autoptr (XnTable) resources = session_resources (finder, experiment, error);
        if (resources == NULL || !scans_from_table (finder, experiment, resources, RES_CAT_ID, RES_CAT_DESC, TRUE,
                                                    matcher, &candidates, error))
            return FALSE;
        /* By type alone is not enough: a scan without resources may have the selector as its ID. */
        if (candidates.best != XN_MATCH_SECOND) {
            candidates_take_best (&candidates, out);
            return TRUE;
        }
    }
    g_auto (Candidates) candidates;
    candidates_init (&candidates);
    g_autoptr (XnTable) scans = scans_table (finder, experiment, error);
    if (scans == NULL || !scans_from_table (finder, experiment, scans, 0, 1, FALSE, matcher, &candidates, error))
        return FALSE;
    candidates_take_best (&candidates, out);
    return TRUE;
}

gboolean
xn_find_scan_at_all (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher)
{
    g_autoptr (XnTable) resources = session_resources (finder, experiment, NULL);
    gboolean has_scans = FALSE;
    for (guint row = 0; resources != NULL && !has_scans && row < xn_table_n_rows (resources); row++)
        has_scans = g_str_equal (xn_table_cell (resources, row, RES_CATEGORY), "scans");
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    return has_scans && xn_find_scans (finder, experiment, matcher, FALSE, found, NULL) && found->len > 0;
}

gboolean
xn_find_namesakes (XnFinder *finder, const XnItem *item, GPtrArray *out, GError **error)
{
    const char *id = item->scan_id != NULL ? item->scan_id : item->reconstruction_id;
    const XnItem session = {.experiment_id = item->experiment_id};
    if (id == NULL || item->assessor_id != NULL)
        return TRUE;
    g_autoptr (XnTable) table =
        item->scan_id != NULL ? scans_table (finder, &session, error) : reconstructions_table (finder, &session, error);
    if (table == NULL)
        return FALSE;
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *other = xn_table_cell (table, row, 0), *type = xn_table_cell (table, row, 1);
        g_autofree char *plain = xn_xml_unescape (type);
        if (!g_str_equal (other, id) && (g_str_equal (type, id) || g_str_equal (plain, id)))
            g_ptr_array_add (out, (gpointer)xn_pool_add (finder->pool, other));
    }
    return TRUE;
}

/* Whether a row of a session's listing of all resources belongs to the scan. */
static gboolean
row_is_of_scan (XnTable *table, guint row, const char *scan_id)
{
    return g_str_equal (xn_table_cell (table, row, RES_CATEGORY), "scans") &&
           g_str_equal (xn_table_cell (table, row, RES_CAT_ID), scan_id);
}

gboolean
xn_find_resources (XnFinder *finder, const XnItem *parent, const XnMatcher *matcher, GPtrArray *out, GError **error)
{
    const gboolean of_scan = parent->scan_id != NULL && parent->assessor_id == NULL;
    g_autofree char *container = xn_item_container (parent);
    g_autoptr (XnTable) table =
        of_scan ? session_resources (finder, parent, error) : resources_table (finder, parent, container, FALSE, error);
    if (table == NULL)
        return FALSE;
    g_auto (Candidates) candidates;
    candidates_init (&candidates);
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GArray) fits = g_array_new (FALSE, FALSE, sizeof (XnMatchRank));
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        const char *id = xn_table_cell (table, row, RES_ID), *label = xn_table_cell (table, row, RES_LABEL);
        XnMatchRank fit;
        if (of_scan && !row_is_of_scan (table, row, parent->scan_id))
            continue;
        if (!xn_match_label_first (matcher, id, label, &fit, error))
            return FALSE;
        XnItem *item = xn_item_copy (parent);
        item->resource_id = xn_pool_add (finder->pool, id);
        item->resource_label = xn_pool_add_label (finder->pool, label);
        item->files = finder_number (xn_table_cell (table, row, RES_COUNT));
        item->bytes = finder_number (xn_table_cell (table, row, RES_SIZE));
        g_ptr_array_add (all, item);
        g_array_append_val (fits, fit);
    }
    if (!xn_unite_twins (finder, parent, all, fits, error))
        return FALSE;
    /* Whether a label is unique is a question to all resources, not only to those that fit. */
    xn_resource_labels_mark_unclear (all);
    for (guint i = 0; i < all->len; i++)
        candidates_add (&candidates, g_ptr_array_index (all, i),
                        xn_item_id (g_ptr_array_index (all, i), XN_LEVEL_RESOURCE),
                        g_array_index (fits, XnMatchRank, i));
    candidates_take_best (&candidates, out);
    return TRUE;
}
