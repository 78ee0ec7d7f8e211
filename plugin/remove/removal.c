/* SPDX-License-Identifier: Apache-2.0 */
/* Listing, sending, trying again. */
#include "remove/removal.h"

#include "base/error.h"
#include "http/retry.h"

const XnCatalog *
xn_removal_list (XnRemoval *removal, GError **error)
{
    XnFinder *finder = removal->finder;
    XnLocated *located = removal->located;
    for (;;) {
        const guint generation = xn_client_generation (finder->client);
        const XnEntry *file = NULL;
        gboolean lost = FALSE;
        g_clear_pointer (&located->catalog, xn_catalog_free);
        located->catalog = xn_catalog_get (finder->client, located->item, finder->op, error);
        if (located->catalog == NULL)
            return NULL;
        const gboolean shows =
            located->catalog->entries->len > 0 && xn_located_named (located, removal->url, &file, NULL);
        if (shows || xn_client_confirm (finder->client, generation, finder->op, &lost, error))
            return located->catalog;
        if (!lost)
            return NULL;
    }
}

gboolean
xn_removal_send (XnRemoval *removal, const char *path, const char *name, GError **error)
{
    XnFinder *finder = removal->finder;
    g_autofree char *what = g_strdup_printf ("removing %s", name);
    const XnCall call = {
        .method = "DELETE", .path = path, .what = what, .expect = XN_EXPECT_WRITE, .retry = XN_RETRY_NONE};
    const gboolean ok = xn_client_call (finder->client, &call, finder->op, error);
    xn_listing_cache_forget (finder->listings, finder->client);
    finder->not_before_us = g_get_monotonic_time ();
    return ok;
}

gboolean
xn_removal_again (XnRemoval *removal, const GError *problem, guint tried, GError **error)
{
    XnOp *op = removal->finder->op;
    const gboolean may_pass = xn_error_is_retryable (problem) || xn_error_http_status (problem) >= 500;
    if (!may_pass || tried >= xn_op_settings (op)->retries) {
        g_propagate_error (error, g_error_copy (problem));
        return FALSE;
    }
    return xn_retry_wait (op, "what is to be removed is still there", problem->message, tried,
                          xn_error_facts (problem)->retry_after_ms, 0, error);
}

gboolean
xn_removal_means (const XnEntry *entry, const char *target)
{
    return g_str_has_suffix (target, "/") ? g_str_has_prefix (entry->path, target) : g_str_equal (entry->path, target);
}

void
xn_removal_plan (const XnRemoval *removal, const char *target)
{
    const GPtrArray *entries = removal->located->catalog->entries;
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        if (target == NULL || xn_removal_means (entry, target))
            xn_plan_add (removal->plan, XN_ACTION_REMOVE, entry->size, xn_url_print_file (removal->url, entry->path),
                         NULL, NULL);
    }
}
