/* SPDX-License-Identifier: Apache-2.0 */
/* expand: search, then an id, a URL and attributes for each item. */
#include "ops/op-expand.h"

#include "base/error.h"
#include "base/log.h"
#include "ops/search.h"

#include <string.h>

#define MAX_ATTRIBUTES 13

void
xn_expansion_free (XnExpansion *expansion)
{
    if (expansion == NULL)
        return;
    g_ptr_array_unref (expansion->pairs);
    xn_pool_free (expansion->pool);
    g_free (expansion);
}

static XnExpansion *
expansion_new (void)
{
    XnExpansion *expansion = g_new0 (XnExpansion, 1);
    expansion->pairs = g_ptr_array_new_with_free_func (g_free);
    expansion->pool = xn_pool_new ();
    return expansion;
}

/* The names of the levels that the URL asked for, joined; with the file's path where resources are told apart. */
static char *
pair_id (const XnUrl *url, const XnItem *item)
{
    g_autoptr (GString) id = g_string_new (NULL);
    gboolean has_resource = FALSE;
    for (guint i = 0; i < url->n_id_levels; i++) {
        const XnLevel level = url->id_level[i];
        has_resource = has_resource || level == XN_LEVEL_RESOURCE;
        g_string_append_printf (id, "%s%s", i > 0 ? "_" : "",
                                url->label ? xn_item_label (item, level) : xn_item_id (item, level));
    }
    if (has_resource && item->file != NULL) {
        g_autoptr (GString) path = g_string_new (item->file);
        g_string_replace (path, "/", "%2F", 0);
        g_string_append_printf (id, "_%s", path->str);
    }
    return g_string_free (g_steal_pointer (&id), FALSE);
}

/* A data URL that leads to just this item: by IDs, and the resource by its label where that is enough. */
static char *
pair_url (const XnUrl *url, const XnItem *item)
{
    g_autoptr (XnUrl) data = xn_url_new_like (url);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_LEVEL_RESOURCE; level++) {
        const char *id = xn_item_id (item, level);
        if (*id != '\0')
            data->selector[level] = g_strdup (id);
    }
    data->selector[XN_LEVEL_RESOURCE] = g_strdup (
        item->by_number || item->resource_label == NULL ? xn_item_id (item, XN_LEVEL_RESOURCE) : item->resource_label);
    if (item->file != NULL) {
        data->has_files = TRUE;
        data->path = g_strdup (item->file);
    }
    return xn_url_print (data, FALSE);
}

/* The attributes that are known; the texts are the item's. Returns their number. */
static guint
pair_attributes (const XnItem *item, const char *(*out)[2])
{
    const char *const texts[][2] = {
        {"project", item->project},
        {"subject_id", item->subject_id},
        {"subject_label", item->subject_label},
        {"experiment_id", item->experiment_id},
        {"experiment_label", item->experiment_label},
        {"scan_id", item->scan_id},
        {"scan_type", item->scan_type},
        {"assessor_id", item->assessor_id},
        {"assessor_label", item->assessor_label},
        {"resource_id", item->resource_id},
        {"resource_label", item->resource_label},
    };
    guint n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        if (texts[i][1] == NULL)
            continue;
        out[n][0] = texts[i][0];
        out[n++][1] = texts[i][1];
    }
    return n;
}

/* Adds a count as an attribute. */
static guint
pair_number (XnPool *pool, const char *name, gint64 number, const char *(*out)[2], guint n)
{
    if (number < 0)
        return n;
    g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
    out[n][0] = name;
    out[n][1] = xn_pool_add (pool, text);
    return n + 1;
}

/* One block: the pair, its attributes, its URL, and its id. */
static XnPair *
pair_block (const char *id, const char *url, const char *(*attributes)[2], guint n_attributes)
{
    const gsize table = (2 * (gsize)n_attributes + 1) * sizeof (char *);
    const gsize url_size = strlen (url) + 1, id_size = id != NULL ? strlen (id) + 1 : 0;
    char *block = g_malloc (sizeof (XnPair) + table + url_size + id_size);
    XnPair *pair = (XnPair *)(gpointer)block;
    const char **list = (const char **)(gpointer)(block + sizeof (XnPair));
    char *texts = block + sizeof (XnPair) + table;
    for (guint i = 0; i < 2 * n_attributes; i++)
        list[i] = attributes[i / 2][i % 2];
    list[2 * n_attributes] = NULL;
    memcpy (texts, url, url_size);
    if (id != NULL)
        memcpy (texts + url_size, id, id_size);
    *pair = (XnPair){.id = id != NULL ? texts + url_size : NULL, .url = texts, .attributes = list};
    return pair;
}

static XnPair *
pair_new (const XnUrl *url, const XnItem *item, XnPool *pool)
{
    const char *attributes[MAX_ATTRIBUTES][2];
    g_autofree char *id = pair_id (url, item);
    g_autofree char *text = pair_url (url, item);
    guint n = pair_attributes (item, attributes);
    n = pair_number (pool, "files", item->files, attributes, n);
    n = pair_number (pool, "bytes", item->bytes, attributes, n);
    return pair_block (id, text, attributes, n);
}

static void
warn_of_repeated_ids (GPtrArray *pairs)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < pairs->len; i++) {
        const XnPair *pair = g_ptr_array_index (pairs, i);
        if (g_hash_table_add (seen, (gpointer)pair->id) || !g_hash_table_add (told, (gpointer)pair->id))
            continue;
        xn_log (XN_LOG_WARNING,
                "the id '%s' names more than one result; id=experiment,scan,resource (or another list of levels) tells "
                "them apart",
                pair->id);
    }
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
    xn_log (XN_LOG_WARNING, "no match: nothing was left at level %s ('%s'): %s", xn_level_plural (level),
            url->selector[level] != NULL ? url->selector[level] : "*", url->text);
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
learn_project_names (XnFinder *finder, GPtrArray *items, GError **error)
{
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

static XnExpansion *
expand_search (XnRuntime *runtime, XnOp *op, const XnUrl *url, GError **error)
{
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL)
        return NULL;
    selection->need_resource_ids = wants_resource_ids (url);
    XnClient *client = xn_clients_get (runtime->clients, &url->server, op, error);
    if (client == NULL)
        return NULL;
    g_autoptr (XnExpansion) expansion = expansion_new ();
    XnFinder finder = {.client = client,
                       .memory = runtime->memory,
                       .pool = expansion->pool,
                       .op = op,
                       .not_before_us = g_get_monotonic_time ()};
    xn_client_hold (client);
    g_autoptr (GPtrArray) items = xn_search (&finder, selection, error);
    const gboolean ok =
        items != NULL && (!wants_project_names (url) || items->len == 0 || learn_project_names (&finder, items, error));
    xn_client_release (client);
    if (!ok)
        return NULL;
    GPtrArray *pairs = expansion->pairs;
    for (guint i = 0; i < items->len; i++) {
        g_ptr_array_add (pairs, pair_new (url, g_ptr_array_index (items, i), expansion->pool));
        g_clear_pointer (&items->pdata[i], g_free);
    }
    if (pairs->len == 0)
        tell_nothing_found (url, selection,
                            url->files != NULL && g_atomic_int_get (&selection->reached) >= (gint)XN_LEVEL_RESOURCE);
    warn_of_repeated_ids (pairs);
    return g_steal_pointer (&expansion);
}

XnExpansion *
xn_expand (XnRuntime *runtime, XnOp *op, const char *text, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return NULL;
    if (url->is_search)
        return expand_search (runtime, op, url, error);
    XnExpansion *expansion = expansion_new ();
    g_ptr_array_add (expansion->pairs, pair_block (NULL, text, NULL, 0));
    return expansion;
}
