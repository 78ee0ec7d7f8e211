/* SPDX-License-Identifier: Apache-2.0 */
/* Writes into one place of a server, one after another: it loses or refuses those that overlap. Knows places by their
 * names only. */
#pragma once

#include "base/op.h"

typedef struct XnWriteLocks XnWriteLocks;

XnWriteLocks *xn_write_locks_new (void);
/** Frees; none may be held. */
void xn_write_locks_free (XnWriteLocks *locks);

/** Waits until no other operation of this process holds @key, and takes it. FALSE with an error when the operation should
 *  stop. Thread: any. */
gboolean xn_write_lock (XnWriteLocks *locks, const char *key, XnOp *op, GError **error);
/** Gives @key back. Thread: any. */
void xn_write_unlock (XnWriteLocks *locks, const char *key);
/** Whether what was seen of @key's place at or after @since_us (monotonic) is as it was for all that this process has done: the
 *  caller holds @key, and nobody else has since then. Of what is longer ago than a minute nothing is known: FALSE. Thread: any. */
gboolean xn_write_was_free (XnWriteLocks *locks, const char *key, gint64 since_us);
