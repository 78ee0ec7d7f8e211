/* SPDX-License-Identifier: Apache-2.0 */
/* Locks, conditions and threads are the C library's, not GLib's: Debian's GLib is not built for ThreadSanitizer, which
 * therefore cannot see what a GMutex orders, but knows pthread. One file decides it for all. */
#pragma once

#include <glib.h>
#include <pthread.h>

/** Holds @mutex until the end of the scope: `XN_LOCKED (&thing->mutex);` */
/* NOLINTBEGIN(bugprone-macro-parentheses): it is a declaration */
#define XN_LOCKED(mutex)                                                                               \
    __attribute__ ((cleanup (xn_scope_unlock), unused)) pthread_mutex_t *G_PASTE (locked_, __LINE__) = \
        xn_scope_lock (mutex)
/* NOLINTEND(bugprone-macro-parentheses) */

static inline pthread_mutex_t *
xn_scope_lock (pthread_mutex_t *mutex)
{
    pthread_mutex_lock (mutex);
    return mutex;
}

static inline void
xn_scope_unlock (pthread_mutex_t **mutex)
{
    pthread_mutex_unlock (*mutex);
}

/** Makes @cond wait by the monotonic clock. */
void xn_cond_init (pthread_cond_t *cond);

/** Waits on @cond (made by xn_cond_init()) for at most @ms milliseconds; @mutex is held. FALSE: time is up. */
gboolean xn_cond_wait_ms (pthread_cond_t *cond, pthread_mutex_t *mutex, gint64 ms);

/** Starts a thread with all signals blocked, as they are the host's business, and with the caller's log. FALSE if the system has
 *  no thread left. */
gboolean xn_thread_start (pthread_t *thread, void *(*run) (void *), void *data);

/** Whether the calling thread was started by xn_thread_start(), so that a signal that it raises reaches nobody. */
gboolean xn_thread_is_ours (void);
