/* SPDX-License-Identifier: Apache-2.0 */
/* Many fetches, sorted by the resources that they are from. The work is done by other threads, so that the caller's, which
 * alone may speak to the host, can tell what has come meanwhile. */
#include "fetch/many.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/sync.h"
#include "fetch/bring-files.h"
#include "fetch/claims.h"
#include "fetch/deliver.h"

#include <string.h>

/* One of the fetches. */
typedef struct {
    guint index;
    const char *destination;
    XnUrl *url;          /* (owned) (nullable) */
    const XnEntry *file; /* of the resource, while that is worked on */
    XnWanted *wanted;    /* (borrowed) the same */
    gboolean has_begun;  /* its resource was worked on */
    gboolean counted;    /* the totals speak of it */
    XnTally tally;       /* of one that has ended with a path */
    gboolean has_ended;  /* [mutex] one of these is set: */
    char *path;          /* (owned) (nullable) */
    GError *problem;     /* (owned) (nullable) */
    GError *doubt;       /* (owned) (nullable) a failure that another listing may explain */
    XnPlan *plan;        /* (owned) (nullable) */
} Entry;

typedef struct {
    XnRuntime *runtime;
    XnOp *op;
    gboolean only_plans;
    gint64 begun_us;
    Entry *entries; /* (owned) */
    guint n;
    GPtrArray *groups; /* (owned) (element-type GPtrArray of Entry): those of one resource */
    XnClaims *claims;  /* (owned) */

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GQueue ended;     /* [mutex] (element-type Entry) of which nobody was told yet */
    gboolean is_over; /* [mutex] no more will end */
} Many;

static void
many_clear (Many *many)
{
    for (guint i = 0; i < many->n; i++) {
        xn_url_free (many->entries[i].url);
        g_free (many->entries[i].path);
        g_clear_error (&many->entries[i].problem);
        g_clear_error (&many->entries[i].doubt);
        xn_plan_free (many->entries[i].plan);
    }
    g_free (many->entries);
    g_ptr_array_unref (many->groups);
    xn_claims_free (many->claims);
    g_queue_clear (&many->ended);
    pthread_cond_destroy (&many->changed);
    pthread_mutex_destroy (&many->mutex);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Many, many_clear)

/* Ends a fetch, if it has not ended: with @path, or with @problem. */
static void
many_end (Many *many, Entry *entry, const char *path, const GError *problem)
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

/* Ends all of @entries that have not ended. */
static void
many_end_all (Many *many, const GPtrArray *entries, const GError *problem)
{
    for (guint i = 0; i < entries->len; i++)
        many_end (many, g_ptr_array_index (entries, i), NULL, problem);
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

/* Reads what is asked for, and sorts it: what is wrong with a URL or a destination is known before anybody is asked. */
static void
many_sort (Many *many, const XnFetchAsk *asked)
{
    g_autoptr (GHashTable) by_resource = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < many->n; i++) {
        Entry *entry = &many->entries[i];
        g_autoptr (GError) problem = NULL;
        entry->index = i;
        entry->destination = asked[i].destination;
        entry->plan = many->only_plans ? xn_plan_new () : NULL;
        if (is_text ("URL", asked[i].url, &problem) && is_text ("destination", entry->destination, &problem))
            entry->url = xn_locate_parse (asked[i].url, "fetch", &problem);
        const gboolean of_file = entry->url != NULL && entry->url->path != NULL && !entry->url->path_is_directory;
        if (entry->url == NULL || !xn_claims_take (many->claims, i, entry->destination,
                                                   of_file ? name_of (entry->url->path) : NULL, &problem)) {
            many_end (many, entry, NULL, problem);
            continue;
        }
        g_autofree char *resource = resource_of (entry->url);
        GPtrArray *group = g_hash_table_lookup (by_resource, resource);
        if (group == NULL) {
            group = g_ptr_array_new ();
            g_ptr_array_add (many->groups, group);
            g_hash_table_insert (by_resource, g_steal_pointer (&resource), group);
        }
        g_ptr_array_add (group, entry);
    }
}

/* Those of one resource, while it is worked on. */
typedef struct {
    Many *many;
    GPtrArray *entries; /* (borrowed) (element-type Entry) */
    gboolean is_last;   /* they failed before, by an older listing */
    XnDelivery delivery;
    XnDownload download;   /* of those that name a file */
    GHashTable *by_wanted; /* (owned) Map<XnWanted, Entry> */
} Work;

/* Ends a fetch with @path, or with @problem, unless that is to be looked at once more. */
static void
work_end (Work *work, Entry *entry, const char *path, const GError *problem)
{
    if (work->is_last || !xn_locate_may_be_late (problem))
        many_end (work->many, entry, path, problem);
    else if (entry->doubt == NULL)
        entry->doubt = g_error_copy (problem);
}

/* XnDownload.ended */
static void
work_ended (const XnWanted *wanted, gpointer data)
{
    Work *work = data;
    Entry *entry = g_hash_table_lookup (work->by_wanted, wanted);
    if (wanted->path != NULL)
        entry->tally = (XnTally){.files = 1, .kept = wanted->kept, .replaced = wanted->replaced};
    work_end (work, entry, wanted->path, wanted->problem);
}

/* Notes what would become of a file, and where it would be. */
static gboolean
plan_wanted (Work *work, XnWanted *wanted)
{
    const Entry *entry = g_hash_table_lookup (work->by_wanted, wanted);
    const gboolean may_be = wanted->problem == NULL;
    if (!xn_deliver_plan (&work->download, wanted, entry->url, entry->plan, may_be ? &wanted->problem : NULL) ||
        !may_be)
        return FALSE;
    wanted->path = g_strdup (xn_place_path (wanted->own));
    return TRUE;
}

/* XnTaskFunc: whether the file is there already. */
static gboolean
look_task (gpointer item, gpointer data, GError **error)
{
    XnWanted *wanted = item;
    Work *work = data;
    if (!xn_deliver_compare (&work->download, wanted, &wanted->problem))
        wanted->done = FALSE;
    else if (work->many->only_plans)
        wanted->done = plan_wanted (work, wanted);
    else if (wanted->done)
        wanted->done = xn_wanted_publish (&work->download, wanted, &wanted->problem);
    xn_wanted_leave (wanted);
    if (wanted->done || wanted->problem != NULL)
        work_ended (wanted, work);
    return TRUE;
}

/* GCompareFunc over XnWanted * */
static int
compare_paths (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(XnWanted *const *)a)->entry->path, (*(XnWanted *const *)b)->entry->path);
}

/* Brings the files that were named, each to a place of its own. */
static gboolean
work_on_files (Work *work, GError **error)
{
    XnOp *op = work->many->op;
    g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_wanted_free);
    for (guint i = 0; i < work->entries->len; i++) {
        Entry *entry = g_ptr_array_index (work->entries, i);
        if (entry->file == NULL)
            continue;
        XnWanted *one = xn_wanted_new (entry->file, NULL);
        one->destination = entry->destination;
        g_ptr_array_add (wanted, one);
        g_hash_table_insert (work->by_wanted, one, entry);
        xn_op_add_total (op, 1, (guint64)MAX (entry->file->size, 0));
        if (!entry->counted)
            xn_op_add_known (op, 1);
        entry->counted = TRUE;
    }
    if (wanted->len == 0)
        return TRUE;
    if (!xn_parallel_run (op, xn_op_settings (op)->jobs, wanted, look_task, work, XN_PARALLEL_ALL, NULL, error))
        return FALSE;
    g_autoptr (GPtrArray) missing = g_ptr_array_new ();
    for (guint i = 0; i < wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (wanted, i);
        if (!one->done && one->problem == NULL)
            g_ptr_array_add (missing, one);
    }
    g_ptr_array_sort (missing, compare_paths);
    xn_op_set_phase (op, XN_PHASE_TRANSFER);
    const gboolean ok = missing->len == 0 || xn_bring_each (&work->download, missing, work->many->begun_us, error);
    for (guint i = 0; i < missing->len; i++) {
        const XnWanted *one = g_ptr_array_index (missing, i);
        if (one->done || one->problem != NULL)
            work_ended (one, work);
    }
    return ok;
}

/* What each URL names; the directories and the whole resource are delivered at once. */
static void
work_on_trees (Work *work)
{
    for (guint i = 0; i < work->entries->len; i++) {
        Entry *entry = g_ptr_array_index (work->entries, i);
        g_autoptr (GError) problem = NULL;
        if (entry->file != NULL || entry->has_ended)
            continue;
        work->delivery.counted = &entry->counted;
        work->delivery.plan = entry->plan;
        g_autofree char *path =
            xn_deliver (&work->delivery, entry->url, NULL, entry->destination, &entry->tally, &problem);
        work_end (work, entry, path, problem);
    }
}

/* Finds out what each URL names. */
static void
work_look (Work *work, const XnLocated *located)
{
    for (guint i = 0; i < work->entries->len; i++) {
        Entry *entry = g_ptr_array_index (work->entries, i);
        g_autoptr (GError) problem = NULL;
        const gboolean named = xn_located_named (located, entry->url, &entry->file, &problem);
        /* What looked like a file's URL may be a directory's. */
        const gboolean is_other = named && entry->file == NULL && entry->url->path != NULL;
        if (!named ||
            (is_other && !xn_claims_take (work->many->claims, entry->index, entry->destination, NULL, &problem)))
            many_end (work->many, entry, NULL, problem);
    }
}

/* Brings all of them, as @located lists them. */
static gboolean
work_by_listing (Work *work, const XnFinder *finder, const XnLocated *located, GError **error)
{
    Many *many = work->many;
    work_look (work, located);
    work->delivery = (XnDelivery){finder->client, many->op, located, many->begun_us, NULL, NULL};
    work->download = (XnDownload){.client = finder->client,
                                  .op = many->op,
                                  .item = located->item,
                                  .catalog = located->catalog,
                                  .ended = work_ended,
                                  .ended_data = work,
                                  .only_plans = many->only_plans};
    work->by_wanted = g_hash_table_new (NULL, NULL);
    const gboolean ok = work_on_files (work, error);
    g_clear_pointer (&work->by_wanted, g_hash_table_unref);
    if (ok)
        work_on_trees (work);
    return ok;
}

/* (transfer container) (element-type XnUrl) */
static GPtrArray *
urls_of (const GPtrArray *entries)
{
    GPtrArray *urls = g_ptr_array_sized_new (entries->len);
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add (urls, ((Entry *)g_ptr_array_index (entries, i))->url);
    return urls;
}

/* Brings those of which somebody changed what @located tells; the others have failed. */
static gboolean
work_on_overtaken (Work *work, const XnFinder *finder, const XnLocated *located, GError **error)
{
    Many *many = work->many;
    g_auto (XnLocated) anew = {0};
    g_autoptr (GPtrArray) doubtful = g_ptr_array_new ();
    g_autoptr (GPtrArray) overtaken = g_ptr_array_new ();
    for (guint i = 0; i < work->entries->len; i++)
        if (((Entry *)g_ptr_array_index (work->entries, i))->doubt != NULL)
            g_ptr_array_add (doubtful, g_ptr_array_index (work->entries, i));
    if (doubtful->len == 0)
        return TRUE;
    g_autoptr (GPtrArray) urls = urls_of (doubtful);
    const gboolean is_known = xn_locate_anew (finder, urls, located, &anew);
    for (guint i = 0; i < doubtful->len; i++) {
        Entry *entry = g_ptr_array_index (doubtful, i);
        if (!is_known || xn_catalog_is_same (located->catalog, anew.catalog, entry->url->path)) {
            many_end (many, entry, NULL, entry->doubt);
            continue;
        }
        xn_log (XN_LOG_INFO, "%s; it is listed otherwise now", entry->doubt->message);
        if (entry->file != NULL)
            xn_deliver_give_up (many->op, entry->file);
        g_ptr_array_add (overtaken, entry);
    }
    Work again = {.many = many, .entries = overtaken, .is_last = TRUE};
    return overtaken->len == 0 || work_by_listing (&again, finder, &anew, error);
}

static gboolean
work_with (Work *work, XnFinder *finder, GError **error)
{
    g_auto (XnLocated) located = {0};
    g_autoptr (GPtrArray) urls = urls_of (work->entries);
    return xn_locate_all (finder, urls, &located, error) && work_by_listing (work, finder, &located, error) &&
           work_on_overtaken (work, finder, &located, error);
}

/* XnTaskFunc: all that is asked for of one resource. */
static gboolean
group_task (gpointer item, gpointer data, GError **error)
{
    Many *many = data;
    Work work = {.many = many, .entries = item};
    for (guint i = 0; i < work.entries->len; i++)
        ((Entry *)g_ptr_array_index (work.entries, i))->has_begun = TRUE;
    const Entry *first = g_ptr_array_index (work.entries, 0);
    g_autoptr (GError) problem = NULL;
    XnClient *client = xn_clients_get (many->runtime->clients, &first->url->server, many->op, &problem);
    if (client != NULL) {
        g_autoptr (XnPool) pool = xn_pool_new ();
        XnFinder finder = {.client = client, .listings = many->runtime->listings, .pool = pool, .op = many->op};
        xn_client_hold (client);
        (void)work_with (&work, &finder, &problem);
        xn_client_release (client);
    }
    if (problem != NULL)
        many_end_all (many, work.entries, problem);
    return TRUE;
}

static void *
many_thread (void *data)
{
    Many *many = data;
    (void)xn_parallel_run (many->op, xn_op_settings (many->op)->jobs, many->groups, group_task, many, XN_PARALLEL_ALL,
                           NULL, NULL);
    XN_LOCKED (&many->mutex);
    many->is_over = TRUE;
    pthread_cond_signal (&many->changed);
    return NULL;
}

/* The next that has ended; waits for it. NULL: there will be no more. */
static Entry *
many_next (Many *many)
{
    pthread_mutex_lock (&many->mutex);
    while (g_queue_is_empty (&many->ended) && !many->is_over) {
        xn_cond_wait_ms (&many->changed, &many->mutex, XN_OP_TICK_MS);
        /* The host's functions are not called with a lock held. */
        pthread_mutex_unlock (&many->mutex);
        (void)xn_op_check (many->op, NULL);
        pthread_mutex_lock (&many->mutex);
    }
    Entry *entry = g_queue_pop_head (&many->ended);
    pthread_mutex_unlock (&many->mutex);
    return entry;
}

static void
many_run (Many *many, XnFetchedFunc finished, gpointer data)
{
    pthread_t thread;
    Entry *entry;
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
    g_auto (Many) many = {.runtime = runtime,
                          .op = op,
                          .only_plans = only_plans,
                          .begun_us = g_get_monotonic_time (),
                          .entries = g_new0 (Entry, MAX (n, 1)),
                          .n = n,
                          .groups = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref),
                          .claims = xn_claims_new (),
                          .ended = G_QUEUE_INIT};
    const Entry *failed = NULL;
    pthread_mutex_init (&many.mutex, NULL);
    xn_cond_init (&many.changed);
    many_sort (&many, asked);
    many_run (&many, finished, data);
    xn_deliver_tell_replaced (op);
    for (guint i = 0; i < n; i++) {
        Entry *entry = &many.entries[i];
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
