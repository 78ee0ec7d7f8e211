/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and ending a destination.
 *
 * Beside NAME, in the same directory, stand while it is open: the lock .NAME.xnatstorage-lock, and the gathered tree
 * NAME.partial. Where nothing can be made beside NAME, or it is the root of a file system, the lock stands inside it. A
 * temporary file (see place-file.c) stands in the directory of the file that it will be. All names are fixed, so that the
 * next run finds what a killed one left. */
#include "local/place-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static XnPlace *
place_new (guint flags)
{
    XnPlace *place = g_new0 (XnPlace, 1);
    place->durable = (flags & XN_PLACE_DURABLE) != 0;
    place->keeps_changed = (flags & XN_PLACE_KEEP_CHANGED) != 0;
    place->looks = (flags & XN_PLACE_LOOK) != 0;
    place->target.parent = -1;
    place->root = -1;
    place->partial = -1;
    place->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    place->made = g_ptr_array_new_with_free_func (g_free);
    place->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, xn_place_folder_free);
    pthread_mutex_init (&place->mutex, NULL);
    return place;
}

static gboolean
occupy (XnPlace *place, GError **error)
{
    g_autofree char *lock_name = xn_target_private_name (place->target.name, "lock");
    place->lock = (place->looks ? xn_lock_look : xn_lock_take) (place->target.parent, lock_name, place->path, error);
    return place->lock != NULL;
}

static char *
join (const char *directory, const char *name)
{
    const gboolean has_slash = g_str_has_suffix (directory, "/");
    return g_strconcat (directory, has_slash ? "" : "/", name, NULL);
}

XnPlace *
xn_place_open_file (const char *path, const char *name, guint flags, GError **error)
{
    g_autoptr (XnPlace) place = place_new (flags);
    g_autofree char *foreseen = place->looks ? xn_dir_foresee (path) : NULL;
    if (foreseen != NULL)
        path = foreseen;
    struct stat status;
    const gboolean exists = stat (path, &status) == 0;
    if (g_str_has_suffix (path, "/") || (exists && S_ISDIR (status.st_mode))) {
        if (!xn_name_is_safe (name, error))
            return NULL;
        if (!(place->looks ? xn_dir_can_make_path (path, error) : xn_dir_make_path (path, error)))
            return NULL;
        place->server_named = TRUE;
        place->path = join (path, xn_dir_last_part (name));
        place->target.name = g_strdup (xn_dir_last_part (name));
        place->target.parent_path = g_strdup (path);
        place->target.parent = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place->target.parent < 0 && !(place->looks && errno == ENOENT)) {
            xn_error_set_errno (error, errno, "cannot open the directory %s", path);
            return NULL;
        }
    } else {
        if (exists && !S_ISREG (status.st_mode)) {
            xn_error_set (error, XN_ERROR_IO, "%s is no regular file and is left alone", path);
            return NULL;
        }
        place->path = g_strdup (path);
        if (!xn_target_find (path, place->looks, &place->target, error))
            return NULL;
    }
    if (place->target.parent < 0)
        return g_steal_pointer (&place);
    if (!occupy (place, error))
        return NULL;
    if (place->looks)
        return g_steal_pointer (&place);
    g_autofree char *left = xn_place_temp_name (place, place->target.name, 0, 0);
    (void)xn_place_remove_temp (place, place->target.parent, left);
    return g_steal_pointer (&place);
}

/* Puts the lock into the directory itself. */
static gboolean
move_inside (XnPlace *place, GError **error)
{
    xn_target_clear (&place->target);
    place->target.parent_path = g_strdup (place->path);
    place->target.parent = openat (place->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place->target.parent >= 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot open the directory %s", place->path);
    return FALSE;
}

/* A directory of the same file system may be mounted there as well. */
static gboolean
is_mounted (int dir)
{
    struct statx status;
    return statx (dir, "", AT_EMPTY_PATH, STATX_TYPE, &status) == 0 &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static gboolean
needs_inside (const XnPlace *place)
{
    struct stat above, inside;
    if (place->target.name == NULL || is_mounted (place->root))
        return TRUE;
    return fstat (place->target.parent, &above) != 0 || fstat (place->root, &inside) != 0 ||
           above.st_dev != inside.st_dev || faccessat (place->target.parent, ".", W_OK | X_OK, AT_EACCESS) != 0;
}

/* Opens the tree if it is there: place->root. */
static gboolean
open_root (XnPlace *place, GError **error)
{
    const char *name = place->target.name != NULL ? place->target.name : ".";
    place->root = openat (place->target.parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->root >= 0 || errno == ENOENT)
        return TRUE;
    if (errno == ENOTDIR)
        xn_error_set (error, XN_ERROR_IO, "%s is a file, but a directory is needed there", place->path);
    else
        xn_error_set_errno (error, errno, "cannot open the directory %s", place->path);
    return FALSE;
}

static gboolean
prepare_tree (XnPlace *place, GError **error)
{
    if (place->target.parent < 0)
        return place->gathers = TRUE;
    if (!open_root (place, error))
        return FALSE;
    const gboolean inside = place->root >= 0 && needs_inside (place);
    if (inside && !move_inside (place, error))
        return FALSE;
    if (!occupy (place, error))
        return FALSE;
    if (inside)
        return TRUE;

    /* Only now, under the lock, what is there stays as it is. */
    xn_fd_clear (&place->root);
    if (!open_root (place, error))
        return FALSE;
    place->gathers = place->root < 0;
    return xn_place_find_partial (place, error);
}

XnPlace *
xn_place_open_tree (const char *path, guint flags, GError **error)
{
    g_autoptr (XnPlace) place = place_new (flags);
    g_autofree char *foreseen = place->looks ? xn_dir_foresee (path) : NULL;
    place->is_tree = TRUE;
    if (!xn_target_find (foreseen != NULL ? foreseen : path, place->looks, &place->target, error))
        return NULL;
    place->path = g_strdup (path);
    for (gsize length = strlen (path); length > 1 && path[length - 1] == '/'; length--)
        place->path[length - 1] = '\0';
    return prepare_tree (place, error) ? g_steal_pointer (&place) : NULL;
}

/* Directories that were made for files which did not come. */
static void
remove_made (XnPlace *place)
{
    for (guint i = place->made->len; i > 0; i--) {
        const char *path = g_ptr_array_index (place->made, i - 1);
        XN_AUTO_FD int dir = xn_dir_open_below (place->root, place->path, path, FALSE, NULL, NULL);
        if (dir >= 0)
            unlinkat (dir, xn_dir_last_part (path), AT_REMOVEDIR);
    }
}

void
xn_place_free (XnPlace *place)
{
    if (place == NULL)
        return;
    if (place->partial >= 0 && !place->committed && !place->looks)
        xn_place_leave_partial (place);
    if (place->root >= 0 && g_atomic_int_get (&place->failed))
        remove_made (place);
    xn_lock_release (place->lock);
    xn_fd_clear (&place->partial);
    xn_fd_clear (&place->root);
    xn_target_clear (&place->target);
    pthread_mutex_destroy (&place->mutex);
    g_hash_table_unref (place->kept);
    g_hash_table_unref (place->folders);
    g_ptr_array_unref (place->made);
    g_clear_pointer (&place->listed, g_hash_table_unref);
    g_clear_pointer (&place->paths, g_ptr_array_unref);
    g_free (place->partial_name);
    g_free (place->partial_path);
    g_free (place->path);
    g_free (place);
}
