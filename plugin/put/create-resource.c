/* SPDX-License-Identifier: Apache-2.0 */
/* Making resources. */
#include "put/create-resource.h"

#include "base/error.h"
#include "base/log.h"
#include "find/search.h"
#include "find/shared-catalogs.h"
#include "put/creation.h"
#include "put/new-label.h"

#include <string.h>

/* What others need to make theirs is not known; as long as it took here, and as much again, within bounds. A PUT is refused
 * once there is one, so that only those count which the server is at work on; a POST never is, and a client may be late. */
#define QUIET_PUT_MS 50
#define QUIET_POST_MS 200
#define QUIET_MAX_MS 5000
/* After somebody else's, of which nothing is known. */
#define QUIET_FOUND_MS 200

typedef struct {
    XnCreation creation;
    const XnItem *container;
    const char *label;
    XnLabelWay way;
    gint64 began_us; /* of the listing that lacked it */
} Making;

static gboolean
making_list (Making *making, GPtrArray *found, GError **error)
{
    XnFinder *finder = making->creation.finder;
    making->began_us = finder->not_before_us = g_get_monotonic_time ();
    g_ptr_array_set_size (found, 0);
    return xn_find_resources (finder, making->container, making->creation.selection->level[XN_LEVEL_RESOURCE], found,
                              error);
}

/* The same, but what was listed on the way here will do if it has it. */
static gboolean
making_look (Making *making, GPtrArray *found, GError **error)
{
    XnFinder *finder = making->creation.finder;
    making->began_us = finder->began_us = g_get_monotonic_time ();
    g_atomic_int_set (&finder->used_old, FALSE);
    if (!xn_find_resources (finder, making->container, making->creation.selection->level[XN_LEVEL_RESOURCE], found,
                            error))
        return FALSE;
    return found->len > 0 || !g_atomic_int_get (&finder->used_old) || making_list (making, found, error);
}

/* Takes the one that was found. */
static gboolean
making_take (const Making *making, GPtrArray *found, XnPlaceToPut *out, GError **error)
{
    if (found->len > 1) {
        xn_set_ambiguous (error, making->creation.url, XN_LEVEL_RESOURCE, found);
        return FALSE;
    }
    g_free (out->item);
    out->item = xn_item_copy (g_ptr_array_index (found, 0));
    return TRUE;
}

static gint64
quiet_after (const Making *making, gint64 at_least_ms)
{
    const gint64 took_ms = (g_get_monotonic_time () - making->began_us) / 1000;
    return CLAMP (2 * took_ms, at_least_ms, QUIET_MAX_MS);
}

/* What is listed of somebody else's: if nothing is in it, it may just have been made. The counts of a listing may lag. */
static gboolean
making_use (const Making *making, GPtrArray *found, XnPlaceToPut *out, GError **error)
{
    if (!making_take (making, found, out, error))
        return FALSE;
    out->quiet_ms = out->item->files <= 0 ? quiet_after (making, QUIET_FOUND_MS) : 0;
    return TRUE;
}

/* Where the server may write the catalog of a resource that is posted: in a directory named by its label, or beside such
 * directories. The ends of both paths. */
static void
name_catalogs (const Making *making, char **out_labelled, char **out_bare)
{
    const XnItem *container = making->container;
    const gboolean of_scan = container->scan_id != NULL && container->assessor_id == NULL;
    const char *id = of_scan ? container->scan_id : container->reconstruction_id;
    *out_labelled = g_strdup_printf ("/%s/%s_catalog.xml", making->label, id != NULL ? id : making->label);
    *out_bare = id != NULL ? g_strdup_printf ("/%s/%s_catalog.xml", id, id) : NULL;
}

static void
set_shared_catalog (const Making *making, const XnItem *other, GError **error)
{
    g_autofree char *where = xn_item_describe (making->container);
    xn_error_set (
        error, XN_ERROR_CONFLICT,
        "resource '%s' cannot be made in %s without harm: XNAT would write its catalog over that of resource %s "
        "there%s, whose files would not be listed any more; write a label of letters, digits, '_', '-' and "
        "'.' that is not only digits",
        making->label, where, xn_item_id (other, XN_LEVEL_RESOURCE),
        other->resource_label == NULL ? ", which has no label" : "");
}

/* Whether posting it would empty the catalog of @other. What is not known of a scan's or reconstruction's is doubt enough. */
static gboolean
would_empty (const Making *making, const XnItem *other, GHashTable *places)
{
    g_autofree char *labelled = NULL, *bare = NULL;
    name_catalogs (making, &labelled, &bare);
    const char *place = g_hash_table_lookup (places, xn_item_id (other, XN_LEVEL_RESOURCE));
    if (place == NULL || *place == '\0')
        return bare != NULL;
    return g_str_has_suffix (place, labelled) || (bare != NULL && g_str_has_suffix (place, bare));
}

static guint64
number_of (const XnItem *item)
{
    return g_ascii_strtoull (xn_item_id (item, XN_LEVEL_RESOURCE), NULL, 10);
}

/* Whether @own, just posted, has the catalog of an older one: then somebody else was posting at the same moment. */
static gboolean
has_emptied (const XnItem *own, const XnItem *other, GHashTable *places)
{
    const char *place = g_hash_table_lookup (places, xn_item_id (own, XN_LEVEL_RESOURCE));
    return place != NULL && *place != '\0' && number_of (other) < number_of (own) &&
           g_strcmp0 (place, g_hash_table_lookup (places, xn_item_id (other, XN_LEVEL_RESOURCE))) == 0;
}

/* Looks at the catalogs of the other resources, if there are any: before it is posted, or (@own) after. */
static gboolean
catalog_is_its_own (const Making *making, const XnItem *own, GError **error)
{
    XnFinder *finder = making->creation.finder;
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    if (!xn_find_resources (finder, making->container, everything, all, error))
        return FALSE;
    const gboolean fixed = making->container->scan_id != NULL || making->container->reconstruction_id != NULL;
    for (guint i = 0; i < all->len && own == NULL && fixed; i++) {
        const XnItem *other = g_ptr_array_index (all, i);
        if (other->resource_label != NULL)
            continue;
        set_shared_catalog (making, other, error);
        return FALSE;
    }
    if (all->len <= (own != NULL))
        return TRUE;
    g_autoptr (GHashTable) places = xn_catalog_places (finder, making->container, error);
    if (places == NULL)
        return FALSE;
    for (guint i = 0; i < all->len; i++) {
        const XnItem *other = g_ptr_array_index (all, i);
        if (own != NULL ? !has_emptied (own, other, places) : !would_empty (making, other, places))
            continue;
        set_shared_catalog (making, other, error);
        return FALSE;
    }
    return TRUE;
}

/* One try to make it. */
static gboolean
making_send (const Making *making, GError **error)
{
    const char *type = making->creation.url->type[XN_LEVEL_RESOURCE];
    const gboolean odd_type = !g_str_equal (type, "xnat:resourceCatalog");
    g_autofree char *parent = xn_item_container (making->container);
    g_autofree char *what = g_strdup_printf ("creating resource %s", making->label);
    g_autofree char *type_value = xn_encode_query (type);
    g_autofree char *type_query = odd_type ? g_strdup_printf ("xsiType=%s", type_value) : NULL;
    if (making->way == XN_LABEL_BY_PATH) {
        g_autofree char *path = g_strdup_printf ("%s/resources/%s", parent, making->label);
        return xn_creation_send (&making->creation, "PUT", path, type_query, what, error);
    }
    /* With the slash encoded, as it is known to be understood. */
    g_autofree char *value = g_uri_escape_string (making->label, ",", FALSE);
    g_autofree char *path = g_strdup_printf ("%s/resources", parent);
    g_autofree char *query =
        g_strdup_printf ("xnat:resourceCatalog/label=%s%s%s", value, odd_type ? "&" : "", odd_type ? type_query : "");
    return xn_creation_send (&making->creation, "POST", path, query, what, error);
}

/* What came of a try that failed: found all the same, worth another try (@out_again), or an error. */
static gboolean
making_after_failure (Making *making, const GError *problem, guint tried, GPtrArray *found, gboolean *out_again,
                      XnPlaceToPut *out, GError **error)
{
    const gint64 began_us = making->began_us;
    const gboolean unsure = xn_creation_is_unsure (problem);
    *out_again = FALSE;
    const gboolean cancelled = xn_error_is (problem, XN_ERROR_CANCELLED);
    if (cancelled || !making_list (making, found, error)) {
        if (unsure)
            xn_creation_note (&making->creation, XN_LEVEL_RESOURCE, NULL, FALSE);
        if (cancelled)
            g_propagate_error (error, g_error_copy (problem));
        return FALSE;
    }
    making->began_us = began_us;
    if (found->len > 0) {
        if (unsure)
            xn_creation_note (&making->creation, XN_LEVEL_RESOURCE, NULL, TRUE);
        return making_use (making, found, out, error);
    }
    g_autoptr (GError) stop = NULL;
    *out_again = xn_creation_again (&making->creation, XN_LEVEL_RESOURCE, problem, tried, &stop);
    if (!*out_again)
        g_propagate_error (error, stop != NULL ? g_steal_pointer (&stop) : g_error_copy (problem));
    return *out_again;
}

/* Lists, and makes it if it is not there: as often as that may help. */
static gboolean
making_run (Making *making, XnPlaceToPut *out, GError **error)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    gboolean asked = FALSE;
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL;
        gboolean again = FALSE;
        if (tried == 0 ? !making_look (making, found, error) : !making_list (making, found, error))
            return FALSE;
        if (found->len > 0)
            return making_use (making, found, out, error);
        if (tried == 0 && !xn_creation_allowed (&making->creation, XN_LEVEL_RESOURCE, error))
            return FALSE;
        if (making->way == XN_LABEL_BY_QUERY && !asked) {
            if (!catalog_is_its_own (making, NULL, error))
                return FALSE;
            /* That took time: the listing that counts is the one right before the POST. */
            asked = TRUE;
            if (!making_list (making, found, error))
                return FALSE;
            if (found->len > 0)
                return making_use (making, found, out, error);
        }
        if (making->creation.plan != NULL) {
            xn_creation_plan (&making->creation, XN_LEVEL_RESOURCE);
            return TRUE;
        }
        if (making_send (making, &problem)) {
            xn_creation_note (&making->creation, XN_LEVEL_RESOURCE, NULL, TRUE);
            out->created = TRUE;
            out->quiet_ms = quiet_after (making, making->way == XN_LABEL_BY_PATH ? QUIET_PUT_MS : QUIET_POST_MS);
            return TRUE;
        }
        if (!making_after_failure (making, problem, tried, found, &again, out, error))
            return FALSE;
        if (!again)
            return TRUE;
    }
}

static XnSelection *
making_init (Making *making, XnFinder *finder, const XnUrl *url, const XnItem *container, GPtrArray *created,
             XnPlan *plan, GError **error)
{
    XnSelection *selection = xn_selection_new (url, error);
    *making = (Making){.creation = {finder, url, selection, created, plan},
                       .container = container,
                       .label = url->selector[XN_LEVEL_RESOURCE],
                       .way = xn_label_way (url->selector[XN_LEVEL_RESOURCE], NULL, NULL)};
    return selection;
}

gboolean
xn_create_resource (XnFinder *finder, const XnUrl *url, const XnItem *container, GPtrArray *created, XnPlan *plan,
                    XnPlaceToPut *out, GError **error)
{
    Making making;
    g_autoptr (XnSelection) selection = making_init (&making, finder, url, container, created, plan, error);
    return selection != NULL && making_run (&making, out, error);
}

gboolean
xn_create_settle (XnFinder *finder, const XnUrl *url, const XnItem *container, XnPlaceToPut *place, GError **error)
{
    Making making;
    g_autoptr (XnSelection) selection = making_init (&making, finder, url, container, NULL, NULL, error);
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    if (selection == NULL || !xn_op_sleep (finder->op, place->quiet_ms, error) || !making_list (&making, found, error))
        return FALSE;
    place->quiet_ms = 0;
    if (found->len == 0) {
        xn_error_set (error, XN_ERROR_SERVER, "creating resource %s: the server answered well, but it is not there",
                      making.label);
        return FALSE;
    }
    return making_take (&making, found, place, error) &&
           (!place->created || making.way != XN_LABEL_BY_QUERY || catalog_is_its_own (&making, place->item, error));
}

gboolean
xn_create_may_write (XnFinder *finder, const XnItem *resource, GError **error)
{
    /* Creating what exists is refused with 409 to who may write, and with 403 to who may not. */
    const XnCreation creation = {.finder = finder};
    g_autofree char *container = xn_item_container (resource);
    const gboolean by_label = !resource->by_number && xn_resource_label_fits_path (resource->resource_label);
    const char *segment = by_label ? resource->resource_label : xn_item_id (resource, XN_LEVEL_RESOURCE);
    g_autofree char *encoded = xn_encode_segment (segment);
    g_autofree char *path = g_strdup_printf ("%s/resources/%s", container, encoded);
    g_autofree char *name = xn_item_describe (resource);
    g_autofree char *what = g_strdup_printf ("asking for the right to write to %s", name);
    g_autoptr (GError) problem = NULL;
    if (xn_creation_send (&creation, "PUT", path, NULL, what, &problem) || xn_error_http_status (problem) == 409)
        return TRUE;
    if (xn_error_http_status (problem) == 403)
        xn_error_set (error, XN_ERROR_AUTH, "no right to write to %s: ask the owner of the project", name);
    else
        g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}
