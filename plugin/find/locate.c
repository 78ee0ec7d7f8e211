/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a resource, and listing it. */
#include "find/locate.h"

#include "base/error.h"
#include "base/log.h"
#include "find/glance.h"
#include "find/near-name.h"
#include "find/selection.h"
#include "find/shortcut.h"

void
xn_located_clear (XnLocated *located)
{
    g_clear_pointer (&located->item, g_free);
    g_clear_pointer (&located->catalog, xn_catalog_free);
}

XnUrl *
xn_locate_parse (const char *text, const char *verb, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return NULL;
    if (url->is_search) {
        xn_error_set (error, XN_ERROR_USAGE, "%s is a search, which may name many: expand it, and %s what comes out",
                      text, verb);
        return NULL;
    }
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    return selection != NULL ? g_steal_pointer (&url) : NULL;
}

XnItem *
xn_locate_item (XnFinder *finder, const XnUrl *url, GError **error)
{
    g_autoptr (GError) problem = NULL;
    XnItem *item = xn_shortcut (finder, url, &problem);
    if (item == NULL && problem == NULL)
        item = xn_resolve (finder, url, &problem);
    if (item == NULL)
        g_propagate_error (error, g_steal_pointer (&problem));
    return item;
}

/* Once more from the server if what was remembered led to nothing. */
static gboolean
locate_once (const XnFinder *asked, const XnUrl *url, XnLocated *out, GError **error)
{
    XnFinder finder = *asked;
    for (;;) {
        g_autoptr (GError) problem = NULL;
        gboolean tried = FALSE;
        xn_located_clear (out);
        if (!xn_glance (&finder, url, &tried, &out->item, &out->catalog, error))
            return FALSE;
        if (out->catalog != NULL)
            return TRUE;
        if (out->item == NULL)
            out->item = tried ? xn_resolve (&finder, url, error) : xn_locate_item (&finder, url, error);
        if (out->item == NULL)
            return FALSE;
        out->catalog = xn_catalog_get (finder.client, out->item, finder.op, &problem);
        if (out->catalog != NULL)
            return TRUE;
        const gboolean looked_afresh =
            finder.not_before_us > asked->not_before_us || !g_atomic_int_get (&finder.used_old);
        if (!xn_error_is (problem, XN_ERROR_NOT_FOUND) || looked_afresh) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        finder.not_before_us = g_get_monotonic_time ();
    }
}

static gboolean
names_something (const XnLocated *located, const XnUrl *url, const XnEntry **out_file)
{
    const char *path = url->path;
    *out_file = NULL;
    if (path == NULL)
        return TRUE;
    if (!url->path_is_directory)
        *out_file = xn_catalog_find (located->catalog, path);
    return *out_file != NULL || xn_catalog_has_directory (located->catalog, path);
}

gboolean
xn_located_named (const XnLocated *located, const XnUrl *url, const XnEntry **out_file, GError **error)
{
    if (names_something (located, url, out_file))
        return TRUE;
    g_autofree char *name = xn_item_describe (located->item);
    XnNearName near = {.asked = url->path};
    for (guint i = 0; i < located->catalog->entries->len; i++)
        xn_near_name_look (&near, ((const XnEntry *)g_ptr_array_index (located->catalog->entries, i))->path);
    g_autofree char *hint = xn_near_name_hint (&near);
    xn_error_set (error, XN_ERROR_NOT_FOUND, "no file or directory '%s' in %s (%u files are listed there)%s", url->path,
                  name, located->catalog->entries->len, hint);
    return FALSE;
}

/* An empty listing may be all that a guest is shown. */
gboolean
xn_located_shows_all (const XnLocated *located, const GPtrArray *urls)
{
    const XnEntry *file;
    for (guint i = 0; i < urls->len; i++)
        if (!names_something (located, g_ptr_array_index (urls, i), &file))
            return FALSE;
    return located->catalog->entries->len > 0;
}

gboolean
xn_locate_all (const XnFinder *finder, const GPtrArray *urls, XnLocated *out, GError **error)
{
    for (;;) {
        const guint generation = xn_client_generation (finder->client);
        gboolean lost = FALSE;
        if (!locate_once (finder, g_ptr_array_index (urls, 0), out, error))
            return FALSE;
        if (xn_located_shows_all (out, urls) ||
            xn_client_confirm (finder->client, generation, finder->op, &lost, error))
            return TRUE;
        if (!lost)
            return FALSE;
    }
}

gboolean
xn_locate_may_be_late (const GError *problem)
{
    return xn_error_is (problem, XN_ERROR_INTEGRITY) || xn_error_is (problem, XN_ERROR_NOT_FOUND);
}

gboolean
xn_locate_anew (const XnFinder *finder, const GPtrArray *urls, const XnLocated *located, XnLocated *out)
{
    g_autoptr (GError) problem = NULL;
    gboolean lost = TRUE;
    while (lost) {
        const guint generation = xn_client_generation (finder->client);
        xn_located_clear (out);
        out->item = xn_item_copy (located->item);
        out->catalog = xn_catalog_get (finder->client, out->item, finder->op, &problem);
        if (out->catalog == NULL)
            break;
        if (xn_located_shows_all (out, urls) ||
            xn_client_confirm (finder->client, generation, finder->op, &lost, &problem))
            return TRUE;
    }
    xn_log (XN_LOG_INFO, "asking whether the listing has changed: %s", problem->message);
    return FALSE;
}

gboolean
xn_locate_is_overtaken (const XnFinder *finder, const XnUrl *url, const GError *problem, const XnLocated *located,
                        XnLocated *out)
{
    if (!xn_locate_may_be_late (problem))
        return FALSE;
    g_autoptr (GPtrArray) urls = g_ptr_array_new ();
    g_ptr_array_add (urls, (gpointer)url);
    return xn_locate_anew (finder, urls, located, out) &&
           !xn_catalog_is_same (located->catalog, out->catalog, url->path);
}

gboolean
xn_locate (const XnFinder *finder, const XnUrl *url, XnLocated *out, const XnEntry **out_file, GError **error)
{
    g_autoptr (GPtrArray) urls = g_ptr_array_new ();
    g_ptr_array_add (urls, (gpointer)url);
    return xn_locate_all (finder, urls, out, error) && xn_located_named (out, url, out_file, error);
}
