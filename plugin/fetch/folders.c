/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a directory stand side by side in the order of paths. */
#include "fetch/folders.h"

#include "find/catalog.h"

#include <string.h>

static const char *
path_at (const GPtrArray *entries, guint i)
{
    return ((const XnEntry *)g_ptr_array_index (entries, i))->path;
}

/* Where the directory ends that begins at @first and has the first @length bytes of that path, with the slash; 0 if
 * something of it is not missing, or stands before. */
static guint
end_of (const GPtrArray *entries, const gboolean *missing, guint first, gsize length)
{
    const char *path = path_at (entries, first);
    if (first > 0 && strncmp (path_at (entries, first - 1), path, length) == 0)
        return 0;
    for (guint i = first; i < entries->len; i++) {
        if (strncmp (path_at (entries, i), path, length) != 0)
            return i;
        if (!missing[i])
            return 0;
    }
    return entries->len;
}

GPtrArray *
xn_folders_find (const GPtrArray *entries, const gboolean *missing, guint least)
{
    GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < entries->len;) {
        const char *path = path_at (entries, i);
        guint end = 0;
        for (const char *slash = strchr (path, '/'); slash != NULL && end == 0; slash = strchr (slash + 1, '/')) {
            end = end_of (entries, missing, i, (gsize)(slash + 1 - path));
            if (end >= i + least)
                g_ptr_array_add (found, g_strndup (path, (gsize)(slash - path)));
        }
        i = MAX (end, i + 1);
    }
    return found;
}
