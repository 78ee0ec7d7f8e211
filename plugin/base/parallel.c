/* SPDX-License-Identifier: Apache-2.0 */
/* A crew of short-lived threads: what they wait for is the network, so making a thread costs nothing beside it. */
#include "base/parallel.h"

#include "base/error.h"
#include "base/sync.h"

typedef struct {
    XnOp *op;
    GPtrArray *items;
    XnTaskFunc task;
    gpointer data;
    XnParallelMode mode;

    pthread_mutex_t mutex;
    pthread_cond_t done;
    guint next;      /* [mutex] first item not begun */
    guint working;   /* [mutex] threads that still run */
    gboolean failed; /* [mutex] */
    GError **errors; /* (owned by the caller) one slot an item, each written by one thread */
} Crew;

/* Takes the next item; FALSE when there is none to begin. */
static gboolean
crew_next (Crew *crew, guint *out_index)
{
    XN_LOCKED (&crew->mutex);
    if (crew->next >= crew->items->len || (crew->failed && crew->mode == XN_PARALLEL_STOP_AT_ERROR))
        return FALSE;
    *out_index = crew->next++;
    return TRUE;
}

static void
crew_work (Crew *crew)
{
    guint index;
    while (crew_next (crew, &index)) {
        GError **slot = &crew->errors[index];
        if (xn_op_check (crew->op, slot) && crew->task (g_ptr_array_index (crew->items, index), crew->data, slot))
            continue;
        XN_LOCKED (&crew->mutex);
        crew->failed = TRUE;
    }
}

static void *
crew_thread (void *data)
{
    Crew *crew = data;
    crew_work (crew);
    XN_LOCKED (&crew->mutex);
    crew->working--;
    pthread_cond_signal (&crew->done);
    return NULL;
}

static void
crew_run_threads (Crew *crew, guint n_threads)
{
    g_autofree pthread_t *threads = g_new0 (pthread_t, n_threads);
    guint started = 0;
    crew->working = n_threads;
    while (started < n_threads && xn_thread_start (&threads[started], crew_thread, crew))
        started++;

    pthread_mutex_lock (&crew->mutex);
    crew->working -= n_threads - started;
    while (crew->working > 0) {
        xn_cond_wait_ms (&crew->done, &crew->mutex, XN_OP_TICK_MS);
        pthread_mutex_unlock (&crew->mutex);
        (void)xn_op_check (crew->op, NULL);
        pthread_mutex_lock (&crew->mutex);
    }
    pthread_mutex_unlock (&crew->mutex);
    for (guint i = 0; i < started; i++)
        pthread_join (threads[i], NULL);
    if (started == 0)
        crew_work (crew);
}

/* The first failure in list order; being cancelled is told only when nothing else went wrong. */
static const GError *
crew_first_error (Crew *crew)
{
    const GError *cancelled = NULL;
    for (guint i = 0; i < crew->items->len; i++) {
        if (crew->errors[i] == NULL)
            continue;
        if (!xn_error_is (crew->errors[i], XN_ERROR_CANCELLED))
            return crew->errors[i];
        if (cancelled == NULL)
            cancelled = crew->errors[i];
    }
    return cancelled;
}

gboolean
xn_parallel_run (XnOp *op, guint jobs, GPtrArray *items, XnTaskFunc task, gpointer data, XnParallelMode mode,
                 GError **errors, GError **error)
{
    g_autofree GError **own = errors == NULL ? g_new0 (GError *, MAX (items->len, 1)) : NULL;
    Crew crew = {.op = op, .items = items, .task = task, .data = data, .mode = mode};
    crew.errors = errors != NULL ? errors : own;
    pthread_mutex_init (&crew.mutex, NULL);
    xn_cond_init (&crew.done);

    const guint n_threads = MIN (jobs, items->len);
    if (n_threads <= 1)
        crew_work (&crew);
    else
        crew_run_threads (&crew, n_threads);

    const GError *first = crew_first_error (&crew);
    if (first != NULL && error != NULL)
        *error = g_error_copy (first);
    const gboolean ok = first == NULL && xn_op_check (op, error);
    for (guint i = 0; own != NULL && i < items->len; i++)
        g_clear_error (&own[i]);
    pthread_cond_destroy (&crew.done);
    pthread_mutex_destroy (&crew.mutex);
    return ok;
}
