/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before the C library (LD_PRELOAD) and makes the file system below $REFUSE_BELOW an odd one. Each variable changes
 * one call; its value is the number of the error that the call fails with, if it does not say otherwise:
 *
 *   REFUSE_TIMES       setting a file's times
 *   REFUSE_LINK        giving a file without a name one, or a second one
 *   REFUSE_UNNAMED     making a file without a name
 *   REFUSE_RDWR        opening a file for reading and writing at once
 *   REFUSE_RENAME      renaming anything
 *   REFUSE_RENAME_DIR  renaming a directory
 *   REFUSE_RESERVE     reserving space
 *   REFUSE_XATTR       extended attributes
 *   REFUSE_SYNC        writing a file or a directory to the disk
 *   REFUSE_SYNC_LOG    is the path of a file that gets a line for each file or directory ("fsync PATH") and each file system
 *                      ("syncfs PATH") that is written to the disk
 *   REFUSE_CLOSE       closing a file that was written to; it is cut to 100 bytes then, as over a quota
 *   REFUSE_STATVFS     "no-size": blocks of 0 bytes; "full": 0 bytes free
 *   REFUSE_NAMES       names of more than that many bytes
 *   REFUSE_INODES      any value: the number of a file is another one each time
 *   REFUSE_CASE        any value: names that differ in case are one
 */
#include "below.h"
#include "openat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Whether @fd is below the place; any if none is named. */
static int
concerns (int fd)
{
    const char *below = getenv ("REFUSE_BELOW");
    return below == NULL || is_below (below, fd);
}

/* Whether the call is to fail; then errno is set. */
static int
refuses (const char *name, int fd)
{
    const char *value = getenv (name);
    if (value == NULL || !concerns (fd))
        return 0;
    errno = atoi (value);
    return 1;
}

static int
is_too_long (int dir, const char *path)
{
    const char *value = getenv ("REFUSE_NAMES"), *slash = strrchr (path, '/');
    if (value == NULL || !concerns (dir) || strlen (slash != NULL ? slash + 1 : path) <= (size_t)atoi (value))
        return 0;
    errno = ENAMETOOLONG;
    return 1;
}

/* The entry of @dir that @path, a mere name, leads to where case does not matter; kept in @entry. */
static const char *
find_entry (int dir, const char *path, char entry[NAME_MAX + 1])
{
    if (getenv ("REFUSE_CASE") == NULL || strchr (path, '/') != NULL || dir < 0 || !concerns (dir))
        return path;
    const int again = (int)syscall (SYS_openat, dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir (again) : NULL;
    for (struct dirent *at = entries != NULL ? readdir (entries) : NULL; at != NULL; at = readdir (entries))
        if (strcasecmp (at->d_name, path) == 0) {
            snprintf (entry, NAME_MAX + 1, "%s", at->d_name);
            path = entry;
            break;
        }
    if (entries != NULL)
        closedir (entries);
    return path;
}

static int
open_at (int dir, const char *path, int flags, mode_t mode)
{
    const int unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    if (is_too_long (dir, path) || (unnamed && refuses ("REFUSE_UNNAMED", dir)) ||
        (!unnamed && (flags & O_ACCMODE) == O_RDWR && refuses ("REFUSE_RDWR", dir)))
        return -1;
    char entry[NAME_MAX + 1];
    return (int)syscall (SYS_openat, dir, find_entry (dir, path, entry), flags, mode);
}

int
mkdirat (int dir, const char *path, mode_t mode)
{
    char entry[NAME_MAX + 1];
    return is_too_long (dir, path) ? -1 : (int)syscall (SYS_mkdirat, dir, find_entry (dir, path, entry), mode);
}

int
unlinkat (int dir, const char *path, int flags)
{
    char entry[NAME_MAX + 1];
    return (int)syscall (SYS_unlinkat, dir, find_entry (dir, path, entry), flags);
}

int
linkat (int from, const char *path, int to, const char *name, int flags)
{
    if (refuses ("REFUSE_LINK", to) || is_too_long (to, name))
        return -1;
    char old[NAME_MAX + 1], new[NAME_MAX + 1];
    return (int)syscall (SYS_linkat, from, find_entry (from, path, old), to, find_entry (to, name, new), flags);
}

int
renameat2 (int from, const char *path, int to, const char *name, unsigned flags)
{
    struct stat status;
    const int is_dir = fstatat (from, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (status.st_mode);
    if (refuses ("REFUSE_RENAME", to) || (is_dir && refuses ("REFUSE_RENAME_DIR", to)) || is_too_long (to, name))
        return -1;
    char old[NAME_MAX + 1], new[NAME_MAX + 1];
    return (int)syscall (SYS_renameat2, from, find_entry (from, path, old), to, find_entry (to, name, new), flags);
}

int
renameat (int from, const char *path, int to, const char *name)
{
    return renameat2 (from, path, to, name, 0);
}

int
futimens (int fd, const struct timespec times[2])
{
    return refuses ("REFUSE_TIMES", fd) ? -1 : (int)syscall (SYS_utimensat, fd, NULL, times, 0);
}

int
fallocate (int fd, int mode, off_t offset, off_t size)
{
    return refuses ("REFUSE_RESERVE", fd) ? -1 : (int)syscall (SYS_fallocate, fd, mode, offset, size);
}

int
fsetxattr (int fd, const char *name, const void *value, size_t size, int flags)
{
    return refuses ("REFUSE_XATTR", fd) ? -1 : (int)syscall (SYS_fsetxattr, fd, name, value, size, flags);
}

ssize_t
fgetxattr (int fd, const char *name, void *value, size_t size)
{
    return refuses ("REFUSE_XATTR", fd) ? -1 : syscall (SYS_fgetxattr, fd, name, value, size);
}

/* Notes what is written to the disk. */
static void
note_sync (const char *call, int fd)
{
    const char *file = getenv ("REFUSE_SYNC_LOG");
    char link[64], path[PATH_MAX], line[PATH_MAX + 16];
    if (file == NULL || !concerns (fd))
        return;
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink (link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    const int size = snprintf (line, sizeof line, "%s %s\n", call, path);
    const int log = open (file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || write (log, line, (size_t)size) != size)
        abort ();
    syscall (SYS_close, log);
}

int
fsync (int fd)
{
    note_sync ("fsync", fd);
    return refuses ("REFUSE_SYNC", fd) ? -1 : (int)syscall (SYS_fsync, fd);
}

int
syncfs (int fd)
{
    note_sync ("syncfs", fd);
    return refuses ("REFUSE_SYNC", fd) ? -1 : (int)syscall (SYS_syncfs, fd);
}

int
close (int fd)
{
    struct stat status;
    const int flags = (int)syscall (SYS_fcntl, fd, F_GETFL);
    const int written = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && syscall (SYS_fstat, fd, &status) == 0 &&
                        S_ISREG (status.st_mode) && status.st_size > 100;
    if (!written || !refuses ("REFUSE_CLOSE", fd))
        return (int)syscall (SYS_close, fd);
    const int errnum = errno;
    if (ftruncate (fd, 100) != 0)
        abort ();
    syscall (SYS_close, fd);
    errno = errnum;
    return -1;
}

int
fstatvfs (int fd, struct statvfs *disk)
{
    char link[64];
    const char *how = getenv ("REFUSE_STATVFS");
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    if (statvfs (link, disk) != 0)
        return -1;
    if (how != NULL && concerns (fd)) {
        disk->f_bavail = disk->f_bfree = 0;
        if (strcmp (how, "no-size") == 0)
            disk->f_frsize = disk->f_bsize = 0;
    }
    return 0;
}

static void
renumber (int fd, struct stat *status)
{
    static ino_t number = 1000000;
    if (getenv ("REFUSE_INODES") != NULL && concerns (fd))
        status->st_ino = __atomic_add_fetch (&number, 1, __ATOMIC_RELAXED);
}

int
fstat (int fd, struct stat *status)
{
    const int result = (int)syscall (SYS_fstat, fd, status);
    if (result == 0)
        renumber (fd, status);
    return result;
}

int
fstatat (int dir, const char *path, struct stat *status, int flags)
{
    if (is_too_long (dir, path))
        return -1;
    char entry[NAME_MAX + 1];
    const int result = (int)syscall (SYS_newfstatat, dir, find_entry (dir, path, entry), status, flags);
    if (result == 0)
        renumber (dir, status);
    return result;
}
