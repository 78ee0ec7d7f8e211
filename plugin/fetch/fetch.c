/* SPDX-License-Identifier: Apache-2.0 */
/* fetch: resolve, list, compare with what is there, bring what is missing, publish. */
#include "fetch/fetch.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "fetch/bring-files.h"
#include "find/search.h"
#include "find/shortcut.h"

#include <string.h>

typedef struct {
    XnRuntime *runtime;
    XnOp *op;
    XnUrl *url;         /* (owned) */
    XnPool *pool;       /* (owned) */
    XnItem *item;       /* (owned) */
    XnCatalog *catalog; /* (owned) */
    XnPlace *place;     /* (owned) */
    XnDownload download;
    gint64 begun_us; /* monotonic */
} Fetch;

static void
fetch_clear (Fetch *fetch)
{
    xn_place_free (fetch->place);
    xn_catalog_free (fetch->catalog);
    g_free (fetch->item);
    xn_pool_free (fetch->pool);
    xn_url_free (fetch->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fetch, fetch_clear)

/* Finds the resource, the short way if that settles it, and lists its files; once more from the server if what was
 * remembered led to nothing. */
static gboolean
fetch_locate (Fetch *fetch, XnClient *client, GError **error)
{
    XnFinder finder = {.client = client, .listings = fetch->runtime->listings, .pool = fetch->pool, .op = fetch->op};
    for (;;) {
        g_autoptr (GError) problem = NULL;
        g_clear_pointer (&fetch->item, g_free);
        fetch->item = xn_shortcut (&finder, fetch->url, &problem);
        if (fetch->item == NULL && problem == NULL)
            fetch->item = xn_resolve (&finder, fetch->url, &problem);
        if (fetch->item == NULL) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        fetch->catalog = xn_catalog_get (client, fetch->item, fetch->op, &problem);
        if (fetch->catalog != NULL)
            return TRUE;
        const gboolean looked_afresh = finder.not_before_us > 0 || !g_atomic_int_get (&finder.used_old);
        if (!xn_error_is (problem, XN_ERROR_NOT_FOUND) || looked_afresh) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        finder.not_before_us = g_get_monotonic_time ();
    }
}

static gboolean
fetch_set_no_file (Fetch *fetch, GError **error)
{
    g_autofree char *name = xn_item_describe (fetch->item);
    xn_error_set (error, XN_ERROR_NOT_FOUND, "no file or directory '%s' in %s (%u files are listed there)",
                  fetch->url->path, name, fetch->catalog->entries->len);
    return FALSE;
}

/* What the URL names inside the resource: one file (*@out_file), or a directory or everything (NULL). */
static gboolean
fetch_named (Fetch *fetch, const XnEntry **out_file, GError **error)
{
    const char *path = fetch->url->path;
    *out_file = NULL;
    if (path == NULL)
        return TRUE;
    if (!fetch->url->path_is_directory)
        *out_file = xn_catalog_find (fetch->catalog, path);
    if (*out_file == NULL && !xn_catalog_has_directory (fetch->catalog, path))
        return fetch_set_no_file (fetch, error);
    return TRUE;
}

static gboolean
stop_hashing (gpointer data)
{
    return !xn_op_check (data, NULL);
}

/* Whether the local file that was found is right as it is; if only the server can tell, *@wanted says so. */
static gboolean
fetch_is_right (Fetch *fetch, const XnLocalFile *local, XnWanted *wanted, gboolean *out_right, GError **error)
{
    const XnEntry *entry = wanted->entry;
    *out_right = FALSE;
    if (entry->size >= 0 && local->size != entry->size)
        return TRUE;
    if (entry->digest != NULL) {
        g_autofree char *md5 = xn_place_md5 (fetch->place, wanted->relative, stop_hashing, fetch->op, error);
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

/* XnTaskFunc: compares the local file with the listing; one that is right is kept, and done. */
static gboolean
fetch_compare (gpointer item, gpointer data, GError **error)
{
    Fetch *fetch = data;
    XnWanted *wanted = item;
    XnLocalFile local;
    GError *problem = NULL;
    if (!xn_place_find (fetch->place, wanted->relative, &local, &problem)) {
        if (problem != NULL)
            g_propagate_error (error, problem);
        return problem == NULL;
    }
    if (!fetch_is_right (fetch, &local, wanted, &wanted->done, error))
        return FALSE;
    if (!wanted->done)
        return TRUE;
    xn_op_add_done (fetch->op, 1, MAX (wanted->entry->size, 0));
    return xn_place_keep (fetch->place, wanted->relative, error);
}

static char *
fetch_file (Fetch *fetch, const XnEntry *entry, const char *destination, GError **error)
{
    const char *slash = strrchr (entry->path, '/');
    const char *name = slash != NULL ? slash + 1 : entry->path;
    if (!xn_name_is_safe (name, error))
        return NULL;
    fetch->place = xn_place_open_file (destination, name, error);
    if (fetch->place == NULL)
        return NULL;
    fetch->download.place = fetch->place;
    xn_op_add_total (fetch->op, 1, (guint64)MAX (entry->size, 0));
    xn_op_set_phase (fetch->op, XN_PHASE_COMPARE);
    g_autoptr (XnWanted) wanted = xn_wanted_new (entry, NULL);
    if (!fetch_compare (wanted, fetch, error))
        return NULL;
    xn_op_set_phase (fetch->op, XN_PHASE_TRANSFER);
    const gboolean ok = wanted->done || xn_download_file (&fetch->download, wanted, error);
    if (!ok || !xn_place_commit (fetch->place, xn_op_settings (fetch->op)->durable, error))
        return NULL;
    return g_strdup (xn_place_path (fetch->place));
}

static const char *
relative_to (const XnEntry *entry, const char *below)
{
    return below != NULL ? entry->path + strlen (below) + 1 : entry->path;
}

static void
fetch_tell_others (Fetch *fetch, GPtrArray *entries)
{
    g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < entries->len; i++)
        g_hash_table_add (listed, (gpointer)relative_to (g_ptr_array_index (entries, i), fetch->download.below));
    const guint n = xn_place_count_others (fetch->place, listed);
    if (n > 0)
        xn_log (XN_LOG_WARNING, "%u files in %s are not on the server; they stay", n, xn_place_path (fetch->place));
}

/* Compares all, several at once, as a digest takes its time: (transfer full) (element-type XnWanted) what is to be brought. */
static GPtrArray *
fetch_plan (Fetch *fetch, GPtrArray *entries, GError **error)
{
    g_autoptr (GPtrArray) all = g_ptr_array_new_full (entries->len, (GDestroyNotify)xn_wanted_free);
    xn_op_set_phase (fetch->op, XN_PHASE_COMPARE);
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        xn_op_add_total (fetch->op, 1, (guint64)MAX (entry->size, 0));
        g_ptr_array_add (all, xn_wanted_new (entry, relative_to (entry, fetch->download.below)));
    }
    if (!xn_parallel_run (fetch->op, xn_op_settings (fetch->op)->jobs, all, fetch_compare, fetch,
                          XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return NULL;
    g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_wanted_free);
    for (guint i = 0; i < all->len; i++)
        if (!((const XnWanted *)g_ptr_array_index (all, i))->done)
            g_ptr_array_add (wanted, g_steal_pointer (&all->pdata[i]));
    return g_steal_pointer (&wanted);
}

static char *
fetch_tree (Fetch *fetch, const char *destination, GError **error)
{
    fetch->download.below = fetch->url->path;
    g_autoptr (GPtrArray) entries = xn_catalog_below (fetch->catalog, fetch->url->path);
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        if (!xn_name_is_safe (relative_to (entry, fetch->url->path), error))
            return NULL;
    }
    fetch->place = xn_place_open_tree (destination, error);
    if (fetch->place == NULL)
        return NULL;
    fetch->download.place = fetch->place;
    g_autoptr (GPtrArray) wanted = fetch_plan (fetch, entries, error);
    if (wanted == NULL)
        return NULL;
    xn_op_set_phase (fetch->op, XN_PHASE_TRANSFER);
    xn_log (XN_LOG_DEBUG, "%u of %u files are to be brought", wanted->len, entries->len);
    if (!xn_bring_files (&fetch->download, wanted, fetch->begun_us, error))
        return NULL;
    fetch_tell_others (fetch, entries);
    if (!xn_place_commit (fetch->place, xn_op_settings (fetch->op)->durable, error))
        return NULL;
    return g_strdup (xn_place_path (fetch->place));
}

/* An empty listing may be all that a guest is shown. */
static gboolean
fetch_list_confirmed (Fetch *fetch, XnClient *client, const XnEntry **out_file, GError **error)
{
    for (;;) {
        const guint generation = xn_client_generation (client);
        g_autoptr (GError) problem = NULL;
        gboolean lost = FALSE;
        g_clear_pointer (&fetch->catalog, xn_catalog_free);
        if (!fetch_locate (fetch, client, error))
            return FALSE;
        const gboolean named = fetch_named (fetch, out_file, &problem);
        if (named && fetch->catalog->entries->len > 0)
            return TRUE;
        if (!xn_client_confirm (client, generation, fetch->op, &lost, error)) {
            if (lost)
                continue;
            return FALSE;
        }
        if (!named)
            g_propagate_error (error, g_steal_pointer (&problem));
        return named;
    }
}

char *
xn_fetch (XnRuntime *runtime, XnOp *op, const char *text, const char *destination, GError **error)
{
    g_auto (Fetch) fetch = {.runtime = runtime, .op = op, .begun_us = g_get_monotonic_time ()};
    fetch.url = xn_url_parse (text, error);
    if (fetch.url == NULL)
        return NULL;
    if (fetch.url->is_search) {
        xn_error_set (error, XN_ERROR_USAGE, "%s is a search, which may name many: expand it, and fetch what comes out",
                      text);
        return NULL;
    }
    /* A bad expression is the user's to mend, before anybody is asked. */
    g_autoptr (XnSelection) selection = xn_selection_new (fetch.url, error);
    if (selection == NULL)
        return NULL;
    XnClient *client = xn_clients_get (runtime->clients, &fetch.url->server, op, error);
    if (client == NULL)
        return NULL;
    fetch.pool = xn_pool_new ();
    const XnEntry *file = NULL;
    xn_client_hold (client);
    char *result = NULL;
    if (fetch_list_confirmed (&fetch, client, &file, error)) {
        fetch.download = (XnDownload){.client = client, .op = op, .item = fetch.item, .catalog = fetch.catalog};
        result = file != NULL ? fetch_file (&fetch, file, destination, error) : fetch_tree (&fetch, destination, error);
    }
    xn_client_release (client);
    if (result != NULL)
        xn_op_set_phase (op, XN_PHASE_DONE);
    return result;
}
