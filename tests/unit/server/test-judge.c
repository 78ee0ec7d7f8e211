/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of answers: what is good, suspect, passing or final, and the kind of the final error. */
#include "base/error.h"
#include "server/judge.h"

#include <string.h>

static void
test_headers (void)
{
    static const char json[] = "application/json", html[] = "text/html;charset=UTF-8";
    const struct {
        XnExpect expect;
        int status;
        const char *type;
        gint64 length;
        gboolean good;
    } rows[] = {
        {XN_EXPECT_JSON, 200, json, -1, TRUE},     {XN_EXPECT_JSON, 200, NULL, 9, TRUE},
        {XN_EXPECT_JSON, 200, html, 9, FALSE},     {XN_EXPECT_JSON, 200, json, 0, FALSE},
        {XN_EXPECT_JSON, 204, json, -1, FALSE},    {XN_EXPECT_JSON, 206, json, 9, FALSE},
        {XN_EXPECT_JSON, 404, json, 9, FALSE},     {XN_EXPECT_FILE, 200, html, 9, TRUE},
        {XN_EXPECT_FILE, 200, NULL, 0, TRUE},      {XN_EXPECT_FILE, 204, NULL, 0, FALSE},
        {XN_EXPECT_FILE, 206, NULL, 9, FALSE},     {XN_EXPECT_ARCHIVE, 200, "application/zip", -1, TRUE},
        {XN_EXPECT_ARCHIVE, 200, html, -1, FALSE}, {XN_EXPECT_WRITE, 200, html, 9, TRUE},
        {XN_EXPECT_WRITE, 201, NULL, 0, TRUE},     {XN_EXPECT_WRITE, 302, NULL, 0, FALSE},
        {XN_EXPECT_FILE, 304, NULL, 0, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        const XnCall call = {.method = "GET", .expect = rows[i].expect};
        g_assert_cmpint (xn_judge_header (&call, rows[i].status, rows[i].type, rows[i].length), ==, rows[i].good);
    }
    const XnCall partial = {.method = "GET", .expect = XN_EXPECT_FILE, .accept_206 = TRUE, .accept_304 = TRUE};
    g_assert_true (xn_judge_header (&partial, 206, NULL, 9));
    g_assert_true (xn_judge_header (&partial, 304, NULL, 0));
}

typedef struct {
    int status;
    XnPage page;
    const char *location;
    XnVerdict verdict;
    XnErrorKind kind;
} Row;

static const Row ROWS[] = {
    {401, XN_PAGE_TOMCAT, NULL, XN_VERDICT_SUSPECT, XN_ERROR_AUTH},
    {403, XN_PAGE_STATUS, NULL, XN_VERDICT_SUSPECT, XN_ERROR_AUTH},
    {404, XN_PAGE_STATUS, NULL, XN_VERDICT_SUSPECT, XN_ERROR_NOT_FOUND},
    {404, XN_PAGE_NO_FILE, NULL, XN_VERDICT_SUSPECT, XN_ERROR_NOT_FOUND},
    {404, XN_PAGE_OTHER, NULL, XN_VERDICT_UNPROVEN, XN_ERROR_NOT_FOUND},
    {404, XN_PAGE_EMPTY, NULL, XN_VERDICT_UNPROVEN, XN_ERROR_NOT_FOUND},
    {404, XN_PAGE_TOMCAT, NULL, XN_VERDICT_UNPROVEN, XN_ERROR_NOT_FOUND},
    {410, XN_PAGE_STATUS, NULL, XN_VERDICT_FINAL, XN_ERROR_NOT_FOUND},
    {204, XN_PAGE_EMPTY, NULL, XN_VERDICT_FINAL, XN_ERROR_NOT_FOUND},
    {409, XN_PAGE_STATUS, NULL, XN_VERDICT_FINAL, XN_ERROR_CONFLICT},
    {400, XN_PAGE_TOMCAT, NULL, XN_VERDICT_FINAL, XN_ERROR_SERVER},
    {413, XN_PAGE_OTHER, NULL, XN_VERDICT_FINAL, XN_ERROR_SERVER},
    {500, XN_PAGE_STATUS, NULL, XN_VERDICT_RETRY, XN_ERROR_NETWORK},
    {503, XN_PAGE_OTHER, NULL, XN_VERDICT_RETRY, XN_ERROR_NETWORK},
    {200, XN_PAGE_LOGIN, NULL, XN_VERDICT_SUSPECT, XN_ERROR_AUTH},
    {200, XN_PAGE_OTHER, NULL, XN_VERDICT_SUSPECT, XN_ERROR_SERVER},
    {200, XN_PAGE_EMPTY, NULL, XN_VERDICT_SUSPECT, XN_ERROR_SERVER},
    {304, XN_PAGE_EMPTY, NULL, XN_VERDICT_FINAL, XN_ERROR_SERVER},
    {302, XN_PAGE_EMPTY, "http://h/app/template/Login.vm", XN_VERDICT_SUSPECT, XN_ERROR_SERVER},
    {302, XN_PAGE_EMPTY, "http://h/app/template/XDATScreen_UpdateUser.vm", XN_VERDICT_FINAL, XN_ERROR_SERVER},
    {302, XN_PAGE_EMPTY, "http://h/setup", XN_VERDICT_FINAL, XN_ERROR_SERVER},
    {303, XN_PAGE_EMPTY, "http://h/data/projects", XN_VERDICT_REDIRECT, XN_ERROR_SERVER},
};

static void
test_replies (void)
{
    const XnCall call = {.method = "GET", .what = "listing the scans of E1", .expect = XN_EXPECT_JSON};
    for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++) {
        const XnReply reply = {.status = ROWS[i].status,
                               .page = ROWS[i].page,
                               .retry_after_ms = 7,
                               .location = (char *)ROWS[i].location,
                               .body = (char *)""};
        g_autoptr (GError) error = NULL;
        g_assert_cmpint (xn_judge_reply (&call, &reply, FALSE), ==, ROWS[i].verdict);
        xn_judge_error (&error, &call, &reply, "https://h", "alice", 3);
        g_assert_cmpint (error->code, ==, ROWS[i].kind);
        g_assert_true (g_str_has_prefix (error->message, "listing the scans of E1: "));
        g_assert_nonnull (strstr (error->message, "https://h"));
        g_assert_cmpint (xn_error_http_status (error), ==, ROWS[i].status);
        g_assert_cmpint (xn_error_is_retryable (error), ==, ROWS[i].kind == XN_ERROR_NETWORK);
        g_assert_cmpint (xn_error_facts (error)->retry_after_ms, ==, 7);
    }
}

/* A 404 where no XNAT runs. */
static void
test_away (void)
{
    const XnCall call = {.method = "GET", .what = "x", .expect = XN_EXPECT_JSON};
    const XnReply reply = {.status = 404, .page = XN_PAGE_TOMCAT, .away = TRUE, .body = (char *)""};
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (xn_judge_reply (&call, &reply, FALSE), ==, XN_VERDICT_RETRY);
    xn_judge_error (&error, &call, &reply, "https://h", "alice", 3);
    g_assert_true (xn_error_is (error, XN_ERROR_NETWORK) && xn_error_is_retryable (error));
    g_assert_nonnull (strstr (error->message, "XNAT is not running there"));
}

static void
test_words (void)
{
    static const char page[] = "<html><title>Status page</title><h3>Unable to find scan 7</h3></html>";
    const XnCall call = {.method = "GET", .what = "x", .expect = XN_EXPECT_JSON};
    const XnReply reply = {.status = 404, .page = XN_PAGE_STATUS, .body = (char *)page, .length = strlen (page)};
    g_autoptr (GError) error = NULL;
    xn_judge_error (&error, &call, &reply, "https://h", "alice", 1);
    g_assert_nonnull (strstr (error->message, "(HTTP 404: Unable to find scan 7)"));
    g_assert_cmpstr (xn_error_facts (error)->server_words, ==, "Unable to find scan 7");
}

static void
test_writes (void)
{
    const XnCall call = {.method = "PUT", .expect = XN_EXPECT_WRITE};
    const XnReply stored = {.status = 200, .page = XN_PAGE_EMPTY, .body = (char *)""};
    const XnReply login = {.status = 200, .page = XN_PAGE_LOGIN, .body = (char *)""};
    g_assert_cmpint (xn_judge_reply (&call, &stored, TRUE), ==, XN_VERDICT_GOOD);
    g_assert_cmpint (xn_judge_reply (&call, &login, TRUE), ==, XN_VERDICT_SUSPECT);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/judge/headers", test_headers);
    g_test_add_func ("/judge/replies", test_replies);
    g_test_add_func ("/judge/away", test_away);
    g_test_add_func ("/judge/words", test_words);
    g_test_add_func ("/judge/writes", test_writes);
    return g_test_run ();
}
