/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of networks and servers that fail, and of cancelling. */
#include "../rounds.h"
#include "common.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
assert_start_fails (const char *path, gboolean retryable, const char *words)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_assert_null (bench_get (bench, path, &error));
    bench_assert_network (error, retryable, TRUE, words);
}

/* An answer that is no HTTP is the server's mistake, and would come again. */
static void
assert_no_http (const char *path, const char *words)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, path, &error);
    g_assert_null (transfer);
    g_assert_error (error, XN_ERROR, XN_ERROR_SERVER);
    g_assert_nonnull (strstr (error->message, words));
    g_assert_false (xn_error_is_retryable (error));
    g_assert_true (xn_error_facts (error)->sent);
}

static void
test_reset (void)
{
    assert_start_fails ("/reset", TRUE, "reset by peer");
}

/* What failed before it had a connection leaves nothing behind that the next transfer would stumble over. */
static void
test_after_no_address (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    for (guint i = 0; i < 3; i++) {
        g_autoptr (GError) error = NULL, none = NULL;
        /* An address that curl refuses to look up, so that no network is needed. */
        const XnRequest request = bench_request ("GET", "http://nowhere.onion/");
        g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
        g_autoptr (XnTransfer) transfer = bench_get (bench, "/hello", &none);
        g_assert_no_error (none);
        g_assert_nonnull (transfer);
    }
}

static void
test_close (void)
{
    assert_start_fails ("/close", TRUE, "closed the connection without an answer");
}

static void
test_cut_head (void)
{
    assert_start_fails ("/cut-head", TRUE, "in the midst of its answer's header");
}

static void
test_garbage (void)
{
    assert_no_http ("/garbage", "does not speak HTTP");
}

static void
test_long_header (void)
{
    assert_no_http ("/long-header", "is too large");
}

/* A port that nobody listens on: bound, so that nobody else takes it. */
static void
test_refused (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
    g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/", ntohs (address.sin_port));
    g_autofree char *words = g_strdup_printf ("127.0.0.1:%u: Connection refused", ntohs (address.sin_port));
    g_autoptr (GError) error = NULL;
    const XnRequest request = bench_request ("GET", url);
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    bench_assert_network (error, TRUE, FALSE, words);
    g_assert_cmpuint (xn_op_counts (bench->op).requests, ==, 0);
    g_assert_cmpuint (xn_engine_connections (bench->engine), ==, 0);
    close (fd);
}

static void
test_no_host (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    const XnRequest request = bench_request ("GET", "http://no-such-host.invalid/");
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
    g_assert_nonnull (strstr (error->message, "cannot find the address of no-such-host.invalid"));
    g_assert_false (xn_error_facts (error)->sent);
}

static void
test_proxy_refuses (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autofree char *proxy = scenario_url (bench->scenario, "");
    g_setenv ("https_proxy", proxy, TRUE);
    g_setenv ("no_proxy", "", TRUE);
    g_autoptr (GError) error = NULL;
    const XnRequest request = bench_request ("GET", "https://data.example.org/");
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    bench_assert_network (error, FALSE, FALSE, "the proxy refused to connect to data.example.org:443: status 404");
    g_unsetenv ("https_proxy");
    g_setenv ("no_proxy", "*", TRUE);
}

/* The proxy that is not there is named, not the server that nobody has asked. */
static void
test_proxy_is_away (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
    g_setenv ("no_proxy", "", TRUE);
    g_autoptr (GError) error = NULL;
    const XnRequest request = bench_request ("GET", "http://data.example.org/");
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    bench_assert_network (error, TRUE, FALSE, "the proxy that leads to data.example.org:80");
    g_assert_nonnull (strstr (error->message, "127.0.0.1 port 1"));
    g_unsetenv ("http_proxy");
    g_setenv ("no_proxy", "*", TRUE);
}

/* What curl says may hold the login of the proxy. */
static void
test_proxy_keeps_its_password (void)
{
    static const char *const proxies[] = {"foo://bob:secret@127.0.0.1:1", "http://bob:secret@127.0.0.1:1",
                                          "bob:secret@no-such-host.invalid:1", "foo://bob:se@cret@h/"};
    for (guint i = 0; i < G_N_ELEMENTS (proxies); i++) {
        g_autoptr (Bench) bench = bench_new (8);
        g_setenv ("http_proxy", proxies[i], TRUE);
        g_setenv ("no_proxy", "", TRUE);
        g_autoptr (GError) error = NULL;
        const XnRequest request = bench_request ("GET", "http://data.example.org/");
        g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
        g_test_message ("%s", error->message);
        g_assert_null (strstr (error->message, "cret"));
        g_assert_null (strstr (error->message, "bob"));
    }
    g_unsetenv ("http_proxy");
    g_setenv ("no_proxy", "*", TRUE);
}

/* A listener whose queue is full does not answer a connection. */
static void
test_connect_timeout (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint (listen (fd, 0), ==, 0);
    g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
    int fillers[4];
    for (guint i = 0; i < G_N_ELEMENTS (fillers); i++) {
        fillers[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect (fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/", ntohs (address.sin_port));
    g_autoptr (GError) error = NULL;
    XnRequest request = bench_request ("GET", url);
    request.connect_timeout_ms = 300;
    const gint64 begin = g_get_monotonic_time ();
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (3 * 1000 * 1000));
    bench_assert_network (error, TRUE, FALSE, "within 0.3 s");
    for (guint i = 0; i < G_N_ELEMENTS (fillers); i++)
        close (fillers[i]);
    close (fd);
}

static void
assert_cut_short (const char *path, const char *words)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, path, &error);
    g_assert_no_error (error);
    const guint8 *bytes;
    g_assert_cmpint (xn_transfer_next (transfer, &bytes, &error), ==, 5);
    g_assert_cmpmem (bytes, 5, "hello", 5);
    g_assert_cmpint (xn_transfer_next (transfer, &bytes, &error), ==, -1);
    bench_assert_network (error, TRUE, TRUE, words);
    g_clear_error (&error);
    g_assert_cmpint (xn_transfer_next (transfer, &bytes, &error), ==, -1);
    bench_assert_network (error, TRUE, TRUE, words);
}

static void
test_short (void)
{
    assert_cut_short ("/short", "is cut short after 5 bytes");
}

static void
test_chunked_short (void)
{
    assert_cut_short ("/chunked-short", "is cut short after 5 bytes");
}

static void
test_stall (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/stall");
    XnRequest request = bench_request ("GET", url);
    request.stall_timeout_ms = 400;
    const gint64 begin = g_get_monotonic_time ();
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    g_autofree char *text = bench_text (transfer, &error);
    bench_assert_network (error, TRUE, TRUE, "for 0.4 s");
    g_assert_cmpint (g_get_monotonic_time () - begin, >=, 400 * 1000);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (3 * 1000 * 1000));
}

static void
test_no_answer (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/silent");
    XnRequest request = bench_request ("GET", url);
    request.stall_timeout_ms = 100;
    request.answer_timeout_ms = 600;
    const gint64 begin = g_get_monotonic_time ();
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    bench_assert_network (error, TRUE, TRUE, "did not answer within 0.6 s");
    g_assert_cmpint (g_get_monotonic_time () - begin, >=, 600 * 1000);
}

/* Slow, but alive. */
static void
test_slow (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/slow/150");
    XnRequest request = bench_request ("GET", url);
    request.stall_timeout_ms = time_limit (700);
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    g_assert_cmpint (bench_drain (transfer, &error), ==, 10);
    g_assert_no_error (error);
}

/* A dead connection of before: reads are repeated by the engine, writes are not. */
static void
assert_dead_connection (const char *method, gboolean repeated)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/drop-reused");
    const XnRequest request = bench_request (method, url);
    g_autoptr (XnTransfer) first = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    g_autofree char *text = bench_text (first, &error);
    g_assert_no_error (error);
    g_autoptr (XnTransfer) second = xn_transfer_start (bench->engine, &request, bench->op, &error);
    if (repeated) {
        g_assert_no_error (error);
        g_assert_cmpint (xn_transfer_status (second), ==, 200);
        g_assert_cmpuint (scenario_requests (bench->scenario), ==, 3);
    } else {
        g_assert_null (second);
        bench_assert_network (error, TRUE, TRUE, "closed the connection without an answer");
        g_assert_cmpuint (scenario_requests (bench->scenario), ==, 2);
    }
}

static void
test_cancel (void)
{
    static const char *const paths[] = {"/silent", "/stall", "/together/2"};
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        g_autoptr (Bench) bench = bench_new (1);
        g_autoptr (GError) error = NULL;
        bench->cancel_at_us = g_get_monotonic_time () + 200 * 1000;
        g_autoptr (XnTransfer) transfer = bench_get (bench, paths[i], &error);
        if (transfer != NULL)
            g_assert_null (bench_text (transfer, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
        g_assert_cmpint (g_get_monotonic_time () - bench->cancel_at_us, <, time_limit (100 * 1000));
    }
}

/* Cancelled while it waits for a place, which another transfer holds. */
static void
test_cancel_waiting (void)
{
    g_autoptr (Bench) bench = bench_new (1);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) holder = bench_get (bench, "/stall", &error);
    g_assert_no_error (error);
    bench->cancel_at_us = g_get_monotonic_time () + 200 * 1000;
    g_assert_null (bench_get (bench, "/hello", &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_assert_cmpuint (scenario_requests (bench->scenario), ==, 1);
}

static void
test_cancel_sending (void)
{
    g_autoptr (Bench) bench = bench_new (1);
    g_autoptr (GError) error = NULL;
    bench->cancel_at_us = g_get_monotonic_time () + 300 * 1000;
    g_assert_null (bench_put (bench, "PUT", "/no-reading", 1000000000, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
}

static void
test_dead_get (void)
{
    assert_dead_connection ("GET", TRUE);
}

static void
test_dead_post (void)
{
    assert_dead_connection ("POST", FALSE);
}

static void
test_dead_delete (void)
{
    assert_dead_connection ("DELETE", FALSE);
}

static void
test_dead_put (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) first = bench_put (bench, "PUT", "/drop-reused", 1000, &error);
    g_assert_no_error (error);
    g_autofree char *text = bench_text (first, &error);
    g_autoptr (XnTransfer) second = bench_put (bench, "PUT", "/drop-reused", 1000, &error);
    g_assert_null (second);
    g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
    g_assert_true (xn_error_is_retryable (error));
    g_assert_true (xn_error_facts (error)->sent);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net/faults/after-no-address", test_after_no_address);
    g_test_add_func ("/net/faults/reset", test_reset);
    g_test_add_func ("/net/faults/close", test_close);
    g_test_add_func ("/net/faults/cut-head", test_cut_head);
    g_test_add_func ("/net/faults/garbage", test_garbage);
    g_test_add_func ("/net/faults/long-header", test_long_header);
    g_test_add_func ("/net/faults/refused", test_refused);
    g_test_add_func ("/net/faults/no-host", test_no_host);
    g_test_add_func ("/net/faults/proxy-refuses", test_proxy_refuses);
    g_test_add_func ("/net/faults/proxy-is-away", test_proxy_is_away);
    g_test_add_func ("/net/faults/proxy-keeps-its-password", test_proxy_keeps_its_password);
    g_test_add_func ("/net/faults/connect-timeout", test_connect_timeout);
    g_test_add_func ("/net/faults/short", test_short);
    g_test_add_func ("/net/faults/chunked-short", test_chunked_short);
    g_test_add_func ("/net/faults/stall", test_stall);
    g_test_add_func ("/net/faults/no-answer", test_no_answer);
    g_test_add_func ("/net/faults/slow", test_slow);
    g_test_add_func ("/net/faults/dead-get", test_dead_get);
    g_test_add_func ("/net/faults/dead-post", test_dead_post);
    g_test_add_func ("/net/faults/dead-delete", test_dead_delete);
    g_test_add_func ("/net/faults/dead-put", test_dead_put);
    g_test_add_func ("/net/faults/cancel", test_cancel);
    g_test_add_func ("/net/faults/cancel-waiting", test_cancel_waiting);
    g_test_add_func ("/net/faults/cancel-sending", test_cancel_sending);
    return g_test_run ();
}
