/* SPDX-License-Identifier: Apache-2.0 */
/* Who wins, and who deletes what. */
#include "put/twins.h"

#include "base/error.h"
#include "base/log.h"
#include "find/catalog.h"

#include <string.h>

/* What others need to make theirs is not known; as long as it took here, and as much again, within bounds. */
#define WAIT_MIN_MS 200
#define WAIT_MAX_MS 5000
/* How often and how long apart to look whether the others have deleted theirs. */
#define LOOKS 4
#define LOOK_MS 500

gboolean
xn_twins_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    char **out_number = data;
    g_autofree char *text = xn_answer_text (answer, error);
    g_clear_pointer (out_number, g_free);
    if (text == NULL)
        return FALSE;
    /* An answer with a number in it is the URL of what was made. */
    const char *slash = strrchr (g_strstrip (text), '/');
    if (slash != NULL && slash[1] != '\0' && slash[1 + strspn (slash + 1, G_CSET_DIGITS)] == '\0')
        *out_number = g_strdup (slash + 1);
    return TRUE;
}

gboolean
xn_twins_wait (const XnTwins *contest, gint64 took_us, GError **error)
{
    const gboolean ok = xn_op_sleep (contest->finder->op, CLAMP (2 * took_us / 1000, WAIT_MIN_MS, WAIT_MAX_MS), error);
    contest->finder->not_before_us = g_get_monotonic_time ();
    return ok;
}

static gboolean
list_again (const XnTwins *contest, GPtrArray *found, GError **error)
{
    g_ptr_array_set_size (found, 0);
    contest->finder->not_before_us = g_get_monotonic_time ();
    return xn_find_resources (contest->finder, contest->container, contest->matcher, found, error);
}

static guint64
number_of (const XnItem *item)
{
    return g_ascii_strtoull (xn_item_id (item, XN_LEVEL_RESOURCE), NULL, 10);
}

static const XnItem *
find_lowest (const GPtrArray *found)
{
    const XnItem *lowest = NULL;
    for (guint i = 0; i < found->len; i++) {
        const XnItem *item = g_ptr_array_index (found, i);
        if (lowest == NULL || number_of (item) < number_of (lowest))
            lowest = item;
    }
    return lowest;
}

static const XnItem *
find_number (const GPtrArray *found, const char *number)
{
    for (guint i = 0; i < found->len; i++)
        if (g_strcmp0 (xn_item_id (g_ptr_array_index (found, i), XN_LEVEL_RESOURCE), number) == 0)
            return g_ptr_array_index (found, i);
    return NULL;
}

/* The counts of a listing may lag, or be missing. */
static gboolean
some_may_be_empty (const GPtrArray *found)
{
    for (guint i = 0; i < found->len; i++)
        if (((const XnItem *)g_ptr_array_index (found, i))->files <= 0)
            return TRUE;
    return FALSE;
}

/* Looks until one is left, as long as that can come to be. */
static gboolean
wait_for_one (const XnTwins *contest, GPtrArray *found, GError **error)
{
    for (guint looks = 0; looks < LOOKS && found->len > 1 && some_may_be_empty (found); looks++)
        if (!xn_op_sleep (contest->finder->op, LOOK_MS, error) || !list_again (contest, found, error))
            return FALSE;
    return TRUE;
}

/* Deletes the resource that this process made, unless somebody has put something into it. What comes of it is told by the
 * next listing, as a DELETE is answered well, too, when it has no effect. */
static gboolean
delete_own (const XnTwins *contest, const XnItem *own, GError **error)
{
    XnClient *client = contest->finder->client;
    XnOp *op = contest->finder->op;
    g_autoptr (XnCatalog) catalog = xn_catalog_get (client, own, op, error);
    if (catalog == NULL)
        return FALSE;
    /* Rows that were not taken for its own are doubt enough. */
    if (catalog->entries->len > 0 || catalog->of_several || catalog->elsewhere)
        return TRUE;
    g_autofree char *path = xn_item_resource (own);
    const XnCall call = {.method = "DELETE",
                         .path = path,
                         .what = "deleting a resource that was made twice",
                         .expect = XN_EXPECT_WRITE,
                         .retry = XN_RETRY_BUSY};
    g_autoptr (GError) problem = NULL;
    const gboolean ok = xn_client_call (client, &call, op, &problem);
    xn_listing_cache_forget (contest->finder->listings, client);
    if (ok || !xn_error_is (problem, XN_ERROR_CANCELLED)) {
        if (!ok)
            xn_log (XN_LOG_WARNING, "%s", problem->message);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* Leaves only the winner, which its maker uses whatever becomes of the others. */
static void
keep_lowest (GPtrArray *found)
{
    const XnItem *lowest = find_lowest (found);
    for (guint i = found->len; i > 0; i--)
        if (g_ptr_array_index (found, i - 1) != lowest)
            g_ptr_array_remove_index (found, i - 1);
}

gboolean
xn_twins_settle (const XnTwins *contest, const char *own, GPtrArray *found, GError **error)
{
    const XnItem *mine = own != NULL ? find_number (found, own) : NULL;
    if (found->len <= 1)
        return TRUE;
    if (mine == NULL)
        return wait_for_one (contest, found, error);
    if (mine != find_lowest (found)) {
        if (!delete_own (contest, mine, error) || !list_again (contest, found, error))
            return FALSE;
        if (find_number (found, own) != NULL)
            return TRUE;
        xn_log (XN_LOG_INFO, "another process made the same resource; its own, still empty, was deleted");
    }
    keep_lowest (found);
    return TRUE;
}

gboolean
xn_twins_watch (const XnTwins *contest, GPtrArray *found, GError **error)
{
    const gboolean may_lose =
        found->len == 1 && some_may_be_empty (found) &&
        !xn_resource_label_fits_path (((const XnItem *)g_ptr_array_index (found, 0))->resource_label);
    if (may_lose && (!xn_twins_wait (contest, 0, error) || !list_again (contest, found, error)))
        return FALSE;
    return wait_for_one (contest, found, error);
}
