/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's life. */
#include "runtime/runtime.h"

#include "base/sync.h"

#include <unistd.h>

typedef struct {
    XnRuntime shared;
    XnEngine *engine; /* (owned) */
    guint operations; /* [runtime] */
} Runtime;

static pthread_mutex_t runtime_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t runtime_changed;
static pthread_once_t runtime_once = PTHREAD_ONCE_INIT;
static Runtime *runtime_current; /* [runtime_mutex] (owned) (nullable) */

/* A thread of the parent may have held the lock at the moment of fork(); the child has only the thread that forked. What is
 * inherited is forgotten, not ended: its sessions and connections are the parent's. */
static void
runtime_in_child (void)
{
    pthread_mutex_init (&runtime_mutex, NULL);
    xn_cond_init (&runtime_changed);
    if (runtime_current == NULL)
        return;
    xn_clients_abandon (runtime_current->shared.clients);
    xn_engine_abandon (runtime_current->engine);
    runtime_current = NULL;
}

static void
runtime_init_once (void)
{
    xn_cond_init (&runtime_changed);
    pthread_atfork (NULL, NULL, runtime_in_child);
}

static Runtime *
runtime_new (void)
{
    Runtime *runtime = g_new0 (Runtime, 1);
    runtime->engine = xn_engine_new ();
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
    while (runtime_current != NULL && runtime_current->operations > 0)
        pthread_cond_wait (&runtime_changed, &runtime_mutex);
    Runtime *runtime = runtime_current;
    runtime_current = NULL;
    pthread_mutex_unlock (&runtime_mutex);
    if (runtime != NULL)
        runtime_free (runtime);
}
