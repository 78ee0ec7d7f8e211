/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's life: what cleanup waits for, and what it does not. */
#include "base/sync.h"
#include "runtime/runtime.h"

#include <stdatomic.h>
#include <stdbool.h>

static atomic_bool cleaned;

static void *
clean_up (void *data)
{
    xn_runtime_cleanup ();
    atomic_store (&cleaned, true);
    return NULL;
}

/* A host whose threads go on calling: what begins after cleanup was called is not waited for. */
static void
test_cleanup_ends (void)
{
    pthread_t thread;
    XnRuntime *before = xn_runtime_enter ();
    atomic_store (&cleaned, false);
    g_assert_true (xn_thread_start (&thread, clean_up, NULL));
    XnRuntime *during;
    while ((during = xn_runtime_enter ()) == before) {
        xn_runtime_leave (during);
        g_usleep (1000);
    }
    g_usleep (50 * 1000);
    g_assert_false (atomic_load (&cleaned));
    xn_runtime_leave (before);
    g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
    g_assert_true (atomic_load (&cleaned));
    xn_runtime_leave (during);
    xn_runtime_cleanup ();
}

static void
test_cleanup_twice (void)
{
    xn_runtime_leave (xn_runtime_enter ());
    xn_runtime_cleanup ();
    xn_runtime_cleanup ();
    xn_runtime_leave (xn_runtime_enter ());
    xn_runtime_cleanup ();
}

static void
test_locks (void)
{
    XnWriteLocks *locks = xn_write_locks_new ();
    g_autoptr (GError) error = NULL;
    XnSettings *settings = xn_settings_new (NULL, NULL, &error);
    XnOp *op = xn_op_new (settings, NULL, NULL, NULL);
    const gint64 before_us = g_get_monotonic_time ();
    g_assert_true (xn_write_lock (locks, "a", op, &error));
    g_assert_true (xn_write_lock (locks, "b", op, &error));
    xn_write_unlock (locks, "a");
    g_assert_true (xn_write_lock (locks, "a", op, &error));
    xn_write_unlock (locks, "a");
    xn_write_unlock (locks, "b");
    /* What was seen before a lock was given back may be outdated; so may what is too long ago to be known. */
    const gint64 after_us = g_get_monotonic_time () + 1;
    const gint64 long_ago_us = after_us - 61 * G_USEC_PER_SEC;
    g_assert_true (xn_write_was_free (locks, "a", after_us));
    g_assert_false (xn_write_was_free (locks, "a", before_us));
    g_assert_true (xn_write_was_free (locks, "c", before_us));
    g_assert_false (xn_write_was_free (locks, "c", long_ago_us));
    xn_write_locks_free (locks);
    xn_op_free (op);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/runtime/cleanup-ends", test_cleanup_ends);
    g_test_add_func ("/runtime/cleanup-twice", test_cleanup_twice);
    g_test_add_func ("/runtime/write-locks", test_locks);
    return g_test_run ();
}
