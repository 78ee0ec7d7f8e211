/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper sleeps until the first of the held sessions is due. */
#include "server/keep-alive.h"

#include "base/log.h"
#include "base/sync.h"

#include <stdatomic.h>
#include <stdbool.h>

#define MAX_SLEEP_MS (60 * 1000)

typedef struct {
    XnSession *session;
    guint count;
} Held;

struct XnKeeper {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    atomic_bool stopping;
    /* [mutex] */
    GArray *held; /* (element-type Held) */
    gboolean running, failed;
    pthread_t thread;
    gint64 wake_us; /* when the thread looks again */
};

XnKeeper *
xn_keeper_new (void)
{
    XnKeeper *keeper = g_new0 (XnKeeper, 1);
    keeper->held = g_array_new (FALSE, FALSE, sizeof (Held));
    pthread_mutex_init (&keeper->mutex, NULL);
    xn_cond_init (&keeper->changed);
    return keeper;
}

static gboolean
is_stopping (gpointer data)
{
    return atomic_load (&((XnKeeper *)data)->stopping);
}

/* The held session that is due first, or NULL. The mutex is held. */
static XnSession *
first_due (XnKeeper *keeper, gint64 *out_due_us)
{
    XnSession *first = NULL;
    *out_due_us = G_MAXINT64;
    for (guint i = 0; i < keeper->held->len; i++) {
        XnSession *session = g_array_index (keeper->held, Held, i).session;
        const gint64 due_us = xn_session_due_us (session);
        if (due_us < *out_due_us) {
            *out_due_us = due_us;
            first = session;
        }
    }
    return first;
}

static void *
keep (void *data)
{
    XnKeeper *keeper = (XnKeeper *)data;
    pthread_mutex_lock (&keeper->mutex);
    while (!is_stopping (keeper)) {
        gint64 due_us;
        const gint64 now_us = g_get_monotonic_time ();
        XnSession *session = first_due (keeper, &due_us);
        if (session != NULL && due_us <= now_us) {
            pthread_mutex_unlock (&keeper->mutex);
            xn_session_ping (session, is_stopping, keeper);
            pthread_mutex_lock (&keeper->mutex);
            continue;
        }
        const gint64 sleep_ms = session != NULL ? MIN ((due_us - now_us) / 1000 + 1, MAX_SLEEP_MS) : MAX_SLEEP_MS;
        keeper->wake_us = now_us + sleep_ms * 1000;
        xn_cond_wait_ms (&keeper->changed, &keeper->mutex, sleep_ms);
    }
    pthread_mutex_unlock (&keeper->mutex);
    return NULL;
}

void
xn_keeper_free (XnKeeper *keeper)
{
    if (keeper == NULL)
        return;
    pthread_mutex_lock (&keeper->mutex);
    atomic_store (&keeper->stopping, true);
    pthread_cond_broadcast (&keeper->changed);
    const gboolean running = keeper->running;
    pthread_mutex_unlock (&keeper->mutex);
    if (running)
        pthread_join (keeper->thread, NULL);
    g_array_unref (keeper->held);
    pthread_cond_destroy (&keeper->changed);
    pthread_mutex_destroy (&keeper->mutex);
    g_free (keeper);
}

static Held *
find_held (XnKeeper *keeper, const XnSession *session, guint *out_index)
{
    for (guint i = 0; i < keeper->held->len; i++) {
        Held *held = &g_array_index (keeper->held, Held, i);
        if (held->session == session) {
            *out_index = i;
            return held;
        }
    }
    return NULL;
}

void
xn_keeper_hold (XnKeeper *keeper, XnSession *session)
{
    guint index;
    XN_LOCKED (&keeper->mutex);
    Held *held = find_held (keeper, session, &index);
    if (held != NULL) {
        held->count++;
        return;
    }
    const Held fresh = {.session = session, .count = 1};
    g_array_append_val (keeper->held, fresh);
}

void
xn_keeper_attend (XnKeeper *keeper, XnSession *session)
{
    const gint64 due_us = xn_session_due_us (session);
    XN_LOCKED (&keeper->mutex);
    if (due_us == G_MAXINT64 || keeper->failed)
        return;
    if (keeper->running && due_us < keeper->wake_us)
        pthread_cond_signal (&keeper->changed);
    if (keeper->running)
        return;
    keeper->running = xn_thread_start (&keeper->thread, keep, keeper);
    keeper->failed = !keeper->running;
    if (keeper->failed)
        xn_log (XN_LOG_WARNING, "no thread to be had: sessions are not kept alive during long transfers");
}

void
xn_keeper_release (XnKeeper *keeper, XnSession *session)
{
    guint index;
    XN_LOCKED (&keeper->mutex);
    Held *held = find_held (keeper, session, &index);
    if (held != NULL && --held->count == 0)
        g_array_remove_index_fast (keeper->held, index);
}
