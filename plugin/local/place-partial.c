/* SPDX-License-Identifier: Apache-2.0 */
/* DESTINATION.partial: making it, finding one that was left, and what becomes of it.
 *
 * It is ours if it belongs to the user and bears our mark. What is in it is ours if this run wrote or wants it, or if it
 * was there when the run that left it had ended, which leaves nothing but its own; anything else is the user's, and stays. */
#include "local/place-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { READABLE = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

static gboolean
is_ours (XnPlace *place, int dir)
{
    struct stat status;
    if (fstat (dir, &status) != 0 || status.st_uid != xn_lock_uid (place->lock))
        return FALSE;
    /* A run may be killed before it has marked what it made. */
    return xn_mark_get (dir, &place->mark) || (xn_lock_was_left (place->lock) && xn_dir_is_empty (dir, NULL));
}

static gboolean
foreign (XnPlace *place, GError **error)
{
    struct stat status;
    if (fstatat (place->target.parent, place->partial_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK (status.st_mode))
        xn_error_set (error, XN_ERROR_INTEGRITY, "a link is in the way at %s; nothing is written through it",
                      place->partial_path);
    else
        xn_error_set (error, XN_ERROR_CONFLICT,
                      "%s is in the way, and was not left by a run of this user; move it away, or choose another "
                      "destination",
                      place->partial_path);
    return FALSE;
}

static void
name_partial (XnPlace *place, gsize longest)
{
    g_free (place->partial_name);
    g_free (place->partial_path);
    place->partial_name = xn_target_partial_name (place->target.name, longest);
    place->partial_path = g_build_filename (place->target.parent_path, place->partial_name, NULL);
}

gboolean
xn_place_find_partial (XnPlace *place, GError **error)
{
    name_partial (place, NAME_MAX);
    int dir = openat (place->target.parent, place->partial_name, READABLE);
    if (dir < 0 && errno == ENAMETOOLONG) {
        name_partial (place, XN_TARGET_SHORT_NAME);
        dir = openat (place->target.parent, place->partial_name, READABLE);
    }
    if (dir < 0 && errno == ENOENT)
        return TRUE;
    if (dir >= 0 && is_ours (place, dir)) {
        place->partial = dir;
        place->taken_over = TRUE;
        return TRUE;
    }
    xn_fd_clear (&dir);
    return !place->gathers || foreign (place, error);
}

static gboolean
cannot_make (XnPlace *place, int errnum, GError **error)
{
    if (errnum == EEXIST || errnum == ENOTDIR || errnum == ENOTEMPTY)
        return foreign (place, error);
    xn_error_set_errno (error, errnum, "cannot make the directory %s", place->partial_path);
    return FALSE;
}

/* Makes @name, opens and marks it: a descriptor, or -1 with errno. */
static int
make_marked (XnPlace *place, const char *name)
{
    struct stat status;
    if (mkdirat (place->target.parent, name, 0777) != 0)
        return -1;
    XN_AUTO_FD int dir = openat (place->target.parent, name, READABLE);
    if (dir < 0 || fstat (dir, &status) != 0)
        return -1;
    if (status.st_uid != xn_lock_uid (place->lock)) {
        errno = EEXIST;
        return -1;
    }
    xn_mark_init (&place->mark);
    xn_mark_set (dir, &place->mark);
    const int result = dir;
    dir = -1;
    return result;
}

/* Renames within target.parent, and replaces nothing. */
static gboolean
rename_new (XnPlace *place, const char *from, const char *to)
{
    struct stat status;
    const int parent = place->target.parent;
    if (renameat2 (parent, from, parent, to, RENAME_NOREPLACE) == 0)
        return TRUE;
    if (errno != EINVAL && errno != ENOSYS)
        return FALSE;
    if (fstatat (parent, to, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return renameat (parent, from, parent, to) == 0;
    errno = EEXIST;
    return FALSE;
}

/* It appears under its name with its mark, or, where directories cannot be renamed, gets that at once. */
gboolean
xn_place_make_partial (XnPlace *place, GError **error)
{
    if (place->partial >= 0)
        return TRUE;
    const int parent = place->target.parent;
    g_autofree char *unmarked = xn_target_private_name (place->target.name, "partial");
    place->partial = make_marked (place, unmarked);
    if (place->partial < 0 && errno == EEXIST) { /* a run was killed just then */
        XN_AUTO_FD int left = openat (parent, unmarked, READABLE);
        if (left >= 0)
            unlinkat (left, XN_MARK_FILE, 0); /* be it whole or not */
        unlinkat (parent, unmarked, AT_REMOVEDIR);
        place->partial = make_marked (place, unmarked);
    }
    if (place->partial < 0 && errno == EEXIST) {
        xn_error_set (error, XN_ERROR_CONFLICT, "%s/%s is in the way, which an earlier run may have left; move it away",
                      place->target.parent_path, unmarked);
        return FALSE;
    }
    if (place->partial < 0)
        return cannot_make (place, errno, error);
    if (rename_new (place, unmarked, place->partial_name))
        return TRUE;
    int errnum = errno;
    xn_mark_remove (place->partial, &place->mark);
    xn_fd_clear (&place->partial);
    unlinkat (parent, unmarked, AT_REMOVEDIR);
    if (errnum != EEXIST && errnum != ENOTEMPTY) {
        place->partial = make_marked (place, place->partial_name);
        errnum = errno;
    }
    return place->partial >= 0 || cannot_make (place, errnum, error);
}

gboolean
xn_place_is_partial (XnPlace *place, const char *name)
{
    struct stat opened, named;
    XnMark mark;
    XN_AUTO_FD int dir = openat (place->target.parent, name, READABLE);
    if (dir < 0 || fstat (dir, &named) != 0 || fstat (place->partial, &opened) != 0)
        return FALSE;
    if (opened.st_dev == named.st_dev && opened.st_ino == named.st_ino)
        return TRUE;
    /* Some file systems give a directory another number each time. */
    return named.st_uid == opened.st_uid && xn_mark_get (dir, &mark) && strcmp (mark.run, place->mark.run) == 0;
}

static guint
depth_of (const char *relative)
{
    guint depth = 0;
    for (const char *at = relative; *at != '\0'; at++)
        depth += *at == '/';
    return depth;
}

static gboolean
is_mark (const XnPlace *place, const char *relative)
{
    return place->mark.in_file && strcmp (relative, XN_MARK_FILE) == 0;
}

static gboolean
is_wanted (const XnPlace *place, const char *relative)
{
    return place->gathers && place->kept != NULL && g_hash_table_contains (place->kept, relative);
}

/* Whether a file of the partial directory is one that runs of ours have left. */
static gboolean
is_left (const XnPlace *place, const char *name, const char *relative, const struct stat *status)
{
    return is_mark (place, relative) || (place->listed != NULL && g_hash_table_contains (place->listed, relative)) ||
           xn_place_is_temp (place, name, depth_of (relative)) || xn_mark_covers (&place->mark, status);
}

typedef struct {
    XnPlace *place;
    guint n_foreign;
    gboolean keep_mark;
} Cleaning;

static gboolean
clean_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving,
             gpointer data, GError **error)
{
    Cleaning *cleaning = data;
    const XnPlace *place = cleaning->place;
    if (leaving)
        unlinkat (dir, name, AT_REMOVEDIR);
    else if (!S_ISDIR (status->st_mode) && !is_wanted (place, relative) && is_left (place, name, relative, status) &&
             !(cleaning->keep_mark && is_mark (place, relative)))
        unlinkat (dir, name, 0);
    return TRUE;
}

static gboolean
count_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving,
             gpointer data, GError **error)
{
    Cleaning *cleaning = data;
    if (!S_ISDIR (status->st_mode) && !is_wanted (cleaning->place, relative) &&
        !is_left (cleaning->place, name, relative, status))
        cleaning->n_foreign++;
    return TRUE;
}

guint
xn_place_count_foreign (XnPlace *place)
{
    Cleaning cleaning = {.place = place};
    if (place->partial >= 0)
        xn_dir_visit (place->partial, place->partial_path, count_entry, &cleaning, NULL);
    return cleaning.n_foreign;
}

void
xn_place_clean_partial (XnPlace *place, gboolean keep_itself)
{
    Cleaning cleaning = {.place = place, .keep_mark = TRUE};
    xn_dir_visit (place->partial, place->partial_path, clean_entry, &cleaning, NULL);
    if (keep_itself || !xn_dir_is_empty (place->partial, place->mark.in_file ? XN_MARK_FILE : NULL) ||
        !xn_place_is_partial (place, place->partial_name))
        return;
    xn_mark_remove (place->partial, &place->mark);
    if (unlinkat (place->target.parent, place->partial_name, AT_REMOVEDIR) != 0)
        xn_mark_set (place->partial, &place->mark);
}

void
xn_place_leave_partial (XnPlace *place)
{
    /* Files of others beside ours would later count as left by us. */
    if (xn_place_count_foreign (place) == 0)
        xn_mark_end (place->partial, &place->mark);
    g_clear_pointer (&place->listed, g_hash_table_unref);
    place->mark.has_ended = FALSE;
    xn_place_clean_partial (place, FALSE);
}

static gboolean
set_vanished (XnPlace *place, const char *relative, int errnum, GError **error)
{
    xn_error_set_errno (error, errnum, "cannot move %s/%s to %s", place->partial_path, relative, place->path);
    return FALSE;
}

static gboolean
copy_bytes (int from, XnPlaceFile *to, const char *shown, GError **error)
{
    const gsize size = 256 * 1024;
    g_autofree guint8 *buffer = g_malloc (size);
    for (;;) {
        const ssize_t got = read (from, buffer, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            xn_error_set_errno (error, errno, "cannot read %s", shown);
        if (got <= 0)
            return got == 0;
        if (!xn_place_file_write (to, buffer, (gsize)got, error))
            return FALSE;
    }
}

/* Makes it anew where it belongs, so that it gets the group and the rights that files have there. */
static gboolean
copy_left (XnPlace *place, int from, const char *relative, GError **error)
{
    struct stat status;
    const char *name = xn_dir_last_part (relative);
    XN_AUTO_FD int file = openat (from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || fstat (file, &status) != 0)
        return set_vanished (place, relative, errno, error);
    g_autoptr (XnPlaceFile) copy = xn_place_create (place, relative, status.st_size, FALSE, error);
    if (copy == NULL || !copy_bytes (file, copy, place->partial_path, error))
        return FALSE;
    if (xn_place_file_written (copy) != status.st_size)
        return set_vanished (place, relative, EAGAIN, error);
    if (!xn_place_file_commit (copy, status.st_mtim.tv_nsec == 0 ? status.st_mtime : -1, error))
        return FALSE;
    unlinkat (from, name, 0);
    return TRUE;
}

gboolean
xn_place_move_left (XnPlace *place, int from, const char *relative, GError **error)
{
    const char *name;
    if (!place->fills)
        return copy_left (place, from, relative, error);
    XN_AUTO_FD int to = xn_place_open_dir (place, relative, TRUE, &name, error);
    if (to < 0)
        return FALSE;
    const unsigned int flags = place->keeps_changed ? RENAME_NOREPLACE : 0;
    return renameat2 (from, name, to, name, flags) == 0 || copy_left (place, from, relative, error);
}
