/* SPDX-License-Identifier: Apache-2.0 */
/* Local files that are to be put: finding them, reading them, and noticing when they change meanwhile. */
#pragma once

#include <glib.h>
#include <time.h>

/** A regular file to put. */
typedef struct {
    char *relative; /**< (owned) path below the tree, '/'-separated, UTF-8; for a single file its base name */
    char *path;     /**< (owned) where it is */
    gint64 size;
    gint64 mtime_ns, ctime_ns; /**< with the size these tell whether it changes; numbers of files mean nothing on some
                                    file systems */
} XnTreeFile;

/** Nanoseconds of such a time. */
gint64 xn_tree_time_ns (const struct timespec *time);

/** NULL is nothing. */
void xn_tree_file_free (XnTreeFile *file);

/**
 * Lists what is at @path: a regular file, or a directory's regular files, sorted by relative path.
 * A link to a regular file inside the tree counts as that file; a link that leads outside, to a directory or nowhere, a
 * socket, a device, a FIFO, a name that is not UTF-8: an IO error that names it. A loop cannot happen.
 * Paths may be longer than the system takes at once.
 * Returns: (transfer container) (element-type XnTreeFile) with its free function set; *@out_is_directory is set.
 */
GPtrArray *xn_tree_list (const char *path, gboolean *out_is_directory, GError **error);

typedef struct XnSource XnSource; /* an open file to put */
/** Opens it; IO error if it is no longer the file that was listed (size, mtime, ctime). */
XnSource *xn_source_open (const XnTreeFile *file, GError **error);
/** 1 to @size bytes, 0 at the end, -1 with an error; hashes what was read from the start. */
gssize xn_source_read (XnSource *source, guint8 *buffer, gsize size, GError **error);
/** Goes back to the start; IO error if the file has changed. */
gboolean xn_source_rewind (XnSource *source, GError **error);
/** MD5 of the file once all of it was read: (transfer none) lower-case hex. */
const char *xn_source_md5 (XnSource *source);
/** FALSE with an IO error if the file changed while it was read (size, mtime, ctime; shorter or longer than listed). */
gboolean xn_source_check (XnSource *source, GError **error);
/** NULL is nothing. */
void xn_source_free (XnSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnSource, xn_source_free)

/** MD5 of a file, lower-case hex: (transfer full). @stop as in xn_place_md5(). */
char *xn_tree_file_md5 (const XnTreeFile *file, gboolean (*stop) (gpointer), gpointer data, GError **error);
