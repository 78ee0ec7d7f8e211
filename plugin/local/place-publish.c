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

/* @opened: a descriptor; -1: there is none, for the reason that errno tells */
static gboolean
sync_opened (XnPlace *place, int opened, gboolean whole, GError **error)
{
    if (opened >= 0 && (whole ? syncfs (opened) : fsync (opened)) == 0)
        return TRUE;
    const int errnum = errno;
    /* Some file systems cannot sync directories. */
    if (opened >= 0 && (errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP)) {
        if (xn_place_may_warn (place, XN_PLACE_WARNED_SYNC))
            xn_log (XN_LOG_WARNING, "%s may not be durable: its file system cannot be told to write: %s", place->path,
                    g_strerror (errnum));
        return TRUE;
    }
    xn_error_set_errno (error, errnum, "cannot make %s durable", place->path);
    return FALSE;
}

gboolean
xn_place_sync (XnPlace *place, int dir, gboolean whole, GError **error)
{
    XN_AUTO_FD int opened = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return sync_opened (place, opened, whole, error);
}

gboolean
xn_place_sync_file (XnPlace *place, int dir, const char *name, GError **error)
{
    XN_AUTO_FD int opened = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return sync_opened (place, opened, FALSE, error);
}

static gboolean
something_appeared (XnPlace *place, GError **error)
{
    xn_error_set (error, XN_ERROR_CONFLICT, "something else has appeared at %s; the files are in %s", place->path,
                  place->partial_path);
    return FALSE;
}

static gboolean
was_swapped (XnPlace *place, GError **error)
{
    struct stat status;
    const gboolean is_link = fstatat (place->target.parent, place->partial_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                             S_ISLNK (status.st_mode);
    xn_error_set (error, is_link ? XN_ERROR_INTEGRITY : XN_ERROR_CONFLICT,
                  "%s has been replaced by something else meanwhile; nothing is published", place->partial_path);
    return FALSE;
}

typedef struct {
    XnPlace *place;
    gboolean all; /* else what was kept or written now */
} Filling;

static gboolean
fill_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving, gpointer data,
            GError **error)
{
    const Filling *filling = data;
    XnPlace *place = filling->place;
    if (S_ISDIR (status->st_mode) || (place->mark.in_file && strcmp (relative, XN_MARK_FILE) == 0))
        return TRUE;
    if (!filling->all && !g_hash_table_contains (place->kept, relative))
        return TRUE;
    return xn_place_move_left (place, dir, relative, error);
}

/* The second best way: moves the files, one by one, into the directory that is there. */
static gboolean
fill_directory (XnPlace *place, GError **error)
{
    const Filling filling = {.place = place, .all = !place->taken_over};
    place->root = openat (place->target.parent, place->target.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->root < 0 || !xn_dir_is_empty (place->root, NULL))
        return something_appeared (place, error);
    place->gathers = FALSE;
    place->fills = TRUE;
    return xn_dir_visit (place->partial, place->partial_path, fill_entry, (gpointer)&filling, error);
}

/* Gives the tree its name, which nothing must have: 0, or an errno value. */
static int
rename_tree (XnPlace *place)
{
    struct stat status;
    const int parent = place->target.parent;
    if (renameat2 (parent, place->partial_name, parent, place->target.name, RENAME_NOREPLACE) == 0)
        return 0;
    const gboolean plain = errno == EINVAL || errno == ENOSYS;
    if (!plain)
        return errno;
    if (fstatat (parent, place->target.name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat (parent, place->partial_name, parent, place->target.name) == 0 ? 0 : errno;
}

/* What is published is what was opened, not what has its name by now. */
static gboolean
publish_gathered (XnPlace *place, GError **error)
{
    const int parent = place->target.parent;
    if (!xn_place_is_partial (place, place->partial_name))
        return was_swapped (place, error);
    const int errnum = rename_tree (place);
    if (errnum == 0 && xn_place_is_partial (place, place->target.name)) {
        xn_mark_remove (place->partial, &place->mark);
        return TRUE;
    }
    if (errnum == 0) {
        (void)renameat2 (parent, place->target.name, parent, place->partial_name, RENAME_NOREPLACE);
        return was_swapped (place, error);
    }
    if (errnum == EEXIST || errnum == ENOTEMPTY || errnum == ENOTDIR)
        return fill_directory (place, error);
    /* Some file systems rename no directory. */
    if (mkdirat (parent, place->target.name, 0777) == 0)
        return fill_directory (place, error);
    xn_error_set_errno (error, errnum, "cannot rename %s to %s", place->partial_path, place->path);
    return FALSE;
}

static gboolean
publish_tree (XnPlace *place, GError **error)
{
    if (place->partial < 0) { /* an empty one */
        struct stat status;
        if (mkdirat (place->target.parent, place->target.name, 0777) == 0 ||
            (fstatat (place->target.parent, place->target.name, &status, 0) == 0 && S_ISDIR (status.st_mode)))
            return TRUE;
        xn_error_set_errno (error, errno, "cannot make the directory %s", place->path);
        return FALSE;
    }
    if (place->taken_over)
        xn_place_clean_partial (place, TRUE);
    if (place->durable &&
        (!xn_place_sync (place, place->partial, TRUE, error) || !xn_place_sync (place, place->partial, FALSE, error)))
        return FALSE;
    return publish_gathered (place, error);
}

gboolean
xn_place_commit (XnPlace *place, GError **error)
{
    if (place->gathers && !publish_tree (place, error))
        return FALSE;
    place->committed = TRUE;
    if (!place->gathers && place->partial >= 0)
        xn_place_clean_partial (place, FALSE);
    if (!place->durable)
        return TRUE;
    if (place->root >= 0 && !xn_place_sync (place, place->root, TRUE, error))
        return FALSE;
    return xn_place_sync (place, place->target.parent, FALSE, error);
}
