/* SPDX-License-Identifier: Apache-2.0 */
/* Looking, and bringing what is missing. */
#include "fetch/many-resource.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "fetch/bring-files.h"

#include <string.h>

/* Ends a fetch with @path, or with @problem, unless that is to be looked at once more. */
static void
work_end (XnManyWork *work, XnManyEntry *entry, const char *path, const GError *problem)
{
    if (work->is_last || !xn_locate_may_be_late (problem))
        xn_many_end (work->many, entry, path, problem);
    else if (entry->doubt == NULL)
        entry->doubt = g_error_copy (problem);
}

/* XnDownload.ended */
static void
work_ended (const XnWanted *wanted, gpointer data)
{
    XnManyWork *work = data;
    XnManyEntry *entry = g_hash_table_lookup (work->by_wanted, wanted);
    if (wanted->path != NULL)
        entry->tally = (XnTally){.files = 1, .kept = wanted->kept, .replaced = wanted->replaced};
    work_end (work, entry, wanted->path, wanted->problem);
}

/* Notes what would become of a file, and where it would be. */
static gboolean
plan_wanted (XnManyWork *work, XnWanted *wanted)
{
    const XnManyEntry *entry = g_hash_table_lookup (work->by_wanted, wanted);
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
    XnManyWork *work = data;
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

/* The files that are named, each to a place of its own. */
static void
work_want_files (XnManyWork *work)
{
    XnOp *op = work->many->op;
    for (guint i = 0; i < work->entries->len; i++) {
        XnManyEntry *entry = g_ptr_array_index (work->entries, i);
        if (entry->file == NULL)
            continue;
        XnWanted *one = xn_wanted_new (entry->file, NULL);
        one->destination = entry->destination;
        g_ptr_array_add (work->wanted, one);
        g_hash_table_insert (work->by_wanted, one, entry);
        xn_op_add_total (op, 1, (guint64)MAX (entry->file->size, 0));
        if (!entry->counted)
            xn_op_add_known (op, 1);
        entry->counted = TRUE;
    }
}

/* Looks what of the files that were named is there already. */
static gboolean
work_look_at_files (XnManyWork *work, GError **error)
{
    XnOp *op = work->many->op;
    work_want_files (work);
    if (work->wanted->len == 0)
        return TRUE;
    if (!xn_parallel_run (op, xn_op_settings (op)->jobs, work->wanted, look_task, work, XN_PARALLEL_ALL, NULL, error))
        return FALSE;
    for (guint i = 0; i < work->wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (work->wanted, i);
        if (!one->done && one->problem == NULL)
            g_ptr_array_add (work->missing, one);
    }
    g_ptr_array_sort (work->missing, compare_paths);
    xn_op_set_phase (op, XN_PHASE_TRANSFER);
    return TRUE;
}

/* Brings those that are missing. */
static gboolean
work_bring_files (XnManyWork *work, GError **error)
{
    GPtrArray *missing = work->missing;
    const gboolean ok = missing->len == 0 || xn_bring_each (&work->download, missing, work->many->begun_us, error);
    for (guint i = 0; i < missing->len; i++) {
        const XnWanted *one = g_ptr_array_index (missing, i);
        if (one->done || one->problem != NULL)
            work_ended (one, work);
    }
    return ok;
}

/* The one tree that is all of the work, or NULL. */
static XnManyEntry *
only_tree (const XnManyWork *work)
{
    XnManyEntry *entry = g_ptr_array_index (work->entries, 0);
    const gboolean is_one = work->entries->len == 1 && entry->file == NULL && !entry->has_ended;
    return is_one && !work->many->only_plans ? entry : NULL;
}

/* What comes of the next delivery is to be told of @entry. */
static void
work_deliver_to (XnManyWork *work, XnManyEntry *entry)
{
    if (entry->before == NULL)
        entry->before = xn_counted_new ();
    work->delivery.counted = &entry->counted;
    work->delivery.plan = entry->plan;
    work->delivery.before = entry->before;
}

/* Opens that tree, and compares what is there. */
static void
work_hold_tree (XnManyWork *work, XnManyEntry *entry)
{
    g_autoptr (GError) problem = NULL;
    work_deliver_to (work, entry);
    work->held = xn_deliver_begin (&work->delivery, entry->url, entry->destination, &problem);
    work->held_entry = entry;
    if (work->held == NULL)
        work_end (work, entry, NULL, problem);
}

static void
work_bring_held (XnManyWork *work)
{
    XnManyEntry *entry = work->held_entry;
    g_autoptr (GError) problem = NULL;
    if (work->held == NULL)
        return;
    g_autofree char *path = xn_deliver_end (g_steal_pointer (&work->held), &entry->tally, &problem);
    work_end (work, entry, path, problem);
}

/* The directories and the whole resource are delivered one after another, each at once. */
static void
work_bring_trees (XnManyWork *work)
{
    for (guint i = 0; i < work->entries->len; i++) {
        XnManyEntry *entry = g_ptr_array_index (work->entries, i);
        g_autoptr (GError) problem = NULL;
        if (entry->file != NULL || entry->has_ended || entry == work->held_entry)
            continue;
        work_deliver_to (work, entry);
        g_autofree char *path =
            xn_deliver (&work->delivery, entry->url, NULL, entry->destination, &entry->tally, &problem);
        work_end (work, entry, path, problem);
    }
}

/* Finds out what each URL names. */
static void
work_look (XnManyWork *work, const XnLocated *located)
{
    for (guint i = 0; i < work->entries->len; i++) {
        XnManyEntry *entry = g_ptr_array_index (work->entries, i);
        g_autoptr (GError) problem = NULL;
        const gboolean named = xn_located_named (located, entry->url, &entry->file, &problem);
        /* What looked like a file's URL may be a directory's. */
        const gboolean is_other = named && entry->file == NULL && entry->url->path != NULL;
        if (!named ||
            (is_other && !xn_claims_take (work->many->claims, entry->index, entry->destination, NULL, &problem)))
            xn_many_end (work->many, entry, NULL, problem);
    }
}

gboolean
xn_many_work_begin (XnManyWork *work, XnMany *many, GPtrArray *entries, const XnFinder *finder, XnLocated *located,
                    gboolean holds, GError **error)
{
    work->many = many;
    work->entries = entries;
    work->finder = finder;
    work->located = located;
    work->wanted = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_wanted_free);
    work->missing = g_ptr_array_new ();
    work->by_wanted = g_hash_table_new (NULL, NULL);
    work_look (work, located);
    work->delivery = (XnDelivery){finder->client, many->op, located, many->begun_us, NULL, NULL, NULL};
    work->download = (XnDownload){.client = finder->client,
                                  .op = many->op,
                                  .item = located->item,
                                  .catalog = located->catalog,
                                  .ended = work_ended,
                                  .ended_data = work,
                                  .only_plans = many->only_plans};
    XnManyEntry *tree = holds ? only_tree (work) : NULL;
    if (tree != NULL)
        work_hold_tree (work, tree);
    work->has_begun = work_look_at_files (work, error);
    return work->has_begun;
}

gboolean
xn_many_work_share (XnManyWork *work, XnShare *out_share)
{
    if (!work->has_begun || work->many->only_plans)
        return FALSE;
    *out_share = work->held != NULL ? xn_delivered_share (work->held) : (XnShare){&work->download, work->missing};
    return out_share->wanted->len > 0;
}

/* Both halves that need no further listing. */
static gboolean
work_bring (XnManyWork *work, GError **error)
{
    const gboolean ok = work->has_begun && work_bring_files (work, error);
    work_bring_held (work);
    if (ok)
        work_bring_trees (work);
    g_clear_pointer (&work->by_wanted, g_hash_table_unref);
    g_clear_pointer (&work->missing, g_ptr_array_unref);
    g_clear_pointer (&work->wanted, g_ptr_array_unref);
    return ok;
}

GPtrArray *
xn_many_urls (const GPtrArray *entries)
{
    GPtrArray *urls = g_ptr_array_sized_new (entries->len);
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add (urls, ((XnManyEntry *)g_ptr_array_index (entries, i))->url);
    return urls;
}

/* Brings those of which somebody changed what @located tells; the others have failed. */
static gboolean
work_on_overtaken (XnManyWork *work, GError **error)
{
    XnMany *many = work->many;
    const XnLocated *located = work->located;
    g_auto (XnLocated) anew = {0};
    g_autoptr (GPtrArray) doubtful = g_ptr_array_new ();
    g_autoptr (GPtrArray) overtaken = g_ptr_array_new ();
    for (guint i = 0; i < work->entries->len; i++)
        if (((XnManyEntry *)g_ptr_array_index (work->entries, i))->doubt != NULL)
            g_ptr_array_add (doubtful, g_ptr_array_index (work->entries, i));
    if (doubtful->len == 0)
        return TRUE;
    g_autoptr (GPtrArray) urls = xn_many_urls (doubtful);
    const gboolean is_known = xn_locate_anew (work->finder, urls, located, &anew);
    for (guint i = 0; i < doubtful->len; i++) {
        XnManyEntry *entry = g_ptr_array_index (doubtful, i);
        if (!is_known || xn_catalog_is_same (located->catalog, anew.catalog, entry->url->path)) {
            xn_many_end (many, entry, NULL, entry->doubt);
            continue;
        }
        xn_log (XN_LOG_INFO, "%s; it is listed otherwise now", entry->doubt->message);
        if (entry->file != NULL)
            xn_deliver_give_up (many->op, entry->file);
        g_ptr_array_add (overtaken, entry);
    }
    XnManyWork again = {.is_last = TRUE};
    if (overtaken->len == 0)
        return TRUE;
    (void)xn_many_work_begin (&again, many, overtaken, work->finder, &anew, FALSE, error);
    return work_bring (&again, error);
}

gboolean
xn_many_work_end (XnManyWork *work, GError **error)
{
    return work_bring (work, error) && work_on_overtaken (work, error);
}

void
xn_many_work_alone (XnMany *many, GPtrArray *entries, const XnFinder *finder)
{
    g_auto (XnLocated) located = {0};
    g_autoptr (GPtrArray) urls = xn_many_urls (entries);
    g_autoptr (GError) problem = NULL;
    XnManyWork work = {0};
    if (xn_locate_all (finder, urls, &located, &problem)) {
        (void)xn_many_work_begin (&work, many, entries, finder, &located, FALSE, &problem);
        (void)xn_many_work_end (&work, problem == NULL ? &problem : NULL);
    }
    if (problem != NULL)
        xn_many_end_all (many, entries, problem);
}
