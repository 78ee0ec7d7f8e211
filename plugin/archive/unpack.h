/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a zip or tar as a stream. This room alone sees libarchive. */
#pragma once

#include <glib.h>

typedef struct XnUnpack XnUnpack;

/** Lends the next bytes of the archive: >0, 0 at the end, -1 with @error. */
typedef gssize (*XnUnpackReadFunc) (gpointer data, const guint8 **out_bytes, GError **error);

/** Opens an archive. Errors: INTEGRITY (retryable) if it is none; the read function's own. */
XnUnpack *xn_unpack_new (XnUnpackReadFunc read, gpointer data, GError **error);
/** Ends it. NULL is nothing. */
void xn_unpack_free (XnUnpack *unpack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnUnpack, xn_unpack_free)

/** A file in an archive. */
typedef struct {
    const char *name; /**< (transfer none) UTF-8, as stored; valid until the next member */
    gint64 size;      /**< bytes, or -1 if the archive does not say beforehand */
    gint64 mtime;     /**< seconds, of a tar only, else -1: a zip counts in twos, and knows no time zone */
} XnMember;

/**
 * Goes to the next regular member; directories are passed over, any other type is an INTEGRITY error.
 * Returns: 1 for a member, 0 at the end (for a zip only if its end record was seen, else a retryable INTEGRITY error),
 * -1 with an error.
 */
int xn_unpack_next (XnUnpack *unpack, XnMember *out_member, GError **error);

/** Lends the next bytes of the member: >0, 0 at its end, -1 with an error (a CRC that does not fit: INTEGRITY,
 *  retryable). */
gssize xn_unpack_data (XnUnpack *unpack, const guint8 **out_bytes, GError **error);
