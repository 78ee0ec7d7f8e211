/* SPDX-License-Identifier: Apache-2.0 */
/* Copies files and trees. Must not know of URLs. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file-copy.h"
#include "reply.h"

#define CHUNK 65536

static gboolean
fail (GError **error, IOKind kind, const char *what, const char *path, int reason)
{
    g_set_error (error, REPLY_ERROR, (int)kind, "%s %s: %s", what, path, g_strerror (reason));
    return FALSE;
}

static void
report (Copy *copy, IOPhase phase)
{
    copy->progress.phase = phase;
    if (copy->call != NULL && copy->call->progress != NULL)
        copy->call->progress (copy->call->user_data, &copy->progress);
}

static gboolean
go_on (Copy *copy, GError **error)
{
    if (!reply_stopped (copy->call))
        return TRUE;
    g_set_error_literal (error, REPLY_ERROR, IO_KIND_CANCELLED, "the host asked to stop");
    return FALSE;
}

static void
count (const char *path, IOProgress *totals)
{
    GStatBuf about;
    g_autoptr (GDir) directory = NULL;
    const char *name;

    if (g_stat (path, &about) != 0)
        return;
    if (S_ISREG (about.st_mode)) {
        totals->files_total++;
        totals->bytes_total += (guint64)about.st_size;
    }
    if (!S_ISDIR (about.st_mode) || (directory = g_dir_open (path, 0, NULL)) == NULL)
        return;
    while ((name = g_dir_read_name (directory)) != NULL) {
        g_autofree char *below = g_build_filename (path, name, NULL);

        count (below, totals);
    }
}

gboolean
copy_begin (Copy *copy, const IOCall *call, const char *source, GError **error)
{
    static guint64 last_operation;

    if (g_access (source, F_OK) != 0)
        return fail (error, errno == ENOENT || errno == ENOTDIR ? IO_KIND_NOT_FOUND : IO_KIND_IO, "cannot find", source,
                     errno);
    copy->call = call;
    copy->progress = (IOProgress){.struct_size = sizeof (IOProgress)};
    copy->progress.operation = __atomic_add_fetch (&last_operation, 1, __ATOMIC_RELAXED);
    count (source, &copy->progress);
    report (copy, IO_PHASE_TRANSFER);
    return go_on (copy, error);
}

static gboolean
copy_bytes (Copy *copy, int from, int to, GError **error)
{
    g_autofree char *chunk = g_malloc (CHUNK);
    gssize length;

    while ((length = read (from, chunk, CHUNK)) > 0) {
        if (write (to, chunk, (gsize)length) != length)
            return fail (error, IO_KIND_IO, "cannot write", "the copy", errno);
        copy->progress.bytes_done += (guint64)length;
        report (copy, IO_PHASE_TRANSFER);
        if (copy->chunk_delay > 0)
            g_usleep (copy->chunk_delay);
        if (!go_on (copy, error))
            return FALSE;
    }
    return length == 0 || fail (error, IO_KIND_IO, "cannot read", "the source", errno);
}

static gboolean
publish (Copy *copy, int from, const char *target, GError **error)
{
    g_autofree char *temporary = g_strconcat (target, ".XXXXXX.tmp", NULL);
    int to = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0644);
    gboolean done;

    if (to < 0)
        return fail (error, IO_KIND_IO, "cannot create", target, errno);
    done = copy_bytes (copy, from, to, error);
    close (to);
    if (done && g_rename (temporary, target) != 0)
        done = fail (error, IO_KIND_IO, "cannot create", target, errno);
    if (!done)
        g_unlink (temporary);
    return done;
}

gboolean
copy_file (Copy *copy, const char *source, const char *target, GError **error)
{
    g_autofree char *parent = g_path_get_dirname (target);
    int from;
    gboolean done;

    if (g_mkdir_with_parents (parent, 0777) != 0)
        return fail (error, IO_KIND_IO, "cannot create", parent, errno);
    from = g_open (source, O_RDONLY | O_CLOEXEC, 0);
    if (from < 0)
        return fail (error, IO_KIND_IO, "cannot open", source, errno);
    done = publish (copy, from, target, error);
    close (from);
    copy->progress.files_done += done ? 1 : 0;
    return done;
}

gboolean
copy_tree (Copy *copy, const char *source, const char *target, GError **error)
{
    g_autoptr (GDir) directory = g_dir_open (source, 0, NULL);
    const char *name;

    if (directory == NULL)
        return fail (error, IO_KIND_IO, "cannot read", source, errno);
    if (g_mkdir_with_parents (target, 0777) != 0)
        return fail (error, IO_KIND_IO, "cannot create", target, errno);
    while ((name = g_dir_read_name (directory)) != NULL) {
        g_autofree char *from = g_build_filename (source, name, NULL);
        g_autofree char *to = g_build_filename (target, name, NULL);
        gboolean tree = g_file_test (from, G_FILE_TEST_IS_DIR);

        if (!(tree ? copy_tree (copy, from, to, error) : copy_file (copy, from, to, error)))
            return FALSE;
    }
    return TRUE;
}

void
copy_end (Copy *copy)
{
    report (copy, IO_PHASE_DONE);
}

gboolean
copy_is_same (const char *left, const char *right)
{
    g_autoptr (GMappedFile) one = g_mapped_file_new (left, FALSE, NULL);
    g_autoptr (GMappedFile) other = g_mapped_file_new (right, FALSE, NULL);
    gsize length;

    if (one == NULL || other == NULL)
        return FALSE;
    length = g_mapped_file_get_length (one);
    return length == g_mapped_file_get_length (other) &&
           (length == 0 || memcmp (g_mapped_file_get_contents (one), g_mapped_file_get_contents (other), length) == 0);
}
