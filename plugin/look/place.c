/* SPDX-License-Identifier: Apache-2.0 */
/* From a URL to what it names. */
#include "look/place.h"

#include "base/error.h"
#include "find/locate.h"
#include "find/selection.h"

#include <string.h>

gboolean
xn_look_begin (XnLook *look, XnRuntime *runtime, XnOp *op, XnUrl *url, const char *verb, GError **error)
{
    look->op = op;
    look->url = url;
    if (look->url == NULL)
        return FALSE;
    if (look->url->is_search) {
        xn_error_set (error, XN_ERROR_USAGE, "%s is a search, which may name many: expand it, and %s what comes out",
                      url->text, verb);
        return FALSE;
    }
    /* A bad expression is the user's to mend, before anybody is asked. */
    g_autoptr (XnSelection) selection = xn_selection_new (look->url, error);
    if (selection == NULL)
        return FALSE;
    XnClient *client = xn_clients_get (runtime->clients, &look->url->server, op, error);
    if (client == NULL)
        return FALSE;
    xn_client_hold (client);
    look->client = client;
    look->pairs = xn_pairs_new ();
    look->finder = (XnFinder){.client = client,
                              .listings = runtime->listings,
                              .pool = look->pairs->pool,
                              .op = op,
                              .first_look = TRUE,
                              .began_us = g_get_monotonic_time ()};
    return TRUE;
}

void
xn_look_clear (XnLook *look)
{
    if (look->client != NULL)
        xn_client_release (look->client);
    xn_catalog_free (look->catalog);
    g_free (look->item);
    xn_pairs_free (look->pairs);
    xn_url_free (look->url);
}

/* The server is there if it lists projects, be it none. */
static gboolean
find_server (XnLook *look, GError **error)
{
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    if (!xn_find_projects (&look->finder, everything, projects, error))
        return FALSE;
    look->item = xn_item_new ();
    look->item->type = XN_TYPE_SERVER;
    return TRUE;
}

static gboolean
find_in_resource (XnLook *look, GError **error)
{
    g_auto (XnLocated) located = {0};
    const XnEntry *file = NULL;
    if (!xn_locate (&look->finder, look->url, &located, &file, error))
        return FALSE;
    look->catalog = g_steal_pointer (&located.catalog);
    look->item = file != NULL
                     ? xn_look_file_item (look->pairs->pool, located.item, file)
                     : xn_look_directory_item (look->pairs->pool, located.item, look->catalog, look->url->path);
    return TRUE;
}

gboolean
xn_look_find (XnLook *look, gboolean with_files, GError **error)
{
    const XnLevel lowest = xn_url_lowest_level (look->url);
    g_clear_pointer (&look->item, g_free);
    g_clear_pointer (&look->catalog, xn_catalog_free);
    if (lowest == XN_N_LEVELS)
        return find_server (look, error);
    if (lowest == XN_LEVEL_RESOURCE && (with_files || look->url->path != NULL))
        return find_in_resource (look, error);
    look->item = xn_resolve (&look->finder, look->url, error);
    if (look->item != NULL)
        look->item->type = xn_level_name (lowest);
    return look->item != NULL;
}

XnItem *
xn_look_file_item (XnPool *pool, const XnItem *resource, const XnEntry *file)
{
    XnItem *item = xn_item_copy (resource);
    item->type = "file";
    item->file = xn_pool_copy (pool, file->path);
    item->files = 1;
    item->bytes = file->size;
    item->md5 = xn_pool_copy (pool, file->digest);
    return item;
}

XnItem *
xn_look_directory_item (XnPool *pool, const XnItem *resource, const XnCatalog *catalog, const char *path)
{
    XnItem *item = xn_item_copy (resource);
    g_autoptr (GPtrArray) below = xn_catalog_below (catalog, path);
    item->type = path != NULL ? "directory" : xn_level_name (XN_LEVEL_RESOURCE);
    item->is_directory = path != NULL;
    item->file = xn_pool_copy (pool, path);
    item->files = below->len;
    item->bytes = 0;
    for (guint i = 0; i < below->len && item->bytes >= 0; i++) {
        const XnEntry *entry = g_ptr_array_index (below, i);
        item->bytes = entry->size >= 0 ? item->bytes + entry->size : -1;
    }
    return item;
}
