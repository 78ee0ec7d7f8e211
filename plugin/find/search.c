/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: which way to ask each project, the files of what was found, and what the whole amounts to. */
#include "find/search.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/sync.h"
#include "find/bulk-query.h"
#include "find/catalog.h"
#include "find/level-by-level.h"

#include <string.h>

/* After so many refusals the next project's bulk query is not worth a request. */
enum { ENOUGH = 3 };

typedef struct {
    XnFinder *finder;
    XnSelection *selection;
    gboolean many;    /* several projects were chosen: one that cannot be read is passed over */
    gboolean by_name; /* the plain selector was taken for a name */
    gint refusals;    /* (atomic) bulk queries that failed before any was answered; a sure one counts as ENOUGH */
    gint answers;     /* (atomic) bulk queries that were answered */
    pthread_mutex_t mutex;
    XnHits *out; /* [mutex] */
} Search;

static gboolean
bulk_can_answer (const XnSelection *selection, const XnItem *project)
{
    return selection->below == XN_LEVEL_SCAN && project->project != NULL;
}

/* Notes how the bulk query itself went. That of a project may be refused for its own sake, or break over its data; but
 * silence, or an answer that is none, is the server's way with all of them. */
static void
search_note_bulk (Search *search, gboolean answered, const GError *problem)
{
    const int status = xn_error_http_status (problem);
    if (answered)
        g_atomic_int_inc (&search->answers);
    else
        g_atomic_int_add (&search->refusals, status == 403 || status == 404 || status == 500 ? 1 : ENOUGH);
}

static gboolean
search_wants_bulk (Search *search, const XnItem *project)
{
    return bulk_can_answer (search->selection, project) &&
           (g_atomic_int_get (&search->answers) > 0 || g_atomic_int_get (&search->refusals) < ENOUGH);
}

static gboolean
search_walk (Search *search, const XnItem *project, XnHits *found, GError **error)
{
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) problem = NULL;
    const gboolean ok = xn_descend_project (search->finder, search->selection, project, items, &problem);
    for (guint i = 0; i < items->len; i++)
        xn_hits_add (found, g_steal_pointer (&items->pdata[i]));
    if (ok)
        return TRUE;
    const gboolean unreadable = xn_error_is (problem, XN_ERROR_NOT_FOUND) || xn_error_http_status (problem) == 403;
    if (search->many && unreadable) {
        xn_log (XN_LOG_WARNING, "project %s is passed over: %s", project->project, problem->message);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* The project that was named has been asked for by that name already, and showed nothing. */
static gboolean
search_is_again (const Search *search, const XnItem *project)
{
    return search->by_name &&
           g_strcmp0 (project->project, xn_matcher_text (search->selection->level[XN_LEVEL_PROJECT])) == 0;
}

/* Searches one project that is known by ID; *@out_known is FALSE if there seems to be none of that ID. */
static gboolean
search_one (Search *search, const XnItem *project, XnHits *found, gboolean *out_known, GError **error)
{
    g_autoptr (GError) problem = NULL;
    if (!search_is_again (search, project) && search_wants_bulk (search, project)) {
        gboolean answered = FALSE;
        const gboolean searched =
            xn_bulk_search (search->finder, search->selection, project, found, out_known, &answered, &problem);
        search_note_bulk (search, answered, problem);
        /* The one project that was named is there, but shows nothing: may it be read at all? */
        const gboolean silent = searched && !*out_known && search->by_name && !search->many;
        if (searched && !silent)
            return TRUE;
        if (!searched && !xn_is_worth_a_walk (problem)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        if (!searched)
            xn_log (XN_LOG_INFO, "%s; going session by session", problem->message);
        g_clear_error (&problem);
        xn_hits_truncate (found, 0);
    }
    *out_known = TRUE;
    if (search_walk (search, project, found, &problem))
        return TRUE;
    if (xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        *out_known = FALSE;
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

static gboolean search_projects (Search *search, GPtrArray *projects, GError **error);

/* A plain selector that is no project's ID may be one's name. */
static gboolean
search_by_name (Search *search, GError **error)
{
    g_autoptr (GPtrArray) named = g_ptr_array_new_with_free_func (g_free);
    if (!xn_find_projects (search->finder, search->selection->level[XN_LEVEL_PROJECT], named, error))
        return FALSE;
    if (named->len == 0)
        return TRUE;
    xn_selection_reached (search->selection, XN_LEVEL_PROJECT);
    search->by_name = TRUE;
    search->many = named->len > 1;
    return search_projects (search, named, error);
}

/* XnTaskFunc */
static gboolean
search_task (gpointer item, gpointer data, GError **error)
{
    Search *search = data;
    g_autoptr (XnHits) found = xn_hits_new ();
    gboolean known = FALSE;
    if (!search_one (search, item, found, &known, error))
        return FALSE;
    if (!known && !search->many && !search->by_name)
        return search_by_name (search, error);
    if (known)
        xn_selection_reached (search->selection, XN_LEVEL_PROJECT);
    XN_LOCKED (&search->mutex);
    xn_hits_take (search->out, found);
    return TRUE;
}

static gboolean
search_projects (Search *search, GPtrArray *projects, GError **error)
{
    XnOp *op = search->finder->op;
    return xn_parallel_run (op, xn_op_settings (op)->jobs, projects, search_task, search, XN_PARALLEL_STOP_AT_ERROR,
                            NULL, error);
}

/* XnTaskFunc: the matching files of one resource. */
static gboolean
files_task (gpointer data_item, gpointer data, GError **error)
{
    Search *search = data;
    XnFinder *finder = search->finder;
    g_autoptr (XnHits) found = xn_hits_new ();
    g_autoptr (XnCatalog) catalog =
        xn_catalog_search (finder->client, data_item, search->selection->files, finder->op, error);
    if (catalog == NULL)
        return FALSE;
    if (catalog->entries->len == 0)
        return TRUE;
    XnItem *resource = xn_item_copy (data_item);
    resource->resource_id = xn_pool_add (finder->pool, catalog->resource_id);
    resource->files = 1;
    for (guint i = 0; i < catalog->entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (catalog->entries, i);
        XnHit *hit = xn_hits_add (found, resource);
        hit->file = xn_pool_add (finder->pool, entry->path);
        hit->md5 = xn_pool_copy (finder->pool, entry->digest);
        hit->bytes = entry->size;
    }
    XN_LOCKED (&search->mutex);
    xn_hits_take (search->out, found);
    return TRUE;
}

/* @resources are taken away. */
static XnHits *
search_files (Search *search, XnHits *resources, GError **error)
{
    XnOp *op = search->finder->op;
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (XnHits) files = xn_hits_new ();
    for (guint i = 0; i < resources->n; i++) {
        XnHitNumber number;
        const XnItem item = xn_hit_item (&resources->hits[i], number);
        XnItem *copy = xn_item_copy (&item);
        copy->resource_id = xn_pool_add (search->finder->pool, item.resource_id);
        g_ptr_array_add (items, copy);
    }
    xn_hits_truncate (resources, 0);
    search->out = files;
    if (!xn_parallel_run (op, xn_op_settings (op)->jobs, items, files_task, search, XN_PARALLEL_STOP_AT_ERROR, NULL,
                          error))
        return NULL;
    return g_steal_pointer (&files);
}

static gboolean
search_learn_owners (XnFinder *finder, const XnHits *found, GError **error)
{
    g_autoptr (GPtrArray) items = xn_hits_items (found);
    return xn_learn_owners (finder, items, error);
}

static XnHits *
search_once (XnFinder *finder, XnSelection *selection, GError **error)
{
    const XnMatcher *matcher = selection->level[XN_LEVEL_PROJECT];
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (XnHits) found = xn_hits_new ();
    Search search = {.finder = finder,
                     .selection = selection,
                     .many = xn_matcher_is_everything (matcher) || !xn_matcher_is_plain (matcher),
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .out = found};
    if (!xn_descend_projects (finder, selection, projects, error))
        return NULL;
    if (search.many && projects->len > 0)
        xn_selection_reached (selection, XN_LEVEL_PROJECT);
    if (!search_projects (&search, projects, error))
        return NULL;
    if (!search_learn_owners (finder, found, error))
        return NULL;
    const guint others = search.many ? xn_hits_drop_duplicates (found) : 0;
    if (others > 0)
        xn_log (XN_LOG_INFO, "%u resources are seen through more than one project; each is given once", others);
    if (found->n > 0)
        xn_selection_reached (selection, XN_LEVEL_RESOURCE);
    if (selection->files == NULL)
        return g_steal_pointer (&found);
    return search_files (&search, found, error);
}

/* The bulk query shows no subject that has no session; whether there is one is a question for the message. */
static void
search_learn_level (XnFinder *finder, XnSelection *selection)
{
    const XnMatcher *project = selection->level[XN_LEVEL_PROJECT];
    if (xn_selection_missing_level (selection) != XN_LEVEL_SUBJECT || xn_matcher_is_everything (project) ||
        !xn_matcher_is_plain (project))
        return;
    const XnItem item = {.project = xn_matcher_text (project)};
    g_autoptr (GPtrArray) subjects = g_ptr_array_new_with_free_func (g_free);
    if (xn_find_subjects (finder, &item, selection->level[XN_LEVEL_SUBJECT], subjects, NULL) && subjects->len > 0)
        xn_selection_reached (selection, XN_LEVEL_SUBJECT);
}

XnHits *
xn_search (XnFinder *finder, XnSelection *selection, GError **error)
{
    for (;;) {
        const guint generation = xn_client_generation (finder->client);
        g_autoptr (XnHits) found = search_once (finder, selection, error);
        if (found == NULL)
            return NULL;
        /* A guest is shown less than a user, without a word; so nothing counts before the session is known to be ours. */
        gboolean lost = FALSE;
        if (xn_client_confirm (finder->client, generation, finder->op, &lost, error)) {
            if (found->n == 0)
                search_learn_level (finder, selection);
            xn_hits_sort (found);
            return g_steal_pointer (&found);
        }
        if (!lost)
            return NULL;
        xn_listing_cache_forget (finder->listings, finder->client);
        finder->not_before_us = g_get_monotonic_time ();
    }
}
