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
