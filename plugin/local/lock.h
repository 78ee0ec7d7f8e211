/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a destination: a file beside it, held with the kernel's record lock, so that it ends with its process, and
 * naming its holder. Between threads of a process a table decides.
 *
 * Where a file system has no record locks (some cluster file systems), the file's existence is the lock: one of this host
 * is stale when its process is gone; one of another host when it has not been renewed for XN_LOCK_STALE_S. */
#pragma once

#include <glib.h>

/** Seconds; renewed about every XN_LOCK_RENEW_S while files are written. */
#define XN_LOCK_STALE_S (30 * 60)
#define XN_LOCK_RENEW_S 30

typedef struct XnLock XnLock;

/**
 * Takes the lock that is the file @name in @dir (borrowed; may be O_PATH).
 * @shown: what is locked, for messages
 * Errors: CONFLICT naming host and process if it is held; IO.
 */
XnLock *xn_lock_take (int dir, const char *name, const char *shown, GError **error);

/** Tells other hosts that the holder lives. Cheap; to be called as work goes on. Thread: any. */
void xn_lock_renew (XnLock *lock);

/** Removes the file and gives up the lock. NULL is nothing. */
void xn_lock_release (XnLock *lock);
