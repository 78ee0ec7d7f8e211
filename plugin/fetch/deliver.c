/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing, bringing what is missing, publishing. */
#include "fetch/deliver.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "fetch/bring-files.h"

#include <string.h>

struct XnDelivered {
    XnOp *op;
    XnPlan *plan; /* (borrowed) (nullable) */
    const XnUrl *url;
    const XnCatalog *catalog;
    XnPlace *place; /* (owned) */
    XnDownload download;
    gint64 begun_us; /* monotonic */
    gboolean *counted;
    GPtrArray *all;    /* (owned) (nullable) (element-type XnWanted) of a tree, once they were compared */
    GPtrArray *wanted; /* (owned) (nullable) (element-type XnWanted) taken out of these: what is to be brought */
    XnCounted *before; /* (borrowed) (nullable) */
    XnTally tally;
};

static gboolean
stop_hashing (gpointer data)
{
    return !xn_op_check (data, NULL);
}

/* Whether the local file that was found is right as it is; if only the server can tell, *@wanted says so. */
static gboolean
is_right (const XnDownload *download, XnPlace *place, const XnLocalFile *local, XnWanted *wanted, gboolean *out_right,
          GError **error)
{
    const XnEntry *entry = wanted->entry;
    *out_right = FALSE;
    if (entry->size >= 0 && local->size != entry->size)
        return TRUE;
    if (entry->digest != NULL) {
        g_autofree char *md5 = xn_place_md5 (place, wanted->relative, stop_hashing, download->op, error);
        *out_right = g_strcmp0 (md5, entry->digest) == 0;
        return md5 != NULL;
    }
    *out_right = local->in_partial && entry->size >= 0;
    if (!*out_right) {
        wanted->conditional = local->mtime >= 0;
        wanted->alone = TRUE;
        wanted->local_mtime = local->mtime;
    }
    return TRUE;
}

/* Whether a local file that was found, and is not right, must not be replaced. Of one that only the server can judge it shows
 * when its own has come. */
static gboolean
is_to_stay (const XnDownload *download, const XnWanted *wanted)
{
    return xn_op_settings (download->op)->keep_changed && wanted->found == XN_FOUND_IN_PLACE &&
           (!wanted->alone || download->only_plans);
}

gboolean
xn_deliver_compare (const XnDownload *download, XnWanted *wanted, GError **error)
{
    XnLocalFile local;
    GError *problem = NULL;
    XnPlace *place = xn_wanted_place (download, wanted, error);
    if (place == NULL)
        return FALSE;
    if (!xn_place_find (place, wanted->relative, &local, &problem)) {
        if (problem != NULL)
            g_propagate_error (error, problem);
        return problem == NULL;
    }
    wanted->found = local.in_partial ? XN_FOUND_IN_PARTIAL : XN_FOUND_IN_PLACE;
    if (!is_right (download, place, &local, wanted, &wanted->done, error))
        return FALSE;
    if (download->only_plans && wanted->conditional &&
        !xn_download_ask_unchanged (download, wanted, &wanted->done, error))
        return FALSE;
    if (!wanted->done) {
        if (is_to_stay (download, wanted))
            xn_place_set_changed (place, wanted->relative, &wanted->problem);
        return TRUE;
    }
    wanted->kept = TRUE;
    xn_op_add_kept (download->op, 1, (guint64)MAX (wanted->entry->size, 0));
    return download->only_plans || xn_place_keep (place, wanted->relative, error);
}

static XnAction
action_of (const XnWanted *wanted)
{
    if (wanted->done)
        return wanted->found == XN_FOUND_IN_PARTIAL ? XN_ACTION_TAKE_OVER : XN_ACTION_KEEP;
    if (wanted->problem != NULL)
        return XN_ACTION_CONFLICT;
    return wanted->found == XN_FOUND_IN_PLACE ? XN_ACTION_REPLACE : XN_ACTION_FETCH;
}

gboolean
xn_deliver_plan (const XnDownload *download, XnWanted *wanted, const XnUrl *url, XnPlan *plan, GError **error)
{
    XnPlace *place = xn_wanted_place (download, wanted, error);
    const XnAction action = action_of (wanted);
    const gboolean writes = action != XN_ACTION_KEEP && action != XN_ACTION_CONFLICT;
    if (place == NULL || (writes && !xn_place_check_rights (place, wanted->relative, error)))
        return FALSE;
    const char *top = xn_place_path (place);
    char *path = wanted->relative != NULL ? g_strconcat (top, "/", wanted->relative, NULL) : g_strdup (top);
    xn_plan_add (plan, action, wanted->entry->size, xn_url_print_file (url, wanted->entry->path), path, NULL);
    return TRUE;
}

void
xn_deliver_give_up (XnOp *op, const XnEntry *file)
{
    xn_op_add_total (op, (guint64)-1, -(guint64)MAX (file->size, 0));
}

/* XnTaskFunc */
static gboolean
compare_task (gpointer item, gpointer data, GError **error)
{
    return xn_deliver_compare (data, item, error);
}

/* The totals speak of all its files from now on. */
static void
fetch_note_counted (const XnDelivered *fetch)
{
    if (fetch->counted == NULL || *fetch->counted)
        return;
    *fetch->counted = TRUE;
    xn_op_add_known (fetch->op, 1);
}

static char *
fetch_file (XnDelivered *fetch, const XnEntry *entry, const char *destination, GError **error)
{
    const char *slash = strrchr (entry->path, '/');
    const char *name = slash != NULL ? slash + 1 : entry->path;
    if (!xn_name_is_safe (name, error))
        return NULL;
    fetch->place = xn_place_open_file (destination, name, xn_download_place_flags (&fetch->download), error);
    if (fetch->place == NULL)
        return NULL;
    fetch->download.place = fetch->place;
    xn_op_add_total (fetch->op, 1, (guint64)MAX (entry->size, 0));
    fetch_note_counted (fetch);
    xn_op_set_phase (fetch->op, XN_PHASE_COMPARE);
    g_autoptr (XnWanted) wanted = xn_wanted_new (entry, NULL);
    if (!xn_deliver_compare (&fetch->download, wanted, error))
        return NULL;
    if (wanted->problem != NULL) {
        g_propagate_error (error, g_steal_pointer (&wanted->problem));
        return NULL;
    }
    xn_op_set_phase (fetch->op, XN_PHASE_TRANSFER);
    GError *problem = NULL;
    if (!wanted->done && !xn_download_file (&fetch->download, wanted, &problem)) {
        if (xn_locate_may_be_late (problem))
            xn_deliver_give_up (fetch->op, entry);
        g_propagate_error (error, problem);
        return NULL;
    }
    if (!xn_place_commit (fetch->place, error))
        return NULL;
    fetch->tally = (XnTally){.files = 1, .kept = wanted->kept};
    return g_strdup (xn_place_path (fetch->place));
}

static const char *
relative_to (const XnEntry *entry, const char *below)
{
    return below != NULL ? entry->path + strlen (below) + 1 : entry->path;
}

static void
fetch_tell_others (XnDelivered *fetch)
{
    const guint n = xn_place_count_others (fetch->place);
    if (n > 0)
        xn_log (XN_LOG_WARNING, "%u files in %s are not on the server; they stay", n, xn_place_path (fetch->place));
}

/* Whether an earlier run of the tree was cut off: it has left something, or what is missing comes after all that is there, but
 * for what was under way side by side. A tree that exists bears no other sign, and one that only has grown on the server is
 * served as well by it. */
static gboolean
was_cut (const XnDelivered *fetch, const GPtrArray *all)
{
    guint before = 0, missing = 0, after = 0;
    for (guint i = 0; i < all->len; i++) {
        const XnWanted *one = g_ptr_array_index (all, i);
        if (one->done && one->found == XN_FOUND_IN_PARTIAL)
            return TRUE;
        missing += !one->done && one->found == XN_FOUND_NOWHERE;
        before += one->done && missing == 0;
        after += one->done && missing > 0;
    }
    const gboolean is_tail = before > after && after <= xn_op_settings (fetch->op)->jobs;
    return missing > 0 && (is_tail || xn_place_was_left (fetch->place));
}

/* Compares all, several at once, as a digest takes its time: (transfer full) (element-type XnWanted). */
static GPtrArray *
fetch_compare (XnDelivered *fetch, GPtrArray *entries, GError **error)
{
    g_autoptr (GPtrArray) all = g_ptr_array_new_full (entries->len, (GDestroyNotify)xn_wanted_free);
    xn_op_set_phase (fetch->op, XN_PHASE_COMPARE);
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        xn_op_add_total (fetch->op, 1, (guint64)MAX (entry->size, 0));
        g_ptr_array_add (all, xn_wanted_new (entry, relative_to (entry, fetch->download.below)));
    }
    fetch_note_counted (fetch);
    /* Where nothing is, there is nothing to wait for. */
    const guint jobs = xn_place_is_new (fetch->place) ? 1 : xn_op_settings (fetch->op)->jobs;
    if (!xn_parallel_run (fetch->op, jobs, all, compare_task, &fetch->download, XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return NULL;
    fetch->download.was_cut = was_cut (fetch, all);
    if (fetch->before != NULL)
        xn_counted_settle (fetch->before, fetch->op, all);
    return g_steal_pointer (&all);
}

/* Takes what is to be brought out of @all: (transfer full) (element-type XnWanted). */
static GPtrArray *
take_missing (GPtrArray *all)
{
    GPtrArray *wanted = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_wanted_free);
    for (guint i = 0; i < all->len; i++)
        if (!((const XnWanted *)g_ptr_array_index (all, i))->done)
            g_ptr_array_add (wanted, g_steal_pointer (&all->pdata[i]));
    return wanted;
}

/* The (told) of xn_place_tell_others() */
static void
plan_other (const char *relative, gint64 size, gpointer data)
{
    XnDelivered *fetch = data;
    char *path = g_strconcat (xn_place_path (fetch->place), "/", relative, NULL);
    xn_plan_add (fetch->plan, XN_ACTION_LEAVE, size, NULL, path, NULL);
}

/* Notes what is to become of @all, and of what else is there. */
static gboolean
fetch_plan (XnDelivered *fetch, GPtrArray *all, GError **error)
{
    for (guint i = 0; i < all->len; i++)
        if (!xn_deliver_plan (&fetch->download, g_ptr_array_index (all, i), fetch->url, fetch->plan, error))
            return FALSE;
    xn_place_tell_others (fetch->place, plan_other, fetch);
    return xn_bring_sum_up (&fetch->download, all, error);
}

/* What has not come may be announced again; what has, is counted. */
static void
fetch_give_up (const XnDelivered *fetch, const GPtrArray *wanted)
{
    for (guint i = 0; i < wanted->len; i++) {
        const XnWanted *one = g_ptr_array_index (wanted, i);
        if (one != NULL && !one->done)
            xn_deliver_give_up (fetch->op, one->entry);
        else if (one != NULL && fetch->before != NULL)
            xn_counted_note (fetch->before, one);
    }
}

/* Those of @wanted (nullable elements) that were there. */
static guint
count_kept (const GPtrArray *wanted)
{
    guint n = 0;
    for (guint i = 0; i < wanted->len; i++) {
        const XnWanted *one = g_ptr_array_index (wanted, i);
        n += one != NULL && one->kept;
    }
    return n;
}

/* Brings what is missing, and publishes the tree. */
static gboolean
fetch_carry_out (XnDelivered *fetch, GError **error)
{
    GPtrArray *wanted = fetch->wanted;
    GError *problem = NULL;
    xn_op_set_phase (fetch->op, XN_PHASE_TRANSFER);
    if (!xn_bring_files (&fetch->download, wanted, fetch->begun_us, &problem)) {
        if (xn_locate_may_be_late (problem)) {
            fetch_give_up (fetch, fetch->all);
            fetch_give_up (fetch, wanted);
        }
        g_propagate_error (error, problem);
        return FALSE;
    }
    fetch->tally = (XnTally){.files = fetch->all->len, .kept = count_kept (fetch->all) + count_kept (wanted)};
    fetch_tell_others (fetch);
    return xn_place_commit (fetch->place, error);
}

/* Opens the place of a tree, and compares what is there. */
static gboolean
fetch_look (XnDelivered *fetch, const char *destination, GError **error)
{
    fetch->download.below = fetch->url->path;
    g_autoptr (GPtrArray) entries = xn_catalog_below (fetch->catalog, fetch->url->path);
    g_autoptr (GPtrArray) paths = g_ptr_array_sized_new (entries->len);
    for (guint i = 0; i < entries->len; i++) {
        const char *path = relative_to (g_ptr_array_index (entries, i), fetch->url->path);
        if (!xn_name_is_safe (path, error))
            return FALSE;
        g_ptr_array_add (paths, (gpointer)path);
    }
    fetch->place = xn_place_open_tree (destination, xn_download_place_flags (&fetch->download), error);
    if (fetch->place == NULL || !xn_place_expect (fetch->place, paths, error))
        return FALSE;
    fetch->download.place = fetch->place;
    fetch->all = fetch_compare (fetch, entries, error);
    if (fetch->all == NULL || fetch->plan != NULL)
        return fetch->all != NULL;
    fetch->wanted = take_missing (fetch->all);
    xn_log (XN_LOG_DEBUG, "%u of %u files are to be brought", fetch->wanted->len, fetch->all->len);
    return TRUE;
}

static XnDelivered *
delivered_new (const XnDelivery *delivery, const XnUrl *url)
{
    XnDelivered *fetch = g_new0 (XnDelivered, 1);
    *fetch = (XnDelivered){.op = delivery->op,
                           .plan = delivery->plan,
                           .url = url,
                           .catalog = delivery->located->catalog,
                           .download = {.client = delivery->client,
                                        .op = delivery->op,
                                        .item = delivery->located->item,
                                        .catalog = delivery->located->catalog,
                                        .only_plans = delivery->plan != NULL},
                           .begun_us = delivery->begun_us,
                           .counted = delivery->counted,
                           .before = delivery->before};
    return fetch;
}

static void
delivered_free (XnDelivered *fetch, XnTally *out_tally)
{
    if (fetch->place != NULL) {
        fetch->tally.replaced = xn_place_count_replaced (fetch->place);
        xn_op_add_replaced (fetch->op, fetch->tally.replaced);
    }
    if (out_tally != NULL)
        *out_tally = fetch->tally;
    g_clear_pointer (&fetch->wanted, g_ptr_array_unref);
    g_clear_pointer (&fetch->all, g_ptr_array_unref);
    xn_place_free (fetch->place);
    g_free (fetch);
}

XnDelivered *
xn_deliver_begin (const XnDelivery *delivery, const XnUrl *url, const char *destination, GError **error)
{
    XnDelivered *fetch = delivered_new (delivery, url);
    if (fetch_look (fetch, destination, error))
        return fetch;
    delivered_free (fetch, NULL);
    return NULL;
}

XnShare
xn_delivered_share (const XnDelivered *delivered)
{
    return (XnShare){&delivered->download, delivered->wanted};
}

char *
xn_deliver_end (XnDelivered *delivered, XnTally *out_tally, GError **error)
{
    const gboolean ok =
        delivered->plan != NULL ? fetch_plan (delivered, delivered->all, error) : fetch_carry_out (delivered, error);
    char *path = ok ? g_strdup (xn_place_path (delivered->place)) : NULL;
    delivered_free (delivered, out_tally);
    return path;
}

char *
xn_deliver (const XnDelivery *delivery, const XnUrl *url, const XnEntry *file, const char *destination,
            XnTally *out_tally, GError **error)
{
    if (file == NULL) {
        XnDelivered *tree = xn_deliver_begin (delivery, url, destination, error);
        return tree != NULL ? xn_deliver_end (tree, out_tally, error) : NULL;
    }
    XnDelivered *fetch = delivered_new (delivery, url);
    char *path = fetch_file (fetch, file, destination, error);
    delivered_free (fetch, out_tally);
    return path;
}

void
xn_deliver_tell_replaced (XnOp *op)
{
    const guint64 n = xn_op_counts (op).files_replaced;
    if (n > 0 && !xn_op_settings (op)->keep_changed_said)
        xn_log (XN_LOG_WARNING, "%" G_GUINT64_FORMAT " file%s here differed from the server's, and %s replaced", n,
                n == 1 ? "" : "s", n == 1 ? "was" : "were");
}
