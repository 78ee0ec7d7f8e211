/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of a file whose bytes come in any order: what is there without a gap is read back and hashed, on a thread of its own,
 * while the rest still comes. Bytes that were written a moment ago are read out of the memory, not from the disk. */
#pragma once

#include "local/hasher.h"

typedef struct XnFollower XnFollower;

/** Follows the file @fd, of which @hasher has hashed the first @hashed bytes; both (borrowed), and for nobody else's use as long
 *  as this one is there. Returns: (transfer full) NULL if the system has no thread left. */
XnFollower *xn_follower_new (XnHasher *hasher, int fd, gint64 hashed);
/** Ends it, wherever it is. NULL is nothing. */
void xn_follower_free (XnFollower *follower);

/** Tells that all bytes of the file before @end are there. Thread: any. */
void xn_follower_reach (XnFollower *follower, gint64 end);
/** How many bytes are hashed, from the beginning; -1 if the file cannot be read, with @out_errnum. Thread: any. */
gint64 xn_follower_hashed (XnFollower *follower, int *out_errnum);
