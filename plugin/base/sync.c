/* SPDX-License-Identifier: Apache-2.0 */
/* Locks and threads. */
#include "base/sync.h"

#include "base/log.h"

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

/* What a new thread begins with. */
typedef struct {
    void *(*run) (void *);
    void *data;
    const XnLogSink *sink;
} Beginning;

static _Thread_local gboolean is_ours;

static void *
begin (void *data)
{
    const Beginning beginning = *(Beginning *)data;
    g_free (data);
    is_ours = TRUE;
    xn_log_use (beginning.sink);
    return beginning.run (beginning.data);
}

gboolean
xn_thread_start (pthread_t *thread, void *(*run) (void *), void *data)
{
    Beginning *beginning = g_new (Beginning, 1);
    *beginning = (Beginning){run, data, xn_log_used ()};
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    const int failed = pthread_create (thread, NULL, begin, beginning);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    if (failed != 0)
        g_free (beginning);
    return failed == 0;
}

gboolean
xn_thread_is_ours (void)
{
    return is_ours;
}
