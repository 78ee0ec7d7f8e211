/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's life. */
#include "runtime/runtime.h"

#include "base/sync.h"

#include <unistd.h>

typedef struct Runtime Runtime;
struct Runtime {
    XnRuntime shared;
    XnEngine *engine; /* (owned) */
    guint operations; /* [runtime_mutex] */
    Runtime *next;    /* [runtime_mutex] (nullable) another that is being ended */
};

static pthread_mutex_t runtime_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t runtime_changed;
static pthread_once_t runtime_once = PTHREAD_ONCE_INIT;
static Runtime *runtime_current; /* [runtime_mutex] (owned) (nullable) for operations that begin now */
static Runtime *runtime_ending;  /* [runtime_mutex] (nullable) those whose last operations are waited for */

static void
runtime_abandon (Runtime *runtime)
{
    xn_clients_abandon (runtime->shared.clients);
    xn_engine_abandon (runtime->engine);
}

/* Before fork(): the engines rest, which is all that works on its own accord when no operation does. */
static void
runtime_before_fork (void)
{
    pthread_mutex_lock (&runtime_mutex);
    if (runtime_current != NULL)
        xn_engine_hold (runtime_current->engine);
    for (Runtime *runtime = runtime_ending; runtime != NULL; runtime = runtime->next)
        xn_engine_hold (runtime->engine);
}

static void
runtime_in_parent (void)
{
    if (runtime_current != NULL)
        xn_engine_let_go (runtime_current->engine);
    for (Runtime *runtime = runtime_ending; runtime != NULL; runtime = runtime->next)
        xn_engine_let_go (runtime->engine);
    pthread_mutex_unlock (&runtime_mutex);
}

/* The child has only the thread that forked. What is inherited is forgotten, not ended: its sessions and connections are the
 * parent's. */
static void
runtime_in_child (void)
{
    pthread_mutex_init (&runtime_mutex, NULL);
    xn_cond_init (&runtime_changed);
    if (runtime_current != NULL)
        runtime_abandon (runtime_current);
    for (Runtime *runtime = runtime_ending; runtime != NULL; runtime = runtime->next)
        runtime_abandon (runtime);
    runtime_current = runtime_ending = NULL;
}

static void
runtime_init_once (void)
{
    xn_cond_init (&runtime_changed);
    pthread_atfork (runtime_before_fork, runtime_in_parent, runtime_in_child);
}

static Runtime *
runtime_new (void)
{
    Runtime *runtime = g_new0 (Runtime, 1);
    runtime->engine = xn_engine_new ();
    runtime->shared.engine = runtime->engine;
    runtime->shared.clients = xn_clients_new (runtime->engine);
    runtime->shared.listings = xn_listing_cache_new ();
    runtime->shared.writing = xn_write_locks_new ();
    return runtime;
}

static void
runtime_free (Runtime *runtime)
{
    xn_clients_free (runtime->shared.clients);
    xn_engine_free (runtime->engine);
    xn_listing_cache_free (runtime->shared.listings);
    xn_write_locks_free (runtime->shared.writing);
    g_free (runtime);
}

XnRuntime *
xn_runtime_enter (void)
{
    pthread_once (&runtime_once, runtime_init_once);
    XN_LOCKED (&runtime_mutex);
    if (runtime_current == NULL)
        runtime_current = runtime_new ();
    runtime_current->operations++;
    return &runtime_current->shared;
}

void
xn_runtime_leave (XnRuntime *shared)
{
    XN_LOCKED (&runtime_mutex);
    ((Runtime *)shared)->operations--;
    pthread_cond_broadcast (&runtime_changed);
}

void
xn_runtime_cleanup (void)
{
    pthread_once (&runtime_once, runtime_init_once);
    pthread_mutex_lock (&runtime_mutex);
    Runtime *runtime = runtime_current;
    runtime_current = NULL;
    if (runtime != NULL) {
        runtime->next = runtime_ending;
        runtime_ending = runtime;
    }
    /* Operations that begin from now on have a runtime of their own, or a host that never rests would never be done. */
    while (runtime != NULL && runtime->operations > 0)
        pthread_cond_wait (&runtime_changed, &runtime_mutex);
    for (Runtime **link = &runtime_ending; runtime != NULL && *link != NULL; link = &(*link)->next)
        if (*link == runtime) {
            *link = runtime->next;
            break;
        }
    pthread_mutex_unlock (&runtime_mutex);
    if (runtime != NULL)
        runtime_free (runtime);
}
