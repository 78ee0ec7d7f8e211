/* SPDX-License-Identifier: Apache-2.0 */
/* Directories by descriptor. */
#include "local/dir.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

void
xn_fd_clear (int *fd)
{
    const int before = errno;
    if (*fd >= 0)
        close (*fd);
    *fd = -1;
    errno = before;
}

gboolean
xn_dir_make_path (const char *path, GError **error)
{
    struct stat status;
    if (stat (path, &status) == 0 && S_ISDIR (status.st_mode))
        return TRUE;
    g_autofree char *part = g_strdup (path);
    for (char *at = part + 1; part[0] != '\0'; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        const char end = *at;
        *at = '\0';
        if (mkdir (part, 0777) != 0 && errno != EEXIST) {
            /* Some file systems say that they are read-only, or that it is forbidden, before they say that it exists. */
            const int errnum = errno;
            if (stat (part, &status) != 0) {
                xn_error_set_errno (error, errnum, "cannot make the directory %s", part);
                return FALSE;
            }
        }
        *at = end;
        if (end == '\0')
            break;
    }
    if (stat (path, &status) == 0 && S_ISDIR (status.st_mode))
        return TRUE;
    xn_error_set (error, XN_ERROR_IO, "cannot make the directory %s: there is a file in the way", path);
    return FALSE;
}

/* Nothing is there, not even a link that leads nowhere. */
static gboolean
is_missing (const char *path)
{
    struct stat status;
    return lstat (path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

char *
xn_dir_foresee (const char *path)
{
    const gboolean climbs = strstr (path, "/../") != NULL || g_str_has_suffix (path, "/..");
    if (!climbs || !is_missing (path))
        return g_strdup (path);
    g_autofree char *resolved = g_canonicalize_filename (path, NULL);
    return g_strconcat (resolved, g_str_has_suffix (path, "/") ? "/" : "", NULL);
}

gboolean
xn_dir_can_make_path (const char *path, GError **error)
{
    struct stat status;
    g_autofree char *first = NULL; /* what would be made first */
    g_autofree char *at = g_strdup (path);
    while (is_missing (at)) {
        for (gsize length = strlen (at); length > 1 && at[length - 1] == '/'; length--)
            at[length - 1] = '\0';
        g_free (first);
        first = g_steal_pointer (&at);
        at = g_path_get_dirname (first);
    }
    const gboolean is_seen = stat (at, &status) == 0;
    if (!is_seen && errno != ENOENT) {
        xn_error_set_errno (error, errno, "cannot make the directory %s", path);
        return FALSE;
    }
    if (!is_seen || !S_ISDIR (status.st_mode)) {
        xn_error_set (error, XN_ERROR_IO, "cannot make the directory %s: there is a file in the way", path);
        return FALSE;
    }
    if (first == NULL || faccessat (AT_FDCWD, at, W_OK | X_OK, AT_EACCESS) == 0)
        return TRUE;
    xn_error_set_errno (error, errno, "cannot make the directory %s", first);
    return FALSE;
}

gboolean
xn_dir_is_writable (int dir)
{
    return faccessat (dir, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static void
step_error (int dir, const char *name, int errnum, const char *shown, const char *relative, gsize length,
            GError **error)
{
    struct stat status;
    g_autofree char *path = g_strdup_printf ("%s/%.*s", shown, (int)length, relative);
    const gboolean seen = fstatat (dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (seen && S_ISLNK (status.st_mode))
        xn_error_set (error, XN_ERROR_INTEGRITY, "a link is in the way at %s; nothing is written through it", path);
    else if (seen && !S_ISDIR (status.st_mode))
        xn_error_set (error, XN_ERROR_IO, "a file is in the way at %s, where a directory is needed", path);
    else
        xn_error_set_errno (error, errnum, "cannot open the directory %s", path);
}

int
xn_dir_open_below (int root, const char *shown, const char *relative, gboolean create, GPtrArray *made, GError **error)
{
    const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    XN_AUTO_FD int dir = openat (root, ".", flags);
    if (dir < 0) {
        xn_error_set_errno (error, errno, "cannot open the directory %s", shown);
        return -1;
    }
    const char *slash;
    for (const char *part = relative; (slash = strchr (part, '/')) != NULL; part = slash + 1) {
        g_autofree char *name = g_strndup (part, (gsize)(slash - part));
        int next = openat (dir, name, flags);
        if (next < 0 && errno == ENOENT) {
            if (!create)
                return -1;
            const gboolean is_new = mkdirat (dir, name, 0777) == 0;
            if (is_new && made != NULL)
                g_ptr_array_add (made, g_strndup (relative, (gsize)(slash - relative)));
            if (is_new || errno == EEXIST)
                next = openat (dir, name, flags);
        }
        if (next < 0) {
            step_error (dir, name, errno, shown, relative, (gsize)(slash - relative), error);
            return -1;
        }
        xn_fd_clear (&dir);
        dir = next;
    }
    const int result = dir;
    dir = -1;
    return result;
}

/* Step by step, each as long as may be. */
static int
open_long_path (const char *path, int flags)
{
    XN_AUTO_FD int dir = -1;
    while (strlen (path) >= PATH_MAX) {
        const char *slash = g_strrstr_len (path, PATH_MAX - 1, "/");
        if (slash == NULL || slash == path) {
            errno = ENAMETOOLONG;
            return -1;
        }
        g_autofree char *part = g_strndup (path, (gsize)(slash - path));
        const int next = openat (dir >= 0 ? dir : AT_FDCWD, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        xn_fd_clear (&dir);
        dir = next;
        if (dir < 0)
            return -1;
        for (path = slash; *path == '/'; path++)
            ;
    }
    return openat (dir >= 0 ? dir : AT_FDCWD, *path != '\0' ? path : ".", flags);
}

int
xn_dir_open_path (const char *path, int flags)
{
    const int file = open (path, flags);
    return file < 0 && errno == ENAMETOOLONG ? open_long_path (path, flags) : file;
}

const char *
xn_dir_last_part (const char *relative)
{
    const char *slash = strrchr (relative, '/');
    return slash != NULL ? slash + 1 : relative;
}

static void
dir_close (DIR *dir)
{
    closedir (dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, dir_close)

/* The entries of @dir/@name, or NULL with errno. */
static DIR *
open_entries (int dir, const char *name)
{
    XN_AUTO_FD int fd = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir (fd) : NULL;
    if (entries != NULL)
        fd = -1;
    return entries;
}

static const char *
next_name (DIR *entries)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir (entries);
        if (entry == NULL)
            return NULL;
        if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
            return entry->d_name;
    }
}

typedef struct {
    const char *shown;
    XnVisitFunc visit;
    gpointer data;
} Visit;

static gboolean visit_entries (int dir, const char *name, const char *relative, const Visit *visit, GError **error);

static gboolean
visit_entry (int dir, const char *name, const char *parent, const Visit *visit, GError **error)
{
    struct stat status;
    g_autofree char *relative = parent != NULL ? g_strconcat (parent, "/", name, NULL) : g_strdup (name);
    if (fstatat (dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return TRUE;
        xn_error_set_errno (error, errno, "cannot look at %s/%s", visit->shown, relative);
        return FALSE;
    }
    if (!visit->visit (dir, name, relative, &status, FALSE, visit->data, error))
        return FALSE;
    if (!S_ISDIR (status.st_mode))
        return TRUE;
    return visit_entries (dir, name, relative, visit, error) &&
           visit->visit (dir, name, relative, &status, TRUE, visit->data, error);
}

static gboolean
visit_entries (int dir, const char *name, const char *relative, const Visit *visit, GError **error)
{
    g_autoptr (DIR) entries = open_entries (dir, name);
    int errnum = errno;
    if (entries != NULL) {
        const char *entry;
        while ((entry = next_name (entries)) != NULL)
            if (!visit_entry (dirfd (entries), entry, relative, visit, error))
                return FALSE;
        errnum = errno;
    }
    if (errnum == 0 || errnum == ENOENT)
        return TRUE;
    xn_error_set_errno (error, errnum, "cannot read the directory %s%s%s", visit->shown, relative != NULL ? "/" : "",
                        relative != NULL ? relative : "");
    return FALSE;
}

gboolean
xn_dir_visit (int dir, const char *shown, XnVisitFunc visit, gpointer data, GError **error)
{
    const Visit all = {.shown = shown, .visit = visit, .data = data};
    return visit_entries (dir, ".", NULL, &all, error);
}

static gboolean
prune_entry (int dir, const char *name, const char *relative, const struct stat *status, gboolean leaving,
             gpointer data, GError **error)
{
    if (leaving)
        unlinkat (dir, name, AT_REMOVEDIR);
    return TRUE;
}

void
xn_dir_prune (int dir)
{
    xn_dir_visit (dir, "", prune_entry, NULL, NULL);
}

GHashTable *
xn_dir_names (int dir)
{
    g_autoptr (DIR) entries = open_entries (dir, ".");
    if (entries == NULL)
        return NULL;
    GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    const char *name;
    while ((name = next_name (entries)) != NULL)
        g_hash_table_add (names, g_strdup (name));
    return names;
}

gboolean
xn_dir_is_empty (int dir, const char *except)
{
    g_autoptr (DIR) entries = open_entries (dir, ".");
    if (entries == NULL)
        return FALSE;
    const char *name;
    while ((name = next_name (entries)) != NULL)
        if (g_strcmp0 (name, except) != 0)
            return FALSE;
    return errno == 0;
}
