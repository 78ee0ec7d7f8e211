/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: projects, then experiments (or subjects) of each, then, in parallel, what is below each experiment; or all of that
 * at once, where a listing can tell it. */
#include "find/level-by-level.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/sync.h"
#include "find/bulk-resources.h"
#include "find/select-scans.h"

/* After so many refusals no further project is asked for all at once. */
enum { ENOUGH = 3 };

gboolean
xn_descend_projects (XnFinder *finder, XnSelection *selection, GPtrArray *out, GError **error)
{
    const XnMatcher *matcher = selection->level[XN_LEVEL_PROJECT];
    const gboolean named = matcher != NULL && xn_matcher_is_plain (matcher) && !xn_matcher_is_everything (matcher);
    if (matcher != NULL && !named)
        return xn_find_projects (finder, matcher, out, error);
    XnItem *item = xn_item_new ();
    if (named)
        item->project = xn_pool_add (finder->pool, xn_matcher_text (matcher));
    g_ptr_array_add (out, item);
    return TRUE;
}

/* From a subject or experiment that is given by its accession ID. */
static XnItem *
walk_begin (XnFinder *finder, XnSelection *selection, const XnItem *project)
{
    XnItem *item = xn_item_copy (project);
    if (project->project != NULL)
        return item;
    if (selection->level[XN_LEVEL_SUBJECT] != NULL)
        item->subject_id = xn_pool_add (finder->pool, xn_matcher_text (selection->level[XN_LEVEL_SUBJECT]));
    else
        item->experiment_id = xn_pool_add (finder->pool, xn_matcher_text (selection->level[XN_LEVEL_EXPERIMENT]));
    return item;
}

/* Down to the experiment, or as far as the selection goes above it. */
static gboolean
walk_upper (XnFinder *finder, XnSelection *selection, const XnItem *project, GPtrArray *out, GError **error)
{
    g_autoptr (XnItem) begin = walk_begin (finder, selection, project);
    const XnMatcher *subject = selection->level[XN_LEVEL_SUBJECT], *experiment = selection->level[XN_LEVEL_EXPERIMENT];
    const gboolean given = begin->experiment_id != NULL || (begin->subject_id != NULL && experiment == NULL);
    if (given || (subject == NULL && experiment == NULL)) {
        g_ptr_array_add (out, g_steal_pointer (&begin));
        return TRUE;
    }
    const guint before = out->len;
    const gboolean listed = experiment == NULL ? xn_find_subjects (finder, begin, subject, out, error)
                                               : xn_find_experiments (finder, begin, subject, experiment, out, error);
    if (!listed || !xn_selection_narrow (selection, XN_LEVEL_EXPERIMENT, out, before, error))
        return FALSE;
    xn_selection_reached (selection, XN_LEVEL_PROJECT);
    if (out->len > before || experiment == NULL)
        return TRUE;
    /* Only for the message: was it the subject that was not there? */
    g_autoptr (GPtrArray) subjects = g_ptr_array_new_with_free_func (g_free);
    const gboolean any = subject == NULL || xn_matcher_is_everything (subject);
    if (any || finder->terse || (xn_find_subjects (finder, begin, subject, subjects, NULL) && subjects->len > 0))
        xn_selection_reached (selection, XN_LEVEL_SUBJECT);
    return TRUE;
}

/* From an experiment (or what stands above, if the selection ends there) to what holds the resources. */
static gboolean
walk_middle (XnFinder *finder, XnSelection *selection, const XnItem *upper, gboolean with_resources, GPtrArray *out,
             GError **error)
{
    const XnMatcher *matcher = selection->level[selection->below];
    switch (selection->below) {
    case XN_LEVEL_SCAN:
        return xn_select_scans (finder, selection, upper, with_resources, out, error);
    case XN_LEVEL_ASSESSOR:
        return xn_find_assessors (finder, upper, matcher, out, error);
    case XN_LEVEL_RECONSTRUCTION:
        return xn_find_reconstructions (finder, upper, matcher, out, error);
    default:
        g_ptr_array_add (out, xn_item_copy (upper));
        return TRUE;
    }
}

typedef struct {
    XnFinder *finder;
    XnSelection *selection;
    gboolean only_containers, with_resources;
    gboolean unseen; /* the one upper is just what the URL says; nothing has shown yet that it exists */
    pthread_mutex_t mutex;
    GPtrArray *out;  /* [mutex] */
    GError *refusal; /* (owned) (nullable) [mutex] the first of what this login may not see */
    guint n_refused; /* [mutex] of these */
    gint n_read;     /* (atomic) listings of resources, or of what has them */
    gint n_empty;    /* (atomic) experiments with nothing that might have any */
    gint n_barred;   /* (atomic) of those that were refused, what stands in an experiment that was not */
    guint n_uppers;
} Walk;

static void
walk_clear (Walk *walk)
{
    g_clear_error (&walk->refusal);
    pthread_mutex_destroy (&walk->mutex);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
walk_note_refusal (Walk *walk, const GError *problem)
{
    XN_LOCKED (&walk->mutex);
    walk->n_refused++;
    if (walk->refusal == NULL)
        walk->refusal = g_error_copy (problem);
}

/* Whether the walk has seen what it was to see. That nobody finds anything is one thing, that everything was refused is
 * another. */
static gboolean
walk_ended (Walk *walk, GError **error)
{
    const gboolean has_read = walk->n_read > 0 || (walk->n_empty > 0 && walk->n_barred == 0);
    if (walk->n_refused == 0 || has_read)
        return TRUE;
    g_prefix_error (&walk->refusal, "this login may see none of the %u that were found: ", walk->n_refused);
    g_propagate_error (error, g_steal_pointer (&walk->refusal));
    return FALSE;
}

/* Whether @item, which could not be read, is left out of the search, which is said: one of many that went away between two
 * listings, or that this login may not see. */
static gboolean
is_left_out (Walk *walk, const XnItem *item, gboolean is_only_one, const GError *problem)
{
    const gboolean gone = xn_error_is (problem, XN_ERROR_NOT_FOUND);
    const gboolean hidden = xn_error_is (problem, XN_ERROR_AUTH) && xn_error_http_status (problem) == 403;
    if (is_only_one || !(gone || hidden))
        return FALSE;
    g_autofree char *name = xn_item_describe (item);
    xn_log (XN_LOG_WARNING, "%s is left out, as %s: %s", name,
            gone ? "it is not there any more" : "this login may not see it", problem->message);
    if (hidden)
        walk_note_refusal (walk, problem);
    return TRUE;
}

/* The error of a walk that @item ends, with @problem (transfer full): where the server fails over one of many, it says how to
 * select the others. */
static void
set_broken_at (const XnItem *item, gboolean is_only_one, GError *problem, GError **error)
{
    const XnLevel level = item->assessor_id != NULL     ? XN_LEVEL_ASSESSOR
                          : item->experiment_id != NULL ? XN_LEVEL_EXPERIMENT
                                                        : XN_LEVEL_SUBJECT;
    const char *label = xn_item_label (item, level);
    const gboolean fails = xn_error_http_status (problem) == 500 || xn_error_is (problem, XN_ERROR_SERVER);
    if (!is_only_one && fails && *label != '\0') {
        g_autofree char *expression = g_regex_escape_string (label, -1);
        g_autofree char *encoded = xn_encode_query (expression);
        g_autofree char *before = problem->message;
        problem->message =
            g_strdup_printf ("%s; to go on without it, select the others, as with regex=true and %s=(?!%s$)", before,
                             xn_level_plural (level), encoded);
    }
    g_propagate_error (error, problem);
}

static gboolean
walk_lower (Walk *walk, const XnItem *upper, GPtrArray *found, GError **error)
{
    g_autoptr (GPtrArray) containers = g_ptr_array_new_with_free_func (g_free);
    if (!walk_middle (walk->finder, walk->selection, upper, walk->with_resources, containers, error))
        return FALSE;
    /* Below a subject or an experiment nothing has been asked yet. */
    if (walk->selection->below > XN_LEVEL_EXPERIMENT)
        xn_selection_reached (walk->selection, XN_LEVEL_EXPERIMENT);
    if (containers->len > 0 && (walk->selection->below > XN_LEVEL_EXPERIMENT || !walk->unseen))
        xn_selection_reached (walk->selection, walk->selection->below);
    const gboolean alone =
        !walk->finder->terse && walk->n_uppers == 1 && walk->with_resources && walk->selection->below == XN_LEVEL_SCAN;
    if (containers->len == 0 && alone &&
        xn_find_scan_at_all (walk->finder, upper, walk->selection->level[XN_LEVEL_SCAN]))
        xn_selection_reached (walk->selection, XN_LEVEL_SCAN);
    if (containers->len == 0)
        g_atomic_int_inc (&walk->n_empty);
    else if (walk->only_containers)
        g_atomic_int_inc (&walk->n_read);
    for (guint i = 0; i < containers->len; i++) {
        const XnItem *container = g_ptr_array_index (containers, i);
        GError *problem = NULL;
        if (walk->only_containers) {
            g_ptr_array_add (found, xn_item_copy (container));
            continue;
        }
        if (xn_find_resources (walk->finder, container, walk->selection->level[XN_LEVEL_RESOURCE], found, &problem)) {
            g_atomic_int_inc (&walk->n_read);
            xn_selection_reached (walk->selection, walk->selection->below);
        } else if (!is_left_out (walk, container, walk->n_uppers == 1 && containers->len == 1, problem)) {
            g_propagate_error (error, problem);
            return FALSE;
        } else {
            g_atomic_int_inc (&walk->n_barred);
        }
        g_clear_error (&problem);
    }
    return TRUE;
}

/* Whether a walk goes on although @item could not be read, with @problem (transfer full). */
static gboolean
walk_go_on (Walk *walk, const XnItem *item, GError *problem, GError **error)
{
    const gboolean is_only_one = walk->n_uppers == 1;
    if (!is_left_out (walk, item, is_only_one, problem)) {
        set_broken_at (item, is_only_one, problem, error);
        return FALSE;
    }
    g_error_free (problem);
    return TRUE;
}

/* XnTaskFunc */
static gboolean
walk_task (gpointer item, gpointer data, GError **error)
{
    Walk *walk = data;
    const XnItem *upper = item;
    g_autoptr (GPtrArray) found = g_ptr_array_new ();
    GError *problem = NULL;
    if (!walk_lower (walk, upper, found, &problem)) {
        g_ptr_array_foreach (found, (GFunc)(void (*) (void))g_free, NULL);
        return walk_go_on (walk, upper, problem, error);
    }
    XN_LOCKED (&walk->mutex);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add (walk->out, g_ptr_array_index (found, i));
    return TRUE;
}

/* XnTaskFunc: the resources of one container. */
static gboolean
open_task (gpointer item, gpointer data, GError **error)
{
    Walk *walk = data;
    g_autoptr (GPtrArray) found = g_ptr_array_new ();
    GError *problem = NULL;
    const XnMatcher *resource = walk->selection->level[XN_LEVEL_RESOURCE];
    if (!xn_find_resources (walk->finder, item, resource, found, &problem))
        return walk_go_on (walk, item, problem, error);
    g_atomic_int_inc (&walk->n_read);
    XN_LOCKED (&walk->mutex);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add (walk->out, g_ptr_array_index (found, i));
    return TRUE;
}

gboolean
xn_is_worth_a_walk (const GError *problem)
{
    if (xn_error_is (problem, XN_ERROR_USAGE) || xn_error_is (problem, XN_ERROR_CANCELLED))
        return FALSE;
    /* A login page or a redirect to one, although the session is known to live, is this query's trouble alone. */
    if (xn_error_is (problem, XN_ERROR_AUTH))
        return xn_error_http_status (problem) != 401 && xn_error_http_status (problem) != 0;
    const XnErrorFacts *facts = xn_error_facts (problem);
    const gboolean not_reached = xn_error_is (problem, XN_ERROR_NETWORK) && facts->http_status == 0 && !facts->sent;
    return !not_reached;
}

/* All at once where that is worth it. *@out_done is FALSE if it has to be one by one after all. */
static gboolean
walk_in_bulk (Walk *walk, const XnItem *project, GPtrArray *uppers, gboolean *out_done, GError **error)
{
    XnSelection *selection = walk->selection;
    g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) unlisted = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) problem = NULL;
    *out_done = FALSE;
    if (walk->only_containers || !xn_bulk_resources_apply (selection, project, uppers) ||
        g_atomic_int_get (&selection->refusals) >= ENOUGH)
        return TRUE;
    if (!xn_bulk_resources (walk->finder, selection, project, uppers, walk->out, open, unlisted, &problem)) {
        if (xn_is_worth_a_walk (problem)) {
            g_atomic_int_inc (&selection->refusals);
            xn_log (XN_LOG_INFO, "%s; going one by one", problem->message);
            return TRUE;
        }
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    *out_done = TRUE;
    if (unlisted->len < uppers->len)
        g_atomic_int_inc (&walk->n_read);
    XnOp *op = walk->finder->op;
    const guint jobs = xn_op_settings (op)->jobs;
    return xn_parallel_run (op, jobs, open, open_task, walk, XN_PARALLEL_STOP_AT_ERROR, NULL, error) &&
           xn_parallel_run (op, jobs, unlisted, walk_task, walk, XN_PARALLEL_STOP_AT_ERROR, NULL, error);
}

static gboolean
walk_run (XnFinder *finder, XnSelection *selection, const XnItem *project, gboolean only_containers,
          gboolean with_resources, GPtrArray *out, GError **error)
{
    g_autoptr (GPtrArray) uppers = g_ptr_array_new_with_free_func (g_free);
    if (!walk_upper (finder, selection, project, uppers, error))
        return FALSE;
    const gboolean direct = selection->level[XN_LEVEL_SUBJECT] == NULL && selection->level[XN_LEVEL_EXPERIMENT] == NULL;
    const gboolean unseen = direct || project->project == NULL;
    if (uppers->len > 0 && !unseen)
        xn_selection_reached (selection, MIN (selection->below, XN_LEVEL_EXPERIMENT));
    g_auto (Walk) walk = {.finder = finder,
                          .selection = selection,
                          .only_containers = only_containers,
                          .with_resources = with_resources,
                          .unseen = unseen,
                          .mutex = PTHREAD_MUTEX_INITIALIZER,
                          .out = out,
                          .n_uppers = uppers->len};
    gboolean done;
    if (!walk_in_bulk (&walk, project, uppers, &done, error))
        return FALSE;
    if (!done && !xn_parallel_run (finder->op, xn_op_settings (finder->op)->jobs, uppers, walk_task, &walk,
                                   XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return FALSE;
    return walk_ended (&walk, error);
}

gboolean
xn_descend_project (XnFinder *finder, XnSelection *selection, const XnItem *project, GPtrArray *out, GError **error)
{
    return walk_run (finder, selection, project, FALSE, TRUE, out, error);
}

gboolean
xn_descend_containers (XnFinder *finder, XnSelection *selection, const XnItem *project, gboolean with_resources,
                       GPtrArray *out, GError **error)
{
    return walk_run (finder, selection, project, TRUE, with_resources, out, error);
}
