/* SPDX-License-Identifier: Apache-2.0 */
/* Logins as a robust client makes them: /data/JSESSION answers guests, too, so only /data/auth proves a login. */
#include "login/login.h"

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/fields.h"
#include "http/redact.h"

#include <string.h>

#define SESSION_PATH "/data/JSESSION"
#define SESSION_COOKIE "JSESSIONID"
#define GOODBYE_MS (5 * 1000)
/* A session that is not ended counts towards its user's limit until it lapses. */
#define MAX_GOODBYES 2
#define MAX_ID_LENGTH 256

void
xn_login_free (XnLogin *login)
{
    if (login == NULL)
        return;
    xn_cookies_free (login->cookies);
    g_free (login->session_cookie);
    g_free (login->name);
    g_free (login);
}

void
xn_redirect_error (GError **error, const char *base, const char *what, const char *url, const XnReply *reply)
{
    const XnPage page = xn_page_of_location (reply->location);
    if (page != XN_PAGE_EMPTY) {
        xn_reply_error (error, XN_ERROR_AUTH, reply, "%s: %s: %s (HTTP %d)", what, base, xn_page_meaning (page),
                        reply->status);
        return;
    }
    g_auto (XnLocation) target = {0};
    if (!xn_location_resolve (&target, url, reply->location)) {
        g_autofree char *shown = xn_redact_location (reply->location, (const char *const *)reply->secrets);
        xn_reply_error (error, XN_ERROR_SERVER, reply,
                        "%s: %s redirects (HTTP %d) to '%s', which is no address of a web server", what, base,
                        reply->status, shown);
        return;
    }
    /* Without the query and parameters, in which sites pass on tokens and sessions. */
    g_autofree char *path = xn_redact_path (target.path, (const char *const *)reply->secrets);
    xn_reply_error (error, XN_ERROR_SERVER, reply,
                    "%s: %s redirects (HTTP %d) to %s://%s:%u%s, which is not followed: if that is the XNAT, use it in "
                    "the URL",
                    what, base, reply->status, target.tls ? "https" : "http", target.host, target.port, path);
}

/* The base of the server when a redirect leads the question for @path to another prefix of the same server, as of one
 * that was moved: (transfer full), else NULL. */
static char *
moved_base (const char *base, const char *path, const XnReply *reply)
{
    g_auto (XnLocation) here = {0};
    g_auto (XnLocation) target = {0};
    g_autofree char *url = g_strconcat (base, path, NULL);
    if (reply->status < 300 || reply->status > 399 || xn_page_of_location (reply->location) != XN_PAGE_EMPTY ||
        !xn_location_resolve (&here, url, "") || !xn_location_resolve (&target, url, reply->location))
        return NULL;
    g_autofree char *bare = xn_path_bare (target.path);
    if (target.has_login || target.tls != here.tls || target.port != here.port ||
        !g_str_equal (target.host, here.host) || !g_str_has_suffix (bare, path) || g_str_equal (bare, here.path) ||
        !g_str_has_suffix (url, here.path))
        return NULL;
    const gsize origin = strlen (url) - strlen (here.path);
    return g_strdup_printf ("%.*s%.*s", (int)origin, url, (int)(strlen (bare) - strlen (path)), bare);
}

static gboolean
is_session_id (const char *id)
{
    const gsize length = strlen (id);
    if (length < 8 || length > MAX_ID_LENGTH)
        return FALSE;
    for (const char *c = id; *c != '\0'; c++) {
        if (!g_ascii_isalnum (*c) && strchr ("._-+/=!~:", *c) == NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_session_cookie (const char *set_cookie)
{
    return g_str_has_prefix (set_cookie, SESSION_COOKIE "=");
}

static gboolean
sets_session_cookie (const XnReply *reply)
{
    for (guint i = 0; reply->set_cookies[i] != NULL; i++) {
        if (is_session_cookie (reply->set_cookies[i]))
            return TRUE;
    }
    return FALSE;
}

/* Takes the cookies of a login with the ID @id into @login. That of the session comes first, as a jar may get full. */
static void
take_cookies (XnLogin *login, const XnReply *reply, const char *id)
{
    for (guint i = 0; reply->set_cookies[i] != NULL; i++) {
        if (is_session_cookie (reply->set_cookies[i]))
            xn_cookies_take (login->cookies, reply->set_cookies[i], NULL);
    }
    for (guint i = 0; reply->set_cookies[i] != NULL; i++) {
        if (!is_session_cookie (reply->set_cookies[i]))
            xn_cookies_take (login->cookies, reply->set_cookies[i], NULL);
    }
    const char *name = xn_cookies_find_value (login->cookies, id);
    login->session_cookie = g_strdup (name != NULL ? name : SESSION_COOKIE);
    /* A cookie that a balancer rewrote is what it wants back; one that a proxy dropped can be made from the body. */
    if (xn_cookies_get (login->cookies, login->session_cookie) == NULL)
        xn_cookies_set (login->cookies, login->session_cookie, id);
}

static void
refusal (const char *base, const XnCredentials *credentials, const XnReply *reply, XnLoginFailure *failure,
         GError **error)
{
    g_autofree char *words = xn_reply_words (reply);
    failure->final = TRUE;
    if (!reply->challenge && sets_session_cookie (reply)) {
        xn_reply_error (
            error, XN_ERROR_AUTH, reply,
            "%s has too many open sessions of %s: end other jobs or wait until their sessions lapse, and let "
            "jobs share one (session_cache=true) (HTTP %d%s)",
            base, credentials->login, reply->status, words);
        return;
    }
    failure->refused = TRUE;
    xn_reply_error (error, XN_ERROR_AUTH, reply,
                    "%s refused the login %s from %s (HTTP %d%s): wrong or expired name or password, or the account is "
                    "locked or disabled; it is not tried again, as that may lock the account%s",
                    base, credentials->login, credentials->source, reply->status, words,
                    reply->challenge ? "; or a proxy keeps the login from the server" : "");
}

static void
judge_failed_login (const char *base, const XnCredentials *credentials, const XnReply *reply, XnLoginFailure *failure,
                    GError **error)
{
    g_autofree char *words = xn_reply_words (reply);
    if (reply->status == 401) {
        refusal (base, credentials, reply, failure, error);
        return;
    }
    if (reply->status == 407) {
        xn_reply_error (
            error, XN_ERROR_NETWORK, reply,
            "the proxy on the way to %s wants a login of its own (HTTP 407%s): write it into http_proxy, as "
            "http://NAME:PASSWORD@HOST:PORT",
            base, words);
        return;
    }
    if (reply->status >= 300 && reply->status < 400) {
        g_autofree char *url = g_strconcat (base, SESSION_PATH, NULL);
        failure->final = xn_page_of_location (reply->location) != XN_PAGE_EMPTY;
        xn_redirect_error (error, base, "logging in", url, reply);
        return;
    }
    if (reply->status == 403) {
        failure->final = TRUE;
        xn_reply_error (error, XN_ERROR_AUTH, reply,
                        "%s does not let %s log in (HTTP 403%s): the account may not, or the server is not set up",
                        base, credentials->login, words);
        return;
    }
    if (xn_page_is_account (reply->page) || reply->page == XN_PAGE_WANTS_TLS) {
        failure->final = TRUE;
        xn_reply_error (error, reply->page == XN_PAGE_WANTS_TLS ? XN_ERROR_NETWORK : XN_ERROR_AUTH, reply,
                        "logging in: %s: %s", base, xn_page_meaning (reply->page));
        return;
    }
    xn_reply_error (
        error, XN_ERROR_SERVER, reply,
        "logging in: %s does not answer like an XNAT (HTTP %d%s): is the URL right, and nothing before /data/ "
        "missing?",
        base, reply->status, words);
}

XnLogin *
xn_login_start (const XnRoute *route, const XnCredentials *credentials, XnOp *op, XnLoginFailure *out_failure,
                GError **error)
{
    *out_failure = (XnLoginFailure){0};
    g_autoptr (XnSecret) authorization = xn_credentials_header (credentials, error);
    if (authorization == NULL)
        return NULL;
    /* The type decides the charset in which the server reads the credentials; the default one is UTF-8. */
    const char *const headers[] = {authorization, "Content-Type: text/plain", "Accept: */*", NULL};
    g_autoptr (XnReply) reply =
        xn_ask_patiently (route, "POST", SESSION_PATH, headers, "logging in", &out_failure->unsure, op, error);
    if (reply == NULL)
        return NULL;
    out_failure->unsure = FALSE;
    g_autoptr (XnSecret) id = g_strstrip (g_strdup (reply->body));
    if (reply->status != 200 || !is_session_id (id)) {
        out_failure->moved_base = moved_base (route->base, SESSION_PATH, reply);
        judge_failed_login (route->base, credentials, reply, out_failure, error);
        /* Somebody else's answer may stand in the place of a refusal. */
        out_failure->unsure = !out_failure->final && (reply->status < 300 || reply->status >= 500);
        return NULL;
    }
    XnLogin *login = g_new0 (XnLogin, 1);
    login->cookies = xn_cookies_new (route->base);
    login->idle_ms = reply->idle_ms;
    take_cookies (login, reply, id);
    return login;
}

char *
xn_login_name_in (const char *text)
{
    const char *start = strstr (text, "User '");
    const char *end = start != NULL ? g_strrstr (start, "' is logged in") : NULL;
    if (end == NULL)
        return NULL;
    start += strlen ("User '");
    return end > start ? g_strndup (start, (gsize)(end - start)) : NULL;
}

/* The error of an answer that does not say who is logged in. */
static void
judge_failed_check (const char *base, const XnReply *reply, GError **error)
{
    static const char what[] = "checking the session";
    if (reply->status >= 300 && reply->status < 400) {
        g_autofree char *url = g_strconcat (base, XN_WHO_PATH, NULL);
        xn_redirect_error (error, base, what, url, reply);
        return;
    }
    if (xn_page_is_account (reply->page)) {
        xn_reply_error (error, XN_ERROR_AUTH, reply, "%s: %s: %s", what, base, xn_page_meaning (reply->page));
        return;
    }
    g_autofree char *words = xn_reply_words (reply);
    xn_reply_error (error, reply->status == 403 ? XN_ERROR_AUTH : XN_ERROR_SERVER, reply,
                    "%s: %s does not say who is logged in (HTTP %d%s): is it an XNAT?", what, base, reply->status,
                    words);
}

gboolean
xn_login_check (const XnRoute *route, XnLogin *login, XnOp *op, gboolean *out_lost, char **out_moved_base,
                GError **error)
{
    g_autoptr (XnSecret) cookie = xn_cookies_header (login->cookies);
    const char *const headers[] = {"Accept: */*", cookie, NULL};
    *out_lost = FALSE;
    g_autoptr (XnReply) reply =
        xn_ask_patiently (route, "GET", XN_WHO_PATH, headers, "checking the session", NULL, op, error);
    if (reply == NULL)
        return FALSE;
    const XnPage target =
        reply->status >= 300 && reply->status < 400 ? xn_page_of_location (reply->location) : XN_PAGE_EMPTY;
    if (reply->status == 401 || target == XN_PAGE_LOGIN || reply->page == XN_PAGE_LOGIN) {
        *out_lost = TRUE;
        return TRUE;
    }
    g_autofree char *name = reply->status == 200 && reply->page == XN_PAGE_TEXT ? xn_login_name_in (reply->body) : NULL;
    if (name == NULL) {
        if (out_moved_base != NULL)
            *out_moved_base = moved_base (route->base, XN_WHO_PATH, reply);
        judge_failed_check (route->base, reply, error);
        return FALSE;
    }
    if (reply->idle_ms > 0)
        login->idle_ms = reply->idle_ms;
    *out_lost = g_str_equal (name, "guest") || (login->name != NULL && !g_str_equal (login->name, name));
    if (!*out_lost && login->name == NULL)
        login->name = g_steal_pointer (&name);
    return TRUE;
}

static gboolean
is_late (gpointer deadline_us)
{
    return g_get_monotonic_time () >= *(const gint64 *)deadline_us;
}

void
xn_login_end (const XnRoute *route, const XnCookies *cookies, const char *ca_file)
{
    gint64 deadline_us = g_get_monotonic_time () + GOODBYE_MS * 1000;
    g_autoptr (XnSecret) cookie = xn_cookies_header (cookies);
    if (cookie == NULL)
        return;
    g_autoptr (XnOp) op = xn_errand_new (ca_file, is_late, &deadline_us);
    const char *const headers[] = {cookie, NULL};
    const XnRoute urgent = {.engine = route->engine,
                            .base = route->base,
                            .verify = route->verify,
                            .urgent = TRUE,
                            .answer_limit_ms = GOODBYE_MS};
    for (guint tried = 0; tried < MAX_GOODBYES; tried++) {
        XnFault fault;
        g_autoptr (GError) error = NULL;
        g_autoptr (XnReply) reply = xn_ask (&urgent, "DELETE", SESSION_PATH, headers, op, &error);
        g_autofree char *why = xn_ask_failure (reply, error, &fault);
        if (why != NULL)
            xn_log (XN_LOG_INFO, "ending the session on %s: %s", route->base, why);
        if (fault == XN_FAULT_FINAL)
            return;
    }
}
