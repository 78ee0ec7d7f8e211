/* SPDX-License-Identifier: Apache-2.0 */
/* Two questions at once. What the listing by path says is never taken for more than a guess: the server reads a scan's type for
 * its ID, too, and a number for any resource of its own. */
#include "put/first-look.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "find/shortcut.h"

typedef struct {
    XnFinder *finder;
    const XnUrl *url;
    char *path; /* (owned) (nullable) of the resource's files, as the URL names it */
    XnFirstLook *out;
} Look;

typedef gboolean (*LookFunc) (Look *look, GError **error);

void
xn_first_look_clear (XnFirstLook *look)
{
    g_clear_pointer (&look->container, g_free);
    g_clear_pointer (&look->resource, g_free);
    g_clear_pointer (&look->catalog, xn_catalog_free);
}

/* Whether the server reads it as one name, and as it stands: no list, and no word or number of its own. */
static gboolean
is_clear (XnLevel level, const char *selector)
{
    if (level == XN_LEVEL_RESOURCE && selector[strspn (selector, G_CSET_DIGITS)] == '\0')
        return FALSE;
    return selector[strspn (selector, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_")] == '\0' &&
           g_ascii_strcasecmp (selector, "ALL") != 0 && g_ascii_strcasecmp (selector, "NULL") != 0;
}

/* NULL if it is no case for a guess. (transfer full) */
static char *
guess_path (const XnUrl *url)
{
    if (url->regex || url->selector[XN_LEVEL_PROJECT] == NULL || url->selector[XN_LEVEL_SUBJECT] == NULL ||
        url->selector[XN_LEVEL_EXPERIMENT] == NULL || url->selector[XN_LEVEL_ASSESSOR] != NULL ||
        url->selector[XN_LEVEL_RECONSTRUCTION] != NULL)
        return NULL;
    g_autoptr (GString) path = g_string_new ("/data");
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        const char *selector = url->selector[level];
        if (selector == NULL)
            continue;
        if (!is_clear (level, selector))
            return NULL;
        g_string_append_printf (path, "/%s/%s", xn_level_plural (level), selector);
    }
    g_string_append (path, "/files");
    return g_string_free (g_steal_pointer (&path), FALSE);
}

static gboolean
look_for_item (Look *look, GError **error)
{
    g_autoptr (GError) problem = NULL;
    XnFirstLook *out = look->out;
    g_autoptr (XnItem) item = xn_shortcut_to_write (look->finder, look->url, &problem);
    if (problem != NULL) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (item == NULL)
        return TRUE;
    out->container = xn_item_copy (item);
    out->container->resource_id = out->container->resource_label = NULL;
    out->container->by_number = FALSE;
    out->resource = item->resource_id != NULL ? g_steal_pointer (&item) : NULL;
    return TRUE;
}

/* Whatever goes wrong with it may be the path's fault. */
static gboolean
look_at_path (Look *look, GError **error)
{
    g_autoptr (GError) problem = NULL;
    look->out->catalog = xn_catalog_guess (look->finder->client, look->path, look->finder->op, &problem);
    if (xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "going by numbers: %s", problem->message);
    return TRUE;
}

/* XnTaskFunc */
static gboolean
look_task (gpointer item, gpointer data, GError **error)
{
    return (*(const LookFunc *)item) (data, error);
}

/* Whether these are the files of just that resource. */
static gboolean
lists (const XnCatalog *catalog, const XnItem *resource)
{
    return resource != NULL && catalog->entries->len > 0 && !catalog->of_several &&
           g_strcmp0 (catalog->resource_id, resource->resource_id) == 0;
}

/* Both answers are there: what they tell together. */
static void
look_settle (XnFirstLook *look)
{
    if (look->catalog == NULL || lists (look->catalog, look->resource))
        return;
    /* One that may be empty is to be looked at more closely. */
    if (look->catalog->entries->len == 0)
        g_clear_pointer (&look->resource, g_free);
    g_clear_pointer (&look->catalog, xn_catalog_free);
}

gboolean
xn_first_look (XnFinder *finder, const XnUrl *url, XnFirstLook *out, GError **error)
{
    static const LookFunc LOOKS[] = {look_for_item, look_at_path};
    g_autofree char *path = xn_op_settings (finder->op)->jobs > 1 ? guess_path (url) : NULL;
    Look look = {finder, url, path, out};
    *out = (XnFirstLook){.asked_us = g_get_monotonic_time ()};
    g_autoptr (GPtrArray) looks = g_ptr_array_new ();
    for (guint i = 0; i < (path != NULL ? G_N_ELEMENTS (LOOKS) : 1); i++)
        g_ptr_array_add (looks, (gpointer)&LOOKS[i]);
    if (!xn_parallel_run (finder->op, looks->len, looks, look_task, &look, XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return FALSE;
    look_settle (out);
    return TRUE;
}
