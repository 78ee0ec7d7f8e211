/* SPDX-License-Identifier: Apache-2.0 */
/* Finding experiments, the level at which archives are large: one row is asked for where the selector allows it, the whole
 * project once where many are wanted. */
#include "find/finder.h"

#include "base/error.h"
#include "base/log.h"

#include <string.h>

enum { EXP_ID, EXP_LABEL, EXP_SUBJECT_ID, EXP_SUBJECT_LABEL, EXP_PROJECT, EXP_DATE, EXP_TYPE };
#define NAME_COLUMNS                                                                                        \
    "ID|xnat:subjectassessordata/id|session_ID", "label", "subject_ID|xnat:subjectassessordata/subject_id", \
        "subject_label|xnat:subjectdata/label", "project", "date", "xsiType"
static const char *const COLUMNS[] = {NAME_COLUMNS, NULL};
static const char *const COLUMNS_WITH_SCANS[] = {NAME_COLUMNS,
                                                 "xnat:imagescandata/file/label",
                                                 "xnat:imagescandata/file/xnat_abstractresource_id",
                                                 "xnat:imagescandata/id",
                                                 "xnat:imagescandata/type",
                                                 NULL};
static const char *const COLUMNS_WITH_RESOURCES[] = {
    NAME_COLUMNS, "xnat:imagesessiondata/resources/resource/label",
    "xnat:imagesessiondata/resources/resource/xnat_abstractresource_id", NULL};
G_STATIC_ASSERT (XN_ROW_LABEL == EXP_TYPE + 1);
#define NAMES "columns=ID,label,subject_ID,subject_label,project,date"
/* The type is named because the columns of a sub-type would otherwise narrow the listing. */
#define QUERY "xsiType=xnat:subjectAssessorData&" NAMES
#define OF_SESSIONS "xsiType=xnat:imageSessionData&" NAMES
#define WITH_SCANS                                                                              \
    OF_SESSIONS ",xnat:imageScanData/ID,xnat:imageScanData/type,xnat:imageScanData/file/label," \
                "xnat:imageScanData/file/xnat_abstractresource_id"
#define WITH_RESOURCES                                             \
    OF_SESSIONS ",xnat:imageSessionData/resources/resource/label," \
                "xnat:imageSessionData/resources/resource/xnat_abstractresource_id"

typedef struct {
    XnItem *item; /* (owned) */
    XnMatchRank subject, experiment;
} Row;

static void
row_clear (gpointer data)
{
    g_free (((Row *)data)->item);
}

static XnTable *
experiments_table (XnFinder *finder, const XnItem *project, const char *filter, GError **error)
{
    g_autofree char *container = xn_item_container (project);
    g_autofree char *path = g_strdup_printf ("%s/experiments", container);
    g_autofree char *what = g_strdup_printf ("listing the experiments of project %s", project->project);
    g_autoptr (GString) query = g_string_new (QUERY);
    if (filter != NULL)
        g_string_append_printf (query, "&%s", filter);
    const XnListing listing = {.path = path, .query = query->str, .columns = COLUMNS, .n_required = 4, .what = what};
    return xn_finder_table (finder, &listing, error);
}

static gboolean
experiments_row (XnFinder *finder, const XnItem *project, XnTable *table, guint row, const XnMatcher *subject,
                 const XnMatcher *experiment, GArray *rows, GError **error)
{
    Row found = {NULL, XN_MATCH_FIRST, XN_MATCH_NONE};
    const char *cell[EXP_TYPE + 1];
    for (guint column = 0; column <= EXP_TYPE; column++)
        cell[column] = xn_table_cell (table, row, column);
    if (subject != NULL &&
        !xn_match_id_first (subject, cell[EXP_SUBJECT_ID], cell[EXP_SUBJECT_LABEL], &found.subject, error))
        return FALSE;
    if (found.subject == XN_MATCH_NONE || *cell[EXP_ID] == '\0')
        return TRUE;
    if (!xn_match_id_first (experiment, cell[EXP_ID], cell[EXP_LABEL], &found.experiment, error))
        return FALSE;
    found.item = xn_item_copy (project);
    found.item->experiment_id = xn_pool_add (finder->pool, cell[EXP_ID]);
    found.item->experiment_label = xn_pool_add_label (finder->pool, cell[EXP_LABEL]);
    found.item->experiment_date = xn_pool_add (finder->pool, cell[EXP_DATE]);
    found.item->xsi_type = xn_pool_add (finder->pool, cell[EXP_TYPE]);
    found.item->subject_id = xn_pool_add (finder->pool, cell[EXP_SUBJECT_ID]);
    found.item->subject_label = xn_pool_add_label (finder->pool, cell[EXP_SUBJECT_LABEL]);
    /* In a project's own list the server names that project as a shared experiment's, too; another name is the truth. */
    found.item->own_project =
        g_strcmp0 (cell[EXP_PROJECT], project->project) != 0 ? xn_pool_add (finder->pool, cell[EXP_PROJECT]) : NULL;
    g_array_append_val (rows, found);
    return TRUE;
}

/* Takes the rows that fit best, first by subject and then, among those, by experiment. */
static gboolean
experiments_take (XnFinder *finder, const XnItem *project, XnTable *table, const XnMatcher *subject,
                  const XnMatcher *experiment, GPtrArray *out, GError **error)
{
    g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
    g_array_set_clear_func (rows, row_clear);
    for (guint row = 0; row < xn_table_n_rows (table); row++)
        if (!experiments_row (finder, project, table, row, subject, experiment, rows, error))
            return FALSE;
    XnMatchRank best_subject = XN_MATCH_NONE, best_experiment = XN_MATCH_NONE;
    for (guint i = 0; i < rows->len; i++)
        best_subject = MAX (best_subject, g_array_index (rows, Row, i).subject);
    for (guint i = 0; i < rows->len; i++)
        if (g_array_index (rows, Row, i).subject == best_subject)
            best_experiment = MAX (best_experiment, g_array_index (rows, Row, i).experiment);
    for (guint i = 0; i < rows->len && best_experiment != XN_MATCH_NONE; i++) {
        Row *row = &g_array_index (rows, Row, i);
        if (row->subject == best_subject && row->experiment == best_experiment)
            g_ptr_array_add (out, g_steal_pointer (&row->item));
    }
    return TRUE;
}

/* An accession ID usually looks like SITE_E00012. This guess decides only which question is asked first. */
static gboolean
looks_like_accession (const char *text)
{
    const char *mark = g_strrstr (text, "_E");
    return mark != NULL && strlen (mark) >= 5 && strspn (mark + 2, "0123456789") == strlen (mark + 2);
}

const char *
xn_experiment_filter_field (const char *name)
{
    if (name[strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.")] != '\0')
        return NULL;
    return looks_like_accession (name) ? "ID" : "label";
}

/* Whether two IDs differ in their number at most. */
static gboolean
are_of_one_series (const char *one, const char *two)
{
    gsize length_one = strlen (one), length_two = strlen (two);
    while (length_one > 0 && g_ascii_isdigit (one[length_one - 1]))
        length_one--;
    while (length_two > 0 && g_ascii_isdigit (two[length_two - 1]))
        length_two--;
    return length_one == length_two && strncmp (one, two, length_one) == 0;
}

/* Whether what was found by its label may hide another experiment that has the label as its ID, which would come first: the
 * server's own ID shows what its IDs are like. */
static gboolean
may_hide_an_id (GPtrArray *found, guint first, const char *text)
{
    for (guint i = first; i < found->len; i++) {
        const char *id = ((const XnItem *)g_ptr_array_index (found, i))->experiment_id;
        if (!g_str_equal (id, text) && are_of_one_series (id, text))
            return TRUE;
    }
    return FALSE;
}

/* What asks for the one experiment that a plain selector names; NULL if that cannot be. */
static char *
filter_for_any (const XnMatcher *experiment)
{
    const char *text = xn_matcher_text (experiment);
    const gboolean is_one = xn_matcher_is_plain (experiment) && !xn_matcher_is_everything (experiment);
    const char *field = is_one ? xn_experiment_filter_field (text) : NULL;
    return field != NULL ? g_strdup_printf ("%s=%s", field, text) : NULL;
}

/* The same, but NULL for a second one of the same project: then the whole list, remembered, is cheaper for all that follow. */
static char *
filter_for_one (XnFinder *finder, const XnItem *project, const XnMatcher *experiment)
{
    g_autofree char *filter = filter_for_any (experiment);
    if (filter == NULL)
        return NULL;
    g_autofree char *mark = g_strdup_printf ("one of %s", project->project);
    return xn_listing_cache_once (finder->listings, finder->client, mark, filter) ? NULL : g_steal_pointer (&filter);
}

/* Asks for the one experiment that a plain selector names, where that is worth it. */
static gboolean
find_one (XnFinder *finder, const XnItem *project, const XnMatcher *subject, const XnMatcher *experiment,
          GPtrArray *out, GError **error)
{
    g_autofree char *filter = filter_for_one (finder, project, experiment);
    if (filter == NULL)
        return TRUE;
    const guint before = out->len;
    g_autoptr (XnTable) table = experiments_table (finder, project, filter, error);
    if (table == NULL || !experiments_take (finder, project, table, subject, experiment, out, error))
        return FALSE;
    if (may_hide_an_id (out, before, xn_matcher_text (experiment)))
        g_ptr_array_set_size (out, (gint)before);
    return TRUE;
}

XnItem *
xn_find_experiment_with (XnFinder *finder, const XnItem *project, const XnMatcher *subject, const XnMatcher *experiment,
                         XnLevel below, gboolean afresh, XnTable **out_rows, GError **error)
{
    g_autofree char *filter = finder->fellows != NULL ? g_strdup (finder->fellows)
                              : afresh                ? filter_for_any (experiment)
                                                      : filter_for_one (finder, project, experiment);
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    if (filter == NULL)
        return NULL;
    g_autofree char *container = xn_item_container (project);
    g_autofree char *path = g_strdup_printf ("%s/experiments", container);
    g_autofree char *what = g_strdup_printf ("looking for %s", xn_matcher_text (experiment));
    const gboolean of_scans = below == XN_LEVEL_SCAN;
    g_autofree char *query = g_strdup_printf ("%s&%s", of_scans ? WITH_SCANS : WITH_RESOURCES, filter);
    const XnListing listing = {.path = path,
                               .query = query,
                               .columns = of_scans ? COLUMNS_WITH_SCANS : COLUMNS_WITH_RESOURCES,
                               .n_required = of_scans ? XN_ROW_SCAN_TYPE + 1 : XN_ROW_NUMBER + 1,
                               .what = what,
                               .retry = XN_RETRY_FEW};
    g_autoptr (XnTable) all = xn_finder_table (finder, &listing, error);
    if (all == NULL)
        return NULL;
    /* The rows of others that were asked for are no matter here. */
    g_autoptr (XnTable) table = finder->fellows != NULL
                                    ? xn_table_where (all, EXP_ID, EXP_LABEL, xn_matcher_text (experiment))
                                    : xn_table_ref (all);
    if (!experiments_take (finder, project, table, subject, experiment, found, error))
        return NULL;
    /* There is a row for each resource. Who is not in all rows is not the only one. */
    if (found->len == 0 || found->len != xn_table_n_rows (table) ||
        may_hide_an_id (found, 0, xn_matcher_text (experiment)))
        return NULL;
    const XnItem *first = g_ptr_array_index (found, 0);
    for (guint i = 1; i < found->len; i++)
        if (g_strcmp0 (((const XnItem *)g_ptr_array_index (found, i))->experiment_id, first->experiment_id) != 0)
            return NULL;
    *out_rows = g_steal_pointer (&table);
    return g_ptr_array_steal_index (found, 0);
}

/* For a server that does not give the subject beside the experiment: subject by subject. */
static gboolean
find_by_subject (XnFinder *finder, const XnItem *project, const XnMatcher *subject, const XnMatcher *experiment,
                 GPtrArray *out, GError **error)
{
    static const char *const PLAIN[] = {"ID|xnat:subjectassessordata/id", "label", "date", "xsiType", NULL};
    g_autoptr (GPtrArray) subjects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    if (!xn_find_subjects (finder, project, subject != NULL ? subject : everything, subjects, error))
        return FALSE;
    XnMatchRank best = XN_MATCH_NONE;
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GArray) fits = g_array_new (FALSE, FALSE, sizeof (XnMatchRank));
    for (guint i = 0; i < subjects->len; i++) {
        const XnItem *item = g_ptr_array_index (subjects, i);
        g_autofree char *container = xn_item_container (item);
        g_autofree char *path = g_strdup_printf ("%s/experiments", container);
        g_autofree char *what = g_strdup_printf ("listing the experiments of subject %s", item->subject_id);
        const XnListing listing = {.path = path, .columns = PLAIN, .n_required = 2, .what = what};
        g_autoptr (XnTable) table = xn_listing_cache_get (finder->listings, finder->client, &listing,
                                                          finder->not_before_us, NULL, finder->op, error);
        if (table == NULL)
            return FALSE;
        for (guint row = 0; row < xn_table_n_rows (table); row++) {
            XnMatchRank fit;
            if (!xn_match_id_first (experiment, xn_table_cell (table, row, 0), xn_table_cell (table, row, 1), &fit,
                                    error))
                return FALSE;
            if (fit == XN_MATCH_NONE || *xn_table_cell (table, row, 0) == '\0')
                continue;
            XnItem *copy = xn_item_copy (item);
            copy->experiment_id = xn_pool_add (finder->pool, xn_table_cell (table, row, 0));
            copy->experiment_label = xn_pool_add_label (finder->pool, xn_table_cell (table, row, 1));
            copy->experiment_date = xn_pool_add (finder->pool, xn_table_cell (table, row, 2));
            copy->xsi_type = xn_pool_add (finder->pool, xn_table_cell (table, row, 3));
            copy->own_project = NULL;
            g_ptr_array_add (found, copy);
            g_array_append_val (fits, fit);
            best = MAX (best, fit);
        }
    }
    for (guint i = 0; i < found->len; i++)
        if (g_array_index (fits, XnMatchRank, i) == best)
            g_ptr_array_add (out, g_steal_pointer (&found->pdata[i]));
    return TRUE;
}

gboolean
xn_find_experiments (XnFinder *finder, const XnItem *project, const XnMatcher *subject, const XnMatcher *experiment,
                     GPtrArray *out, GError **error)
{
    const guint before = out->len;
    g_autoptr (GError) problem = NULL;
    if (!find_one (finder, project, subject, experiment, out, &problem)) {
        if (!xn_error_is (problem, XN_ERROR_SERVER)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        g_clear_error (&problem);
    }
    if (out->len > before)
        return TRUE;
    g_autoptr (XnTable) table = experiments_table (finder, project, NULL, &problem);
    if (table != NULL)
        return experiments_take (finder, project, table, subject, experiment, out, error);
    if (!xn_error_is (problem, XN_ERROR_SERVER)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    xn_log (XN_LOG_DEBUG, "%s; going subject by subject", problem->message);
    return find_by_subject (finder, project, subject, experiment, out, error);
}

gboolean
xn_find_home (XnFinder *finder, XnItem *experiment, GError **error)
{
    g_autofree char *value = xn_encode_query (experiment->experiment_id);
    g_autofree char *query = g_strdup_printf (QUERY "&ID=%s", value);
    g_autofree char *what = g_strdup_printf ("looking for the project of %s", experiment->experiment_id);
    const XnListing listing = {
        .path = "/data/experiments", .query = query, .columns = COLUMNS, .n_required = 5, .what = what};
    g_autoptr (XnTable) table = xn_listing_cache_get (finder->listings, finder->client, &listing, finder->not_before_us,
                                                      NULL, finder->op, error);
    if (table == NULL)
        return FALSE;
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        if (!g_str_equal (xn_table_cell (table, row, EXP_ID), experiment->experiment_id))
            continue;
        experiment->project = experiment->own_project =
            xn_pool_add (finder->pool, xn_table_cell (table, row, EXP_PROJECT));
        experiment->subject_id = xn_pool_add (finder->pool, xn_table_cell (table, row, EXP_SUBJECT_ID));
        if (experiment->project == NULL || experiment->subject_id == NULL)
            break;
        experiment->subject_label = xn_pool_add_label (finder->pool, xn_table_cell (table, row, EXP_SUBJECT_LABEL));
        experiment->experiment_label = xn_pool_add_label (finder->pool, xn_table_cell (table, row, EXP_LABEL));
        experiment->experiment_date = xn_pool_add (finder->pool, xn_table_cell (table, row, EXP_DATE));
        experiment->xsi_type = xn_pool_add (finder->pool, xn_table_cell (table, row, EXP_TYPE));
        return TRUE;
    }
    xn_error_set (error, XN_ERROR_NOT_FOUND, "the project of experiment %s is not visible to you",
                  experiment->experiment_id);
    return FALSE;
}

/* Experiments of @items that were seen through more than one project, without it being known whose they are: (transfer
 * container) Map<accession ID, owning project or NULL> */
static GHashTable *
experiments_without_owner (GPtrArray *items)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    GHashTable *several = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < items->len; i++) {
        const XnItem *item = g_ptr_array_index (items, i);
        if (item->experiment_id == NULL || item->own_project != NULL)
            continue;
        const char *other = g_hash_table_lookup (seen, item->experiment_id);
        if (other == NULL)
            g_hash_table_insert (seen, (gpointer)item->experiment_id, (gpointer)item->project);
        else if (g_strcmp0 (other, item->project) != 0)
            g_hash_table_insert (several, (gpointer)item->experiment_id, NULL);
    }
    return several;
}

gboolean
xn_learn_owners (XnFinder *finder, GPtrArray *items, GError **error)
{
    g_autoptr (GHashTable) owners = experiments_without_owner (items);
    GHashTableIter iter;
    gpointer id;
    g_hash_table_iter_init (&iter, owners);
    while (g_hash_table_iter_next (&iter, &id, NULL)) {
        XnItem home = {.experiment_id = id};
        g_autoptr (GError) problem = NULL;
        if (!xn_find_home (finder, &home, &problem) && !xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        g_hash_table_iter_replace (&iter, (gpointer)home.own_project);
    }
    for (guint i = 0; i < items->len; i++) {
        XnItem *item = g_ptr_array_index (items, i);
        const char *owner = item->experiment_id != NULL ? g_hash_table_lookup (owners, item->experiment_id) : NULL;
        if (owner != NULL)
            item->own_project = owner;
    }
    return TRUE;
}
