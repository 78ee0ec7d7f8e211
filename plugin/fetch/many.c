/* SPDX-License-Identifier: Apache-2.0 */
/* Many fetches, sorted by the resources that they are from, and these by their sessions. The work is done by other threads, so
 * that the caller's, which alone may speak to the host, can tell what has come meanwhile. */
#include "base/error.h"
#include "base/parallel.h"
#include "fetch/many-session.h"
#include "find/session-files.h"

#include <string.h>

static void
many_clear (XnMany *many)
{
    for (guint i = 0; i < many->n; i++) {
        xn_url_free (many->entries[i].url);
        g_free (many->entries[i].path);
        g_clear_error (&many->entries[i].problem);
        g_clear_error (&many->entries[i].doubt);
        xn_plan_free (many->entries[i].plan);
        xn_counted_free (many->entries[i].before);
    }
    g_free (many->entries);
    g_ptr_array_unref (many->sessions);
    xn_claims_free (many->claims);
    xn_fellows_free (many->fellows);
    g_queue_clear (&many->ended);
    pthread_cond_destroy (&many->changed);
    pthread_mutex_destroy (&many->mutex);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnMany, many_clear)

void
xn_many_end (XnMany *many, XnManyEntry *entry, const char *path, const GError *problem)
{
    XN_LOCKED (&many->mutex);
    if (entry->has_ended)
        return;
    entry->has_ended = TRUE;
    if (!entry->counted)
        xn_op_add_known (many->op, 1);
    entry->path = g_strdup (path);
    entry->problem = problem != NULL ? g_error_copy (problem) : NULL;
    g_queue_push_tail (&many->ended, entry);
    pthread_cond_signal (&many->changed);
}

void
xn_many_end_all (XnMany *many, const GPtrArray *entries, const GError *problem)
{
    for (guint i = 0; i < entries->len; i++)
        xn_many_end (many, g_ptr_array_index (entries, i), NULL, problem);
}

static gboolean
is_text (const char *name, const char *text, GError **error)
{
    if (text != NULL && *text != '\0')
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "the %s is empty", name);
    return FALSE;
}

/* The name under which a file of that path is delivered. */
static const char *
name_of (const char *path)
{
    const char *slash = strrchr (path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* What makes a URL one of a resource: all of it but for the path inside. */
static char *
resource_of (XnUrl *url)
{
    char *path = g_steal_pointer (&url->path);
    char *text = xn_url_print (url, TRUE);
    url->path = path;
    return text;
}

/* What makes a URL one of a session, all of it but for the scan, the resource and the path inside; NULL if it may lead to more
 * than one, or to something else than a session or a scan. */
static char *
session_of (const XnUrl *url)
{
    const char *experiment = url->selector[XN_LEVEL_EXPERIMENT];
    if (experiment == NULL || url->selector[XN_LEVEL_ASSESSOR] != NULL ||
        url->selector[XN_LEVEL_RECONSTRUCTION] != NULL || url->regex || xn_has_pattern_characters (experiment))
        return NULL;
    return xn_url_print_level (url, XN_LEVEL_EXPERIMENT);
}

/* The groups of which @url's is one, if these are less than @most: else new ones. */
static GPtrArray *
many_session_for (XnMany *many, GHashTable *by_session, const XnUrl *url, guint most)
{
    g_autofree char *session = session_of (url);
    GPtrArray *groups = session != NULL ? g_hash_table_lookup (by_session, session) : NULL;
    if (groups != NULL && groups->len < most)
        return groups;
    groups = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
    g_ptr_array_add (many->sessions, groups);
    if (session != NULL)
        g_hash_table_insert (by_session, g_steal_pointer (&session), groups);
    return groups;
}

/* Sorts @groups (element-type GPtrArray of XnManyEntry) by their sessions; large ones into several, so that there are listings
 * enough for all jobs. */
static void
many_sort_sessions (XnMany *many, const GPtrArray *groups)
{
    g_autoptr (GHashTable) by_session = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    const guint jobs = MAX (xn_op_settings (many->op)->jobs, 1);
    const guint most = CLAMP ((groups->len + jobs - 1) / jobs, 2, XN_SESSION_MOST_RESOURCES);
    for (guint i = 0; i < groups->len; i++) {
        GPtrArray *group = g_ptr_array_index (groups, i);
        const XnUrl *url = ((const XnManyEntry *)g_ptr_array_index (group, 0))->url;
        g_ptr_array_add (many_session_for (many, by_session, url, most), group);
        xn_fellows_add (many->fellows, url);
    }
}

/* Reads what is asked for, and sorts it: what is wrong with a URL or a destination is known before anybody is asked. */
static void
many_sort (XnMany *many, const XnFetchAsk *asked)
{
    g_autoptr (GHashTable) by_resource = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GPtrArray) groups = g_ptr_array_new ();
    for (guint i = 0; i < many->n; i++) {
        XnManyEntry *entry = &many->entries[i];
        g_autoptr (GError) problem = NULL;
        entry->index = i;
        entry->destination = asked[i].destination;
        entry->plan = many->only_plans ? xn_plan_new () : NULL;
        if (is_text ("URL", asked[i].url, &problem) && is_text ("destination", entry->destination, &problem))
            entry->url = xn_locate_parse (asked[i].url, "fetch", &problem);
        const gboolean of_file = entry->url != NULL && entry->url->path != NULL && !entry->url->path_is_directory;
        if (entry->url == NULL || !xn_claims_take (many->claims, i, entry->destination,
                                                   of_file ? name_of (entry->url->path) : NULL, &problem)) {
            xn_many_end (many, entry, NULL, problem);
            continue;
        }
        g_autofree char *resource = resource_of (entry->url);
        GPtrArray *group = g_hash_table_lookup (by_resource, resource);
        if (group == NULL) {
            group = g_ptr_array_new ();
            g_ptr_array_add (groups, group);
            g_hash_table_insert (by_resource, g_steal_pointer (&resource), group);
        }
        g_ptr_array_add (group, entry);
    }
    many_sort_sessions (many, groups);
}

static void *
many_thread (void *data)
{
    XnMany *many = data;
    (void)xn_parallel_run (many->op, xn_op_settings (many->op)->jobs, many->sessions, xn_many_session, many,
                           XN_PARALLEL_ALL, NULL, NULL);
    XN_LOCKED (&many->mutex);
    many->is_over = TRUE;
    pthread_cond_signal (&many->changed);
    return NULL;
}

/* The next that has ended; waits for it. NULL: there will be no more. */
static XnManyEntry *
many_next (XnMany *many)
{
    pthread_mutex_lock (&many->mutex);
    while (g_queue_is_empty (&many->ended) && !many->is_over) {
        xn_cond_wait_ms (&many->changed, &many->mutex, XN_OP_TICK_MS);
        /* The host's functions are not called with a lock held. */
        pthread_mutex_unlock (&many->mutex);
        (void)xn_op_check (many->op, NULL);
        pthread_mutex_lock (&many->mutex);
    }
    XnManyEntry *entry = g_queue_pop_head (&many->ended);
    pthread_mutex_unlock (&many->mutex);
    return entry;
}

static void
many_run (XnMany *many, XnFetchedFunc finished, gpointer data)
{
    pthread_t thread;
    XnManyEntry *entry;
    const gboolean has_thread = xn_thread_start (&thread, many_thread, many);
    if (!has_thread)
        many_thread (many);
    while ((entry = many_next (many)) != NULL)
        if (finished != NULL)
            finished (entry->index, entry->path, &entry->tally, entry->plan, entry->problem, data);
    if (has_thread)
        pthread_join (thread, NULL);
}

gboolean
xn_fetch_many (XnRuntime *runtime, XnOp *op, const XnFetchAsk *asked, guint n, gboolean only_plans,
               XnFetchedFunc finished, gpointer data, char **out_paths, GError **error)
{
    g_auto (XnMany) many = {.runtime = runtime,
                            .op = op,
                            .only_plans = only_plans,
                            .begun_us = g_get_monotonic_time (),
                            .entries = g_new0 (XnManyEntry, MAX (n, 1)),
                            .n = n,
                            .sessions = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref),
                            .claims = xn_claims_new (),
                            .fellows = xn_fellows_new (),
                            .ended = G_QUEUE_INIT};
    const XnManyEntry *failed = NULL;
    pthread_mutex_init (&many.mutex, NULL);
    xn_cond_init (&many.changed);
    many_sort (&many, asked);
    many_run (&many, finished, data);
    xn_deliver_tell_replaced (op);
    for (guint i = 0; i < n; i++) {
        XnManyEntry *entry = &many.entries[i];
        out_paths[i] = g_steal_pointer (&entry->path);
        if (out_paths[i] == NULL && failed == NULL)
            failed = entry;
    }
    if (failed == NULL) {
        xn_op_set_phase (op, XN_PHASE_DONE);
        return TRUE;
    }
    if (failed->problem != NULL)
        g_propagate_error (error, g_error_copy (failed->problem));
    else
        xn_error_set (error, XN_ERROR_CANCELLED, "stopped on request");
    return FALSE;
}
