/* SPDX-License-Identifier: Apache-2.0 */
/* remove: look what there is, remove it if nothing else would go with it, and believe only the listing. XNAT removes all files
 * whose names begin with what it is told. */
#include "remove/remove.h"

#include "base/error.h"
#include "remove/removal.h"

#include <string.h>

static gboolean
is_plain (const XnUrl *url, GError **error)
{
    g_autoptr (XnSelection) selection = xn_selection_new (url, error);
    if (selection == NULL)
        return FALSE;
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        if (url->selector[level] == NULL || xn_matcher_is_plain (selection->level[level]))
            continue;
        xn_error_set (error, XN_ERROR_USAGE,
                      "the %s '%s' is a pattern, and nothing is removed by one: %s; name it by its ID",
                      xn_level_name (level), url->selector[level], url->text);
        return FALSE;
    }
    if (url->has_files && url->path == NULL) {
        xn_error_set (
            error, XN_ERROR_USAGE,
            "nothing follows /files/ in %s: to remove the resource leave /files/ out, else name what to remove",
            url->text);
        return FALSE;
    }
    return TRUE;
}

static guint
count_meant (const XnCatalog *catalog, const char *target)
{
    guint n = 0;
    for (guint i = 0; i < catalog->entries->len; i++)
        n += xn_removal_means (g_ptr_array_index (catalog->entries, i), target);
    return n;
}

/* What the server compares the beginnings of names with: decoded only where it holds a space or a plus. */
static char *
text_compared (const char *target, const char *tail)
{
    return g_strdup (strstr (tail, "%20") != NULL || strstr (tail, "%2B") != NULL ? target : tail);
}

/* What a DELETE has to say to remove @target and nothing else: (transfer full) the end of its path. */
static char *
safe_tail (const XnCatalog *catalog, const char *target, GError **error)
{
    g_autofree char *bare = g_strndup (target, strlen (target) - (g_str_has_suffix (target, "/") ? 1 : 0));
    g_autofree char *encoded = xn_entry_tail (bare);
    g_autofree char *tail = encoded != NULL ? g_strconcat (encoded, target + strlen (bare), NULL) : NULL;
    g_autofree char *compared = tail != NULL ? text_compared (target, tail) : NULL;
    /* One that ends in a star is an expression. */
    if (compared == NULL || !g_str_equal (compared, target) || g_str_has_suffix (target, "*")) {
        xn_error_set (
            error, XN_ERROR_CONFLICT,
            "XNAT has no way to remove '%s' alone, because of its name: remove the directory that it is in, or the "
            "resource",
            target);
        return NULL;
    }
    for (guint i = 0; i < catalog->entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (catalog->entries, i);
        /* Old servers do not decode at all. */
        const gboolean begins = g_str_has_prefix (entry->path, target) || g_str_has_prefix (entry->path, tail);
        if (!begins || xn_removal_means (entry, target))
            continue;
        xn_error_set (
            error, XN_ERROR_CONFLICT,
            "XNAT removes all files whose names begin alike, so with '%s' it would remove '%s': remove that first, "
            "or both with their directory or resource",
            target, entry->path);
        return NULL;
    }
    return g_steal_pointer (&tail);
}

/* After a DELETE: whether what was listed beside is still there. */
static gboolean
nothing_else_is_gone (const XnCatalog *before, const XnCatalog *after, const char *target, GError **error)
{
    for (guint i = 0; i < before->entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (before->entries, i);
        if (xn_removal_means (entry, target) || xn_catalog_find (after, entry->path) != NULL)
            continue;
        xn_error_set (error, XN_ERROR_INTEGRITY, "'%s' is gone, but so is '%s' beside it", target, entry->path);
        return FALSE;
    }
    return TRUE;
}

/* Removes files until a listing lacks them. */
static gboolean
remove_files (XnRemoval *removal, const char *target, const char *name, GError **error)
{
    XnLocated *located = removal->located;
    const XnCatalog *listed = located->catalog;
    g_autofree char *resource = xn_item_resource (located->item);
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL;
        g_autofree char *tail = safe_tail (listed, target, error);
        if (tail == NULL)
            return FALSE;
        if (removal->plan != NULL) {
            xn_removal_plan (removal, target);
            return TRUE;
        }
        g_autofree char *path = g_strdup_printf ("%s/files/%s", resource, tail);
        const gboolean sent = xn_removal_send (removal, path, name, &problem);
        if (xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_AUTH)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        g_autoptr (XnCatalog) before = g_steal_pointer (&located->catalog);
        listed = xn_removal_list (removal, error);
        if (listed == NULL)
            return FALSE;
        if (count_meant (listed, target) == 0)
            return nothing_else_is_gone (before, listed, target, error);
        if (sent || xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
            xn_error_set (
                error, XN_ERROR_SERVER,
                "%s: the server answered %s, but its listing still shows it: it may be too old to understand the "
                "name; remove the directory that it is in, or the resource",
                name, sent ? "well" : "that there is none");
            return FALSE;
        }
        if (!xn_removal_again (removal, problem, tried, error))
            return FALSE;
    }
}

/* With the write lock of the resource held. */
static gboolean
remove_locked (XnRemoval *removal, guint *out_files, GError **error)
{
    const XnUrl *url = removal->url;
    XnLocated *located = removal->located;
    const XnEntry *file = NULL;
    if (xn_removal_list (removal, error) == NULL || !xn_located_named (located, url, &file, error))
        return FALSE;
    g_autofree char *name = xn_item_describe (located->item);
    if (url->path == NULL) {
        *out_files = located->catalog->entries->len;
        return xn_remove_resource (removal, name, error);
    }
    if (located->item->experiment_id == NULL && located->item->subject_id != NULL && located->item->project == NULL) {
        xn_error_set (
            error, XN_ERROR_USAGE,
            "XNAT removes files of a subject only below its project: write /projects/PROJECT before /subjects in %s",
            url->text);
        return FALSE;
    }
    g_autofree char *target = g_strconcat (url->path, file == NULL ? "/" : "", NULL);
    g_autofree char *whole_name = g_strdup_printf ("%s of %s", target, name);
    *out_files = count_meant (located->catalog, target);
    return remove_files (removal, target, whole_name, error);
}

static char *
remove_from (XnRuntime *runtime, XnFinder *finder, const XnUrl *url, guint *out_files, XnPlan *plan, GError **error)
{
    g_auto (XnLocated) located = {0};
    XnRemoval removal = {finder, url, &located, plan};
    /* What is to be removed is looked up afresh. */
    finder->not_before_us = g_get_monotonic_time ();
    located.item = xn_locate_item (finder, url, error);
    if (located.item == NULL)
        return NULL;
    g_autofree char *key =
        g_strdup_printf ("%s %s", xn_client_base (finder->client), xn_item_id (located.item, XN_LEVEL_RESOURCE));
    if (!xn_write_lock (runtime->writing, key, finder->op, error))
        return NULL;
    const gboolean ok = remove_locked (&removal, out_files, error);
    xn_write_unlock (runtime->writing, key);
    return ok ? xn_url_print (url, TRUE) : NULL;
}

char *
xn_remove (XnRuntime *runtime, XnOp *op, const char *text, guint *out_files, XnPlan *plan, GError **error)
{
    g_autoptr (XnUrl) url = xn_locate_parse (text, "remove", error);
    if (url == NULL || !is_plain (url, error))
        return NULL;
    XnClient *client = xn_clients_get (runtime->clients, &url->server, op, error);
    if (client == NULL)
        return NULL;
    g_autoptr (XnPool) pool = xn_pool_new ();
    XnFinder finder = {.client = client, .listings = runtime->listings, .pool = pool, .op = op};
    xn_client_hold (client);
    char *result = remove_from (runtime, &finder, url, out_files, plan, error);
    xn_client_release (client);
    if (result != NULL)
        xn_op_set_phase (op, XN_PHASE_DONE);
    return result;
}
