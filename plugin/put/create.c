/* SPDX-License-Identifier: Apache-2.0 */
/* Creating what is missing. XNAT merges a PUT into what exists, moves an experiment that is put under another subject, and
 * answers 200 to many failures; so nothing is ever put that a fresh listing shows, and what was put counts only when a
 * listing shows it. */
#include "put/create.h"

#include "base/error.h"
#include "base/log.h"
#include "put/creation.h"
#include "find/level-by-level.h"

#include <string.h>

/* All levels from @first down must be allowed before the first is created. */
static gboolean
creation_allowed_from (const XnCreation *creation, XnLevel first, GError **error)
{
    for (XnLevel level = first; level < XN_N_LEVELS; level++)
        if (creation->url->selector[level] != NULL && !xn_creation_allowed (creation, level, error))
            return FALSE;
    return TRUE;
}

/* REST path of a new object below @parent. */
static char *
creation_path (const XnItem *parent, XnLevel level, const char *name)
{
    g_autofree char *encoded = xn_encode_segment (name);
    g_autofree char *container = NULL;
    if (level == XN_LEVEL_SUBJECT || level == XN_LEVEL_EXPERIMENT || level == XN_LEVEL_ASSESSOR) {
        /* Only the long form creates these. */
        g_autofree char *project = xn_encode_segment (parent->project);
        g_autoptr (GString) path = g_string_new (NULL);
        g_string_append_printf (path, "/data/projects/%s", project);
        if (level != XN_LEVEL_SUBJECT) {
            g_autofree char *subject = xn_encode_segment (xn_item_id (parent, XN_LEVEL_SUBJECT));
            g_string_append_printf (path, "/subjects/%s", subject);
        }
        if (level == XN_LEVEL_ASSESSOR) {
            g_autofree char *experiment = xn_encode_segment (parent->experiment_id);
            g_string_append_printf (path, "/experiments/%s", experiment);
        }
        container = g_string_free (g_steal_pointer (&path), FALSE);
    } else {
        container = xn_item_container (parent);
    }
    return g_strdup_printf ("%s/%s/%s", container, xn_level_plural (level), encoded);
}

/* In the whole project: labels are unique there, whatever the subject. What a pattern finds elsewhere is not meant. */
static gboolean
creation_find_in_project (const XnCreation *creation, const XnItem *parent, GPtrArray *found, GError **error)
{
    const XnMatcher *matcher = creation->selection->level[XN_LEVEL_EXPERIMENT];
    g_autoptr (XnItem) project = xn_item_new ();
    project->project = parent->project;
    if (!xn_find_experiments (creation->finder, project, NULL, matcher, found, error))
        return FALSE;
    for (guint i = found->len; i > 0 && !xn_matcher_is_plain (matcher) && parent->subject_id != NULL; i--) {
        const XnItem *item = g_ptr_array_index (found, i - 1);
        if (g_strcmp0 (item->subject_id, parent->subject_id) != 0)
            g_ptr_array_remove_index (found, i - 1);
    }
    return TRUE;
}

static gboolean
creation_find (const XnCreation *creation, const XnItem *parent, XnLevel level, GPtrArray *found, GError **error)
{
    const XnMatcher *matcher = creation->selection->level[level];
    switch (level) {
    case XN_LEVEL_SUBJECT:
        return xn_find_subjects (creation->finder, parent, matcher, found, error);
    case XN_LEVEL_EXPERIMENT:
        return creation_find_in_project (creation, parent, found, error);
    case XN_LEVEL_SCAN:
        return xn_find_scans (creation->finder, parent, matcher, FALSE, found, error);
    case XN_LEVEL_ASSESSOR:
        return xn_find_assessors (creation->finder, parent, matcher, found, error);
    default:
        return xn_find_reconstructions (creation->finder, parent, matcher, found, error);
    }
}

/* An experiment of that label in the project but of another subject must stay where it is. */
static void
creation_set_elsewhere (const XnItem *found, const char *subject, GError **error)
{
    xn_error_set (error, XN_ERROR_CONFLICT,
                  "experiment '%s' belongs to subject %s (%s) of project %s, not to %s; it is not moved",
                  xn_item_label (found, XN_LEVEL_EXPERIMENT), xn_item_label (found, XN_LEVEL_SUBJECT),
                  xn_item_id (found, XN_LEVEL_SUBJECT), found->project, subject);
}

static gboolean
creation_same_subject (const XnItem *parent, const XnItem *found, GError **error)
{
    if (parent->subject_id == NULL || g_strcmp0 (parent->subject_id, found->subject_id) == 0)
        return TRUE;
    creation_set_elsewhere (found, xn_item_label (parent, XN_LEVEL_SUBJECT), error);
    return FALSE;
}

/* The same where the subject itself is still to be created: it must not be, if it could not have the experiment. */
static gboolean
creation_experiment_is_free (const XnCreation *creation, const XnItem *parent, GError **error)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    if (creation->selection->level[XN_LEVEL_EXPERIMENT] == NULL)
        return TRUE;
    if (!creation_find_in_project (creation, parent, found, error))
        return FALSE;
    if (found->len == 0)
        return TRUE;
    creation_set_elsewhere (g_ptr_array_index (found, 0), creation->url->selector[XN_LEVEL_SUBJECT], error);
    return FALSE;
}

/* The one of @found; NULL without an error if there is none. */
static XnItem *
creation_only (const XnCreation *creation, const XnItem *parent, XnLevel level, GPtrArray *found, GError **error)
{
    if (found->len > 1) {
        xn_set_ambiguous (error, creation->url, level, found);
        return NULL;
    }
    if (found->len == 0)
        return NULL;
    if (level == XN_LEVEL_EXPERIMENT && !creation_same_subject (parent, g_ptr_array_index (found, 0), error))
        return NULL;
    return xn_item_copy (g_ptr_array_index (found, 0));
}

/* The request's query for a new object. */
static char *
creation_query (const XnUrl *url, XnLevel level)
{
    g_autofree char *type = xn_encode_query (url->type[level]);
    g_autofree char *name = xn_encode_query (url->selector[level]);
    return level == XN_LEVEL_SCAN             ? g_strdup_printf ("xsiType=%s&type=%s", type, name)
           : level == XN_LEVEL_RECONSTRUCTION ? g_strdup_printf ("type=%s", name)
                                              : g_strdup_printf ("xsiType=%s", type);
}

/* The object after a try to create it; NULL without an error if there is none. */
static XnItem *
creation_look (const XnCreation *creation, const XnItem *parent, XnLevel level, GError **error)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    if (!creation_find (creation, parent, level, found, error))
        return NULL;
    return creation_only (creation, parent, level, found, error);
}

#define LABEL_TAKEN "the label is used by another session of this project; take one that holds the session's name"

/* (transfer full) */
static char *
creation_name (const XnCreation *creation, XnLevel level)
{
    return g_strdup_printf ("creating %s %s of type %s", xn_level_name (level), creation->url->selector[level],
                            creation->url->type[level]);
}

/* What the server would say of a new assessor's label, as far as its list of them tells; it is only planned. */
static gboolean
creation_foresee_label (const XnCreation *creation, const XnItem *parent, GError **error)
{
    static const char *const columns[] = {"label", "session_ID", NULL};
    const char *label = creation->url->selector[XN_LEVEL_ASSESSOR];
    g_autoptr (GError) problem = NULL;
    if (label == NULL || parent->project == NULL)
        return TRUE;
    g_autofree char *project = xn_encode_segment (parent->project);
    g_autofree char *path = g_strdup_printf ("/data/projects/%s/experiments", project);
    const XnListing listing = {.path = path,
                               .query = "xsiType=xnat:imageAssessorData&columns=ID,label,session_ID",
                               .columns = columns,
                               .n_required = 2,
                               .what = "listing the assessors of the project"};
    g_autoptr (XnTable) table = xn_finder_table (creation->finder, &listing, &problem);
    for (guint i = 0; table != NULL && i < xn_table_n_rows (table); i++) {
        if (!g_str_equal (xn_table_cell (table, i, 0), label) ||
            g_strcmp0 (xn_table_cell (table, i, 1), parent->experiment_id) == 0)
            continue;
        g_autofree char *what = creation_name (creation, XN_LEVEL_ASSESSOR);
        xn_error_set (error, XN_ERROR_CONFLICT, "%s: " LABEL_TAKEN, what);
        return FALSE;
    }
    if (!xn_error_is (problem, XN_ERROR_CANCELLED))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* A refusal that the user can mend, in words that say how: a type that the server does not know, or a label that XNAT,
 * which keeps those of assessors unique in a project, has given away. */
static void
creation_explain (XnLevel level, const char *what, GError *problem)
{
    const int status = xn_error_http_status (problem);
    if (status == 400)
        problem->code = XN_ERROR_USAGE;
    if (status != 409 || level != XN_LEVEL_ASSESSOR)
        return;
    const char *words = xn_error_facts (problem)->server_words;
    char *message = g_strdup_printf ("%s: " LABEL_TAKEN " (HTTP 409%s%s)", what, words != NULL ? ": " : "",
                                     words != NULL ? words : "");
    g_free (problem->message);
    problem->message = message;
}

/* Creates one object and looks for it. Whatever the answer was: if it is there now, it is used, whoever made it. */
static XnItem *
creation_create (const XnCreation *creation, const XnItem *parent, XnLevel level, GError **error)
{
    const char *name = creation->url->selector[level];
    g_autofree char *path = creation_path (parent, level, name);
    g_autofree char *query = creation_query (creation->url, level);
    g_autofree char *what = creation_name (creation, level);
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL, stop = NULL;
        const gboolean made = xn_creation_send (creation, "PUT", path, query, what, &problem);
        XnItem *item =
            xn_error_is (problem, XN_ERROR_CANCELLED) ? NULL : creation_look (creation, parent, level, &stop);
        const gboolean looked = item != NULL || (stop == NULL && !xn_error_is (problem, XN_ERROR_CANCELLED));
        if ((made || xn_creation_is_unsure (problem)) && (item != NULL || !looked))
            xn_creation_note (creation, level, item != NULL ? xn_item_id (item, level) : NULL, item != NULL);
        if (item != NULL) {
            xn_log (XN_LOG_INFO, "created %s %s", xn_level_name (level), name);
            return item;
        }
        if (stop == NULL && !made && xn_creation_again (creation, level, problem, tried, &stop))
            continue;
        if (made && stop == NULL && level == XN_LEVEL_RECONSTRUCTION)
            xn_error_set (&stop, XN_ERROR_CONFLICT,
                          "%s: the server answered well, but it is not in this session: its ID, unique on the whole "
                          "server, belongs to another",
                          what);
        else if (made && stop == NULL)
            xn_error_set (&stop, XN_ERROR_SERVER, "%s: the server answered well, but it is not there", what);
        if (stop == NULL)
            creation_explain (level, what, problem);
        g_propagate_error (error, stop != NULL ? g_steal_pointer (&stop) : g_steal_pointer (&problem));
        return NULL;
    }
}

/* Goes down one level, creating the object if need be. NULL without an error: that, and what is below it, is planned. */
static XnItem *
creation_descend (const XnCreation *creation, const XnItem *parent, XnLevel level, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnItem) item = creation_look (creation, parent, level, &problem);
    if (problem != NULL) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    if (item != NULL)
        return g_steal_pointer (&item);
    if (!creation_allowed_from (creation, level, error))
        return NULL;
    if (level == XN_LEVEL_SUBJECT && !creation_experiment_is_free (creation, parent, error))
        return NULL;
    if (creation->plan != NULL) {
        if (level > XN_LEVEL_ASSESSOR || creation_foresee_label (creation, parent, error))
            xn_creation_plan (creation, level);
        return NULL;
    }
    return creation_create (creation, parent, level, error);
}

/* From the project (or an accession ID) down to what holds the resource. */
static XnItem *
creation_chain (const XnCreation *creation, const XnItem *project, GError **error)
{
    const XnUrl *url = creation->url;
    g_autoptr (XnItem) item = xn_item_copy (project);
    for (XnLevel level = XN_LEVEL_SUBJECT; level < XN_LEVEL_RESOURCE; level++) {
        if (url->selector[level] == NULL)
            continue;
        /* Without a project the first selector is an accession ID, taken at its word. */
        if (item->project == NULL && level == XN_LEVEL_SUBJECT) {
            item->subject_id = url->selector[level];
            continue;
        }
        if (item->project == NULL && level == XN_LEVEL_EXPERIMENT) {
            item->experiment_id = url->selector[level];
            continue;
        }
        if (level == XN_LEVEL_ASSESSOR && (item->project == NULL || item->subject_id == NULL) &&
            !xn_find_home (creation->finder, item, error))
            return NULL;
        XnItem *next = creation_descend (creation, item, level, error);
        if (next == NULL)
            return NULL;
        g_free (item);
        item = next;
    }
    return g_steal_pointer (&item);
}

/* Several ways down: with a plain scan type that is no choice; with patterns the one way that has the resource counts. */
static XnItem *
creation_choose (const XnCreation *creation, GPtrArray *containers, GError **error)
{
    const XnUrl *url = creation->url;
    const XnLevel below = creation->selection->below;
    const XnMatcher *matcher = creation->selection->level[below];
    g_autoptr (GPtrArray) resources = g_ptr_array_new_with_free_func (g_free);
    const gboolean plain = matcher != NULL && xn_matcher_is_plain (matcher);
    for (guint i = 0; !plain && i < containers->len; i++)
        if (!xn_find_resources (creation->finder, g_ptr_array_index (containers, i),
                                creation->selection->level[XN_LEVEL_RESOURCE], resources, error))
            return NULL;
    if (resources->len != 1) {
        xn_set_ambiguous (error, url, below, containers);
        return NULL;
    }
    XnItem *item = xn_item_copy (g_ptr_array_index (resources, 0));
    xn_item_leave_resource (item);
    return item;
}

/* Looks for the project by name, as no ID fits. */
static gboolean
creation_project_by_name (const XnCreation *creation, GPtrArray *projects, GError **error)
{
    g_ptr_array_set_size (projects, 0);
    if (!xn_find_projects (creation->finder, creation->selection->level[XN_LEVEL_PROJECT], projects, error))
        return FALSE;
    if (projects->len == 1)
        return TRUE;
    if (projects->len > 1)
        xn_set_ambiguous (error, creation->url, XN_LEVEL_PROJECT, projects);
    else
        xn_set_not_found (error, creation->url, XN_LEVEL_PROJECT);
    return FALSE;
}

/* A project, or what an accession ID names, is taken at its word until something was listed there. */
static gboolean
creation_is_there (const XnCreation *creation, const XnItem *container, GError **error)
{
    g_autoptr (GPtrArray) resources = g_ptr_array_new_with_free_func (g_free);
    if (g_atomic_int_get (&creation->selection->reached) >= (gint)creation->selection->below)
        return TRUE;
    if (!xn_find_resources (creation->finder, container, creation->selection->level[XN_LEVEL_RESOURCE], resources,
                            error))
        return FALSE;
    xn_selection_reached (creation->selection, creation->selection->below);
    return TRUE;
}

static XnItem *
creation_in_project (const XnCreation *creation, const XnItem *project, GError **error)
{
    g_autoptr (GPtrArray) containers = g_ptr_array_new_with_free_func (g_free);
    if (!xn_descend_containers (creation->finder, creation->selection, project, FALSE, containers, error))
        return NULL;
    if (containers->len == 1) {
        const XnItem *container = g_ptr_array_index (containers, 0);
        return creation_is_there (creation, container, error) ? xn_item_copy (container) : NULL;
    }
    if (containers->len > 1)
        return creation_choose (creation, containers, error);
    return creation_chain (creation, project, error);
}

static XnItem *
creation_container (const XnCreation *creation, GError **error)
{
    XnFinder *finder = creation->finder;
    const XnUrl *url = creation->url;
    XnSelection *selection = creation->selection;
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) problem = NULL;
    if (!xn_descend_projects (finder, selection, projects, error))
        return NULL;
    if (projects->len != 1) {
        if (projects->len > 1)
            xn_set_ambiguous (error, url, XN_LEVEL_PROJECT, projects);
        else
            xn_set_not_found (error, url, XN_LEVEL_PROJECT);
        return NULL;
    }
    XnItem *item = creation_in_project (creation, g_ptr_array_index (projects, 0), &problem);
    if (problem == NULL)
        return item;
    /* HTTP's own "not found" means that the begin of the way is not there. */
    const gboolean lost = xn_error_is (problem, XN_ERROR_NOT_FOUND) && xn_error_http_status (problem) == 404 &&
                          g_atomic_int_get (&selection->reached) < (gint)XN_LEVEL_PROJECT;
    if (!lost) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    if (url->selector[XN_LEVEL_PROJECT] == NULL) {
        xn_set_not_found (error, url, url->selector[XN_LEVEL_SUBJECT] != NULL ? XN_LEVEL_SUBJECT : XN_LEVEL_EXPERIMENT);
        return NULL;
    }
    if (!creation_project_by_name (creation, projects, error))
        return NULL;
    xn_selection_reached (selection, XN_LEVEL_PROJECT);
    return creation_in_project (creation, g_ptr_array_index (projects, 0), error);
}

/* GCompareFunc over texts */
static int
compare_texts (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* A scan whose ID is the type of another one cannot be written to. */
static gboolean
creation_is_clear (const XnCreation *creation, const XnItem *container, GError **error)
{
    g_autoptr (GPtrArray) namesakes = g_ptr_array_new ();
    if (!xn_find_namesakes (creation->finder, container, namesakes, error))
        return FALSE;
    if (namesakes->len == 0)
        return TRUE;
    const gboolean of_scans = container->scan_id != NULL;
    const char *id = of_scans ? container->scan_id : container->reconstruction_id;
    const char *level = xn_level_name (of_scans ? XN_LEVEL_SCAN : XN_LEVEL_RECONSTRUCTION);
    g_ptr_array_sort (namesakes, compare_texts);
    g_ptr_array_add (namesakes, NULL);
    g_autofree char *others = g_strjoinv (", ", (char **)namesakes->pdata);
    xn_error_set (
        error, XN_ERROR_AMBIGUOUS,
        "%s ID %s is also the type of %s %s, and XNAT, which takes either for the name of a %s, cannot tell which "
        "one a write means: give %s %s another ID, or %s %s another type",
        level, id, level, others, level, level, id, level, others);
    return FALSE;
}

XnItem *
xn_create_container (XnFinder *finder, const XnUrl *url, GPtrArray *created, XnPlan *plan, GError **error)
{
    /* What is to be written to is looked up afresh. */
    finder->not_before_us = g_get_monotonic_time ();
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL)
        return NULL;
    const XnCreation creation = {finder, url, selection, created, plan};
    g_autoptr (XnItem) container = creation_container (&creation, error);
    if (container == NULL || !creation_is_clear (&creation, container, error))
        return NULL;
    return g_steal_pointer (&container);
}
