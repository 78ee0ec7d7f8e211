/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that are held. */
#include "runtime/write-locks.h"

#include "base/sync.h"

struct XnWriteLocks {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GHashTable *held; /* [mutex] (owned) Set<key> */
};

XnWriteLocks *
xn_write_locks_new (void)
{
    XnWriteLocks *locks = g_new0 (XnWriteLocks, 1);
    pthread_mutex_init (&locks->mutex, NULL);
    xn_cond_init (&locks->changed);
    locks->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return locks;
}

void
xn_write_locks_free (XnWriteLocks *locks)
{
    g_hash_table_unref (locks->held);
    pthread_cond_destroy (&locks->changed);
    pthread_mutex_destroy (&locks->mutex);
    g_free (locks);
}

gboolean
xn_write_lock (XnWriteLocks *locks, const char *key, XnOp *op, GError **error)
{
    XN_LOCKED (&locks->mutex);
    while (g_hash_table_contains (locks->held, key)) {
        xn_cond_wait_ms (&locks->changed, &locks->mutex, XN_OP_TICK_MS);
        /* The host's functions are not called with a lock held. */
        pthread_mutex_unlock (&locks->mutex);
        const gboolean go_on = xn_op_check (op, error);
        pthread_mutex_lock (&locks->mutex);
        if (!go_on)
            return FALSE;
    }
    g_hash_table_add (locks->held, g_strdup (key));
    return TRUE;
}

void
xn_write_unlock (XnWriteLocks *locks, const char *key)
{
    XN_LOCKED (&locks->mutex);
    g_hash_table_remove (locks->held, key);
    pthread_cond_broadcast (&locks->changed);
}
