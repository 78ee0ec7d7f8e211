/* SPDX-License-Identifier: Apache-2.0 */
/* A file being written. It has no name at all until it is published, where the file system can do that, so that a kill
 * leaves nothing; else a temporary one. Either way it is made in the directory of its final name. */
#include "local/place-private.h"

#include "base/error.h"
#include "base/log.h"
#include "local/digest.h"
#include "local/follower.h"
#include "local/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TEMPS = 100, MOST_INTERRUPTIONS = 10 };

struct XnPlaceFile {
    XnPlace *place;
    char *relative; /* NULL: the single file */
    char *shown;
    int dir;          /* the directory of its name */
    const char *name; /* there; of @relative or @place */
    char *temp;       /* its temporary name there; NULL: it has none */
    int fd;
    gint64 size, written;
    gint64 mtime;         /* -1: now */
    gboolean no_reading;  /* it can only be written */
    XnHasher *hasher;     /* NULL: nobody is expected to ask for the MD5 */
    XnFollower *follower; /* NULL: what is written is hashed then */
    char *late_md5;       /* worked out when somebody did all the same */
    gboolean existed;     /* something has the name already: */
    struct stat old;      /* that */
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
    file->fd = openat (file->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOSYS))
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

/* Makes the file appear as @name: 0, or an errno value. */
typedef int (*AppearFunc) (XnPlaceFile *file, const char *name);

/* AppearFunc of a file that has no name yet */
static int
appear_linked (XnPlaceFile *file, const char *name)
{
    char path[64];
    proc_path (file, path, sizeof path);
    if (linkat (AT_FDCWD, path, file->dir, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    const int errnum = errno;
    if (errnum != EEXIST && linkat (file->fd, "", file->dir, name, AT_EMPTY_PATH) == 0)
        return 0;
    return errnum;
}

/* AppearFunc of a new one. Some file systems open no file for reading and writing at once; what cannot be read again is
 * hashed now. */
static int
appear_new (XnPlaceFile *file, const char *name)
{
    const int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file->fd = openat (file->dir, name, O_RDWR | flags, 0666);
    if (file->fd >= 0)
        return 0;
    const int errnum = errno;
    if (errnum == EEXIST || (file->fd = openat (file->dir, name, O_WRONLY | flags, 0666)) < 0)
        return errnum;
    file->no_reading = TRUE;
    if (file->hasher == NULL)
        file->hasher = xn_hasher_new ();
    return 0;
}

/* What has the temporary name was left by a killed run, or is not ours. */
static int
appear_as_temp (XnPlaceFile *file, AppearFunc appear)
{
    const char *relative = file->relative != NULL ? file->relative : "";
    guint depth = 0;
    for (const char *at = relative; *at != '\0'; at++)
        depth += *at == '/';
    for (guint i = 0; i < MOST_TEMPS; i++) {
        g_autofree char *name = xn_place_temp_name (file->place, file->name, depth, i);
        int errnum = appear (file, name);
        if (errnum == EEXIST && xn_place_remove_temp (file->place, file->dir, name))
            errnum = appear (file, name);
        if (errnum == 0)
            file->temp = g_steal_pointer (&name);
        if (errnum != EEXIST)
            return errnum;
    }
    return EEXIST;
}

static gboolean
open_named (XnPlaceFile *file, GError **error)
{
    const int errnum = appear_as_temp (file, appear_new);
    if (errnum != 0)
        xn_output_error (errnum, file->shown, error);
    return errnum == 0;
}

static gboolean
reserve (XnPlaceFile *file, GError **error)
{
    gboolean is_doubtful = FALSE;
    if (!xn_output_reserve (file->fd, file->size, file->shown, &is_doubtful, error))
        return FALSE;
    if (is_doubtful && xn_place_may_warn (file->place, XN_PLACE_WARNED_SPACE)) {
        g_autofree char *size = g_format_size_full ((guint64)file->size, G_FORMAT_SIZE_LONG_FORMAT);
        xn_log (XN_LOG_WARNING, "%s needs %s, and its disk says that less is free; it is tried all the same",
                file->shown, size);
    }
    return TRUE;
}

XnPlaceFile *
xn_place_create (XnPlace *place, const char *relative, gint64 size, gboolean hash, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnPlaceFile) file = g_new0 (XnPlaceFile, 1);
    file->place = place;
    file->relative = g_strdup (relative);
    file->shown = xn_place_shown (place, relative);
    file->size = size;
    file->fd = -1;
    file->mtime = -1;
    file->dir = xn_place_open_dir (place, file->relative, TRUE, &file->name, error);
    if (file->dir < 0)
        return NULL;
    /* In a directory that this run has made only its own can be, and shows when the file is named. */
    if (!place->gathers || place->taken_over)
        file->existed = xn_place_look (place, file->dir, file->relative, &file->old, &problem);
    if (problem != NULL) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    file->hasher = hash ? xn_hasher_new () : NULL;
    xn_lock_renew (place->lock);
    if (!open_unnamed (file) && !open_named (file, error))
        return NULL;
    return reserve (file, error) ? g_steal_pointer (&file) : NULL;
}

gboolean
xn_place_file_write (XnPlaceFile *file, const guint8 *bytes, gsize size, GError **error)
{
    xn_lock_renew (file->place->lock);
    if (file->hasher != NULL)
        xn_hasher_begin (file->hasher, bytes, size);
    const gboolean done = xn_output_write (file->fd, bytes, size, -1, file->shown, error);
    if (file->hasher != NULL)
        xn_hasher_end (file->hasher);
    if (done)
        file->written += (gint64)size;
    return done;
}

gboolean
xn_place_file_scatter (XnPlaceFile *file)
{
    if (file->no_reading || file->follower != NULL)
        return file->follower != NULL;
    if (file->hasher != NULL)
        file->follower = xn_follower_new (file->hasher, file->fd, file->written);
    return file->hasher == NULL || file->follower != NULL;
}

gboolean
xn_place_file_write_at (XnPlaceFile *file, gint64 at, const guint8 *bytes, gsize size, GError **error)
{
    xn_lock_renew (file->place->lock);
    return xn_output_write (file->fd, bytes, size, at, file->shown, error);
}

gboolean
xn_place_file_holds (const XnPlaceFile *file, gint64 at, const guint8 *bytes, gsize size)
{
    g_autofree guint8 *there = g_malloc (size);
    return pread (file->fd, there, size, (off_t)at) == (ssize_t)size && memcmp (there, bytes, size) == 0;
}

void
xn_place_file_reach (XnPlaceFile *file, gint64 end)
{
    file->written = end;
    if (file->follower != NULL)
        xn_follower_reach (file->follower, end);
}

gint64
xn_place_file_settled (XnPlaceFile *file, GError **error)
{
    int errnum = 0;
    const gint64 hashed = file->follower != NULL ? xn_follower_hashed (file->follower, &errnum) : file->written;
    if (hashed < 0)
        xn_error_set_errno (error, errnum, "cannot read %s", file->shown);
    return hashed;
}

gboolean
xn_place_file_restart (XnPlaceFile *file, GError **error)
{
    g_clear_pointer (&file->follower, xn_follower_free);
    if (file->hasher != NULL)
        xn_hasher_reset (file->hasher);
    g_clear_pointer (&file->late_md5, g_free);
    file->written = 0;
    if (lseek (file->fd, 0, SEEK_SET) != 0 || ftruncate (file->fd, 0) != 0) {
        xn_output_error (errno, file->shown, error);
        return FALSE;
    }
    return reserve (file, error);
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
    g_clear_pointer (&file->follower, xn_follower_free);
    if (file->hasher != NULL)
        return xn_hasher_text (file->hasher);
    if (file->late_md5 == NULL && lseek (file->fd, 0, SEEK_SET) == 0)
        file->late_md5 = digest_of_written (file);
    return file->late_md5 != NULL ? file->late_md5 : "";
}

/* The bytes are whole and checked: a time that cannot be set is no reason to throw them away. */
static void
set_time (XnPlaceFile *file, int fd)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)file->mtime}};
    if (file->mtime < 0 || futimens (fd, times) == 0 || !xn_place_may_warn (file->place, XN_PLACE_WARNED_TIMES))
        return;
    xn_log (XN_LOG_WARNING,
            "the modification time of %s cannot be set: %s; where the server lists no digest, such files are fetched "
            "again the next time",
            file->shown, g_strerror (errno));
}

/* What replaces a file is open to no others than that was, as far as the user can give it the same group and mode. */
static void
set_rights (XnPlaceFile *file)
{
    struct stat status;
    if (!file->existed || fstat (file->fd, &status) != 0)
        return;
    mode_t mode = file->old.st_mode & 0777;
    if (status.st_gid != file->old.st_gid && fchown (file->fd, (uid_t)-1, file->old.st_gid) != 0)
        mode &= 0707; /* that was for another group */
    if ((status.st_mode & 0777) != mode)
        (void)!fchmod (file->fd, mode);
}

/* Quotas and what a network file system has put off make themselves felt when a descriptor is closed; any will do. With
 * none to be had the file is written to the disk instead. */
static gboolean
settle (XnPlaceFile *file, GError **error)
{
    int errnum = EINTR;
    for (guint i = 0; i < MOST_INTERRUPTIONS && errnum == EINTR; i++) {
        const int copy = fcntl (file->fd, F_DUPFD_CLOEXEC, 0);
        const int result = copy >= 0 ? close (copy) : fsync (file->fd);
        errnum = result == 0 ? 0 : errno;
    }
    const gboolean is_final = file->place->durable && !file->place->gathers;
    if (errnum == 0 && is_final && fsync (file->fd) != 0)
        errnum = errno;
    if (errnum != 0 && errnum != EINVAL && errnum != ENOSYS && errnum != EOPNOTSUPP) {
        xn_output_error (errnum, file->shown, error);
        return FALSE;
    }
    if (errnum != 0 && xn_place_may_warn (file->place, XN_PLACE_WARNED_SYNC))
        xn_log (XN_LOG_WARNING, "%s may not be durable: %s", file->shown, g_strerror (errnum));
    return !is_final || file->place->is_tree || xn_place_sync (file->place, file->dir, FALSE, error);
}

static gboolean
close_file (XnPlaceFile *file, GError **error)
{
    const int result = close (file->fd);
    file->fd = -1;
    if (result == 0 || errno == EINTR)
        return TRUE;
    xn_output_error (errno, file->shown, error);
    return FALSE;
}

static gboolean
copy_all (int from, XnPlaceFile *file, GError **error)
{
    const gsize size = 256 * 1024;
    g_autofree guint8 *buffer = g_malloc (size);
    gint64 done = 0;
    while (done < file->written) {
        const ssize_t got = pread (from, buffer, size, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            xn_output_error (got < 0 ? errno : EIO, file->shown, error);
            return FALSE;
        }
        if (!xn_output_write (file->fd, buffer, (gsize)got, -1, file->shown, error))
            return FALSE;
        done += got;
    }
    return TRUE;
}

/* Where a file without a name cannot be given one after all, what is in it goes into another. */
static gboolean
copy_to_named (XnPlaceFile *file, GError **error)
{
    XN_AUTO_FD int unnamed = file->fd;
    file->fd = -1;
    g_atomic_int_set (&file->place->unnamed, -1);
    if (!open_named (file, error) || !copy_all (unnamed, file, error))
        return FALSE;
    set_rights (file);
    set_time (file, file->fd);
    return settle (file, error);
}

/* Whether no other file of the destination may be replaced, be it one that has just come. */
static gboolean
keeps_others (const XnPlaceFile *file)
{
    return file->place->keeps_changed && !file->place->gathers;
}

/* Gives the file its name, if nothing has it yet; else a temporary one, since only a rename replaces a file in one step. */
static gboolean
name_file (XnPlaceFile *file, GError **error)
{
    int errnum = appear_linked (file, file->name);
    if (errnum == 0) {
        file->published = TRUE;
        return TRUE;
    }
    if (errnum == EEXIST && keeps_others (file)) {
        xn_place_set_changed (file->place, file->relative, error);
        return FALSE;
    }
    if (errnum == EEXIST) {
        struct stat there;
        g_autoptr (GError) problem = NULL;
        if (!file->existed && !xn_place_look (file->place, file->dir, file->relative, &there, &problem) &&
            problem != NULL) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        errnum = appear_as_temp (file, appear_linked);
    }
    if (errnum != 0 && errnum != ENOSPC && errnum != EDQUOT)
        return copy_to_named (file, error);
    if (errnum != 0)
        xn_output_error (errnum, file->shown, error);
    return errnum == 0;
}

/* Renames the file to a name that nothing has: 0, or an errno value. */
static int
rename_new (XnPlaceFile *file)
{
    struct stat status;
    if (renameat2 (file->dir, file->temp, file->dir, file->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (linkat (file->dir, file->temp, file->dir, file->name, 0) == 0) {
        unlinkat (file->dir, file->temp, 0);
        return 0;
    }
    if (errno == EEXIST || fstatat (file->dir, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat (file->dir, file->temp, file->dir, file->name) == 0 ? 0 : errno;
}

/* Where nothing can be renamed, a second name will do. */
static gboolean
rename_temp (XnPlaceFile *file, GError **error)
{
    int errnum;
    if (keeps_others (file))
        errnum = rename_new (file);
    else
        errnum = renameat (file->dir, file->temp, file->dir, file->name) == 0 ? 0 : errno;
    if (errnum == 0)
        return TRUE;
    if (errnum == EEXIST && keeps_others (file)) {
        xn_place_set_changed (file->place, file->relative, error);
        return FALSE;
    }
    if (!file->existed && linkat (file->dir, file->temp, file->dir, file->name, 0) == 0) {
        unlinkat (file->dir, file->temp, 0);
        return TRUE;
    }
    xn_output_error (errnum, file->shown, error);
    return FALSE;
}

static gboolean
publish (XnPlaceFile *file, GError **error)
{
    if (!settle (file, error) || (file->temp == NULL && !name_file (file, error)))
        return FALSE;
    if (!close_file (file, error)) {
        if (file->published)
            unlinkat (file->dir, file->name, 0);
        return file->published = FALSE;
    }
    return file->published || rename_temp (file, error);
}

void
xn_place_set_changed (XnPlace *place, const char *relative, GError **error)
{
    g_autofree char *shown = xn_place_shown (place, relative);
    xn_error_set (
        error, XN_ERROR_CONFLICT,
        "%s differs from the server's file, and is kept; move it away, or fetch without keep_changed, to have "
        "the server's",
        shown);
}

/* What is there stays, and is right if it is no other file than this one; it is not even replaced by the same, as it may be
 * changed at that moment. It gets the time of this one, as far as nobody has touched it meanwhile. */
static gboolean
keep_old (XnPlaceFile *file, GError **error)
{
    struct stat now;
    XN_AUTO_FD int old = openat (file->dir, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    g_autofree char *there =
        old >= 0 && file->old.st_size == file->written ? xn_digest_fd (old, file->shown, NULL, NULL, NULL) : NULL;
    if (g_strcmp0 (there, xn_place_file_md5 (file)) != 0) {
        xn_place_set_changed (file->place, file->relative, error);
        return FALSE;
    }
    if (fstat (old, &now) == 0 && now.st_ino == file->old.st_ino && now.st_ctim.tv_sec == file->old.st_ctim.tv_sec &&
        now.st_ctim.tv_nsec == file->old.st_ctim.tv_nsec)
        set_time (file, old);
    if (file->temp != NULL)
        unlinkat (file->dir, file->temp, 0);
    file->published = TRUE;
    return !file->place->durable || xn_place_sync_file (file->place, file->dir, file->name, error);
}

gboolean
xn_place_file_commit (XnPlaceFile *file, gint64 mtime, GError **error)
{
    file->mtime = mtime;
    if (file->existed && keeps_others (file)) {
        if (!keep_old (file, error))
            return FALSE;
        xn_place_note (file->place, file->relative);
        return TRUE;
    }
    if (file->written < file->size && ftruncate (file->fd, file->written) != 0) { /* gives reserved space back */
        xn_output_error (errno, file->shown, error);
        return FALSE;
    }
    set_rights (file);
    set_time (file, file->fd);
    file->published = publish (file, error);
    if (!file->published)
        return FALSE;
    xn_place_note (file->place, file->relative);
    if (file->existed && !file->place->gathers)
        g_atomic_int_inc (&file->place->replaced);
    return TRUE;
}

void
xn_place_file_free (XnPlaceFile *file)
{
    if (file == NULL)
        return;
    if (file->temp != NULL && !file->published)
        unlinkat (file->dir, file->temp, 0);
    if (!file->published)
        g_atomic_int_set (&file->place->failed, 1);
    xn_follower_free (file->follower);
    xn_fd_clear (&file->fd);
    xn_fd_clear (&file->dir);
    xn_hasher_free (file->hasher);
    g_free (file->late_md5);
    g_free (file->relative);
    g_free (file->shown);
    g_free (file->temp);
    g_free (file);
}

gboolean
xn_place_store (XnPlace *place, const char *relative, const guint8 *bytes, gsize size, gint64 mtime, GError **error)
{
    g_autoptr (XnPlaceFile) file = xn_place_create (place, relative, (gint64)size, FALSE, error);
    return file != NULL && xn_place_file_write (file, bytes, size, error) && xn_place_file_commit (file, mtime, error);
}
