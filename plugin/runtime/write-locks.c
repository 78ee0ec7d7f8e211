/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that are held. */
#include "runtime/write-locks.h"

#include "base/sync.h"

#define REMEMBERED_US (60 * G_USEC_PER_SEC)

struct XnWriteLocks {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GHashTable *held;       /* [mutex] (owned) Set<key> */
    GHashTable *given_back; /* [mutex] (owned) Map<key, gint64>: when (monotonic) */
};

XnWriteLocks *
xn_write_locks_new (void)
{
    XnWriteLocks *locks = g_new0 (XnWriteLocks, 1);
    pthread_mutex_init (&locks->mutex, NULL);
    xn_cond_init (&locks->changed);
    locks->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    locks->given_back = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return locks;
}

void
xn_write_locks_free (XnWriteLocks *locks)
{
    g_hash_table_unref (locks->held);
    g_hash_table_unref (locks->given_back);
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

/* GHRFunc */
static gboolean
is_long_ago (gpointer key, gpointer value, gpointer data)
{
    (void)key;
    return *(const gint64 *)value < *(const gint64 *)data - REMEMBERED_US;
}

void
xn_write_unlock (XnWriteLocks *locks, const char *key)
{
    XN_LOCKED (&locks->mutex);
    gint64 now = g_get_monotonic_time ();
    g_hash_table_foreach_remove (locks->given_back, is_long_ago, &now);
    g_hash_table_replace (locks->given_back, g_strdup (key), g_memdup2 (&now, sizeof now));
    g_hash_table_remove (locks->held, key);
    pthread_cond_broadcast (&locks->changed);
}

gboolean
xn_write_was_free (XnWriteLocks *locks, const char *key, gint64 since_us)
{
    XN_LOCKED (&locks->mutex);
    const gint64 *given_back_us = g_hash_table_lookup (locks->given_back, key);
    const gint64 known_us = g_get_monotonic_time () - REMEMBERED_US;
    return since_us > (given_back_us != NULL ? MAX (*given_back_us, known_us) : known_us);
}
