/* SPDX-License-Identifier: Apache-2.0 */
/* An operation: its counters, how it is stopped, and that only its owner's thread speaks to the host. */
#include "../rounds.h"
#include "base/error.h"
#include "base/op.h"
#include "base/sync.h"

/* What a host sees. */
typedef struct {
    gboolean cancel; /* atomic */
    guint reports;
    guint64 number;
    XnCounts counts;
    pthread_t thread;
} Host;

static gboolean
host_cancelled (gpointer data)
{
    return g_atomic_int_get (&((Host *)data)->cancel);
}

static void
host_progress (gpointer data, guint64 operation, const XnCounts *counts)
{
    Host *host = data;
    host->reports++;
    host->number = operation;
    host->counts = *counts;
    host->thread = pthread_self ();
}

static XnOp *
op_for (Host *host)
{
    return xn_op_new (xn_settings_new (NULL, NULL, NULL), host_cancelled, host_progress, host);
}

static void
test_counters (void)
{
    Host host = {0};
    g_autoptr (XnOp) op = op_for (&host);
    g_assert_cmpuint (xn_op_settings (op)->jobs, ==, 8);
    const XnCounts none = xn_op_counts (op);
    g_assert_cmpint (none.phase, ==, XN_PHASE_RESOLVE);
    g_assert_cmpuint (none.requests + none.bytes_wire + none.bytes_done + none.bytes_total + none.files_done, ==, 0);

    xn_op_set_phase (op, XN_PHASE_TRANSFER);
    xn_op_count_request (op);
    xn_op_count_request (op);
    xn_op_count_wire (op, 7);
    xn_op_count_wire (op, G_GUINT64_CONSTANT (5000000000));
    xn_op_add_total (op, 3, 900);
    xn_op_add_total (op, 1, 100);
    xn_op_add_done (op, 1, 500);
    xn_op_add_done (op, 0, -200);
    xn_op_report (op);
    g_assert_cmpuint (host.reports, ==, 1);
    g_assert_cmpint (host.counts.phase, ==, XN_PHASE_TRANSFER);
    g_assert_cmpuint (host.counts.requests, ==, 2);
    g_assert_cmpuint (host.counts.bytes_wire, ==, G_GUINT64_CONSTANT (5000000007));
    g_assert_cmpuint (host.counts.files_total, ==, 4);
    g_assert_cmpuint (host.counts.bytes_total, ==, 1000);
    g_assert_cmpuint (host.counts.files_done, ==, 1);
    g_assert_cmpuint (host.counts.bytes_done, ==, 300);
}

static void
test_kept_and_replaced (void)
{
    Host host = {0};
    g_autoptr (XnOp) op = op_for (&host);
    xn_op_add_total (op, 3, 900);
    xn_op_add_kept (op, 1, 300);
    xn_op_add_done (op, 1, 200);
    xn_op_add_replaced (op, 1);
    xn_op_add_known (op, 2);
    xn_op_report (op);
    g_assert_cmpuint (host.counts.files_done, ==, 2);
    g_assert_cmpuint (host.counts.bytes_done, ==, 500);
    g_assert_cmpuint (host.counts.files_kept, ==, 1);
    g_assert_cmpuint (host.counts.bytes_kept, ==, 300);
    g_assert_cmpuint (host.counts.files_replaced, ==, 1);
    g_assert_cmpuint (host.counts.urls_known, ==, 2);
}

/* XnProgressFunc: ends the wait that it is told of */
static void
stop_waiting (gpointer data, guint64 operation, const XnCounts *counts)
{
    host_progress (data, operation, counts);
    ((Host *)data)->cancel = counts->wait_ms > 0;
}

static void
test_waiting_is_told (void)
{
    Host host = {0};
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), host_cancelled, stop_waiting, &host);
    g_assert_true (xn_op_waits_first (op));
    g_assert_false (xn_op_waits_first (op));
    g_assert_false (xn_op_wait (op, 3600 * 1000, 2, 6, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_assert_cmpuint (host.counts.wait_ms, >, 3000 * 1000);
    g_assert_cmpuint (host.counts.wait_ms, <=, 3600 * 1000);
    g_assert_cmpuint (host.counts.wait_try, ==, 2);
    g_assert_cmpuint (host.counts.wait_tries, ==, 6);
    g_assert_cmpuint (xn_op_counts (op).wait_ms, ==, 0);
}

static void
test_numbers_differ (void)
{
    Host one = {0}, two = {0};
    g_autoptr (XnOp) first = op_for (&one);
    g_autoptr (XnOp) second = op_for (&two);
    xn_op_report (first);
    xn_op_report (second);
    g_assert_cmpuint (one.number, >, 0);
    g_assert_cmpuint (one.number, !=, two.number);
}

static void
test_cancelled_by_host (void)
{
    Host host = {0};
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = op_for (&host);
    g_assert_true (xn_op_check (op, &error));
    g_assert_no_error (error);
    host.cancel = TRUE;
    g_assert_false (xn_op_check (op, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    /* Once stopped it stays so, whatever the host says later. */
    host.cancel = FALSE;
    g_assert_false (xn_op_check (op, NULL));
}

static void
test_stopped_from_within (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, NULL, NULL);
    g_assert_true (xn_op_check (op, &error));
    xn_op_report (op);
    xn_op_stop (op);
    g_assert_false (xn_op_check (op, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_clear_error (&error);
    g_assert_false (xn_op_sleep (op, 0, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
}

static void
test_branch (void)
{
    Host host = {0};
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = op_for (&host);
    g_autoptr (XnOp) one = xn_op_branch (op);
    g_autoptr (XnOp) twig = xn_op_branch (one);
    g_assert_true (xn_op_settings (twig) == xn_op_settings (op));
    xn_op_count_request (one);
    xn_op_add_done (twig, 1, 5);
    g_assert_cmpuint (xn_op_counts (op).requests, ==, 1);
    g_assert_cmpuint (xn_op_counts (op).bytes_done, ==, 5);
    /* It stops alone, and with the whole. */
    xn_op_stop (one);
    g_assert_false (xn_op_check (one, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_assert_true (xn_op_check (op, NULL));
    g_assert_true (xn_op_check (twig, NULL));
    host.cancel = TRUE;
    g_assert_false (xn_op_check (twig, NULL));
}

static void
test_reports_when_due (void)
{
    Host host = {0};
    g_autoptr (XnOp) op = op_for (&host);
    g_assert_true (xn_op_check (op, NULL));
    g_assert_cmpuint (host.reports, ==, 1);
    const gint64 began = g_get_monotonic_time ();
    guint checks = 0;
    for (; g_get_monotonic_time () - began < 250 * 1000; checks++)
        g_assert_true (xn_op_check (op, NULL));
    g_assert_cmpuint (checks, >, 10);
    g_assert_cmpuint (host.reports, >=, 2);
    g_assert_cmpuint (host.reports, <=, 4);
}

static void *
other_thread (void *data)
{
    XnOp *op = data;
    g_assert_true (xn_op_check (op, NULL));
    xn_op_report (op);
    g_assert_true (xn_op_sleep (op, 150, NULL));
    for (guint i = 0; i < 10000; i++) {
        xn_op_count_request (op);
        xn_op_add_done (op, 1, 2);
        xn_op_add_done (op, 0, -1);
    }
    return NULL;
}

static void
test_other_threads (void)
{
    Host host = {0};
    g_autoptr (XnOp) op = op_for (&host);
    pthread_t threads[4];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_assert_true (xn_thread_start (&threads[i], other_thread, op));
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        pthread_join (threads[i], NULL);
    g_assert_cmpuint (host.reports, ==, 0);
    xn_op_report (op);
    g_assert_cmpuint (host.reports, ==, 1);
    g_assert_true (pthread_equal (host.thread, pthread_self ()));
    g_assert_cmpuint (host.counts.requests, ==, 40000);
    g_assert_cmpuint (host.counts.files_done, ==, 40000);
    g_assert_cmpuint (host.counts.bytes_done, ==, 40000);
}

static void *
cancel_soon (void *data)
{
    Host *host = data;
    g_usleep (100 * 1000);
    g_atomic_int_set (&host->cancel, TRUE);
    return NULL;
}

static void
test_sleep (void)
{
    Host host = {0};
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = op_for (&host);
    gint64 began = g_get_monotonic_time ();
    g_assert_true (xn_op_sleep (op, 120, &error));
    g_assert_cmpint (g_get_monotonic_time () - began, >=, 120 * 1000);
    g_assert_cmpuint (host.reports, >=, 1);

    pthread_t thread;
    g_assert_true (xn_thread_start (&thread, cancel_soon, &host));
    began = g_get_monotonic_time ();
    g_assert_false (xn_op_sleep (op, 60 * 1000, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_assert_cmpint (g_get_monotonic_time () - began, <, time_limit (20 * 1000 * 1000));
    pthread_join (thread, NULL);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/op/branch", test_branch);
    g_test_add_func ("/op/counters", test_counters);
    g_test_add_func ("/op/kept-and-replaced", test_kept_and_replaced);
    g_test_add_func ("/op/waiting-is-told", test_waiting_is_told);
    g_test_add_func ("/op/numbers-differ", test_numbers_differ);
    g_test_add_func ("/op/cancelled-by-host", test_cancelled_by_host);
    g_test_add_func ("/op/stopped-from-within", test_stopped_from_within);
    g_test_add_func ("/op/reports-when-due", test_reports_when_due);
    g_test_add_func ("/op/other-threads", test_other_threads);
    g_test_add_func ("/op/sleep", test_sleep);
    return g_test_run ();
}
