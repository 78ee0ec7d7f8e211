/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and keeping files at a destination. */
#include "local/place-private.h"

#include "base/error.h"
#include "local/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *
xn_place_path (const XnPlace *place)
{
    return place->path;
}

char *
xn_place_shown (XnPlace *place, const char *relative)
{
    return relative != NULL ? g_strconcat (place->path, "/", relative, NULL) : g_strdup (place->path);
}

void
xn_place_note (XnPlace *place, const char *relative)
{
    if (!place->gathers)
        return;
    XN_LOCKED (&place->mutex);
    g_hash_table_add (place->kept, g_strdup (relative));
}

/* The partial directory; once open it stays so as long as the place: -1 if it is missing, with an error only if @create. */
static int
open_gathered (XnPlace *place, gboolean create, GError **error)
{
    XN_LOCKED (&place->mutex);
    if (place->partial < 0 && create) {
        if (mkdirat (place->target.parent, place->partial_name, 0777) != 0) {
            xn_error_set_errno (error, errno, "cannot make the directory %s", place->partial_path);
            return -1;
        }
        place->partial =
            openat (place->target.parent, place->partial_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (place->partial < 0) {
            xn_error_set_errno (error, errno, "cannot open the directory %s", place->partial_path);
            return -1;
        }
    }
    return place->partial;
}

/* The directory below which the final or gathered files stand, borrowed from @place; -1 without an error if it is missing
 * (only if not @create). */
static int
files_root (XnPlace *place, gboolean create, GError **error)
{
    if (place->gathers)
        return open_gathered (place, create, error);
    return place->is_tree ? place->root : place->target.parent;
}

int
xn_place_open_dir (XnPlace *place, const char *relative, gboolean create, const char **out_name, GError **error)
{
    *out_name = relative != NULL ? xn_dir_last_part (relative) : place->target.name;
    if (relative != NULL && !xn_name_is_safe (relative, error))
        return -1;
    const int root = files_root (place, create, error);
    if (root < 0)
        return -1;
    const char *shown = place->gathers ? place->partial_path : place->path;
    return xn_dir_open_below (root, shown, relative != NULL ? relative : *out_name, create, error);
}

static gboolean
look (int dir, const char *name, const char *shown, XnLocalFile *out_file, GError **error)
{
    struct stat status;
    if (fstatat (dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            xn_error_set_errno (error, errno, "cannot look at %s", shown);
        return FALSE;
    }
    if (S_ISREG (status.st_mode)) {
        /* A fetch sets whole seconds only, so anything else is an edit. */
        *out_file = (XnLocalFile){.size = status.st_size, .mtime = status.st_mtim.tv_nsec == 0 ? status.st_mtime : -1};
        return TRUE;
    }
    if (S_ISLNK (status.st_mode))
        xn_error_set (error, XN_ERROR_INTEGRITY, "a link is in the way at %s; nothing is written through it", shown);
    else
        xn_error_set (error, XN_ERROR_IO, "%s is in the way at %s, where a file is needed",
                      S_ISDIR (status.st_mode) ? "a directory" : "something that is no file", shown);
    return FALSE;
}

/* Where a tree exists and an earlier run left a partial one as well: looks there. */
static int
open_left_dir (XnPlace *place, const char *relative, gboolean *out_failed, GError **error)
{
    *out_failed = FALSE;
    if (place->gathers || place->partial < 0 || relative == NULL)
        return -1;
    g_autoptr (GError) problem = NULL;
    const int dir = xn_dir_open_below (place->partial, place->partial_path, relative, FALSE, &problem);
    *out_failed = problem != NULL;
    if (problem != NULL)
        g_propagate_error (error, g_steal_pointer (&problem));
    return dir;
}

/* Finds the file and opens the directory that holds it: TRUE with *@out_dir. */
static gboolean
find_file (XnPlace *place, const char *relative, XnLocalFile *out_file, int *out_dir, GError **error)
{
    const char *name;
    g_autoptr (GError) problem = NULL;
    g_autofree char *shown = xn_place_shown (place, relative);
    *out_dir = xn_place_open_dir (place, relative, FALSE, &name, &problem);
    if (*out_dir >= 0 && look (*out_dir, name, shown, out_file, &problem)) {
        out_file->in_partial = place->gathers;
        return TRUE;
    }
    xn_fd_clear (out_dir);
    gboolean failed = problem != NULL;
    if (!failed)
        *out_dir = open_left_dir (place, relative, &failed, &problem);
    if (*out_dir >= 0 && look (*out_dir, name, shown, out_file, &problem)) {
        out_file->in_partial = TRUE;
        return TRUE;
    }
    xn_fd_clear (out_dir);
    if (problem != NULL)
        g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

gboolean
xn_place_find (XnPlace *place, const char *relative, XnLocalFile *out_file, GError **error)
{
    XN_AUTO_FD int dir = -1;
    return find_file (place, relative, out_file, &dir, error);
}

char *
xn_place_md5 (XnPlace *place, const char *relative, gboolean (*stop) (gpointer), gpointer data, GError **error)
{
    XN_AUTO_FD int dir = -1;
    XnLocalFile found;
    g_autoptr (GError) problem = NULL;
    g_autofree char *shown = xn_place_shown (place, relative);
    if (!find_file (place, relative, &found, &dir, &problem)) {
        if (problem == NULL)
            xn_error_set (&problem, XN_ERROR_IO, "%s has vanished", shown);
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    const char *name = relative != NULL ? xn_dir_last_part (relative) : place->target.name;
    XN_AUTO_FD int file = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        xn_error_set_errno (error, errno, "cannot read %s", shown);
        return NULL;
    }
    return xn_digest_fd (file, shown, stop, data, error);
}

/* Moves a file of a partial tree that was left into the tree that is there. */
static gboolean
move_left_file (XnPlace *place, int from, const char *relative, GError **error)
{
    const char *name;
    XN_AUTO_FD int to = xn_place_open_dir (place, relative, TRUE, &name, error);
    if (to < 0)
        return FALSE;
    if (renameat (from, name, to, name) == 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot move %s/%s to %s", place->partial_path, relative, place->path);
    return FALSE;
}

gboolean
xn_place_keep (XnPlace *place, const char *relative, GError **error)
{
    if (relative == NULL)
        return TRUE;
    XN_AUTO_FD int dir = -1;
    XnLocalFile found;
    g_autoptr (GError) problem = NULL;
    if (!find_file (place, relative, &found, &dir, &problem)) {
        if (problem == NULL)
            xn_error_set (&problem, XN_ERROR_IO, "%s/%s has vanished", place->path, relative);
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (found.in_partial && !place->gathers)
        return move_left_file (place, dir, relative, error);
    xn_place_note (place, relative);
    return TRUE;
}

char *
xn_place_temp_name (XnPlace *place, GError **error)
{
    if (!place->is_tree)
        return g_strdup (place->temp_name);
    XN_LOCKED (&place->mutex);
    if (!place->made_temp_dir && mkdirat (place->target.parent, place->temp_name, 0777) != 0) {
        xn_error_set_errno (error, errno, "cannot make the directory %s/%s", place->target.parent_path,
                            place->temp_name);
        return NULL;
    }
    place->made_temp_dir = TRUE;
    return g_strdup_printf ("%s/%u", place->temp_name, ++place->n_temps);
}

typedef struct {
    GHashTable *listed;
    guint others;
} Count;

static gboolean
count_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving,
             gpointer data, GError **error)
{
    Count *count = data;
    if (!S_ISDIR (status->st_mode) && !g_hash_table_contains (count->listed, relative) &&
        !g_str_has_prefix (relative, ".xnatstorage-"))
        count->others++;
    return TRUE;
}

guint
xn_place_count_others (XnPlace *place, GHashTable *listed)
{
    Count count = {.listed = listed};
    if (place->root >= 0)
        xn_dir_visit (place->root, place->path, count_entry, &count, NULL);
    return count.others;
}
