/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing a destination: a gathered tree appears under its name. */
#include "local/place-private.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* @whole: the file system, else the directory alone. */
static gboolean
sync_dir (XnPlace *place, int dir, gboolean whole, GError **error)
{
    XN_AUTO_FD int opened = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened >= 0 && (whole ? syncfs (opened) : fsync (opened)) == 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot make %s durable", place->path);
    return FALSE;
}

/* An empty directory that the tree replaces may have been given its mode on purpose. */
static void
copy_mode (XnPlace *place)
{
    struct stat status;
    if (fstatat (place->target.parent, place->target.name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR (status.st_mode) &&
        fchmodat (place->target.parent, place->partial_name, status.st_mode & 07777, 0) != 0)
        xn_log (XN_LOG_WARNING, "%s could not be given the mode that it had: %s", place->path, g_strerror (errno));
}

static gboolean
move_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving, gpointer data,
            GError **error)
{
    const int *to = data;
    if (strcmp (name, relative) != 0 || leaving || renameat (dir, name, *to, name) == 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot move %s into its directory", name);
    return FALSE;
}

static gboolean
is_working_directory (int dir)
{
    struct stat here, there;
    return fstat (dir, &there) == 0 && stat (".", &here) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

static gboolean
something_appeared (XnPlace *place, GError **error)
{
    xn_error_set (error, XN_ERROR_CONFLICT, "something else has appeared at %s; the files are in %s", place->path,
                  place->partial_path);
    return FALSE;
}

/* The second best way: moves the entries, one by one, into the empty directory that is there. */
static gboolean
fill_directory (XnPlace *place, int to, GError **error)
{
    if (!xn_dir_is_empty (to, NULL))
        return something_appeared (place, error);
    if (!xn_dir_visit (place->partial, place->partial_path, move_entry, &to, error))
        return FALSE;
    xn_dir_remove (place->target.parent, place->partial_name);
    return TRUE;
}

static gboolean
publish_gathered (XnPlace *place, GError **error)
{
    XN_AUTO_FD int old =
        openat (place->target.parent, place->target.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* Replaced, it would leave the host, and the shell that began it, in a directory that is gone. */
    if (old >= 0 && is_working_directory (old))
        return fill_directory (place, old, error);
    copy_mode (place);
    if (renameat (place->target.parent, place->partial_name, place->target.parent, place->target.name) == 0)
        return TRUE;
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
        return something_appeared (place, error);
    if (old >= 0) /* somebody else's, in a directory where only owners may remove things */
        return fill_directory (place, old, error);
    xn_error_set_errno (error, errno, "cannot rename %s to %s", place->partial_path, place->path);
    return FALSE;
}

static gboolean
publish_tree (XnPlace *place, gboolean durable, GError **error)
{
    if (place->partial < 0) { /* an empty one */
        if (mkdirat (place->target.parent, place->target.name, 0777) == 0 || errno == EEXIST)
            return TRUE;
        xn_error_set_errno (error, errno, "cannot make the directory %s", place->path);
        return FALSE;
    }
    if (place->taken_over)
        xn_dir_prune (place->partial, place->kept);
    if (durable && !sync_dir (place, place->partial, TRUE, error))
        return FALSE;
    return publish_gathered (place, error);
}

gboolean
xn_place_commit (XnPlace *place, gboolean durable, GError **error)
{
    if (place->gathers && !publish_tree (place, durable, error))
        return FALSE;
    place->committed = TRUE;
    if (!place->gathers && place->partial >= 0)
        xn_dir_remove (place->target.parent, place->partial_name);
    if (!durable)
        return TRUE;
    return sync_dir (place, place->target.parent, !place->gathers || place->partial < 0, error);
}
