/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose name is a digest of what they answer, and whose time says how old they are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "complete-cache.h"

#define KEPT_S 60
#define MOST_FILES 64
#define MOST_BYTES (4 * 1024 * 1024)
#define NAME_LENGTH 64

/* A file server's clock may be somewhat ahead of this machine's. */
static gboolean
is_old (const struct stat *info)
{
    time_t now = time (NULL);

    return info->st_mtime - now >= KEPT_S || now - info->st_mtime >= KEPT_S;
}

/* The directory of the cache in @parent, or -1. */
static int
open_in (const char *parent)
{
    g_autofree char *name = g_strdup_printf ("ioplug-completion-%lu", (unsigned long)geteuid ());
    g_autofree char *path = g_build_filename (parent, name, NULL);
    struct stat info;
    int directory;

    if (mkdir (path, 0700) != 0 && errno != EEXIST)
        return -1;
    directory = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return -1;
    if (fstat (directory, &info) == 0 && info.st_uid == geteuid () && (info.st_mode & 077) == 0)
        return directory;
    close (directory);
    return -1;
}

int
complete_cache_open (void)
{
    const char *session = g_getenv ("XDG_RUNTIME_DIR");
    gboolean has_session = session != NULL && g_path_is_absolute (session);
    int directory = has_session ? open_in (session) : -1;

    /* After su or sudo it is another user's, or not there. */
    return directory >= 0 ? directory : open_in (g_get_tmp_dir ());
}

static char *
read_file (int fd)
{
    struct stat info;
    g_autofree char *text = NULL;
    gsize length = 0;

    if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MOST_BYTES || is_old (&info))
        return NULL;
    text = g_malloc0 ((gsize)info.st_size + 1);
    while (length < (gsize)info.st_size) {
        ssize_t count = read (fd, text + length, (gsize)info.st_size - length);

        if (count <= 0)
            return NULL;
        length += (gsize)count;
    }
    return g_steal_pointer (&text);
}

char *
complete_cache_get (int directory, const char *key)
{
    g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
    int fd = openat (directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    char *text;

    if (fd < 0)
        return NULL;
    text = read_file (fd);
    close (fd);
    return text;
}

/* Removes what is old, and of the rest what is too many. */
static void
tidy_up (int directory)
{
    int copy = openat (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir (copy) : NULL;
    const struct dirent *entry;
    guint left = 0;
    struct stat info;

    if (entries == NULL) {
        if (copy >= 0)
            close (copy);
        return;
    }
    while ((entry = readdir (entries)) != NULL) {
        if (strspn (entry->d_name, "0123456789abcdef.") < NAME_LENGTH ||
            fstatat (directory, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (is_old (&info) || ++left >= MOST_FILES)
            unlinkat (directory, entry->d_name, 0);
    }
    closedir (entries);
}

static gboolean
write_file (int directory, const char *name, const char *text)
{
    gsize length = strlen (text), written = 0;
    int fd = openat (directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return FALSE;
    while (written < length) {
        ssize_t count = write (fd, text + written, length - written);

        if (count <= 0)
            break;
        written += (gsize)count;
    }
    return close (fd) == 0 && written == length;
}

gboolean
complete_cache_claim (int directory, const char *key)
{
    g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);

    tidy_up (directory);
    return write_file (directory, name, "");
}

gboolean
complete_cache_put (int directory, const char *key, const char *text)
{
    g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
    g_autofree char *temporary = g_strdup_printf ("%s.%lu", name, (unsigned long)getpid ());
    gboolean kept = FALSE;

    tidy_up (directory);
    if (strlen (text) <= MOST_BYTES)
        kept = write_file (directory, temporary, text) && renameat (directory, temporary, directory, name) == 0;
    if (!kept)
        unlinkat (directory, temporary, 0);
    return kept;
}

void
complete_cache_drop (int directory, const char *key)
{
    g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);

    unlinkat (directory, name, 0);
}
