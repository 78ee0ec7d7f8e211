/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of request bodies, and of servers that answer before they have all of them. */
#include "../rounds.h"
#include "common.h"

#include "base/error.h"

#include <string.h>

#define LARGE (20 * 1024 * 1024 + 7)

static void
assert_answer (XnTransfer *transfer, GError *error, int status, const char *text)
{
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, status);
    g_autofree char *got = bench_text (transfer, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (got, ==, text);
}

static void
test_sizes (void)
{
    static const gint64 sizes[] = {0, 1, 65536, 262144, 262145, 1048576, 1048577, LARGE};
    static const char *const methods[] = {"PUT", "POST"};
    g_autoptr (Bench) bench = bench_new (8);
    guint64 total = 0;
    for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnTransfer) transfer = bench_put (bench, methods[i % 2], "/hello", sizes[i / 2], &error);
        assert_answer (transfer, error, 200, "hello");
        total += (guint64)sizes[i / 2];
    }
    g_assert_cmpuint (scenario_body_bytes (bench->scenario), ==, total);
    g_assert_cmpuint (xn_op_counts (bench->op).bytes_wire, ==, total + 5 * 2 * G_N_ELEMENTS (sizes));
    g_assert_cmpuint (scenario_connections (bench->scenario), ==, 1);
}

static void
test_no_type (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "POST", "/headers", 100, &error);
    g_assert_no_error (error);
    g_autofree char *head = bench_text (transfer, &error);
    g_assert_null (strstr (head, "Content-Type"));
    g_assert_null (strstr (head, "Expect"));
    g_assert_null (strstr (head, "chunked"));
    g_assert_nonnull (strstr (head, "Content-Length: 100\r\n"));
}

/* Refused before the body is sent: none of it is. */
static void
test_refused_first (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    const gint64 begin = g_get_monotonic_time ();
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/refuse", LARGE, &error);
    assert_answer (transfer, error, 401, "no");
    g_assert_cmpuint (scenario_body_bytes (bench->scenario), ==, 0);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (900 * 1000));
}

static void
test_refused_midway (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    const gint64 length = G_GINT64_CONSTANT (2000000000);
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/refuse-midway/3000000", length, &error);
    assert_answer (transfer, error, 401, "no");
    g_assert_cmpuint (xn_op_counts (bench->op).bytes_wire, <, 100000000);
}

static gssize
body_that_waits (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    gint64 *offset = (gint64 *)data;
    if (*offset >= 3000000)
        g_usleep (20 * 1000);
    return bench_body (data, buffer, size, error);
}

/* The refusal arrives while curl waits for more of the body. */
static void
test_refused_while_hungry (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/refuse-midway/2900000");
    gint64 offset = 0;
    XnRequest request = bench_request ("PUT", url);
    request.body = body_that_waits;
    request.body_data = &offset;
    request.body_length = 100000000;
    const gint64 begin = g_get_monotonic_time ();
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    assert_answer (transfer, error, 401, "no");
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (5 * 1000 * 1000));
}

/* A server that knows nothing of the expectation gets the body after a second. */
static void
test_no_continue (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/no-continue", LARGE, &error);
    assert_answer (transfer, error, 200, "hello");
    g_assert_cmpuint (scenario_body_bytes (bench->scenario), ==, LARGE);
}

static void
test_expectation_failed (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/417", LARGE, &error);
    assert_answer (transfer, error, 201, "hello");
    g_assert_cmpuint (scenario_body_bytes (bench->scenario), ==, LARGE);
    g_assert_cmpuint (xn_op_counts (bench->op).requests, ==, 2);
    /* It is not asked again. */
    g_autoptr (XnTransfer) next = bench_put (bench, "PUT", "/417", LARGE, &error);
    assert_answer (next, error, 201, "hello");
    g_assert_cmpuint (xn_op_counts (bench->op).requests, ==, 3);
}

/* When the body is under way only its owner can begin it anew. */
static void
test_expectation_fails_late (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/late-417", LARGE, &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, 417);
    g_assert_true (xn_transfer_was_not_expected (transfer));
    g_autoptr (XnTransfer) next = bench_put (bench, "PUT", "/late-417", LARGE, &error);
    assert_answer (next, error, 201, "hello");
    g_assert_false (xn_transfer_was_not_expected (next));
    g_assert_cmpuint (xn_op_counts (bench->op).requests, ==, 2);
}

/* A success that begins early does not end the sending. */
static void
test_early_success (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/early-200", LARGE, &error);
    assert_answer (transfer, error, 200, "hello");
    g_assert_cmpuint (scenario_body_bytes (bench->scenario), ==, LARGE);
}

static void
test_false_success (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_put (bench, "PUT", "/early-200-close", LARGE, &error);
    g_assert_null (transfer);
    bench_assert_network (error, TRUE, TRUE, " answered after ");
}

static gssize
body_that_fails (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    gint64 *offset = (gint64 *)data;
    if (*offset < 700000)
        return bench_body (data, buffer, size, error);
    xn_error_set (error, XN_ERROR_IO, "the disk is gone");
    return -1;
}

static gssize
body_that_ends (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    gint64 *offset = (gint64 *)data;
    return *offset < 700000 ? bench_body (data, buffer, size, error) : 0;
}

static void
assert_body_error (XnBodyFunc body, const char *words)
{
    g_autoptr (Bench) bench = bench_new (1);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/hello");
    gint64 offset = 0;
    XnRequest request = bench_request ("PUT", url);
    request.body = body;
    request.body_data = &offset;
    request.body_length = 10000000;
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_assert_nonnull (strstr (error->message, words));
    g_clear_error (&error);
    g_autoptr (XnTransfer) transfer = bench_get (bench, "/hello", &error);
    assert_answer (transfer, error, 200, "hello");
}

static void
test_body_fails (void)
{
    assert_body_error (body_that_fails, "the disk is gone");
}

static void
test_body_ends (void)
{
    assert_body_error (body_that_ends, "of 10000000 bytes to send");
}

static void
test_stall (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/no-reading");
    gint64 offset = 0;
    XnRequest request = bench_request ("PUT", url);
    request.body = bench_body;
    request.body_data = &offset;
    request.body_length = 100000000;
    request.stall_timeout_ms = 500;
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    bench_assert_network (error, TRUE, TRUE, "no byte to or from 127.0.0.1:");
}

/* A source that is slow is no stall. */
static gssize
body_that_is_slow (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    g_usleep (500 * 1000);
    return bench_body (data, buffer, size, error);
}

static void
test_slow_source (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/hello");
    gint64 offset = 0;
    XnRequest request = bench_request ("PUT", url);
    request.body = body_that_is_slow;
    request.body_data = &offset;
    request.body_length = 300000;
    request.stall_timeout_ms = time_limit (200);
    request.answer_timeout_ms = time_limit (200);
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    assert_answer (transfer, error, 200, "hello");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net/upload/sizes", test_sizes);
    g_test_add_func ("/net/upload/no-type", test_no_type);
    g_test_add_func ("/net/upload/refused-first", test_refused_first);
    g_test_add_func ("/net/upload/refused-midway", test_refused_midway);
    g_test_add_func ("/net/upload/refused-while-hungry", test_refused_while_hungry);
    g_test_add_func ("/net/upload/no-continue", test_no_continue);
    g_test_add_func ("/net/upload/expectation-failed", test_expectation_failed);
    g_test_add_func ("/net/upload/expectation-fails-late", test_expectation_fails_late);
    g_test_add_func ("/net/upload/early-success", test_early_success);
    g_test_add_func ("/net/upload/false-success", test_false_success);
    g_test_add_func ("/net/upload/body-fails", test_body_fails);
    g_test_add_func ("/net/upload/body-ends", test_body_ends);
    g_test_add_func ("/net/upload/stall", test_stall);
    g_test_add_func ("/net/upload/slow-source", test_slow_source);
    return g_test_run ();
}
