/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of transfers that go well: methods, headers, kinds of bodies, reuse, the log. */
#include "../rounds.h"
#include "common.h"

#include "base/error.h"
#include "base/log.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static GString *log_text; /* of the running test; written on the thread of the test */

static void
keep_line (gpointer data, XnLogLevel level, const char *message)
{
    g_string_append_printf (log_text, "%d %s\n", (int)level, message);
}

/* Children that fork from a threaded program may start threads: the test asks for it. */
const char *__tsan_default_options (void);
const char *
__tsan_default_options (void)
{
    return "die_after_fork=0";
}

static char *
text_of (Bench *bench, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, path, &error);
    g_assert_no_error (error);
    char *text = bench_text (transfer, &error);
    g_assert_no_error (error);
    return text;
}

static void
test_get (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, "/hello", &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, 200);
    g_assert_cmpint (xn_transfer_content_length (transfer), ==, 5);
    g_autofree char *text = bench_text (transfer, &error);
    g_assert_cmpstr (text, ==, "hello");
    const guint8 *bytes;
    g_assert_cmpint (xn_transfer_next (transfer, &bytes, &error), ==, 0);
    const XnCounts counts = xn_op_counts (bench->op);
    g_assert_cmpuint (counts.requests, ==, 1);
    g_assert_cmpuint (counts.bytes_wire, ==, 5);
}

/* How long the server worked is told of each answer, and the shortest of all of one server. */
static void
test_waits (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    static const char *const paths[] = {"/late/300", "/hello", "/late/100"};
    gint64 waits[G_N_ELEMENTS (paths)], least = G_MAXINT64;
    g_assert_cmpint (xn_engine_least_wait_us (bench->engine, "server"), ==, -1);
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnTransfer) transfer = bench_get (bench, paths[i], &error);
        g_assert_no_error (error);
        waits[i] = xn_transfer_waited_us (transfer);
        least = MIN (least, waits[i]);
        g_assert_cmpint (xn_engine_least_wait_us (bench->engine, "server"), ==, least);
    }
    g_assert_cmpint (waits[0], >=, 300 * 1000);
    g_assert_cmpint (waits[2], >=, 100 * 1000);
    g_assert_cmpint (least, >, 0);
    g_assert_cmpint (xn_engine_least_wait_us (bench->engine, "another"), ==, -1);
}

static void
test_status (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, "/a/../b%2Fc", &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, 404);
    g_autofree char *text = bench_text (transfer, &error);
    g_assert_cmpstr (text, ==, "/a/../b%2Fc");
}

static void
test_head (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/big/0");
    const XnRequest request = bench_request ("HEAD", url);
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    g_assert_cmpint (bench_drain (transfer, &error), ==, 0);
    g_assert_cmpint (xn_transfer_content_length (transfer), ==, 0);
}

static void
test_request_headers (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    static const char *const methods[] = {"GET", "DELETE", "PUT", "POST"};
    static const char *const headers[] = {"Cookie: JSESSIONID=1", "X-Own: yes", NULL};
    g_autofree char *url = scenario_url (bench->scenario, "/headers?format=json");
    for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
        g_autoptr (GError) error = NULL;
        XnRequest request = bench_request (methods[i], url);
        request.headers = headers;
        g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
        g_assert_no_error (error);
        g_autofree char *text = bench_text (transfer, &error);
        g_autofree char *first = g_strdup_printf ("%s /headers?format=json HTTP/1.1\r\n", methods[i]);
        g_assert_true (g_str_has_prefix (text, first));
        g_assert_nonnull (strstr (text, "\r\nCookie: JSESSIONID=1\r\n"));
        g_assert_nonnull (strstr (text, "\r\nX-Own: yes\r\n"));
        g_assert_nonnull (strstr (text, "\r\nAccept: */*\r\n"));
        g_assert_nonnull (strstr (text, "\r\nUser-Agent: xnatstorage/" XNATSTORAGE_VERSION " libcurl/"));
        g_assert_null (strstr (text, "Content-Type"));
        g_assert_null (strstr (text, "Expect"));
        g_assert_nonnull (strstr (text, "\r\nAccept-Encoding: identity\r\n"));
        g_assert_cmpint (strstr (text, "\r\nContent-Length: 0\r\n") != NULL, ==, i >= 2);
    }
}

static void
test_bad_requests (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    static const char *const urls[] = {"ftp://host/", "http://user:pass@127.0.0.1/", "no url", "http://127.0.0.1/a b"};
    for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
        g_autoptr (GError) error = NULL;
        const XnRequest request = bench_request ("GET", urls[i]);
        g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
        g_assert_null (strstr (error->message, "pass@"));
    }
    static const char *const headers[] = {"X: a\r\nY: b", NULL};
    g_autofree char *url = scenario_url (bench->scenario, "/hello");
    XnRequest request = bench_request ("GET", url);
    request.headers = headers;
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
}

static void
test_bodies (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    static const char *const kinds[] = {"big", "chunked", "old"};
    static const gint64 sizes[] = {0, 1, 16384, 16385, 1000003, 30 * 1024 * 1024 + 1};
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
        for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
            g_autoptr (GError) error = NULL;
            g_autofree char *path = g_strdup_printf ("/%s/%" G_GINT64_FORMAT, kinds[k], sizes[i]);
            g_autoptr (XnTransfer) transfer = bench_get (bench, path, &error);
            g_assert_no_error (error);
            g_assert_cmpint (xn_transfer_content_length (transfer), ==, k == 0 ? sizes[i] : -1);
            g_assert_cmpint (bench_drain (transfer, &error), ==, sizes[i]);
            g_assert_no_error (error);
            /* What follows a body is no header of the answer. */
            g_assert_null (xn_transfer_header (transfer, "Trailer-Field"));
        }
    }
}

static void
test_slow_reader (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autofree char *url = scenario_url (bench->scenario, "/big/20000000");
    XnRequest request = bench_request ("GET", url);
    request.stall_timeout_ms = time_limit (300);
    g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    /* Longer than the limit: it is not the server that waits. Meanwhile memory is bounded. */
    g_usleep (1200 * 1000);
    g_assert_cmpuint (xn_op_counts (bench->op).bytes_wire, <=, 1024 * 1024);
    g_assert_cmpint (bench_drain (transfer, &error), ==, 20000000);
    g_assert_no_error (error);
}

static void
test_interim (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, "/interim", &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, 200);
    g_assert_null (xn_transfer_header (transfer, "Link"));
    g_autofree char *text = bench_text (transfer, &error);
    g_assert_cmpstr (text, ==, "hello");
}

static void
test_answer_headers (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (bench, "/fold", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (xn_transfer_header (transfer, "x-long"), ==, "one two three");
    g_assert_cmpstr (xn_transfer_header (transfer, "SET-COOKIE"), ==, "b=2");
    g_assert_cmpstr (xn_transfer_header (transfer, "Empty"), ==, "");
    g_assert_null (xn_transfer_header (transfer, "Set-Cook"));
    g_assert_cmpint (xn_transfer_content_length (transfer), ==, 5);
    g_autofree const char **cookies = xn_transfer_header_all (transfer, "Set-Cookie");
    g_assert_cmpstr (cookies[0], ==, "a=1");
    g_assert_cmpstr (cookies[1], ==, "b=2");
    g_assert_null (cookies[2]);
    g_autofree const char **none = xn_transfer_header_all (transfer, "None");
    g_assert_null (none[0]);
}

static void
test_reuse (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    for (guint i = 0; i < 20; i++) {
        g_autofree char *text = text_of (bench, "/hello");
        g_assert_cmpstr (text, ==, "hello");
    }
    g_assert_cmpuint (scenario_connections (bench->scenario), ==, 1);
    g_assert_cmpuint (xn_engine_connections (bench->engine), ==, 1);
}

static void
test_cut_off (void)
{
    g_autoptr (Bench) bench = bench_new (1);
    for (guint i = 0; i < 5; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnTransfer) transfer = bench_get (bench, "/big/1000000000", &error);
        g_assert_no_error (error);
        const guint8 *bytes;
        g_assert_cmpint (xn_transfer_next (transfer, &bytes, &error), >, 0);
    }
    /* The place was freed and the half-read connections were not used again. */
    g_autofree char *text = text_of (bench, "/hello");
    g_assert_cmpstr (text, ==, "hello");
    g_assert_cmpuint (scenario_connections (bench->scenario), ==, 6);
}

static void
test_log (void)
{
    log_text = g_string_new (NULL);
    g_autoptr (Bench) bench = bench_new (8);
    g_autofree char *text = text_of (bench, "/hello?format=json&token=abc;jsessionid=XYZ");
    g_assert_nonnull (strstr (log_text->str, "/hello?format=json&token=***;jsessionid=*** -> 200, 5 bytes, "));
    g_assert_nonnull (strstr (log_text->str, " s, connection #1\n"));
    g_autoptr (GError) error = NULL;
    g_assert_null (bench_get (bench, "/close", &error));
    g_assert_nonnull (strstr (log_text->str, "/close -> failed: 127.0.0.1:"));
    g_string_free (log_text, TRUE);
    log_text = NULL;
}

static void
test_proxy (void)
{
    log_text = g_string_new (NULL);
    static const char *const headers[] = {"Authorization: Basic abc", NULL};
    g_autoptr (Bench) bench = bench_new (8);
    g_autofree char *proxy = scenario_url (bench->scenario, "");
    g_setenv ("http_proxy", proxy, TRUE);
    g_setenv ("no_proxy", "other.org,.example.com", TRUE);
    XnRequest request = bench_request ("GET", "http://data.example.org/hello");
    request.headers = headers;
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnTransfer) transfer = xn_transfer_start (bench->engine, &request, bench->op, &error);
        g_assert_no_error (error);
        /* The server was asked as a proxy: by the whole URL. */
        g_assert_cmpint (xn_transfer_status (transfer), ==, 404);
        g_autofree char *text = bench_text (transfer, &error);
        g_assert_cmpstr (text, ==, "http://data.example.org/hello");
    }
    const char *warning =
        strstr (log_text->str, "1 the login to data.example.org:80 is sent in clear through a proxy\n");
    g_assert_nonnull (warning);
    g_assert_null (strstr (warning + 1, "1 the login"));
    g_assert_null (strstr (log_text->str, "abc"));

    g_setenv ("no_proxy", "10.0.0.0/8,127.0.0.0/9", TRUE);
    g_string_truncate (log_text, 0);
    g_autoptr (Bench) second = bench_new (8);
    g_autofree char *url = scenario_url (second->scenario, "/hello");
    request.url = url;
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = xn_transfer_start (second->engine, &request, second->op, &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (transfer), ==, 200);
    g_assert_null (strstr (log_text->str, "proxy"));
    g_unsetenv ("http_proxy");
    g_unsetenv ("no_proxy");
    g_clear_pointer (&transfer, xn_transfer_free);
    g_string_free (log_text, TRUE);
    log_text = NULL;
}

static void
test_fork (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autofree char *before = text_of (bench, "/hello");
    int ends[2];
    g_assert_cmpint (pipe (ends), ==, 0);
    const pid_t child = fork ();
    if (child == 0) {
        xn_engine_abandon (bench->engine);
        bench->engine = xn_engine_new ();
        g_autofree char *text = text_of (bench, "/hello");
        if (write (ends[1], text, 5) == 5)
            kill (getpid (), SIGKILL); /* what the other threads had is no leak of the child's */
        _exit (1);
    }
    char text[5] = "";
    g_assert_cmpint (read (ends[0], text, sizeof text), ==, sizeof text);
    g_assert_cmpmem (text, sizeof text, "hello", 5);
    g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
    close (ends[0]);
    close (ends[1]);
    g_autofree char *after = text_of (bench, "/hello");
    g_assert_cmpstr (after, ==, "hello");
    /* The parent's connection was neither used nor closed by the child. */
    g_assert_cmpuint (scenario_connections (bench->scenario), ==, 2);
}

static gboolean
is_log_wanted (gpointer data, XnLogLevel level)
{
    return log_text != NULL;
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    static const XnLogSink sink = {.log = keep_line, .wanted = is_log_wanted};
    xn_log_use (&sink);
    g_test_add_func ("/net/transfer/get", test_get);
    g_test_add_func ("/net/transfer/waits", test_waits);
    g_test_add_func ("/net/transfer/status", test_status);
    g_test_add_func ("/net/transfer/head", test_head);
    g_test_add_func ("/net/transfer/request-headers", test_request_headers);
    g_test_add_func ("/net/transfer/bad-requests", test_bad_requests);
    g_test_add_func ("/net/transfer/bodies", test_bodies);
    g_test_add_func ("/net/transfer/slow-reader", test_slow_reader);
    g_test_add_func ("/net/transfer/interim", test_interim);
    g_test_add_func ("/net/transfer/answer-headers", test_answer_headers);
    g_test_add_func ("/net/transfer/reuse", test_reuse);
    g_test_add_func ("/net/transfer/cut-off", test_cut_off);
    g_test_add_func ("/net/transfer/log", test_log);
    g_test_add_func ("/net/transfer/proxy", test_proxy);
    g_test_add_func ("/net/transfer/fork", test_fork);
    return g_test_run ();
}
