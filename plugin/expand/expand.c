/* SPDX-License-Identifier: Apache-2.0 */
/* expand: search, then an id, a URL and attributes for each item. */
#include "expand/expand.h"

#include "base/error.h"
#include "base/log.h"
#include "find/search.h"
#include "look/look.h"

#include <string.h>

/* So many repeated ids are named; a search of thousands of sessions with the usual id would fill the terminal with them. */
#define MOST_TOLD 20

/* The names of the levels that the URL asked for, joined; with the file's path where resources are told apart. */
static void
make_id (const XnUrl *url, const XnItem *item, GString *id)
{
    gboolean has_resource = FALSE;
    g_string_truncate (id, 0);
    for (guint i = 0; i < url->n_id_levels; i++) {
        const XnLevel level = url->id_level[i];
        has_resource = has_resource || level == XN_LEVEL_RESOURCE;
        if (i > 0)
            g_string_append_c (id, '_');
        g_string_append (id, url->label ? xn_item_label (item, level) : xn_item_id (item, level));
    }
    if (!has_resource || item->file == NULL)
        return;
    g_string_append_c (id, '_');
    for (const char *c = item->file; *c != '\0'; c++)
        if (*c == '/')
            g_string_append (id, "%2F");
        else
            g_string_append_c (id, *c);
}

/* The next of @hits, which were turned round: its memory goes as that of the pairs, or of what a host makes of them, comes. */
static XnPair *
next_pair (XnPairMaker *maker, const XnUrl *url, XnHits *hits, GString *id)
{
    XnHitNumber number;
    const XnItem item = xn_hits_pop (hits, number);
    make_id (url, &item, id);
    return xn_pair_make (maker, id->str, &item, number);
}

static void
make_pairs (const XnUrl *url, XnHits *hits, XnPairs *expansion)
{
    g_autoptr (XnPairMaker) maker = xn_pair_maker_new (expansion, url);
    g_autoptr (GString) id = g_string_new (NULL);
    const guint n = hits->n;
    g_ptr_array_set_size (expansion->pairs, (gint)n);
    for (guint i = 0; i < n; i++)
        expansion->pairs->pdata[i] = next_pair (maker, url, hits, id);
}

/* One after the other, each in the memory of the one before. */
static gboolean
hand_pairs (const XnUrl *url, XnHits *hits, XnPairs *expansion, const XnPairTaker *taker, GError **error)
{
    g_autoptr (XnPairMaker) maker = xn_pair_maker_new (expansion, url);
    g_autoptr (GString) id = g_string_new (NULL);
    const guint n = hits->n;
    for (guint i = 0; i < n; i++) {
        xn_pair_maker_rewind (maker);
        if (!taker->take (next_pair (maker, url, hits, id), taker->data)) {
            xn_error_set (error, XN_ERROR_CANCELLED, "stopped after %u of %u results", i + 1, n);
            return FALSE;
        }
    }
    return TRUE;
}

/* Ids of hits, of which those that occur again are looked for. */
typedef struct {
    const XnUrl *url;
    const XnHits *hits;
    GString *id, *other;
    guint32
        *slots; /* number of the hit from 1 in as many bits as that needs, beside a part of its id's hash, so that few
                       ids have to be made anew to be compared */
    guint32 n_slots, numbers;
} Ids;

static void
ids_make (const Ids *ids, guint i, GString *id)
{
    XnHitNumber number;
    const XnItem item = xn_hit_item (&ids->hits->hits[i], number);
    make_id (ids->url, &item, id);
}

/* Whether the id of hit number @i, which is left in ids->id, is among the first ones already; if not, it is added. */
static gboolean
ids_is_repeated (Ids *ids, guint i)
{
    ids_make (ids, i, ids->id);
    const guint32 hash = g_str_hash (ids->id->str) * 0x9E3779B1u;
    guint32 at = hash & (ids->n_slots - 1);
    for (; ids->slots[at] != 0; at = (at + 1) & (ids->n_slots - 1)) {
        if (((ids->slots[at] ^ hash) & ~ids->numbers) != 0)
            continue;
        ids_make (ids, (ids->slots[at] & ids->numbers) - 1, ids->other);
        if (g_string_equal (ids->other, ids->id))
            return TRUE;
    }
    ids->slots[at] = (hash & ~ids->numbers) | (i + 1);
    return FALSE;
}

/* A table of GLib would take more than the hits themselves. */
static void
warn_of_repeated_ids (const XnUrl *url, const XnHits *hits)
{
    guint32 numbers = 1;
    while (numbers < hits->n)
        numbers = 2 * numbers + 1;
    const guint32 n_slots = 2 * (numbers + 1);
    g_autofree guint32 *slots = g_new0 (guint32, n_slots);
    g_autoptr (GString) id = g_string_new (NULL);
    g_autoptr (GString) other = g_string_new (NULL);
    Ids ids = {url, hits, id, other, slots, n_slots, numbers};
    g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < hits->n; i++) {
        if (!ids_is_repeated (&ids, i) || !g_hash_table_add (told, g_strdup (id->str)))
            continue;
        if (g_hash_table_size (told) <= MOST_TOLD)
            xn_log (XN_LOG_WARNING,
                    "the id '%s' names more than one result; id=experiment,scan,resource (or another list of levels) "
                    "tells them apart",
                    id->str);
    }
    if (g_hash_table_size (told) > MOST_TOLD)
        xn_log (XN_LOG_WARNING, "%u more ids name more than one result each", g_hash_table_size (told) - MOST_TOLD);
}

static void
tell_nothing_found (const XnUrl *url, const XnSelection *selection, gboolean by_files)
{
    const XnLevel level = xn_selection_missing_level (selection);
    if (by_files) {
        xn_log (XN_LOG_WARNING, "no match: no file fits '%s' in the resources that were found: %s", url->files,
                url->text);
        return;
    }
    const char *also = "";
    if (level == XN_LEVEL_EXPERIMENT && xn_selection_narrows_sessions (selection))
        also = " of those types and dates";
    else if (level == XN_LEVEL_SCAN && xn_selection_narrows_scans (selection))
        also = " of that quality and those descriptions";
    xn_log (XN_LOG_WARNING, "no match: nothing was left at level %s ('%s')%s: %s", xn_level_plural (level),
            url->selector[level] != NULL ? url->selector[level] : "*", also, url->text);
}

static gboolean
wants_resource_ids (const XnUrl *url)
{
    for (guint i = 0; i < url->n_id_levels; i++)
        if (url->id_level[i] == XN_LEVEL_RESOURCE && !url->label)
            return TRUE;
    return FALSE;
}

static gboolean
wants_project_names (const XnUrl *url)
{
    for (guint i = 0; i < url->n_id_levels; i++)
        if (url->id_level[i] == XN_LEVEL_PROJECT && url->label)
            return TRUE;
    return FALSE;
}

/* A project that was named by its ID has not been listed; its name is asked for only where it is part of the id. */
static gboolean
learn_project_names (XnFinder *finder, const XnHits *hits, GError **error)
{
    g_autoptr (GPtrArray) items = xn_hits_items (hits);
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    if (!xn_find_projects (finder, everything, projects, error))
        return FALSE;
    for (guint i = 0; i < projects->len; i++) {
        const XnItem *project = g_ptr_array_index (projects, i);
        g_hash_table_insert (names, (gpointer)project->project, (gpointer)project->project_name);
    }
    for (guint i = 0; i < items->len; i++) {
        XnItem *item = g_ptr_array_index (items, i);
        item->project_name = g_hash_table_lookup (names, item->project);
    }
    return TRUE;
}

/* What a search found, with all that is said of it in the log; its texts are in @pool. */
static XnHits *
find_hits (XnRuntime *runtime, XnOp *op, const XnUrl *url, XnPool *pool, GError **error)
{
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL)
        return NULL;
    selection->need_resource_ids = wants_resource_ids (url);
    XnClient *client = xn_clients_get (runtime->clients, &url->server, op, error);
    if (client == NULL)
        return NULL;
    XnFinder finder = {.client = client,
                       .listings = runtime->listings,
                       .pool = pool,
                       .op = op,
                       .not_before_us = g_get_monotonic_time ()};
    xn_client_hold (client);
    g_autoptr (XnHits) hits = xn_search (&finder, selection, error);
    const gboolean ok =
        hits != NULL && (!wants_project_names (url) || hits->n == 0 || learn_project_names (&finder, hits, error));
    xn_client_release (client);
    if (!ok)
        return NULL;
    xn_pool_settle (pool);
    if (hits->n == 0)
        tell_nothing_found (url, selection,
                            url->files != NULL && g_atomic_int_get (&selection->reached) >= (gint)XN_LEVEL_RESOURCE);
    warn_of_repeated_ids (url, hits);
    return g_steal_pointer (&hits);
}

/* @taker: (nullable) who is handed the pairs, which then are not among those that are returned. */
static XnPairs *
expand_search (XnRuntime *runtime, XnOp *op, const XnUrl *url, const XnPairTaker *taker, GError **error)
{
    g_autoptr (XnPairs) expansion = xn_pairs_new ();
    g_autoptr (XnHits) hits = find_hits (runtime, op, url, expansion->pool, error);
    if (hits == NULL)
        return NULL;
    xn_hits_turn_round (hits);
    if (taker != NULL && !hand_pairs (url, hits, expansion, taker, error))
        return NULL;
    if (taker == NULL)
        make_pairs (url, hits, expansion);
    return g_steal_pointer (&expansion);
}

/* A data URL gives itself; what it names is asked for only where a host wants it to be described. */
static XnPairs *
expand_data (XnRuntime *runtime, XnOp *op, const char *text, GError **error)
{
    static const char *const NO_ATTRIBUTES[] = {NULL};
    if (xn_op_settings (op)->attributes) {
        XnPairs *looked = xn_stat (runtime, op, text, FALSE, error);
        if (looked != NULL)
            ((XnPair *)g_ptr_array_index (looked->pairs, 0))->url = xn_pool_add (looked->pool, text);
        return looked;
    }
    XnPairs *expansion = xn_pairs_new ();
    XnPair *pair = g_new (XnPair, 1);
    g_ptr_array_add (expansion->blocks, pair);
    *pair = (XnPair){.url = xn_pool_add (expansion->pool, text), .attributes = NO_ATTRIBUTES};
    g_ptr_array_add (expansion->pairs, pair);
    return expansion;
}

XnPairs *
xn_expand (XnRuntime *runtime, XnOp *op, const char *text, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return NULL;
    return url->is_search ? expand_search (runtime, op, url, NULL, error) : expand_data (runtime, op, text, error);
}

gboolean
xn_expand_each (XnRuntime *runtime, XnOp *op, const char *text, const XnPairTaker *taker, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return FALSE;
    if (url->is_search) {
        g_autoptr (XnPairs) handed = expand_search (runtime, op, url, taker, error);
        return handed != NULL;
    }
    g_autoptr (XnPairs) itself = expand_data (runtime, op, text, error);
    if (itself == NULL)
        return FALSE;
    if (taker->take (g_ptr_array_index (itself->pairs, 0), taker->data))
        return TRUE;
    xn_error_set (error, XN_ERROR_CANCELLED, "stopped at the only result");
    return FALSE;
}
