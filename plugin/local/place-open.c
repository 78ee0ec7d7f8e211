/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and ending a destination.
 *
 * Beside NAME, in the same directory, stand while it is open: the lock .NAME.xnatstorage-lock, temporary files (see
 * place-file.c) as .NAME.xnatstorage-tmp, and the gathered tree NAME.partial. Where nothing can be made beside NAME, or it
 * is the root of a file system, lock and temporary files stand inside it, and the files of a tree each go to their places
 * at once. All names are fixed, so that the next run finds what a killed one left without searching. */
#include "local/place-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static XnPlace *
place_new (void)
{
    XnPlace *place = g_new0 (XnPlace, 1);
    place->target.parent = -1;
    place->root = -1;
    place->partial = -1;
    place->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    pthread_mutex_init (&place->mutex, NULL);
    return place;
}

/* Takes the lock and removes what a killed run left. */
static gboolean
occupy (XnPlace *place, GError **error)
{
    g_autofree char *lock_name = xn_target_private_name (place->target.name, "lock");
    place->temp_name = xn_target_private_name (place->target.name, "tmp");
    place->lock = xn_lock_take (place->target.parent, lock_name, place->path, error);
    if (place->lock == NULL)
        return FALSE;
    if (xn_dir_remove (place->target.parent, place->temp_name))
        return TRUE;
    xn_error_set (error, XN_ERROR_IO, "cannot remove %s/%s, which an earlier run left; remove it by hand",
                  place->target.parent_path, place->temp_name);
    return FALSE;
}

static char *
join (const char *directory, const char *name)
{
    const gboolean has_slash = g_str_has_suffix (directory, "/");
    return g_strconcat (directory, has_slash ? "" : "/", name, NULL);
}

XnPlace *
xn_place_open_file (const char *path, const char *name, GError **error)
{
    g_autoptr (XnPlace) place = place_new ();
    struct stat status;
    const gboolean exists = stat (path, &status) == 0;
    if (g_str_has_suffix (path, "/") || (exists && S_ISDIR (status.st_mode))) {
        if (!xn_name_is_safe (name, error))
            return NULL;
        if (!xn_dir_make_path (path, error))
            return NULL;
        place->path = join (path, xn_dir_last_part (name));
        place->target.name = g_strdup (xn_dir_last_part (name));
        place->target.parent_path = g_strdup (path);
        place->target.parent = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place->target.parent < 0) {
            xn_error_set_errno (error, errno, "cannot open the directory %s", path);
            return NULL;
        }
    } else {
        if (exists && !S_ISREG (status.st_mode)) {
            xn_error_set (error, XN_ERROR_IO, "%s is no regular file and is left alone", path);
            return NULL;
        }
        place->path = g_strdup (path);
        if (!xn_target_find (path, &place->target, error))
            return NULL;
    }
    return occupy (place, error) ? g_steal_pointer (&place) : NULL;
}

/* Puts lock and temporary files into the directory itself. */
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

/* Opens the partial directory if an earlier run left one. */
static gboolean
open_partial (XnPlace *place, GError **error)
{
    struct stat status;
    if (fstatat (place->target.parent, place->partial_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return TRUE;
    if (S_ISLNK (status.st_mode)) {
        xn_error_set (error, XN_ERROR_INTEGRITY, "a link is in the way at %s; nothing is written through it",
                      place->partial_path);
        return FALSE;
    }
    place->partial = openat (place->target.parent, place->partial_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    place->taken_over = place->partial >= 0;
    if (place->partial >= 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot open the directory %s", place->partial_path);
    return FALSE;
}

static gboolean
prepare_tree (XnPlace *place, GError **error)
{
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
    if (place->root >= 0 && xn_dir_is_empty (place->root, NULL))
        xn_fd_clear (&place->root);
    place->gathers = place->root < 0;
    place->partial_name = xn_target_partial_name (place->target.name);
    place->partial_path = g_build_filename (place->target.parent_path, place->partial_name, NULL);
    return open_partial (place, error);
}

XnPlace *
xn_place_open_tree (const char *path, GError **error)
{
    g_autoptr (XnPlace) place = place_new ();
    place->is_tree = TRUE;
    if (!xn_target_find (path, &place->target, error))
        return NULL;
    place->path = g_strdup (path);
    for (gsize length = strlen (path); length > 1 && path[length - 1] == '/'; length--)
        place->path[length - 1] = '\0';
    return prepare_tree (place, error) ? g_steal_pointer (&place) : NULL;
}

void
xn_place_free (XnPlace *place)
{
    if (place == NULL)
        return;
    if (place->partial >= 0 && !place->committed) {
        xn_dir_prune (place->partial, NULL);
        unlinkat (place->target.parent, place->partial_name, AT_REMOVEDIR); /* if that left nothing in it */
    }
    if (place->made_temp_dir)
        xn_dir_remove (place->target.parent, place->temp_name);
    xn_lock_release (place->lock);
    xn_fd_clear (&place->partial);
    xn_fd_clear (&place->root);
    xn_target_clear (&place->target);
    pthread_mutex_destroy (&place->mutex);
    g_hash_table_unref (place->kept);
    g_free (place->partial_name);
    g_free (place->partial_path);
    g_free (place->temp_name);
    g_free (place->path);
    g_free (place);
}
