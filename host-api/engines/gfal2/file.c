/* SPDX-License-Identifier: Apache-2.0 */
/* Open files. Must not hold more of one in memory than a window. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "operation.h"
#include "place.h"
#include "plugin.h"
#include "plugins.h"

/* What is fetched at once: more as long as it is read from start to end. */
#define FIRST_WINDOW (256 * 1024)
#define LAST_WINDOW (8 * 1024 * 1024)

typedef struct File {
    char *url;
    guint64 position;
    GByteArray *window; /* what was fetched last; NULL for a file that is written */
    guint64 window_at;  /* where in the file it begins */
    size_t window_next; /* how much to fetch next */
    guint64 size;
    int fd; /* of what is written, a file without a name; or -1 */
} File;

static void
forget_written (File *file)
{
    if (file->fd >= 0)
        close (file->fd);
    file->fd = -1;
}

static void
file_free (File *file)
{
    forget_written (file);
    g_clear_pointer (&file->window, g_byte_array_unref);
    g_free (file->url);
    g_free (file);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (File, file_free)

/* An IOPlugin::read_url's take. */
static int
on_bytes (void *data, const void *bytes, size_t size)
{
    g_byte_array_append (data, bytes, (guint)size);
    return 0;
}

/* Fetches the part of a file at its position. */
static gboolean
fetch_window (gfal2_context_t context, File *file, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    IOResult *answer;

    g_byte_array_set_size (file->window, 0);
    if (!operation_begin (&operation, context, file->url, error) || !place_of (&operation, file->url, &place, error))
        return FALSE;
    answer = operation.plugin->read_url (place.url, file->position, file->window_next, on_bytes, file->window,
                                         &operation.call);
    if (!operation_took (&operation, answer, error)) {
        g_byte_array_set_size (file->window, 0);
        return FALSE;
    }
    file->window_at = file->position;
    file->window_next = MIN (file->window_next * 2, LAST_WINDOW);
    file->size = operation_number (operation.result->items[0], "bytes");
    return TRUE;
}

static gboolean
begin_writing (File *file, GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr (GError) failed = NULL;

    file->fd = g_file_open_tmp ("gfal2-xnat-XXXXXX", &path, &failed);
    if (file->fd < 0) {
        gfal2_set_error (error, PLUGINS_ERROR, EIO, __func__, "%s", failed->message);
        return FALSE;
    }
    g_unlink (path);
    return TRUE;
}

gfal_file_handle
file_open (plugin_handle handle, const char *url, int flags, mode_t mode, GError **error)
{
    g_autoptr (File) file = g_new0 (File, 1);

    file->fd = -1;
    file->url = g_strdup (url);
    if ((flags & O_ACCMODE) == O_RDONLY) {
        file->window = g_byte_array_new ();
        file->window_next = FIRST_WINDOW;
        if (!fetch_window (handle, file, error))
            return NULL;
    } else if ((flags & (O_ACCMODE | O_APPEND)) == O_WRONLY) {
        if (!begin_writing (file, error))
            return NULL;
    } else {
        gfal2_set_error (error, PLUGINS_ERROR, ENOTSUP, __func__, "a file is read, or written from its start");
        return NULL;
    }
    return gfal_file_handle_new2 (plugin_name (), g_steal_pointer (&file), NULL, url);
}

ssize_t
file_read (plugin_handle handle, gfal_file_handle opened, void *buffer, size_t size, GError **error)
{
    File *file = gfal_file_handle_get_fdesc (opened);
    guint64 end, n;

    if (file->window == NULL) {
        gfal2_set_error (error, PLUGINS_ERROR, EBADF, __func__, "the file was opened to be written");
        return -1;
    }
    if (size == 0 || file->position >= file->size)
        return 0;
    end = file->window_at + file->window->len;
    if (file->position < file->window_at || file->position >= end) {
        if (file->position != end)
            file->window_next = FIRST_WINDOW;
        if (!fetch_window (handle, file, error))
            return -1;
        end = file->window_at + file->window->len;
    }
    n = MIN (size, end - file->position);
    memcpy (buffer, file->window->data + (file->position - file->window_at), n);
    file->position += n;
    return (ssize_t)n;
}

ssize_t
file_write (plugin_handle handle, gfal_file_handle opened, const void *buffer, size_t size, GError **error)
{
    File *file = gfal_file_handle_get_fdesc (opened);
    ssize_t n = write (file->fd, buffer, size);

    if (n < 0)
        gfal2_set_error (error, PLUGINS_ERROR, errno, __func__, "cannot write: %s", g_strerror (errno));
    return n;
}

off_t
file_seek (plugin_handle handle, gfal_file_handle opened, off_t offset, int whence, GError **error)
{
    File *file = gfal_file_handle_get_fdesc (opened);
    gint64 from = whence == SEEK_CUR ? (gint64)file->position : whence == SEEK_END ? (gint64)file->size : 0;

    if (file->window == NULL || from + offset < 0) {
        gfal2_set_error (error, PLUGINS_ERROR, file->window == NULL ? ESPIPE : EINVAL, __func__,
                         file->window == NULL ? "a file is written from start to end" : "before the start of the file");
        return -1;
    }
    file->position = (guint64)(from + offset);
    return (off_t)file->position;
}

static gboolean
put (gfal2_context_t context, const File *file, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    g_autofree char *url = NULL;
    g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", file->fd);

    if (!operation_begin (&operation, context, file->url, error) || !place_of (&operation, file->url, &place, error))
        return FALSE;
    url = place_overwriting (&place);
    return operation_took (&operation, operation.plugin->put_url (path, url, &operation.call), error);
}

int
file_close (plugin_handle handle, gfal_file_handle opened, GError **error)
{
    File *file = gfal_file_handle_get_fdesc (opened);

    if (file->fd >= 0 && !put (handle, file, error)) {
        forget_written (file);
        return -1;
    }
    file_free (file);
    gfal_file_handle_delete (opened);
    return 0;
}
