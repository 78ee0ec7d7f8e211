/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the files that are to be put. */
#include "local/tree.h"

#include "base/error.h"
#include "local/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
xn_tree_file_free (XnTreeFile *file)
{
    if (file == NULL)
        return;
    g_free (file->relative);
    g_free (file->path);
    g_free (file);
}

typedef struct {
    const char *path;
    const char *real; /* of the tree, without links; NULL: it is too long */
    GPtrArray *files;
} Listing;

static gboolean
check_name (const char *name, const char *path, GError **error)
{
    if (g_utf8_validate (name, -1, NULL))
        return TRUE;
    g_autofree char *shown = g_utf8_make_valid (path, -1);
    xn_error_set (error, XN_ERROR_IO, "cannot send %s: its name is not UTF-8; rename it", shown);
    return FALSE;
}

/* @dir, @name: where it is, in a form that is never too long. */
static gboolean
add_file (GPtrArray *files, int dir, const char *name, const char *relative, const char *path,
          const struct stat *status, GError **error)
{
    if (faccessat (dir, name, R_OK, AT_EACCESS) != 0) {
        xn_error_set_errno (error, errno, "cannot read %s", path);
        return FALSE;
    }
    XnTreeFile *file = g_new0 (XnTreeFile, 1);
    file->relative = g_strdup (relative);
    file->path = g_strdup (path);
    file->size = status->st_size;
    file->mtime_ns = xn_tree_time_ns (&status->st_mtim);
    file->ctime_ns = xn_tree_time_ns (&status->st_ctim);
    g_ptr_array_add (files, file);
    return TRUE;
}

static gboolean
is_within (const char *path, const char *directory)
{
    const gsize length = strlen (directory);
    if (strncmp (path, directory, length) != 0)
        return FALSE;
    return path[length] == '/' || path[length] == '\0' || directory[length - 1] == '/';
}

/* Where a link leads, (transfer full), without links in it; NULL with errno. */
static char *
resolve (int dir, const char *name)
{
    char link[64], target[PATH_MAX];
    XN_AUTO_FD int file = openat (dir, name, O_PATH | O_CLOEXEC);
    if (file < 0)
        return NULL;
    g_snprintf (link, sizeof link, "/proc/self/fd/%d", file);
    return realpath (link, target) != NULL ? g_strdup (target) : NULL;
}

/* A link counts as the regular file that it leads to, as long as that lies within the tree. */
static gboolean
add_link (const Listing *listing, int dir, const char *name, const char *relative, const char *path, GError **error)
{
    struct stat status;
    char *real = realpath (path, NULL);
    const int errnum = errno;
    g_autofree char *target = real != NULL ? g_strdup (real) : errnum == ENAMETOOLONG ? resolve (dir, name) : NULL;
    const char *fault = NULL;
    free (real);
    if (target == NULL && errnum == ENAMETOOLONG)
        fault = "along a path that is too long to be followed";
    else if (target == NULL)
        fault = errnum == ELOOP ? "to itself" : "nowhere";
    else if (listing->real == NULL || !is_within (target, listing->real))
        fault = "out of the tree";
    else if (fstatat (dir, name, &status, 0) != 0)
        fault = "nowhere";
    else if (S_ISDIR (status.st_mode))
        fault = "to a directory";
    else if (!S_ISREG (status.st_mode))
        fault = "to something that is no file";
    if (fault == NULL)
        return add_file (listing->files, dir, name, relative, path, &status, error);
    xn_error_set (error, XN_ERROR_IO, "cannot send %s: it is a link that leads %s", path, fault);
    return FALSE;
}

static const char *
kind_of (mode_t mode)
{
    if (S_ISFIFO (mode))
        return "a FIFO";
    if (S_ISSOCK (mode))
        return "a socket";
    return "a device";
}

static gboolean
refuse_kind (const char *path, mode_t mode, GError **error)
{
    xn_error_set (error, XN_ERROR_IO, "cannot send %s: it is %s", path, kind_of (mode));
    return FALSE;
}

static gboolean
list_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving, gpointer data,
            GError **error)
{
    const Listing *listing = data;
    if (leaving)
        return TRUE;
    g_autofree char *path = g_build_filename (listing->path, relative, NULL);
    if (!check_name (name, path, error))
        return FALSE;
    if (S_ISDIR (status->st_mode))
        return TRUE;
    if (S_ISLNK (status->st_mode))
        return add_link (listing, dir, name, relative, path, error);
    if (S_ISREG (status->st_mode))
        return add_file (listing->files, dir, name, relative, path, status, error);
    return refuse_kind (path, status->st_mode, error);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
    const XnTreeFile *const *left = a, *const *right = b;
    return strcmp ((*left)->relative, (*right)->relative);
}

static gboolean
list_directory (int dir, const char *path, GPtrArray *files, GError **error)
{
    char *real = realpath (path, NULL);
    if (real == NULL && errno != ENAMETOOLONG) {
        xn_error_set_errno (error, errno, "cannot read the directory %s", path);
        return FALSE;
    }
    Listing listing = {.path = path, .real = real, .files = files};
    const gboolean listed = xn_dir_visit (dir, path, list_entry, &listing, error);
    free (real);
    if (listed)
        g_ptr_array_sort (files, compare_files);
    return listed;
}

static gboolean
list_file (int file, const char *path, const struct stat *status, GPtrArray *files, GError **error)
{
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", file);
    if (!S_ISREG (status->st_mode))
        return refuse_kind (path, status->st_mode, error);
    const gboolean is_long = strlen (path) >= PATH_MAX;
    return check_name (name, path, error) &&
           add_file (files, AT_FDCWD, is_long ? link : path, name, path, status, error);
}

GPtrArray *
xn_tree_list (const char *path, gboolean *out_is_directory, GError **error)
{
    struct stat status;
    XN_AUTO_FD int at = xn_dir_open_path (path, O_PATH | O_CLOEXEC);
    if (at < 0 || fstat (at, &status) != 0) {
        xn_error_set_errno (error, errno, "cannot read %s", path);
        return NULL;
    }
    *out_is_directory = S_ISDIR (status.st_mode);
    g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_tree_file_free);
    const gboolean listed =
        *out_is_directory ? list_directory (at, path, files, error) : list_file (at, path, &status, files, error);
    return listed ? g_steal_pointer (&files) : NULL;
}
