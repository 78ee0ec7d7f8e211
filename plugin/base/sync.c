/* SPDX-License-Identifier: Apache-2.0 */
/* Locks and threads. */
#include "base/sync.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

void
xn_cond_init (pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init (&attributes);
    pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
    pthread_cond_init (cond, &attributes);
    pthread_condattr_destroy (&attributes);
}

gboolean
xn_cond_wait_ms (pthread_cond_t *cond, pthread_mutex_t *mutex, gint64 ms)
{
    struct timespec end;
    clock_gettime (CLOCK_MONOTONIC, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += (ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait (cond, mutex, &end) != ETIMEDOUT;
}

gboolean
xn_thread_start (pthread_t *thread, void *(*run) (void *), void *data)
{
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    const int failed = pthread_create (thread, NULL, run, data);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return failed == 0;
}
