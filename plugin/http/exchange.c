/* SPDX-License-Identifier: Apache-2.0 */
/* Asking and keeping the answer. */
#include "http/exchange.h"

#include "base/http-date.h"
#include "base/secret.h"

#include "http/fields.h"
#include "http/redact.h"

#include <string.h>

void
xn_reply_free (XnReply *reply)
{
    if (reply == NULL)
        return;
    for (guint i = 0; reply->set_cookies != NULL && reply->set_cookies[i] != NULL; i++)
        xn_secret_free (reply->set_cookies[i]);
    g_free (reply->set_cookies);
    g_free (reply->content_type);
    g_free (reply->location);
    g_free (reply->encoding);
    if (reply->body != NULL)
        explicit_bzero (reply->body, reply->length);
    g_free (reply->body);
    xn_secrets_free (reply->secrets);
    g_free (reply);
}

/* Reads the beginning of the body into @reply. */
static gboolean
read_body (XnReply *reply, XnTransfer *transfer, GError **error)
{
    const guint8 *bytes;
    gssize count = 1;
    g_free (reply->body);
    reply->body = g_malloc0 (XN_PAGE_MAX_SIZE + 1);
    while (reply->length < XN_PAGE_MAX_SIZE && (count = xn_transfer_next (transfer, &bytes, error)) > 0) {
        const gsize more = MIN ((gsize)count, XN_PAGE_MAX_SIZE - reply->length);
        memcpy (reply->body + reply->length, bytes, more);
        reply->length += more;
    }
    return count >= 0;
}

XnReply *
xn_reply_new (XnTransfer *transfer, gboolean with_body, GError **error)
{
    g_autoptr (XnReply) reply = g_new0 (XnReply, 1);
    const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
    const gint64 date_s = xn_http_date_parse (xn_transfer_header (transfer, "Date"));
    const char **cookies = xn_transfer_header_all (transfer, "Set-Cookie");
    reply->status = xn_transfer_status (transfer);
    reply->content_type = g_strdup (xn_transfer_header (transfer, "Content-Type"));
    reply->location = g_strdup (xn_transfer_header (transfer, "Location"));
    reply->encoding = xn_encoding (xn_transfer_header (transfer, "Content-Encoding"));
    reply->challenge = xn_transfer_header (transfer, "WWW-Authenticate") != NULL;
    reply->retry_after_ms = xn_retry_after_ms (xn_transfer_header (transfer, "Retry-After"), now_s);
    reply->set_cookies = g_strdupv ((char **)cookies);
    reply->idle_ms = -1;
    reply->date_s = date_s;
    for (guint i = 0; cookies[i] != NULL; i++)
        reply->idle_ms = MAX (reply->idle_ms, xn_idle_time_ms (cookies[i], (date_s >= 0 ? date_s : now_s) * 1000));
    g_free (cookies);
    reply->body = g_strdup ("");
    GError *own_error = NULL;
    if (with_body && !read_body (reply, transfer, &own_error)) {
        /* An error page that broke off still says what it says. */
        if (reply->status < 300 || xn_error_is (own_error, XN_ERROR_CANCELLED)) {
            g_propagate_error (error, own_error);
            return NULL;
        }
        g_clear_error (&own_error);
    }
    reply->page = reply->encoding != NULL && reply->length > 0
                      ? XN_PAGE_PACKED
                      : xn_page_kind (reply->content_type, reply->body, reply->length);
    return g_steal_pointer (&reply);
}

void
xn_reply_guard (XnReply *reply, const char *const *headers)
{
    xn_secrets_free (reply->secrets);
    reply->secrets = xn_secrets_of (headers);
    reply->wary = FALSE;
    for (guint i = 0; headers != NULL && headers[i] != NULL; i++)
        reply->wary = reply->wary || g_str_has_prefix (headers[i], "Authorization:");
}

XnFault
xn_reply_fault (const XnReply *reply)
{
    return reply->away ? XN_FAULT_BUSY : xn_fault_of_status (reply->status);
}

char *
xn_reply_packed (const XnReply *reply)
{
    if (reply->encoding == NULL)
        return g_strdup ("");
    return g_strdup_printf ("; it came with Content-Encoding: %s, which was not asked for: something in front of the "
                            "server packs its answers",
                            reply->encoding);
}

/* The words in the body, (transfer full) (nullable). */
static char *
words_of (const XnReply *reply)
{
    if (reply->wary && reply->page != XN_PAGE_STATUS && reply->page != XN_PAGE_TOMCAT)
        return NULL;
    return xn_page_words (reply->page, reply->body, reply->length, (const char *const *)reply->secrets);
}

char *
xn_reply_words (const XnReply *reply)
{
    if (reply->page == XN_PAGE_PACKED)
        return xn_reply_packed (reply);
    if (reply->page == XN_PAGE_WANTS_TLS)
        return g_strconcat (": ", xn_page_meaning (reply->page), NULL);
    g_autofree char *words = words_of (reply);
    return words != NULL ? g_strconcat (": ", words, NULL) : g_strdup ("");
}

void
xn_reply_error (GError **error, XnErrorKind kind, const XnReply *reply, const char *format, ...)
{
    if (error == NULL)
        return;
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    xn_error_set (error, kind, "%s", text);
    XnErrorFacts *facts = xn_error_facts (*error);
    facts->http_status = reply->status;
    facts->sent = TRUE;
    facts->retryable = xn_reply_fault (reply) != XN_FAULT_FINAL;
    facts->retry_after_ms = reply->retry_after_ms;
    facts->server_words = words_of (reply);
}

XnReply *
xn_ask (const XnRoute *route, const char *method, const char *path, const char *const *headers, XnOp *op,
        GError **error)
{
    const XnSettings *settings = xn_op_settings (op);
    g_autofree char *url = g_strconcat (route->base, path, NULL);
    const gint64 limit = route->answer_limit_ms;
    const XnRequest request = {
        .method = method,
        .url = url,
        .headers = headers,
        .group = route->base,
        .urgent = route->urgent,
        .verify = route->verify,
        .ca_file = settings->ca_file,
        .peer = route->peer,
        .connect_timeout_ms = limit > 0 ? MIN (limit, settings->connect_timeout_ms) : settings->connect_timeout_ms,
        .answer_timeout_ms = limit > 0 ? limit : settings->answer_timeout_ms,
        .stall_timeout_ms = limit > 0 ? MIN (limit, settings->stall_timeout_ms) : settings->stall_timeout_ms,
    };
    g_autoptr (XnTransfer) transfer = xn_transfer_start (route->engine, &request, op, error);
    XnReply *reply = transfer != NULL ? xn_reply_new (transfer, !g_str_equal (method, "HEAD"), error) : NULL;
    if (reply == NULL)
        return NULL;
    xn_reply_guard (reply, headers);
    reply->away = reply->status == 404 && reply->page == XN_PAGE_TOMCAT;
    return reply;
}

/* Whether the server may have done what it was asked for, although nothing that came tells. */
static gboolean
may_be_done (XnFault fault, const GError *error)
{
    const gboolean no_answer =
        error != NULL && !xn_error_is (error, XN_ERROR_CANCELLED) && xn_error_facts (error)->sent;
    return no_answer || xn_fault_is_unsure (fault);
}

char *
xn_ask_failure (const XnReply *reply, const GError *error, XnFault *out_fault)
{
    if (reply == NULL) {
        *out_fault = xn_fault_of_error (error);
        return g_strdup (error->message);
    }
    *out_fault = xn_reply_fault (reply);
    if (*out_fault == XN_FAULT_FINAL)
        return NULL;
    g_autofree char *words = xn_reply_words (reply);
    return g_strdup_printf ("HTTP %d%s", reply->status, words);
}

/* Makes @error that of the last try. @reply: (nullable) NULL: *@error is set */
static void
give_up (const XnRoute *route, const char *what, const XnReply *reply, GError **error, const char *why, guint tries)
{
    if (reply != NULL) {
        xn_reply_error (error, XN_ERROR_NETWORK, reply, "%s: %s kept failing (%u %s), the last time with %s%s", what,
                        route->base, tries, tries == 1 ? "try" : "tries", why,
                        reply->away ? "; XNAT is not running there (yet), or not below this path" : "");
        return;
    }
    if (xn_error_is (*error, XN_ERROR_NETWORK))
        g_prefix_error (error, "%s: ", what);
}

/* FALSE with an error: the operation has just found the server to be away. */
static gboolean
may_ask (const XnRoute *route, const char *what, XnOp *op, gboolean *out_given_up, GError **error)
{
    if (xn_away_may_ask (xn_op_away (op), route->base, out_given_up, error))
        return TRUE;
    g_prefix_error (error, "%s: ", what);
    return FALSE;
}

XnReply *
xn_ask_patiently (const XnRoute *route, const char *method, const char *path, const char *const *headers,
                  const char *what, gboolean *out_unsure, XnOp *op, GError **error)
{
    guint unsure = 0;
    gboolean given_up;
    if (!may_ask (route, what, op, &given_up, error))
        return NULL;
    for (guint tried = 0;; tried++) {
        GError *own_error = NULL;
        XnFault fault;
        const gint64 begun_us = g_get_monotonic_time ();
        g_autoptr (XnReply) reply = xn_ask (route, method, path, headers, op, &own_error);
        g_autofree char *why = xn_ask_failure (reply, own_error, &fault);
        if (why == NULL) {
            xn_away_forget (xn_op_away (op), route->base);
            return g_steal_pointer (&reply);
        }
        unsure += may_be_done (fault, own_error) ? 1 : 0;
        if (out_unsure != NULL)
            *out_unsure = unsure > 0;
        const guint retries = route->once || given_up ? 0 : xn_op_settings (op)->retries;
        const gboolean again = out_unsure != NULL ? xn_retry_decide_login (fault, unsure, tried, retries)
                                                  : xn_retry_decide (XN_RETRY_FEW, fault, tried, retries);
        if (!again) {
            give_up (route, what, reply, &own_error, why, tried + 1);
            if (tried >= retries && !route->once && xn_server_is_away (own_error))
                xn_away_note (xn_op_away (op), route->base, begun_us, own_error);
            g_propagate_error (error, own_error);
            return NULL;
        }
        g_clear_error (&own_error);
        if (!xn_retry_wait (op, what, why, tried, reply != NULL ? reply->retry_after_ms : -1, begun_us, error))
            return NULL;
    }
}

static const char *
errand_setting (gpointer data, const char *name)
{
    return g_str_equal (name, "ca_file") ? (const char *)data : NULL;
}

XnOp *
xn_errand_new (const char *ca_file, XnCancelledFunc cancelled, gpointer data)
{
    /* The defaults and a path are always valid. */
    return xn_op_new (xn_settings_new (errand_setting, (gpointer)ca_file, NULL), cancelled, NULL, data);
}
