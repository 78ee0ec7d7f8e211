/* SPDX-License-Identifier: Apache-2.0 */
/* What is tried again, when, and what header fields and cookies say. */
#include "base/error.h"
#include "http/cookies.h"
#include "base/http-date.h"
#include "http/fields.h"
#include "http/retry.h"

#include <string.h>

static void
test_faults (void)
{
    const struct {
        int status;
        XnFault fault;
    } rows[] = {{400, XN_FAULT_FINAL}, {401, XN_FAULT_FINAL}, {403, XN_FAULT_FINAL}, {404, XN_FAULT_FINAL},
                {405, XN_FAULT_FINAL}, {408, XN_FAULT_BUSY},  {409, XN_FAULT_FINAL}, {410, XN_FAULT_FINAL},
                {413, XN_FAULT_FINAL}, {417, XN_FAULT_FINAL}, {422, XN_FAULT_FINAL}, {423, XN_FAULT_BUSY},
                {424, XN_FAULT_BUSY},  {425, XN_FAULT_BUSY},  {429, XN_FAULT_BUSY},  {500, XN_FAULT_UNCLEAR},
                {501, XN_FAULT_FINAL}, {502, XN_FAULT_BUSY},  {503, XN_FAULT_BUSY},  {504, XN_FAULT_UNANSWERED},
                {507, XN_FAULT_FINAL}, {200, XN_FAULT_FINAL}};
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        g_assert_cmpint (xn_fault_of_status (rows[i].status), ==, rows[i].fault);
}

static void
test_errors (void)
{
    g_autoptr (GError) error = NULL;
    xn_error_set (&error, XN_ERROR_NETWORK, "x");
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_FINAL);
    xn_error_facts (error)->retryable = TRUE;
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_UNSENT);
    xn_error_facts (error)->sent = TRUE;
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_UNANSWERED);
    g_clear_error (&error);
    xn_error_set (&error, XN_ERROR_IO, "x");
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_FINAL);
    xn_error_facts (error)->retryable = TRUE;
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_UNSENT);
    g_clear_error (&error);
    xn_error_set (&error, XN_ERROR_INTEGRITY, "x");
    xn_error_facts (error)->retryable = TRUE;
    g_assert_cmpint (xn_fault_of_error (error), ==, XN_FAULT_PASSING);
}

static void
test_away (void)
{
    const struct {
        int kind, status;
        gboolean retryable, sent, away;
    } rows[] = {{XN_ERROR_NETWORK, 503, TRUE, TRUE, TRUE},     {XN_ERROR_NETWORK, 404, TRUE, TRUE, TRUE},
                {XN_ERROR_NETWORK, 0, TRUE, FALSE, TRUE},      {XN_ERROR_NETWORK, 0, TRUE, TRUE, FALSE},
                {XN_ERROR_NETWORK, 0, FALSE, FALSE, FALSE},    {XN_ERROR_NETWORK, 500, TRUE, TRUE, FALSE},
                {XN_ERROR_NOT_FOUND, 404, FALSE, TRUE, FALSE}, {XN_ERROR_INTEGRITY, 0, TRUE, FALSE, FALSE}};
    g_assert_false (xn_server_is_away (NULL));
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GError) error = NULL;
        xn_error_set (&error, rows[i].kind, "x");
        *xn_error_facts (error) = (XnErrorFacts){rows[i].status, rows[i].retryable, rows[i].sent, -1, NULL};
        g_assert_cmpint (xn_server_is_away (error), ==, rows[i].away);
    }
}

/* A login that may have been judged is repeated once, whatever else came between. */
static void
test_login_decisions (void)
{
    const struct {
        XnFault fault;
        guint unsure, tried;
        gboolean again;
    } rows[] = {
        {XN_FAULT_FINAL, 0, 0, FALSE},     {XN_FAULT_UNSENT, 0, 0, TRUE},     {XN_FAULT_UNSENT, 1, 4, TRUE},
        {XN_FAULT_UNSENT, 0, 5, FALSE},    {XN_FAULT_PASSING, 1, 4, TRUE},    {XN_FAULT_PASSING, 0, 5, FALSE},
        {XN_FAULT_UNANSWERED, 1, 0, TRUE}, {XN_FAULT_UNANSWERED, 1, 4, TRUE}, {XN_FAULT_UNANSWERED, 2, 1, FALSE},
        {XN_FAULT_UNCLEAR, 1, 0, TRUE},    {XN_FAULT_UNCLEAR, 2, 1, FALSE},   {XN_FAULT_UNANSWERED, 1, 5, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        g_assert_cmpint (xn_retry_decide_login (rows[i].fault, rows[i].unsure, rows[i].tried, 5), ==, rows[i].again);
    g_assert_true (xn_fault_is_unsure (XN_FAULT_UNANSWERED));
    g_assert_false (xn_fault_is_unsure (XN_FAULT_PASSING));
}

static void
test_decisions (void)
{
    const struct {
        XnRetry retry;
        XnFault fault;
        guint tried;
        gboolean again;
    } rows[] = {
        {XN_RETRY_READ, XN_FAULT_FINAL, 0, FALSE},     {XN_RETRY_READ, XN_FAULT_PASSING, 0, TRUE},
        {XN_RETRY_READ, XN_FAULT_PASSING, 4, TRUE},    {XN_RETRY_READ, XN_FAULT_PASSING, 5, FALSE},
        {XN_RETRY_READ, XN_FAULT_UNCLEAR, 4, TRUE},    {XN_RETRY_FEW, XN_FAULT_UNCLEAR, 0, TRUE},
        {XN_RETRY_FEW, XN_FAULT_UNCLEAR, 1, FALSE},    {XN_RETRY_FEW, XN_FAULT_PASSING, 4, TRUE},
        {XN_RETRY_READ, XN_FAULT_BUSY, 4, TRUE},       {XN_RETRY_NONE, XN_FAULT_BUSY, 0, FALSE},
        {XN_RETRY_BUSY, XN_FAULT_BUSY, 4, TRUE},       {XN_RETRY_BUSY, XN_FAULT_BUSY, 5, FALSE},
        {XN_RETRY_BUSY, XN_FAULT_PASSING, 0, FALSE},   {XN_RETRY_BUSY, XN_FAULT_UNSENT, 0, TRUE},
        {XN_RETRY_BUSY, XN_FAULT_UNCLEAR, 0, FALSE},   {XN_RETRY_BUSY, XN_FAULT_UNANSWERED, 0, FALSE},
        {XN_RETRY_NONE, XN_FAULT_PASSING, 0, FALSE},   {XN_RETRY_NONE, XN_FAULT_UNCLEAR, 0, FALSE},
        {XN_RETRY_READ, XN_FAULT_UNANSWERED, 4, TRUE}, {XN_RETRY_NONE, XN_FAULT_UNANSWERED, 0, FALSE},
        {XN_RETRY_NONE, XN_FAULT_UNSENT, 0, TRUE},     {XN_RETRY_NONE, XN_FAULT_UNSENT, 5, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        g_assert_cmpint (xn_retry_decide (rows[i].retry, rows[i].fault, rows[i].tried, 5), ==, rows[i].again);
}

static void
test_delays (void)
{
    g_assert_cmpint (xn_retry_delay_ms (0, 1000, -1, 1), ==, 1000);
    g_assert_cmpint (xn_retry_delay_ms (0, 1000, -1, 0), ==, 500);
    g_assert_cmpint (xn_retry_delay_ms (3, 1000, -1, 1), ==, 8000);
    g_assert_cmpint (xn_retry_delay_ms (10, 1000, -1, 1), ==, 30000);
    g_assert_cmpint (xn_retry_delay_ms (100, 3600000, -1, 1), ==, 30000);
    g_assert_cmpint (xn_retry_delay_ms (0, 0, -1, 1), ==, 0);
    /* What the server asks for counts, up to two minutes. */
    g_assert_cmpint (xn_retry_delay_ms (0, 1000, 7000, 1), ==, 7000);
    g_assert_cmpint (xn_retry_delay_ms (0, 1000, 0, 1), ==, 1000);
    g_assert_cmpint (xn_retry_delay_ms (0, 1000, 3600000, 1), ==, 120000);
}

static void
test_time_left (void)
{
    g_assert_cmpint (xn_retry_left_ms (0, 5, 1000, -1, 0), ==, 31000);
    g_assert_cmpint (xn_retry_left_ms (3, 5, 1000, -1, 0), ==, 24000);
    g_assert_cmpint (xn_retry_left_ms (5, 5, 1000, -1, 0), ==, 0);
    /* What the server asks for is waited for each time, and a try that hangs takes its time each time. */
    g_assert_cmpint (xn_retry_left_ms (0, 3, 1000, 60000, 0), ==, 180000);
    g_assert_cmpint (xn_retry_left_ms (0, 2, 1000, -1, 30000), ==, 63000);
}

static void
test_dates (void)
{
    g_assert_cmpint (xn_http_date_parse ("Sun, 06 Nov 1994 08:49:37 GMT"), ==, 784111777);
    g_assert_cmpint (xn_http_date_parse ("Sun, 06 Foo 1994 08:49:37 GMT"), ==, -1);
    g_assert_cmpint (xn_http_date_parse ("soon"), ==, -1);
    g_assert_cmpint (xn_http_date_parse (NULL), ==, -1);
    g_assert_cmpint (xn_retry_after_ms ("3", 0), ==, 3000);
    g_assert_cmpint (xn_retry_after_ms ("0", 0), ==, 0);
    g_assert_cmpint (xn_retry_after_ms ("-5", 0), ==, 0);
    g_assert_cmpint (xn_retry_after_ms ("Sun, 06 Nov 1994 08:49:37 GMT", 784111770), ==, 7000);
    g_assert_cmpint (xn_retry_after_ms ("Sun, 06 Nov 1994 08:49:37 GMT", 784111790), ==, 0);
    g_assert_cmpint (xn_retry_after_ms ("x", 0), ==, -1);
    g_assert_cmpint (xn_retry_after_ms (NULL, 0), ==, -1);
}

static void
test_idle_time (void)
{
    g_assert_cmpint (xn_idle_time_ms ("SESSION_EXPIRATION_TIME=\"1700000000000,900000\"; Version=1", 5), ==, 900000);
    g_assert_cmpint (xn_idle_time_ms ("SESSION_EXPIRATION_TIME=1700000900000; Path=/", 1700000000000), ==, 900000);
    g_assert_cmpint (xn_idle_time_ms ("SESSION_EXPIRATION_TIME=\"1700000000000,-5\"", 5), ==, -1);
    g_assert_cmpint (xn_idle_time_ms ("SESSION_EXPIRATION_TIME=x", 5), ==, -1);
    g_assert_cmpint (xn_idle_time_ms ("JSESSIONID=900000", 5), ==, -1);
}

static void
test_targets (void)
{
    const struct {
        const char *location, *url;
        const char *host;
        guint port;
        gboolean tls;
    } rows[] = {
        {"/x?y=%20#z", "http://h:8080/x?y=%20", "h", 8080, FALSE},
        {"https://H:8443/data/JSESSION", "https://H:8443/data/JSESSION", "h", 8443, TRUE},
        {"https://h", "https://h", "h", 443, TRUE},
        {"//other/x", "http://other/x", "other", 80, FALSE},
        {"", "http://h:8080/a/b", "h", 8080, FALSE},
        {"ftp://h/", NULL, NULL, 0, FALSE},
        {"http://[::1]:9/a", "http://[::1]:9/a", "::1", 9, FALSE},
        {"http://h:80;x", NULL, NULL, 0, FALSE},
        {"//h;x/y", NULL, NULL, 0, FALSE},
        {"http:x", NULL, NULL, 0, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (XnLocation) target = {0};
        g_assert_cmpint (xn_location_resolve (&target, "http://h:8080/a/b", rows[i].location), ==, rows[i].url != NULL);
        g_assert_cmpstr (target.url, ==, rows[i].url);
        g_assert_cmpstr (target.host, ==, rows[i].host);
        g_assert_cmpuint (target.port, ==, rows[i].port);
        g_assert_cmpint (target.tls, ==, rows[i].tls);
    }
    g_auto (XnLocation) target = {0};
    g_assert_true (xn_location_resolve (&target, "http://h/", "http://u:p@h/"));
    g_assert_true (target.has_login);
    g_assert_null (strstr (target.url, "p@"));
}

/* What another application on the same host sets is not ours (RFC 6265, 5.1.4). */
static void
test_cookie_paths (void)
{
    const struct {
        const char *base, *path;
        gboolean taken;
    } rows[] = {
        {"http://h:80", "", TRUE},
        {"http://h:80", "; Path=/", TRUE},
        {"http://h:80", "; Path=/portal", FALSE},
        {"http://h:80", "; Path=/data", TRUE},
        {"http://h:80", "; Path=/dat", FALSE},
        {"http://h:80/xnat", "; Path=/", TRUE},
        {"http://h:80/xnat", "; Path=/xnat", TRUE},
        {"http://h:80/xnat", "; Path=/xnat/", TRUE},
        {"http://h:80/xnat", "; Path=/xna", FALSE},
        {"http://h:80/xnat", "; HttpOnly; path=/portal; Secure", FALSE},
        {"http://h:80/xnat", "; Path=/portal; Path=/xnat", TRUE},
        {"http://h:80/xnat", "; Path=relative", TRUE},
        {"http://h:80/xnat", "; Path=", TRUE},
        {NULL, "; Path=/portal", TRUE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (XnCookies) cookies = xn_cookies_new (rows[i].base);
        g_autofree char *other = g_strconcat ("JSESSIONID=B", rows[i].path, NULL);
        xn_cookies_take (cookies, "JSESSIONID=A", NULL);
        xn_cookies_take (cookies, other, NULL);
        g_test_message ("%s %s", rows[i].base, rows[i].path);
        g_assert_cmpstr (xn_cookies_get (cookies, "JSESSIONID"), ==, rows[i].taken ? "B" : "A");
    }
}

static void
test_cookies (void)
{
    g_autoptr (XnCookies) cookies = xn_cookies_new (NULL);
    g_assert_null (xn_cookies_header (cookies));
    xn_cookies_take (cookies, "JSESSIONID=A1; Path=/; HttpOnly; Secure", NULL);
    xn_cookies_take (cookies, "route=\"n 1\"; Path=/", NULL);
    xn_cookies_take (cookies, "SESSION_EXPIRATION_TIME=\"1,2\"; Version=1", NULL);
    xn_cookies_take (cookies, "no cookie", NULL);
    xn_cookies_take (cookies, "=x", NULL);
    xn_cookies_take (cookies, "JSESSIONID=B2; Path=/", "JSESSIONID");
    g_autofree char *header = xn_cookies_header (cookies);
    g_assert_cmpstr (header, ==, "Cookie: JSESSIONID=A1; route=\"n 1\"");
    g_assert_cmpstr (xn_cookies_find_value (cookies, "A1"), ==, "JSESSIONID");
    xn_cookies_take (cookies, "JSESSIONID=C3", NULL);
    xn_cookies_take (cookies, "route=x; Max-Age=0", NULL);
    g_autofree char *later = xn_cookies_header (cookies);
    g_assert_cmpstr (later, ==, "Cookie: JSESSIONID=C3");
    g_autoptr (XnCookies) copy = xn_cookies_copy (cookies);
    g_assert_cmpstr (xn_cookies_get (copy, "JSESSIONID"), ==, "C3");
}

static void
test_cookies_gone (void)
{
    const char *const gone[] = {"route=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                                "route=x; Path=/; expires=Thu, 01-Jan-1970 00:00:10 GMT", "route=x; Max-Age=0",
                                "route=x; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "route="};
    const char *const kept[] = {"route=x; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "route=x; Expires=soon",
                                "route=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"};
    g_autoptr (XnCookies) cookies = xn_cookies_new (NULL);
    for (guint i = 0; i < G_N_ELEMENTS (gone); i++) {
        xn_cookies_take (cookies, "route=n1", NULL);
        xn_cookies_take (cookies, gone[i], NULL);
        g_assert_null (xn_cookies_get (cookies, "route"));
    }
    for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
        xn_cookies_set (cookies, "route", "n1");
        xn_cookies_take (cookies, kept[i], NULL);
        g_assert_cmpstr (xn_cookies_get (cookies, "route"), ==, "x");
    }
}

/* The header of each request has to stay short; what came first, as a session's cookie does, stays. */
static void
test_cookies_bounds (void)
{
    g_autoptr (XnCookies) cookies = xn_cookies_new (NULL);
    g_autofree char *large = g_strnfill (3000, 'x');
    xn_cookies_take (cookies, "JSESSIONID=A1", NULL);
    for (guint i = 0; i < 100; i++) {
        g_autofree char *small = g_strdup_printf ("c%u=%u", i, i);
        xn_cookies_take (cookies, small, NULL);
    }
    g_assert_cmpuint (xn_cookies_count (cookies), ==, 50);
    for (guint i = 0; i < 2; i++) {
        g_autofree char *text = g_strdup_printf ("c%u=%s", i, large);
        xn_cookies_take (cookies, text, NULL);
    }
    g_assert_cmpuint (strlen (xn_cookies_get (cookies, "c0")), ==, 3000);
    g_assert_cmpstr (xn_cookies_get (cookies, "c1"), ==, "1");
    xn_cookies_take (cookies, "JSESSIONID=B2", NULL);
    g_assert_cmpstr (xn_cookies_get (cookies, "JSESSIONID"), ==, "B2");
}

static void
test_content_range (void)
{
    static const struct {
        const char *text;
        gint64 first, last, total; /* total 0: none */
    } cases[] = {
        {"bytes 0-5/6", 0, 5, 6},
        {"Bytes 7-7/100", 7, 7, 100},
        {"bytes 0-9223372036854775805/9223372036854775806", 0, G_MAXINT64 - 2, G_MAXINT64 - 1},
        {"bytes 0-9223372036854775806/9223372036854775807", 0, 0, 0},
        {"bytes 0-5/18446744073709551622", 0, 0, 0},
        {"bytes 0-5/99999999999999999999999", 0, 0, 0},
        {"bytes 0-5/-9223372036854775808", 0, 0, 0},
        {"bytes -1-5/6", 0, 0, 0},
        {"bytes +0-5/6", 0, 0, 0},
        {"bytes 0--5/6", 0, 0, 0},
        {"bytes 5-4/6", 0, 0, 0},
        {"bytes 0-6/6", 0, 0, 0},
        {"bytes 0-5/6x", 0, 0, 0},
        {"bytes 0-5/*", 0, 0, 0},
        {"bytes */6", 0, 0, 0},
        {"items 0-5/6", 0, 0, 0},
        {"bytes ", 0, 0, 0},
        {"", 0, 0, 0},
        {NULL, 0, 0, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        gint64 first = 0, last = 0, total = 0;
        g_assert_cmpint (xn_content_range_parse (cases[i].text, &first, &last, &total), ==, cases[i].total > 0);
        if (cases[i].total == 0)
            continue;
        g_assert_cmpint (first, ==, cases[i].first);
        g_assert_cmpint (last, ==, cases[i].last);
        g_assert_cmpint (total, ==, cases[i].total);
    }
}

static void
test_encoding (void)
{
    g_assert_null (xn_encoding (NULL));
    g_assert_null (xn_encoding (""));
    g_assert_null (xn_encoding ("Identity"));
    g_autofree char *two = xn_encoding ("gzip, br");
    g_assert_cmpstr (two, ==, "gzip, br");
    g_autofree char *odd = xn_encoding ("\x1b[31mgzip-and-some-more-than-a-message-can-hold");
    g_assert_cmpstr (odd, ==, "??31mgzip-and-some-more-than-a-m");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/retry/faults", test_faults);
    g_test_add_func ("/retry/errors", test_errors);
    g_test_add_func ("/retry/away", test_away);
    g_test_add_func ("/retry/decisions", test_decisions);
    g_test_add_func ("/retry/delays", test_delays);
    g_test_add_func ("/retry/time-left", test_time_left);
    g_test_add_func ("/fields/dates", test_dates);
    g_test_add_func ("/fields/idle-time", test_idle_time);
    g_test_add_func ("/fields/targets", test_targets);
    g_test_add_func ("/fields/content-range", test_content_range);
    g_test_add_func ("/fields/encoding", test_encoding);
    g_test_add_func ("/retry/login-decisions", test_login_decisions);
    g_test_add_func ("/cookies/take", test_cookies);
    g_test_add_func ("/cookies/take-paths", test_cookie_paths);
    g_test_add_func ("/cookies/gone", test_cookies_gone);
    g_test_add_func ("/cookies/bounds", test_cookies_bounds);
    return g_test_run ();
}
