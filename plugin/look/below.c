/* SPDX-License-Identifier: Apache-2.0 */
/* From what is found to what is directly below it. */
#include "look/place.h"

#include "base/error.h"

#include <string.h>

/* The level of an item that is neither a file nor a directory; XN_N_LEVELS: the server. */
static XnLevel
level_of (const XnItem *item)
{
    guint level = XN_LEVEL_PROJECT;
    while (level < XN_N_LEVELS && !g_str_equal (item->type, xn_level_name ((XnLevel)level)))
        level++;
    return (XnLevel)level;
}

/* The experiments of a subject, out of those of its project, which are listed once for all subjects; or of a project. */
static gboolean
find_experiments (XnFinder *finder, const XnItem *subject, const XnMatcher *everything, GPtrArray *out, GError **error)
{
    XnItem project = *subject;
    project.subject_id = project.subject_label = NULL;
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    if (!xn_find_experiments (finder, &project, NULL, everything, all, error))
        return FALSE;
    for (guint i = 0; i < all->len; i++)
        if (subject->subject_id == NULL || g_strcmp0 (((XnItem *)all->pdata[i])->subject_id, subject->subject_id) == 0)
            g_ptr_array_add (out, g_steal_pointer (&all->pdata[i]));
    return TRUE;
}

/* What is at @level directly below @parent. */
static gboolean
find_at (XnFinder *finder, const XnItem *parent, XnLevel level, GPtrArray *out, GError **error)
{
    g_autoptr (XnMatcher) everything = xn_matcher_new (NULL, FALSE, NULL);
    switch (level) {
    case XN_LEVEL_PROJECT:
        return xn_find_projects (finder, everything, out, error);
    case XN_LEVEL_SUBJECT:
        return xn_find_subjects (finder, parent, everything, out, error);
    case XN_LEVEL_EXPERIMENT:
        return find_experiments (finder, parent, everything, out, error);
    case XN_LEVEL_SCAN:
        return xn_find_scans (finder, parent, everything, FALSE, out, error);
    case XN_LEVEL_ASSESSOR:
        return xn_find_assessors (finder, parent, everything, out, error);
    case XN_LEVEL_RECONSTRUCTION:
        return xn_find_reconstructions (finder, parent, everything, out, error);
    default:
        return xn_find_resources (finder, parent, everything, out, error);
    }
}

/* The same, sorted, each with its type. An experiment that is no imaging session has no scans, which is none of them. */
gboolean
xn_look_level (XnFinder *finder, const XnItem *parent, XnLevel level, GPtrArray *out, GError **error)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) problem = NULL;
    const gboolean may_lack = level >= XN_LEVEL_SCAN && level <= XN_LEVEL_RECONSTRUCTION;
    if (!find_at (finder, parent, level, found, &problem)) {
        if (may_lack && xn_error_is (problem, XN_ERROR_NOT_FOUND))
            return TRUE;
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    g_ptr_array_sort (found, xn_item_compare);
    for (guint i = 0; i < found->len; i++) {
        XnItem *item = g_steal_pointer (&found->pdata[i]);
        item->type = xn_level_name (level);
        g_ptr_array_add (out, item);
    }
    return TRUE;
}

gboolean
xn_look_below (XnFinder *finder, const XnItem *parent, GPtrArray *out, GError **error)
{
    static const XnLevel BELOW[XN_N_LEVELS + 1][5] = {
        [XN_N_LEVELS] = {XN_LEVEL_PROJECT, XN_N_LEVELS},
        [XN_LEVEL_PROJECT] = {XN_LEVEL_SUBJECT, XN_LEVEL_RESOURCE, XN_N_LEVELS},
        [XN_LEVEL_SUBJECT] = {XN_LEVEL_EXPERIMENT, XN_LEVEL_RESOURCE, XN_N_LEVELS},
        [XN_LEVEL_EXPERIMENT] = {XN_LEVEL_SCAN, XN_LEVEL_ASSESSOR, XN_LEVEL_RECONSTRUCTION, XN_LEVEL_RESOURCE,
                                 XN_N_LEVELS},
        [XN_LEVEL_SCAN] = {XN_LEVEL_RESOURCE, XN_N_LEVELS},
        [XN_LEVEL_ASSESSOR] = {XN_LEVEL_RESOURCE, XN_N_LEVELS},
        [XN_LEVEL_RECONSTRUCTION] = {XN_LEVEL_RESOURCE, XN_N_LEVELS},
        [XN_LEVEL_RESOURCE] = {XN_N_LEVELS},
    };
    for (const XnLevel *level = BELOW[level_of (parent)]; *level != XN_N_LEVELS; level++)
        if (!xn_look_level (finder, parent, *level, out, error))
            return FALSE;
    return TRUE;
}

void
xn_look_files_below (XnPool *pool, const XnItem *resource, const XnCatalog *catalog, const char *path, GPtrArray *out)
{
    g_autoptr (GPtrArray) entries = xn_catalog_below (catalog, path);
    const gsize above = path != NULL ? strlen (path) + 1 : 0;
    XnItem *directory = NULL; /* of the last entry */
    gsize length = 0;
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        const char *slash = strchr (entry->path + above, '/');
        if (slash == NULL) {
            g_ptr_array_add (out, xn_look_file_item (pool, resource, entry));
            continue;
        }
        /* What is in one directory stands together, as the entries are sorted. */
        if (directory == NULL || length != (gsize)(slash - entry->path) ||
            strncmp (directory->file, entry->path, length) != 0) {
            length = (gsize)(slash - entry->path);
            g_autofree char *name = g_strndup (entry->path, length);
            directory = xn_item_copy (resource);
            directory->type = "directory";
            directory->is_directory = TRUE;
            directory->file = xn_pool_copy (pool, name);
            directory->files = directory->bytes = 0;
            g_ptr_array_add (out, directory);
        }
        directory->files++;
        directory->bytes = directory->bytes >= 0 && entry->size >= 0 ? directory->bytes + entry->size : -1;
    }
}

const char *
xn_look_name (const XnItem *item)
{
    if (item->file != NULL) {
        const char *slash = strrchr (item->file, '/');
        return slash != NULL ? slash + 1 : item->file;
    }
    const XnLevel level = level_of (item);
    if (level == XN_LEVEL_RESOURCE && item->by_number)
        return xn_item_id (item, level);
    return level == XN_LEVEL_PROJECT || level == XN_LEVEL_SCAN ? xn_item_id (item, level) : xn_item_label (item, level);
}
