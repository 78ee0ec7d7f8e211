/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a zip of known length as a stream: DEFLATE members made of stored blocks with a 4-byte-size data descriptor,
 * which XNAT's streaming reader accepts, in one pass over the files and without compressing. libarchive cannot make
 * this form, whose length is known before the first byte. */
#pragma once

#include <glib.h>

typedef struct XnZipStream XnZipStream;

/** Where members come from. @open opens member @index for reading; gives a handle for the two functions below. */
typedef struct {
    gpointer (*open) (guint index, gpointer data, GError **error);
    /** 1 to @size bytes, 0 at the end, -1 with @error. */
    gssize (*read) (gpointer handle, guint8 *buffer, gsize size, GError **error);
    /** Ends it; FALSE with @error if what was read cannot be relied upon (the file changed). */
    gboolean (*close) (gpointer handle, GError **error);
} XnZipSource;

/** Begins an archive without members. @source (copied) and @data are used by xn_zip_stream_read(), on its thread. */
XnZipStream *xn_zip_stream_new (const XnZipSource *source, gpointer data);
/** Ends it, and closes a member that is being read. NULL is nothing. */
void xn_zip_stream_free (XnZipStream *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnZipStream, xn_zip_stream_free)

/** The largest member: with the headers of its stored blocks it has to stay below the 4 GiB that 4 bytes can say. */
#define XN_ZIP_STREAM_MAX_MEMBER (G_GUINT64_CONSTANT (0xfffffffe) - 5 * 65538)

/** Adds a member of exactly @size bytes (at most XN_ZIP_STREAM_MAX_MEMBER: a larger one makes the first read fail),
 *  before the first read. @name: UTF-8, '/' as separator, at most 65535 bytes. @mtime: seconds since 1970. */
void xn_zip_stream_add (XnZipStream *zip, const char *name, guint64 size, gint64 mtime);
/** Members and bytes may make a zip64 end record necessary; it is written then. The exact length in bytes. */
guint64 xn_zip_stream_length (const XnZipStream *zip);
/** Bytes of the archive: 1 to @size, 0 at the end, -1 with an error (the source's; IO if a file has another size). */
gssize xn_zip_stream_read (XnZipStream *zip, guint8 *buffer, gsize size, GError **error);
/** Starts over from the first byte. */
void xn_zip_stream_rewind (XnZipStream *zip);
