/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a destination: a file beside it, held with the kernel's record lock, so that it ends with its process, and
 * naming its holder. Other users of a directory see who holds it, and take over what a dead one left.
 *
 * Where a file system has no record locks (some cluster file systems), the file's existence is the lock: one of this host
 * is stale when its process is gone; one of another host when it has not been renewed for XN_LOCK_STALE_S. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/** Seconds; renewed about every XN_LOCK_RENEW_S while files are written. */
#define XN_LOCK_STALE_S (30 * 60)
#define XN_LOCK_RENEW_S 30

typedef struct XnLock XnLock;

/**
 * Takes the lock that is the file @name in @dir (borrowed; may be O_PATH).
 * @shown: what is locked, for messages
 * Errors: CONFLICT naming user, host and process if it is held, or if something that is no lock has its name; IO.
 */
XnLock *xn_lock_take (int dir, const char *name, const char *shown, GError **error);

/**
 * Looks whether xn_lock_take() would take it: nothing is made or changed, and what is returned holds nothing.
 * Errors: as there, as far as a look tells.
 */
XnLock *xn_lock_look (int dir, const char *name, const char *shown, GError **error);

/** To whom files belong that this process makes here: some file systems decide that themselves. */
uid_t xn_lock_uid (const XnLock *lock);

/** Whether it was left by a run of the same user that is dead. */
gboolean xn_lock_was_left (const XnLock *lock);

/** Tells other hosts that the holder lives. Cheap; to be called as work goes on. Thread: any. */
void xn_lock_renew (XnLock *lock);

/** Removes the file and gives up the lock. NULL is nothing. */
void xn_lock_release (XnLock *lock);
