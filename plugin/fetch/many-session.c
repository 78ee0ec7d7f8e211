/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done together, in parts of a bounded size, and the rest. */
#include "fetch/many-session.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "fetch/choice.h"
#include "fetch/many-resource.h"
#include "find/session-files.h"

/* Of larger resources the request is not what takes the time: 4 MB are 40 ms where a connection carries 100 MB/s, about as long
 * as a far server's answer. Each has an archive of its own then, so that several connections are in use, and one that breaks
 * costs no more than one resource. */
#define SHARED_RESOURCE_BYTES (4 << 20)
/* For the same reason: so much comes out of one archive. */
#define SHARED_BYTES (8 << 20)
/* Trees that are open at a time, of all parts together: each has a few descriptors. */
#define MOST_OPEN 64
#define MOST_OPEN_OF_PART 8
/* Parts of one session that are under way while there are sessions enough. */
#define LEAST_PARTS 2

/* All that is asked for of one resource. */
typedef struct {
    GPtrArray *entries; /* (owned) (element-type XnManyEntry) */
    XnLocated located;  /* (owned) its item; the catalog only if it was listed with others */
    gint64 archive_bytes;
} Resource;

static void
resource_free (gpointer data)
{
    Resource *resource = data;
    g_ptr_array_unref (resource->entries);
    xn_located_clear (&resource->located);
    g_free (resource);
}

typedef struct {
    XnMany *many;
    XnFinder finder;
    GPtrArray *resources; /* (owned) (element-type Resource) */
    GPtrArray *parts;     /* (owned) (element-type GPtrArray of Resource) */
} Session;

static void
session_clear (Session *session)
{
    g_ptr_array_unref (session->parts);
    g_ptr_array_unref (session->resources);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Session, session_clear)

/* The resource of that number, if it was found before: by another name, perhaps. */
static Resource *
session_find (const Session *session, const XnItem *item)
{
    for (guint i = 0; i < session->resources->len; i++) {
        Resource *resource = g_ptr_array_index (session->resources, i);
        const XnItem *other = resource->located.item;
        if (other != NULL && g_strcmp0 (other->resource_id, item->resource_id) == 0)
            return resource;
    }
    return NULL;
}

/* Finds out which resource each of @groups (element-type GPtrArray of XnManyEntry) names; what that fails for is looked at once
 * more by itself, for its message. */
static void
session_locate (Session *session, const GPtrArray *groups)
{
    XnFinder finder = session->finder;
    finder.terse = TRUE;
    for (guint i = 0; i < groups->len; i++) {
        GPtrArray *entries = g_ptr_array_index (groups, i);
        const XnManyEntry *first = g_ptr_array_index (entries, 0);
        g_autoptr (XnItem) item = xn_locate_item (&finder, first->url, NULL);
        Resource *same = item != NULL && item->resource_id != NULL ? session_find (session, item) : NULL;
        if (same != NULL) {
            g_ptr_array_extend (same->entries, entries, NULL, NULL);
            continue;
        }
        Resource *resource = g_new0 (Resource, 1);
        resource->entries = g_ptr_array_copy (entries, NULL, NULL);
        resource->located.item = g_steal_pointer (&item);
        g_ptr_array_add (session->resources, resource);
    }
}

/* Those that can be listed together: (transfer container) (element-type Resource) */
static GPtrArray *
session_fitting (const Session *session)
{
    GPtrArray *fitting = g_ptr_array_new ();
    const char *experiment = NULL;
    for (guint i = 0; i < session->resources->len; i++) {
        Resource *resource = g_ptr_array_index (session->resources, i);
        const XnItem *item = resource->located.item;
        if (item == NULL || !xn_session_files_fit (item))
            continue;
        if (experiment == NULL)
            experiment = item->experiment_id;
        if (g_strcmp0 (experiment, item->experiment_id) == 0)
            g_ptr_array_add (fitting, resource);
    }
    return fitting;
}

/* Lists them together; what the answer does not clearly tell of is left to be listed by itself. */
static void
session_list (Session *session)
{
    g_autoptr (GPtrArray) fitting = session_fitting (session);
    g_autoptr (GPtrArray) items = g_ptr_array_new ();
    g_autoptr (GError) problem = NULL;
    for (guint i = 0; i < fitting->len; i++)
        g_ptr_array_add (items, ((Resource *)g_ptr_array_index (fitting, i))->located.item);
    if (items->len < 2)
        return;
    g_autoptr (GPtrArray) catalogs = xn_session_files (session->finder.client, items, session->many->op, &problem);
    if (catalogs == NULL) {
        xn_log (XN_LOG_DEBUG, "%s; listing each by itself", problem->message);
        return;
    }
    for (guint i = 0; i < fitting->len; i++) {
        Resource *resource = g_ptr_array_index (fitting, i);
        g_autoptr (GPtrArray) urls = xn_many_urls (resource->entries);
        resource->located.catalog = g_steal_pointer (&catalogs->pdata[i]);
        if (resource->located.catalog != NULL && !xn_located_shows_all (&resource->located, urls))
            g_clear_pointer (&resource->located.catalog, xn_catalog_free);
    }
}

/* What an archive of the resource would take; -1: it is none that can be shared. */
static gint64
shared_bytes (const XnCatalog *catalog)
{
    gint64 bytes = 0;
    for (guint i = 0; i < catalog->entries->len; i++) {
        const gint64 size = ((const XnEntry *)g_ptr_array_index (catalog->entries, i))->size;
        if (size < 0 || size > SHARED_RESOURCE_BYTES)
            return -1;
        bytes += size;
    }
    bytes = xn_choice_archive_bytes (catalog->entries->len, bytes);
    return bytes <= SHARED_RESOURCE_BYTES ? bytes : -1;
}

/* Whether members of both would have the same names. */
static gboolean
are_alike (const Resource *one, const Resource *other)
{
    const XnItem *item = one->located.item, *other_item = other->located.item;
    return item->resource_label != NULL && g_strcmp0 (item->resource_label, other_item->resource_label) == 0 &&
           g_strcmp0 (item->scan_id, other_item->scan_id) == 0;
}

static gboolean
has_alike (const Session *session, const Resource *resource)
{
    for (guint i = 0; i < session->resources->len; i++) {
        const Resource *other = g_ptr_array_index (session->resources, i);
        if (other != resource && other->located.item != NULL && are_alike (resource, other))
            return TRUE;
    }
    return FALSE;
}

static GPtrArray *
session_add_part (Session *session)
{
    GPtrArray *part = g_ptr_array_new ();
    g_ptr_array_add (session->parts, part);
    return part;
}

/* Puts what is small into parts that may share an archive, and each other resource into one of its own. */
static void
session_part (Session *session)
{
    const guint most = CLAMP (MOST_OPEN / MAX (xn_op_settings (session->many->op)->jobs, 1), 2, MOST_OPEN_OF_PART);
    GPtrArray *shared = NULL;
    gint64 bytes = 0;
    for (guint i = 0; i < session->resources->len; i++) {
        Resource *resource = g_ptr_array_index (session->resources, i);
        const XnCatalog *catalog = resource->located.catalog;
        resource->archive_bytes = catalog != NULL && !has_alike (session, resource) ? shared_bytes (catalog) : -1;
        if (resource->archive_bytes < 0) {
            g_ptr_array_add (session_add_part (session), resource);
            continue;
        }
        if (shared == NULL || shared->len >= most || bytes + resource->archive_bytes > SHARED_BYTES) {
            shared = session_add_part (session);
            bytes = 0;
        }
        bytes += resource->archive_bytes;
        g_ptr_array_add (shared, resource);
    }
}

/* Whether what is missing of @resource, in @share, is most of what an archive would hold of it, or, where a run was cut off, all;
 * @out_share: of that what an
 * archive can bring. */
static gboolean
is_worth_sharing (const Resource *resource, const XnShare *share, XnShare *out_share)
{
    g_autoptr (GPtrArray) some = g_ptr_array_new ();
    gint64 bytes = 0;
    for (guint i = 0; i < share->wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (share->wanted, i);
        if (one->done || one->problem != NULL || !xn_wanted_fits_archive (one))
            continue;
        g_ptr_array_add (some, one);
        bytes += one->entry->size;
    }
    const gint64 needed = xn_choice_archive_bytes (some->len, bytes);
    const gint64 least = share->download->was_cut ? resource->archive_bytes : resource->archive_bytes / 2;
    if (some->len == 0 || needed < least)
        return FALSE;
    *out_share = (XnShare){share->download, g_steal_pointer (&some)};
    return TRUE;
}

static void
share_clear (gpointer data)
{
    g_ptr_array_unref (((XnShare *)data)->wanted);
}

/* Brings what it can of all @works at once; what that leaves, whyever, comes as if it had not been tried. */
static void
part_share (const GPtrArray *part, XnManyWork *works)
{
    g_autoptr (GArray) shares = g_array_new (FALSE, FALSE, sizeof (XnShare));
    g_autoptr (GError) problem = NULL;
    g_array_set_clear_func (shares, share_clear);
    for (guint i = 0; i < part->len; i++) {
        XnShare all, some;
        if (xn_many_work_share (&works[i], &all) && is_worth_sharing (g_ptr_array_index (part, i), &all, &some))
            g_array_append_val (shares, some);
    }
    if (shares->len >= 2 && !xn_download_shared_archive ((const XnShare *)shares->data, shares->len, &problem))
        xn_log (XN_LOG_INFO, "%s; going resource by resource", problem->message);
}

/* XnTaskFunc over a part */
static gboolean
part_task (gpointer item, gpointer data, GError **error)
{
    GPtrArray *part = item;
    Session *session = data;
    Resource *first = g_ptr_array_index (part, 0);
    if (first->located.catalog == NULL) {
        xn_many_work_alone (session->many, first->entries, &session->finder);
        return TRUE;
    }
    g_autofree XnManyWork *works = g_new0 (XnManyWork, part->len);
    g_autofree GError **problems = g_new0 (GError *, part->len);
    for (guint i = 0; i < part->len; i++) {
        Resource *resource = g_ptr_array_index (part, i);
        (void)xn_many_work_begin (&works[i], session->many, resource->entries, &session->finder, &resource->located,
                                  part->len > 1, &problems[i]);
    }
    if (part->len > 1)
        part_share (part, works);
    for (guint i = 0; i < part->len; i++) {
        Resource *resource = g_ptr_array_index (part, i);
        (void)xn_many_work_end (&works[i], problems[i] == NULL ? &problems[i] : NULL);
        if (problems[i] != NULL)
            xn_many_end_all (session->many, resource->entries, problems[i]);
        g_clear_error (&problems[i]);
        /* The others may be many. */
        g_clear_pointer (&resource->located.catalog, xn_catalog_free);
    }
    return TRUE;
}

static void
session_work (XnMany *many, const GPtrArray *groups, const XnFinder *finder)
{
    const guint jobs = xn_op_settings (many->op)->jobs;
    g_auto (Session) session = {.many = many,
                                .finder = *finder,
                                .resources = g_ptr_array_new_with_free_func (resource_free),
                                .parts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref)};
    session_locate (&session, groups);
    session_list (&session);
    session_part (&session);
    const guint at_once = MAX ((jobs + many->sessions->len - 1) / many->sessions->len, MIN (jobs, LEAST_PARTS));
    (void)xn_parallel_run (many->op, at_once, session.parts, part_task, &session, XN_PARALLEL_ALL, NULL, NULL);
}

gboolean
xn_many_session (gpointer item, gpointer data, GError **error)
{
    const GPtrArray *groups = item;
    XnMany *many = data;
    GPtrArray *first = g_ptr_array_index (groups, 0);
    const XnUrl *url = ((const XnManyEntry *)g_ptr_array_index (first, 0))->url;
    g_autoptr (GError) problem = NULL;
    XnClient *client = xn_clients_get (many->runtime->clients, &url->server, many->op, &problem);
    if (client == NULL) {
        for (guint i = 0; i < groups->len; i++)
            xn_many_end_all (many, g_ptr_array_index (groups, i), problem);
        return TRUE;
    }
    g_autoptr (XnPool) pool = xn_pool_new ();
    const XnFinder finder = {.client = client,
                             .listings = many->runtime->listings,
                             .pool = pool,
                             .op = many->op,
                             .fellows = xn_fellows_filter (many->fellows, url)};
    xn_client_hold (client);
    if (groups->len == 1)
        xn_many_work_alone (many, first, &finder);
    else
        session_work (many, groups, &finder);
    xn_client_release (client);
    return TRUE;
}
