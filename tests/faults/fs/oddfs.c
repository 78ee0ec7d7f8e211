/* SPDX-License-Identifier: Apache-2.0 */
/* An odd file system for the tests: shows the directory BACKING at MOUNT, with the oddities that others have.
 *
 *   oddfs [ODDITY...] BACKING MOUNT      stays in the foreground until it is unmounted
 *
 *   --fold-case      names that differ in case are one
 *   --fold-form      names that differ in the Unicode form of their characters are one
 *   --store-nfd      as --fold-form, and each name is stored decomposed
 *   --no-rename-dir  no directory can be renamed
 *   --no-rename      nothing can
 *   --no-link        nothing has a second name
 *   --names=N        no name is longer than N bytes
 *   --inodes         the number of a file is another one each time
 *   --flush=N        a file that was written to is cut to 100 bytes when it is closed, which fails with error N
 *   --no-times       the times of a file cannot be set
 *   --no-rdwr        no file can be opened for reading and writing at once
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct {
    gboolean fold_case, fold_form, store_nfd, no_rename_dir, no_rename, no_link, inodes, no_times, no_rdwr;
    int names, flush;
    char **rest;
} odd;

static const GOptionEntry options[] = {
    {"fold-case", 0, 0, G_OPTION_ARG_NONE, &odd.fold_case, NULL, NULL},
    {"fold-form", 0, 0, G_OPTION_ARG_NONE, &odd.fold_form, NULL, NULL},
    {"store-nfd", 0, 0, G_OPTION_ARG_NONE, &odd.store_nfd, NULL, NULL},
    {"no-rename-dir", 0, 0, G_OPTION_ARG_NONE, &odd.no_rename_dir, NULL, NULL},
    {"no-rename", 0, 0, G_OPTION_ARG_NONE, &odd.no_rename, NULL, NULL},
    {"no-link", 0, 0, G_OPTION_ARG_NONE, &odd.no_link, NULL, NULL},
    {"names", 0, 0, G_OPTION_ARG_INT, &odd.names, NULL, NULL},
    {"inodes", 0, 0, G_OPTION_ARG_NONE, &odd.inodes, NULL, NULL},
    {"flush", 0, 0, G_OPTION_ARG_INT, &odd.flush, NULL, NULL},
    {"no-times", 0, 0, G_OPTION_ARG_NONE, &odd.no_times, NULL, NULL},
    {"no-rdwr", 0, 0, G_OPTION_ARG_NONE, &odd.no_rdwr, NULL, NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &odd.rest, NULL, NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const char *backing;

/* (transfer full) What all names have in common that are one here. */
static char *
fold (const char *name)
{
    char *form = odd.fold_form || odd.store_nfd ? g_utf8_normalize (name, -1, G_NORMALIZE_NFD) : NULL;
    if (form == NULL)
        form = g_strdup (name);
    char *folded = odd.fold_case ? g_utf8_casefold (form, -1) : g_strdup (form);
    g_free (form);
    return folded;
}

/* (transfer full) The entry of @directory that @name leads to, or how @name is stored. */
static char *
find_entry (const char *directory, const char *name)
{
    g_autofree char *folded = fold (name);
    char *found = NULL;
    GDir *entries = g_dir_open (directory, 0, NULL);
    const char *entry;
    while (entries != NULL && found == NULL && (entry = g_dir_read_name (entries)) != NULL) {
        g_autofree char *other = fold (entry);
        if (strcmp (other, folded) == 0)
            found = g_strdup (entry);
    }
    if (entries != NULL)
        g_dir_close (entries);
    if (found == NULL && odd.store_nfd)
        found = g_utf8_normalize (name, -1, G_NORMALIZE_NFD);
    return found != NULL ? found : g_strdup (name);
}

/* (transfer full) The path in the backing directory; NULL if a name is too long. */
static char *
real_path (const char *path)
{
    GString *real = g_string_new (backing);
    g_auto (GStrv) parts = g_strsplit (path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (parts[i][0] == '\0')
            continue;
        if (odd.names > 0 && strlen (parts[i]) > (gsize)odd.names) {
            g_string_free (real, TRUE);
            return NULL;
        }
        g_autofree char *entry = find_entry (real->str, parts[i]);
        g_string_append_printf (real, "/%s", entry);
    }
    return g_string_free (real, FALSE);
}

#define REAL(name, path)                      \
    g_autofree char *name = real_path (path); \
    if (name == NULL)                         \
    return -ENAMETOOLONG

static int
outcome (long result)
{
    return result < 0 ? -errno : (int)result;
}

static void
renumber (struct stat *status)
{
    static ino_t number = 1000000;
    if (odd.inodes)
        status->st_ino = __atomic_add_fetch (&number, 1, __ATOMIC_RELAXED);
}

static int
odd_getattr (const char *path, struct stat *status, struct fuse_file_info *info)
{
    int result;
    if (info != NULL && info->fh != 0) {
        result = outcome (fstat ((int)info->fh, status));
    } else {
        REAL (real, path);
        result = outcome (lstat (real, status));
    }
    if (result == 0)
        renumber (status);
    return result;
}

static int
odd_readlink (const char *path, char *buffer, size_t size)
{
    REAL (real, path);
    const ssize_t length = readlink (real, buffer, size - 1);
    if (length >= 0)
        buffer[length] = '\0';
    return length < 0 ? -errno : 0;
}

static int
odd_readdir (const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
             enum fuse_readdir_flags flags)
{
    REAL (real, path);
    DIR *entries = opendir (real);
    if (entries == NULL)
        return -errno;
    for (struct dirent *entry = readdir (entries); entry != NULL; entry = readdir (entries))
        fill (buffer, entry->d_name, NULL, 0, 0);
    closedir (entries);
    return 0;
}

static int
odd_mkdir (const char *path, mode_t mode)
{
    REAL (real, path);
    return outcome (mkdir (real, mode));
}

static int
odd_unlink (const char *path)
{
    REAL (real, path);
    return outcome (unlink (real));
}

static int
odd_rmdir (const char *path)
{
    REAL (real, path);
    return outcome (rmdir (real));
}

static int
odd_symlink (const char *target, const char *path)
{
    REAL (real, path);
    return outcome (symlink (target, real));
}

static int
odd_rename (const char *from, const char *to, unsigned flags)
{
    struct stat status;
    REAL (old, from);
    REAL (new, to);
    if (odd.no_rename || (odd.no_rename_dir && lstat (old, &status) == 0 && S_ISDIR (status.st_mode)))
        return -EPERM;
    return outcome (renameat2 (AT_FDCWD, old, AT_FDCWD, new, flags));
}

static int
odd_link (const char *from, const char *to)
{
    REAL (old, from);
    REAL (new, to);
    return odd.no_link ? -EPERM : outcome (link (old, new));
}

static int
odd_chmod (const char *path, mode_t mode, struct fuse_file_info *info)
{
    REAL (real, path);
    return outcome (chmod (real, mode));
}

static int
odd_chown (const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
    REAL (real, path);
    return outcome (lchown (real, uid, gid));
}

static int
odd_truncate (const char *path, off_t size, struct fuse_file_info *info)
{
    REAL (real, path);
    return outcome (truncate (real, size));
}

static int
odd_utimens (const char *path, const struct timespec times[2], struct fuse_file_info *info)
{
    REAL (real, path);
    return odd.no_times ? -ENOSYS : outcome (utimensat (AT_FDCWD, real, times, AT_SYMLINK_NOFOLLOW));
}

/* A descriptor is never 0 here, as standard input is open. */
static int
open_real (const char *path, int flags, mode_t mode, struct fuse_file_info *info)
{
    REAL (real, path);
    if (odd.no_rdwr && (flags & O_ACCMODE) == O_RDWR)
        return -EINVAL;
    const int fd = open (real, flags & ~(O_NOFOLLOW | O_NONBLOCK), mode);
    if (fd < 0)
        return -errno;
    info->fh = (uint64_t)fd;
    return 0;
}

static int
odd_create (const char *path, mode_t mode, struct fuse_file_info *info)
{
    return open_real (path, info->flags | O_CREAT, mode, info);
}

static int
odd_open (const char *path, struct fuse_file_info *info)
{
    return open_real (path, info->flags, 0, info);
}

static int
odd_read (const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    return outcome (pread ((int)info->fh, buffer, size, offset));
}

static int
odd_write (const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    return outcome (pwrite ((int)info->fh, buffer, size, offset));
}

static int
odd_statfs (const char *path, struct statvfs *disk)
{
    const int result = outcome (statvfs (backing, disk));
    if (odd.names > 0)
        disk->f_namemax = (unsigned long)odd.names;
    return result;
}

static int
odd_flush (const char *path, struct fuse_file_info *info)
{
    struct stat status;
    if (odd.flush == 0 || fstat ((int)info->fh, &status) != 0 || status.st_size <= 100 ||
        ftruncate ((int)info->fh, 100) != 0)
        return 0;
    return -odd.flush;
}

static int
odd_release (const char *path, struct fuse_file_info *info)
{
    close ((int)info->fh);
    return 0;
}

static int
odd_fsync (const char *path, int data_only, struct fuse_file_info *info)
{
    return outcome (fsync ((int)info->fh));
}

/* Nothing is remembered by the kernel, so that every oddity shows. */
static void *
odd_init (struct fuse_conn_info *connection, struct fuse_config *config)
{
    config->use_ino = 1;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    config->hard_remove = 1; /* else a file that is open would be renamed */
    return NULL;
}

static const struct fuse_operations operations = {
    .init = odd_init,
    .getattr = odd_getattr,
    .readlink = odd_readlink,
    .readdir = odd_readdir,
    .mkdir = odd_mkdir,
    .unlink = odd_unlink,
    .rmdir = odd_rmdir,
    .symlink = odd_symlink,
    .rename = odd_rename,
    .link = odd_link,
    .chmod = odd_chmod,
    .chown = odd_chown,
    .truncate = odd_truncate,
    .utimens = odd_utimens,
    .create = odd_create,
    .open = odd_open,
    .read = odd_read,
    .write = odd_write,
    .statfs = odd_statfs,
    .flush = odd_flush,
    .release = odd_release,
    .fsync = odd_fsync,
};

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    GOptionContext *context = g_option_context_new ("BACKING MOUNT");
    g_option_context_add_main_entries (context, options, NULL);
    if (!g_option_context_parse (context, &argc, &argv, &error) || g_strv_length (odd.rest) != 2) {
        fprintf (stderr, "%s\n", error != NULL ? error->message : "usage: oddfs [ODDITY...] BACKING MOUNT");
        return 2;
    }
    backing = odd.rest[0];
    umask (0);
    char front[] = "-f";
    char *words[] = {argv[0], front, odd.rest[1], NULL};
    return fuse_main (3, words, &operations, NULL);
}
