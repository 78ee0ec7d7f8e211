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

gboolean
xn_place_was_left (const XnPlace *place)
{
    return place->lock != NULL && xn_lock_was_left (place->lock);
}

char *
xn_place_shown (XnPlace *place, const char *relative)
{
    return relative != NULL ? g_strconcat (place->path, "/", relative, NULL) : g_strdup (place->path);
}

/* Only where something was taken over there can be what does not belong. */
void
xn_place_note (XnPlace *place, const char *relative)
{
    if (!place->gathers || !place->taken_over)
        return;
    XN_LOCKED (&place->mutex);
    g_hash_table_add (place->kept, g_strdup (relative));
}

gboolean
xn_place_may_warn (XnPlace *place, gint what)
{
    return (g_atomic_int_or ((guint *)&place->warned, (guint)what) & (guint)what) == 0;
}

/* The partial directory; once open it stays so as long as the place: -1 if it is missing, with an error only if @create. */
static int
open_gathered (XnPlace *place, gboolean create, GError **error)
{
    XN_LOCKED (&place->mutex);
    if (create && !xn_place_make_partial (place, error))
        return -1;
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
    if (relative == NULL || strchr (relative, '/') == NULL) {
        const int same = openat (root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (same < 0)
            xn_error_set_errno (error, errno, "cannot open the directory %s", shown);
        return same;
    }
    g_autoptr (GPtrArray) made = g_ptr_array_new ();
    const int dir = xn_dir_open_below (root, shown, relative, create, made, error);
    if (made->len > 0) {
        XN_LOCKED (&place->mutex);
        g_ptr_array_extend_and_steal (place->made, g_steal_pointer (&made));
    }
    return dir;
}

static gboolean
look (int dir, const char *name, const char *shown, struct stat *status, GError **error)
{
    if (fstatat (dir, name, status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            xn_error_set_errno (error, errno, "cannot look at %s", shown);
        return FALSE;
    }
    if (S_ISREG (status->st_mode))
        return TRUE;
    if (S_ISLNK (status->st_mode))
        xn_error_set (error, XN_ERROR_INTEGRITY, "a link is in the way at %s; nothing is written through it", shown);
    else
        xn_error_set (error, XN_ERROR_IO, "%s is in the way at %s, where a file is needed",
                      S_ISDIR (status->st_mode) ? "a directory" : "something that is no file", shown);
    return FALSE;
}

gboolean
xn_place_look (XnPlace *place, int dir, const char *relative, struct stat *status, GError **error)
{
    const char *name = relative != NULL ? xn_dir_last_part (relative) : place->target.name;
    g_autoptr (GError) problem = NULL;
    g_autofree char *shown = xn_place_shown (place, relative);
    if (look (dir, name, shown, status, &problem) && xn_place_check_name (place, dir, relative, &problem))
        return TRUE;
    if (problem != NULL)
        g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* Where a tree exists and an earlier run left a partial one as well: looks there. */
static int
open_left_dir (XnPlace *place, const char *relative, GError **error)
{
    if (place->gathers || place->partial < 0 || relative == NULL)
        return -1;
    return xn_dir_open_below (place->partial, place->partial_path, relative, FALSE, NULL, error);
}

/* What another user has put into the partial directory does not count: nothing has checked it. */
static gboolean
is_trusted (XnPlace *place, gboolean in_partial, const struct stat *status)
{
    return !in_partial || status->st_uid == xn_lock_uid (place->lock);
}

/* Finds the file and opens the directory that holds it: TRUE with *@out_dir. */
static gboolean
find_file (XnPlace *place, const char *relative, XnLocalFile *out_file, int *out_dir, GError **error)
{
    const char *name;
    struct stat status;
    g_autoptr (GError) problem = NULL;
    gboolean found = FALSE, in_partial = place->gathers;
    *out_dir = xn_place_open_dir (place, relative, FALSE, &name, &problem);
    if (*out_dir >= 0)
        found = xn_place_look (place, *out_dir, relative, &status, &problem);
    if (!found && problem == NULL) {
        g_autofree char *shown = xn_place_shown (place, relative);
        xn_fd_clear (out_dir);
        *out_dir = open_left_dir (place, relative, &problem);
        found = *out_dir >= 0 && look (*out_dir, name, shown, &status, &problem);
        in_partial = TRUE;
    }
    if (found && is_trusted (place, in_partial, &status)) {
        /* A fetch sets whole seconds only, so anything else is an edit. */
        *out_file = (XnLocalFile){.size = status.st_size,
                                  .mtime = status.st_mtim.tv_nsec == 0 ? status.st_mtime : -1,
                                  .in_partial = in_partial};
        return TRUE;
    }
    xn_fd_clear (out_dir);
    if (problem != NULL)
        g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

gboolean
xn_place_is_new (const XnPlace *place)
{
    return place->is_tree && place->gathers && !place->taken_over;
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

gboolean
xn_place_keep (XnPlace *place, const char *relative, GError **error)
{
    if (relative == NULL && !place->durable)
        return TRUE;
    XN_AUTO_FD int dir = -1;
    XnLocalFile found;
    g_autoptr (GError) problem = NULL;
    if (!find_file (place, relative, &found, &dir, &problem)) {
        g_autofree char *shown = xn_place_shown (place, relative);
        if (problem == NULL)
            xn_error_set (&problem, XN_ERROR_IO, "%s has vanished", shown);
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    /* Who wrote it may not have waited for the disk. */
    if (relative == NULL)
        return xn_place_sync_file (place, dir, place->target.name, error);
    if (found.in_partial && !place->gathers)
        return xn_place_move_left (place, dir, relative, error);
    xn_place_note (place, relative);
    return TRUE;
}

static char *
temp_mark (const XnPlace *place, guint depth)
{
    g_autofree char *text =
        g_strdup_printf ("%d %u %s", place->is_tree, depth, place->target.name != NULL ? place->target.name : "");
    char *mark = g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);
    mark[8] = '\0';
    return mark;
}

char *
xn_place_temp_name (const XnPlace *place, const char *name, guint depth, guint number)
{
    g_autofree char *mark = temp_mark (place, depth);
    g_autofree char *what =
        number == 0 ? g_strconcat ("tmp-", mark, NULL) : g_strdup_printf ("tmp-%s-%u", mark, number);
    return xn_target_private_name (name, what);
}

gboolean
xn_place_is_temp (const XnPlace *place, const char *name, guint depth)
{
    const char *found = name[0] == '.' ? strstr (name, ".xnatstorage-tmp-") : NULL;
    if (found == NULL)
        return FALSE;
    g_autofree char *mark = temp_mark (place, depth);
    const char *end = found + strlen (".xnatstorage-tmp-");
    return g_str_has_prefix (end, mark) && strspn (end + strlen (mark), "-0123456789") == strlen (end + strlen (mark));
}

gboolean
xn_place_remove_temp (const XnPlace *place, int dir, const char *name)
{
    struct stat status;
    if (fstatat (dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    return S_ISREG (status.st_mode) && status.st_uid == xn_lock_uid (place->lock) && unlinkat (dir, name, 0) == 0;
}

gboolean
xn_place_expect (XnPlace *place, GPtrArray *paths, GError **error)
{
    place->paths = g_ptr_array_ref (paths);
    place->listed = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < paths->len; i++)
        g_hash_table_add (place->listed, g_ptr_array_index (paths, i));
    return xn_place_check_paths (place, error);
}

typedef struct {
    const XnPlace *place;
    guint others;
    void (*told) (const char *relative, gint64 size, gpointer data); /* (nullable) of each; then nothing is removed */
    gpointer data;
} Count;

/* What a killed run has left in the tree is removed on the way. */
static gboolean
count_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving,
             gpointer data, GError **error)
{
    Count *count = data;
    guint depth = 0;
    if (S_ISDIR (status->st_mode) ||
        (count->place->listed != NULL && g_hash_table_contains (count->place->listed, relative)))
        return TRUE;
    for (const char *at = relative; *at != '\0'; at++)
        depth += *at == '/';
    if (xn_place_is_temp (count->place, name, depth) &&
        (count->told != NULL || xn_place_remove_temp (count->place, dir, name)))
        return TRUE;
    if (g_str_has_prefix (relative, ".xnatstorage-"))
        return TRUE;
    count->others++;
    if (count->told != NULL)
        count->told (relative, status->st_size, count->data);
    return TRUE;
}

guint
xn_place_count_replaced (XnPlace *place)
{
    return (guint)g_atomic_int_get (&place->replaced);
}

guint
xn_place_count_others (XnPlace *place)
{
    Count count = {.place = place};
    if (place->gathers)
        return place->taken_over ? xn_place_count_foreign (place) : 0;
    if (place->root >= 0)
        xn_dir_visit (place->root, place->path, count_entry, &count, NULL);
    return count.others;
}

void
xn_place_tell_others (XnPlace *place, void (*told) (const char *relative, gint64 size, gpointer data), gpointer data)
{
    Count count = {.place = place, .told = told, .data = data};
    if (place->root >= 0)
        xn_dir_visit (place->root, place->path, count_entry, &count, NULL);
}

gboolean
xn_place_check_rights (XnPlace *place, const char *relative, GError **error)
{
    /* That something can be made beside the result was seen with the lock. */
    if (relative == NULL || place->root < 0)
        return TRUE;
    XN_AUTO_FD int dir = xn_place_open_nearest (place, relative);
    if (dir < 0 || xn_dir_is_writable (dir))
        return TRUE;
    const int errnum = errno;
    g_autofree char *shown = xn_place_shown (place, relative);
    xn_error_set_errno (error, errnum, "cannot write %s", shown);
    return FALSE;
}
