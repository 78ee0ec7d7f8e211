/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file that is put, and noticing when it is not the listed one any more. */
#include "local/tree.h"

#include "base/error.h"
#include "local/dir.h"
#include "local/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct XnSource {
    char *path;
    int fd;
    gint64 size, mtime_ns, ctime_ns;
    gint64 position;
    GChecksum *checksum;
};

gint64
xn_tree_time_ns (const struct timespec *time)
{
    return time->tv_sec * G_GINT64_CONSTANT (1000000000) + time->tv_nsec;
}

static gboolean
changed (const XnSource *source, GError **error)
{
    xn_error_set (error, XN_ERROR_IO, "%s has changed while it was being sent; run it again once nothing writes to it",
                  source->path);
    return FALSE;
}

static gboolean
is_as_listed (const XnSource *source, GError **error)
{
    struct stat status;
    if (fstat (source->fd, &status) != 0) {
        xn_error_set_errno (error, errno, "cannot look at %s", source->path);
        return FALSE;
    }
    const gboolean same = status.st_size == source->size && xn_tree_time_ns (&status.st_mtim) == source->mtime_ns &&
                          xn_tree_time_ns (&status.st_ctim) == source->ctime_ns && S_ISREG (status.st_mode);
    return same || changed (source, error);
}

XnSource *
xn_source_open (const XnTreeFile *file, GError **error)
{
    g_autoptr (XnSource) source = g_new0 (XnSource, 1);
    source->path = g_strdup (file->path);
    source->size = file->size;
    source->mtime_ns = file->mtime_ns;
    source->ctime_ns = file->ctime_ns;
    source->checksum = g_checksum_new (G_CHECKSUM_MD5);
    /* Non-blocking, as the path may be a FIFO's by now. */
    source->fd = xn_dir_open_path (file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (source->fd < 0) {
        xn_error_set_errno (error, errno, "cannot read %s", file->path);
        return NULL;
    }
    return is_as_listed (source, error) ? g_steal_pointer (&source) : NULL;
}

gssize
xn_source_read (XnSource *source, guint8 *buffer, gsize size, GError **error)
{
    const gsize wanted = (gsize)MIN ((guint64)size, (guint64)(source->size - source->position));
    if (wanted == 0)
        return 0;
    ssize_t got;
    do
        got = read (source->fd, buffer, wanted);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        xn_error_set_errno (error, errno, "cannot read %s", source->path);
        return -1;
    }
    if (got == 0) {
        changed (source, error);
        return -1;
    }
    g_checksum_update (source->checksum, buffer, got);
    source->position += got;
    return got;
}

gboolean
xn_source_rewind (XnSource *source, GError **error)
{
    if (lseek (source->fd, 0, SEEK_SET) != 0) {
        xn_error_set_errno (error, errno, "cannot read %s again", source->path);
        return FALSE;
    }
    g_checksum_reset (source->checksum);
    source->position = 0;
    return is_as_listed (source, error);
}

const char *
xn_source_md5 (XnSource *source)
{
    return g_checksum_get_string (source->checksum);
}

gboolean
xn_source_check (XnSource *source, GError **error)
{
    if (source->position != source->size)
        return changed (source, error);
    return is_as_listed (source, error);
}

void
xn_source_free (XnSource *source)
{
    if (source == NULL)
        return;
    xn_fd_clear (&source->fd);
    g_checksum_free (source->checksum);
    g_free (source->path);
    g_free (source);
}

char *
xn_tree_file_md5 (const XnTreeFile *file, gboolean (*stop) (gpointer), gpointer data, GError **error)
{
    g_autoptr (XnSource) source = xn_source_open (file, error);
    if (source == NULL)
        return NULL;
    g_autofree char *md5 = xn_digest_fd (source->fd, source->path, stop, data, error);
    return md5 != NULL && is_as_listed (source, error) ? g_steal_pointer (&md5) : NULL;
}
