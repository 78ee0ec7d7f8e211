/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of a stream, worked out on a thread beside the one that writes the same bytes: for a large file hashing costs more
 * than writing. Nothing is copied; a chunk is lent from begin to end. */
#pragma once

#include <glib.h>

typedef struct XnHasher XnHasher;

XnHasher *xn_hasher_new (void);
/** NULL is nothing. */
void xn_hasher_free (XnHasher *hasher);

/** Begins to hash @bytes, which must stay until xn_hasher_end(). */
void xn_hasher_begin (XnHasher *hasher, const guint8 *bytes, gsize size);
/** Waits until they are hashed. */
void xn_hasher_end (XnHasher *hasher);

/** Starts over. */
void xn_hasher_reset (XnHasher *hasher);
/** Lower-case hex: (transfer none). Nothing may be hashed afterwards but after a reset. */
const char *xn_hasher_text (XnHasher *hasher);
