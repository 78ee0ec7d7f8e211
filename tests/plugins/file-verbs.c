/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at local files and directories, reading and removing them. */
#include "file-verbs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "file-url.h"
#include "reply.h"

#define CHUNK 65536

static GError *
error_of (const char *verb, const char *path, int number)
{
    return g_error_new (REPLY_ERROR, number == ENOENT ? IO_KIND_NOT_FOUND : IO_KIND_IO, "cannot %s %s: %s", verb, path,
                        g_strerror (number));
}

/* Adds what is at @path, called @name; FALSE with errno if nothing is there. */
static gboolean
add_path (IOResult *result, const char *name, const char *path, uint32_t flags)
{
    GStatBuf about;
    g_autofree char *url = file_url_of (path);
    g_autofree char *bytes = NULL;
    g_autofree char *mtime = NULL;

    if (g_stat (path, &about) != 0)
        return FALSE;
    if (S_ISDIR (about.st_mode)) {
        reply_add (result, name, url, (const char *const[]){"type", "directory", NULL});
        return TRUE;
    }
    bytes = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)about.st_size);
    mtime = g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)about.st_mtime);
    reply_add (result, name, url,
               (const char *const[]){"type", "file", "bytes", bytes, (flags & IO_WITH_MTIME) != 0 ? "mtime" : NULL,
                                     mtime, NULL});
    return TRUE;
}

IOResult *
file_stat (const char *url, uint32_t flags, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *path = file_url_path (url, &error);
    IOResult *result;

    if (path == NULL)
        return reply_failed (error);
    result = reply_new ();
    if (add_path (result, NULL, path, flags))
        return result;
    reply_free (result);
    return reply_failed (error_of ("look at", path, errno));
}

/* GCompareFunc */
static int
by_name (const void *one, const void *other)
{
    return strcmp (*(const char *const *)one, *(const char *const *)other);
}

/* Adds what is below the directory @path, sorted, with names that begin with @prefix; FALSE with an error. */
static gboolean
add_below (IOResult *result, const char *path, const char *prefix, uint32_t flags, GError **error)
{
    g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    const char *found;

    if (directory == NULL) {
        g_propagate_error (error, error_of ("list", path, errno));
        return FALSE;
    }
    while ((found = g_dir_read_name (directory)) != NULL)
        g_ptr_array_add (names, g_strdup (found));
    g_ptr_array_sort (names, by_name);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *name = g_strconcat (prefix, names->pdata[i], NULL);
        g_autofree char *full = g_build_filename (path, names->pdata[i], NULL);
        g_autofree char *below = g_strconcat (name, "/", NULL);

        if (!add_path (result, name, full, flags))
            continue;
        if ((flags & IO_RECURSIVE) != 0 && g_file_test (full, G_FILE_TEST_IS_DIR) &&
            !add_below (result, full, below, flags, error))
            return FALSE;
    }
    return TRUE;
}

IOResult *
file_list (const char *url, uint32_t flags, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *path = file_url_path (url, &error);
    IOResult *result;

    if (path == NULL)
        return reply_failed (error);
    result = reply_new ();
    if (add_below (result, path, "", flags, &error))
        return result;
    reply_free (result);
    return reply_failed (error);
}

IOResult *
file_remove (const char *url, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *path = file_url_path (url, &error);
    IOResult *result;

    if (path == NULL)
        return reply_failed (error);
    if (g_remove (path) != 0)
        return reply_failed (error_of ("remove", path, errno));
    result = reply_new ();
    reply_add (result, NULL, url, (const char *const[]){"files", "1", NULL});
    return result;
}

IOResult *
file_check (const char *url, const IOCall *call)
{
    GError *error = NULL;
    g_autofree char *raw = file_url_raw_path (url, &error);
    IOResult *result;

    if (raw == NULL)
        return reply_failed (error);
    result = reply_new ();
    reply_add (result, NULL, url,
               (const char *const[]){"search", strpbrk (raw, "*[") != NULL ? "true" : "false", NULL});
    return result;
}

/* Hands @file from its position to @take; FALSE if that wants no more. */
static gboolean
hand_over (FILE *file, uint64_t length, int (*take) (void *, const void *, size_t), void *take_data)
{
    g_autofree char *buffer = g_malloc (CHUNK);
    size_t got;

    while (length > 0 && (got = fread (buffer, 1, MIN (length, CHUNK), file)) > 0) {
        if (take (take_data, buffer, got) != 0)
            return FALSE;
        length -= got;
    }
    return TRUE;
}

IOResult *
file_read (const char *url, uint64_t offset, uint64_t length, int (*take) (void *, const void *, size_t),
           void *take_data, const IOCall *call)
{
    IOResult *result = file_stat (url, 0, call);
    g_autofree char *path = file_url_path (url, NULL);
    FILE *file;
    GStatBuf about;
    gboolean done;

    if (result->kind != IO_KIND_OK)
        return result;
    file = fopen (path, "rb");
    if (file == NULL || fstat (fileno (file), &about) != 0 || offset > (uint64_t)about.st_size) {
        reply_fail (result, file == NULL ? IO_KIND_IO : IO_KIND_USAGE,
                    file == NULL ? g_strerror (errno) : "the part begins beyond the end");
        if (file != NULL)
            fclose (file);
        return result;
    }
    done = fseeko (file, (off_t)offset, SEEK_SET) == 0 && hand_over (file, length, take, take_data);
    fclose (file);
    if (!done)
        reply_fail (result, IO_KIND_CANCELLED, "the host asked to stop");
    return result;
}
