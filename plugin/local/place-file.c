/* SPDX-License-Identifier: Apache-2.0 */
/* A file being written. It has no name at all until it is published, where the file system can do that, so that a kill
 * leaves nothing; else a temporary one. */
#include "local/place-private.h"

#include "base/error.h"
#include "local/digest.h"
#include "local/hasher.h"
#include "local/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct XnPlaceFile {
    XnPlace *place;
    char *relative; /* NULL: the single file */
    char *shown;
    char *temp; /* its temporary name in target.parent; NULL: it has none */
    int fd;
    gint64 size, written;
    XnHasher *hasher; /* NULL: nobody is expected to ask for the MD5 */
    char *late_md5;   /* worked out when somebody did all the same */
    gboolean published;
};

static void
proc_path (const XnPlaceFile *file, char *path, gsize size)
{
    g_snprintf (path, size, "/proc/self/fd/%d", file->fd);
}

/* Whether such a file can be given a name later is known only by its file system; that /proc is there is the other half.
 * Both are found out once for a place. */
static gboolean
open_unnamed (XnPlaceFile *file)
{
    XnPlace *place = file->place;
    char path[64];
    struct stat status;
    const gint known = g_atomic_int_get (&place->unnamed);
    if (known < 0)
        return FALSE;
    file->fd = openat (place->target.parent, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (file->fd < 0 && errno == EOPNOTSUPP)
        g_atomic_int_set (&place->unnamed, -1);
    if (file->fd < 0 || known > 0)
        return file->fd >= 0;
    proc_path (file, path, sizeof path);
    const gboolean has_proc = stat (path, &status) == 0;
    g_atomic_int_set (&place->unnamed, has_proc ? 1 : -1);
    if (!has_proc)
        xn_fd_clear (&file->fd);
    return has_proc;
}

static gboolean
open_named (XnPlaceFile *file, GError **error)
{
    file->temp = xn_place_temp_name (file->place, error);
    if (file->temp == NULL)
        return FALSE;
    file->fd =
        openat (file->place->target.parent, file->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file->fd >= 0)
        return TRUE;
    xn_output_error (errno, file->shown, error);
    g_clear_pointer (&file->temp, g_free); /* not ours to remove */
    return FALSE;
}

XnPlaceFile *
xn_place_create (XnPlace *place, const char *relative, gint64 size, gboolean hash, GError **error)
{
    XnLocalFile old;
    g_autoptr (GError) problem = NULL;
    if (!xn_place_find (place, relative, &old, &problem) && problem != NULL) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    g_autoptr (XnPlaceFile) file = g_new0 (XnPlaceFile, 1);
    file->place = place;
    file->relative = g_strdup (relative);
    file->shown = xn_place_shown (place, relative);
    file->size = size;
    file->fd = -1;
    file->hasher = hash ? xn_hasher_new () : NULL;
    xn_lock_renew (place->lock);
    if (!open_unnamed (file) && !open_named (file, error))
        return NULL;
    return xn_output_reserve (file->fd, size, file->shown, error) ? g_steal_pointer (&file) : NULL;
}

gboolean
xn_place_file_write (XnPlaceFile *file, const guint8 *bytes, gsize size, GError **error)
{
    xn_lock_renew (file->place->lock);
    if (file->hasher != NULL)
        xn_hasher_begin (file->hasher, bytes, size);
    const gboolean done = xn_output_write (file->fd, bytes, size, file->shown, error);
    if (file->hasher != NULL)
        xn_hasher_end (file->hasher);
    if (done)
        file->written += (gint64)size;
    return done;
}

gboolean
xn_place_file_restart (XnPlaceFile *file, GError **error)
{
    if (file->hasher != NULL)
        xn_hasher_reset (file->hasher);
    g_clear_pointer (&file->late_md5, g_free);
    file->written = 0;
    if (lseek (file->fd, 0, SEEK_SET) != 0 || ftruncate (file->fd, 0) != 0) {
        xn_output_error (errno, file->shown, error);
        return FALSE;
    }
    return xn_output_reserve (file->fd, file->size, file->shown, error);
}

gint64
xn_place_file_written (const XnPlaceFile *file)
{
    return file->written;
}

/* Reads back what was written; the space reserved behind it is no part of that. */
static char *
digest_of_written (XnPlaceFile *file)
{
    if (file->written < file->size && ftruncate (file->fd, file->written) != 0)
        return NULL;
    return xn_digest_fd (file->fd, file->shown, NULL, NULL, NULL);
}

const char *
xn_place_file_md5 (XnPlaceFile *file)
{
    if (file->hasher != NULL)
        return xn_hasher_text (file->hasher);
    if (file->late_md5 == NULL && lseek (file->fd, 0, SEEK_SET) == 0)
        file->late_md5 = digest_of_written (file);
    return file->late_md5 != NULL ? file->late_md5 : "";
}

/* Gives the file its name, if nothing has it yet; else a temporary one, since only a rename replaces a file in one step. */
static gboolean
link_file (XnPlaceFile *file, int dir, const char *name, gboolean *out_published, GError **error)
{
    char path[64];
    proc_path (file, path, sizeof path);
    *out_published = linkat (AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == 0;
    if (*out_published)
        return TRUE;
    if (errno == EEXIST) {
        file->temp = xn_place_temp_name (file->place, error);
        if (file->temp == NULL)
            return FALSE;
        if (linkat (AT_FDCWD, path, file->place->target.parent, file->temp, AT_SYMLINK_FOLLOW) == 0)
            return TRUE;
        const int errnum = errno;
        g_clear_pointer (&file->temp, g_free);
        errno = errnum;
    }
    xn_output_error (errno, file->shown, error);
    return FALSE;
}

static gboolean
publish (XnPlaceFile *file, GError **error)
{
    const char *name;
    XN_AUTO_FD int dir = xn_place_open_dir (file->place, file->relative, TRUE, &name, error);
    if (dir < 0)
        return FALSE;
    gboolean published = FALSE;
    if (file->temp == NULL && !link_file (file, dir, name, &published, error))
        return FALSE;
    if (!published && renameat (file->place->target.parent, file->temp, dir, name) != 0) {
        xn_output_error (errno, file->shown, error);
        return FALSE;
    }
    return TRUE;
}

gboolean
xn_place_file_commit (XnPlaceFile *file, gint64 mtime, GError **error)
{
    if (file->written < file->size && ftruncate (file->fd, file->written) != 0) { /* gives reserved space back */
        xn_output_error (errno, file->shown, error);
        return FALSE;
    }
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)mtime}};
    if (mtime >= 0 && futimens (file->fd, times) != 0) {
        xn_error_set_errno (error, errno, "cannot set the modification time of %s", file->shown);
        return FALSE;
    }
    file->published = publish (file, error);
    if (file->published)
        xn_place_note (file->place, file->relative);
    return file->published;
}

void
xn_place_file_free (XnPlaceFile *file)
{
    if (file == NULL)
        return;
    if (file->temp != NULL && !file->published)
        unlinkat (file->place->target.parent, file->temp, 0);
    xn_fd_clear (&file->fd);
    xn_hasher_free (file->hasher);
    g_free (file->late_md5);
    g_free (file->relative);
    g_free (file->shown);
    g_free (file->temp);
    g_free (file);
}
