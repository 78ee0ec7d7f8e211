/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the file system of the destination takes for one.
 *
 * Of the names that a server lists, those that are alike are few, and tried out. Of what is there already, the first name
 * in each directory that is met shows whether another spelling leads to it as well; only then the directory is read. */
#include "local/place-private.h"

#include "base/error.h"
#include "local/alike.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A directory that was there. */
typedef struct {
    gboolean case_known, form_known; /* whether it was looked for another spelling */
    gboolean folds;                  /* one led to something */
    GHashTable *names;               /* (owned) (nullable) what is in it, where it folds */
} Folder;

void
xn_place_folder_free (gpointer data)
{
    Folder *folder = data;
    g_clear_pointer (&folder->names, g_hash_table_unref);
    g_free (folder);
}

static gboolean
one_name (XnPlace *place, const char *one, const char *other, GError **error)
{
    xn_error_set (
        error, XN_ERROR_IO,
        "the file system takes “%s” and “%s” for one name, so that both cannot be in %s; choose a destination "
        "on another one",
        one, other, place->path);
    return FALSE;
}

static gboolean
exists (int dir, const char *name)
{
    struct stat status;
    return fstatat (dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
learn (Folder *folder, int dir, const char *name)
{
    if (!folder->case_known) {
        g_autofree char *other = xn_alike_in_other_case (name);
        folder->case_known = other != NULL;
        folder->folds |= other != NULL && exists (dir, other);
    }
    if (!folder->form_known) {
        g_autofree char *other = xn_alike_in_other_form (name);
        folder->form_known = other != NULL;
        folder->folds |= other != NULL && exists (dir, other);
    }
}

/* The entry of the directory that @name leads to, or NULL if that is its name. */
static const char *
find_twin (Folder *folder, int dir, const char *name)
{
    for (int i = 0; i < 2; i++) {
        if (folder->names != NULL && g_hash_table_contains (folder->names, name))
            return NULL;
        if (i > 0 && folder->names != NULL)
            break;
        g_clear_pointer (&folder->names, g_hash_table_unref); /* something may be new */
        folder->names = xn_dir_names (dir);
    }
    GHashTableIter iter;
    gpointer entry;
    if (folder->names == NULL)
        return NULL;
    g_hash_table_iter_init (&iter, folder->names);
    while (g_hash_table_iter_next (&iter, &entry, NULL))
        if (g_utf8_validate (entry, -1, NULL) && xn_alike (entry, name))
            return entry;
    return NULL;
}

/* @path: of the entry @name in @folder, below the tree. A file system may store names in a form of its own: then a twin
 * that the server does not list is the file itself. */
static gboolean
check_entry (XnPlace *place, Folder *folder, int dir, const char *path, const char *name, GError **error)
{
    learn (folder, dir, name);
    const char *twin = folder->folds ? find_twin (folder, dir, name) : NULL;
    if (twin == NULL)
        return TRUE;
    g_autofree char *there = g_strdup_printf ("%.*s%s", (int)(strlen (path) - strlen (name)), path, twin);
    const gboolean listed = place->listed != NULL && g_hash_table_contains (place->listed, there);
    if (!listed && xn_alike_but_for_form (twin, name))
        return TRUE;
    return one_name (place, there, path, error);
}

/* The folder at @path ("": the top), looked for in @above, which is open as @above_dir. */
static Folder *
get_folder (XnPlace *place, Folder *above, int above_dir, const char *path, GError **error)
{
    Folder *folder = g_hash_table_lookup (place->folders, path);
    if (folder != NULL)
        return folder;
    if (above != NULL && !check_entry (place, above, above_dir, path, xn_dir_last_part (path), error))
        return NULL;
    folder = g_new0 (Folder, 1);
    g_hash_table_insert (place->folders, g_strdup (path), folder);
    return folder;
}

/* Checks the directories above @relative, from the top. The mutex is held. */
static Folder *
get_folders (XnPlace *place, const char *relative, GError **error)
{
    Folder *folder = get_folder (place, NULL, -1, "", error);
    const char *slash = relative;
    while (folder != NULL && (slash = strchr (slash, '/')) != NULL) {
        g_autofree char *path = g_strndup (relative, (gsize)(slash - relative));
        Folder *known = g_hash_table_lookup (place->folders, path);
        slash++;
        if (known != NULL) {
            folder = known;
            continue;
        }
        XN_AUTO_FD int above = xn_dir_open_below (place->root, place->path, path, FALSE, NULL, error);
        folder = above >= 0 ? get_folder (place, folder, above, path, error) : NULL;
    }
    return folder;
}

gboolean
xn_place_check_name (XnPlace *place, int dir, const char *relative, GError **error)
{
    if (place->gathers || (relative == NULL && !place->server_named))
        return TRUE;
    const char *path = relative != NULL ? relative : place->target.name;
    g_autoptr (GError) problem = NULL;
    XN_LOCKED (&place->mutex);
    Folder *folder = get_folders (place, path, &problem);
    /* What has vanished meanwhile is another's to find. */
    if (folder == NULL && problem == NULL)
        return TRUE;
    if (folder != NULL && check_entry (place, folder, dir, path, xn_dir_last_part (path), &problem))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

int
xn_place_open_nearest (XnPlace *place, const char *path)
{
    g_autofree char *at = g_strdup (path);
    const int top = place->root >= 0 ? place->root : place->target.parent;
    for (;;) {
        const int dir = place->root >= 0 ? xn_dir_open_below (top, place->path, at, FALSE, NULL, NULL) : -1;
        char *slash = strrchr (at, '/');
        if (dir >= 0)
            return dir;
        if (slash == NULL && top < 0)
            return -1;
        if (slash == NULL)
            return openat (top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        *slash = '\0';
    }
}

/* Whether two names are one in @dir. */
static gboolean
try_names (int dir, const char *one, const char *other)
{
    XN_AUTO_FD int file = openat (dir, one, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return FALSE;
    const gboolean same = exists (dir, other);
    unlinkat (dir, one, 0);
    return same;
}

/* As far as a look at what is in @dir tells: whether another spelling of some name there, which differs from it as the two
 * do, leads to it as well. */
static gboolean
seem_one (int dir, const XnAlike *alike)
{
    const gboolean in_form = xn_alike_but_for_form (alike->one, alike->other);
    g_autoptr (GHashTable) names = dir >= 0 ? xn_dir_names (dir) : NULL;
    GHashTableIter iter;
    gpointer name;
    if (names == NULL)
        return FALSE;
    g_hash_table_iter_init (&iter, names);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        if (!g_utf8_validate (name, -1, NULL))
            continue;
        g_autofree char *other = in_form ? xn_alike_in_other_form (name) : xn_alike_in_other_case (name);
        if (other != NULL && !g_hash_table_contains (names, other))
            return exists (dir, other);
    }
    return FALSE;
}

/* In a directory that is empty, and inherits what the file system does with names. */
static gboolean
are_one (XnPlace *place, const XnAlike *alike)
{
    g_autofree char *scratch = xn_target_private_name (place->target.name, "names");
    XN_AUTO_FD int near = xn_place_open_nearest (place, alike->one);
    if (place->looks)
        return seem_one (near, alike);
    if (near < 0 || (mkdirat (near, scratch, 0700) != 0 && errno != EEXIST))
        return FALSE; /* nothing else will be made here, either */
    XN_AUTO_FD int dir = openat (near, scratch, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const gboolean same = dir >= 0 && try_names (dir, xn_dir_last_part (alike->one), xn_dir_last_part (alike->other));
    unlinkat (near, scratch, AT_REMOVEDIR);
    return same;
}

gboolean
xn_place_check_paths (XnPlace *place, GError **error)
{
    g_autoptr (GPtrArray) pairs = xn_alike_find (place->paths);
    for (guint i = 0; i < pairs->len; i++) {
        const XnAlike *alike = g_ptr_array_index (pairs, i);
        if (are_one (place, alike))
            return one_name (place, alike->one, alike->other, error);
    }
    return TRUE;
}
