/* SPDX-License-Identifier: Apache-2.0 */
/* Small requests whose whole answer is kept: logins, checks, probes, goodbyes; and the part of any answer that judging
 * it takes. Must not know what a session is. */
#pragma once

#include "base/error.h"
#include "net/engine.h"
#include "http/page.h"
#include "http/retry.h"

/** How a server is reached; borrowed. */
typedef struct {
    XnEngine *engine;
    const char *base; /**< "https://host/xnat" */
    gboolean verify;
    gboolean urgent;        /**< beside the limit of requests at a time */
    gboolean once;          /**< no further tries */
    gint64 answer_limit_ms; /**< 0: the setting */
    XnPeer *peer;           /**< (nullable) out: what the last try found of the way */
} XnRoute;

/** An answer, with at most XN_PAGE_MAX_SIZE of its body. */
typedef struct {
    int status;
    char *content_type;    /**< (owned) (nullable) */
    char *location;        /**< (owned) (nullable) */
    char *encoding;        /**< (owned) (nullable) in which the body is packed, although nobody asked for it */
    char **set_cookies;    /**< (owned) secret */
    gboolean challenge;    /**< it has a WWW-Authenticate field: no login was seen */
    gint64 retry_after_ms; /**< or -1 */
    gint64 idle_ms;        /**< idle time of the server session, or -1 */
    gint64 date_s;         /**< the server's clock, in seconds since 1970, or -1 */
    char *body;            /**< (owned) secret, NUL-terminated beyond @length; "" if it was not read */
    gsize length;
    XnPage page;
    char **secrets; /**< (owned) secret: what the request held of them, never to be shown */
    gboolean away;  /**< a 404 that stands for all of XNAT: none runs there (yet) */
    gboolean wary;  /**< the request was a login: only XNAT's own pages and its container's have words to show */
} XnReply;

/**
 * Keeps the header of an answer and, if @read_body, the beginning of its body. A body that breaks off is kept as far as
 * it came if the status is no success.
 * Returns: (transfer full) NULL with an error as xn_transfer_next()
 */
XnReply *xn_reply_new (XnTransfer *transfer, gboolean read_body, GError **error);
/** Wipes and frees; NULL is nothing. */
void xn_reply_free (XnReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnReply, xn_reply_free)

/** "; it came packed (...)" for the end of a message about an answer that makes no sense, or "": (transfer full). */
char *xn_reply_packed (const XnReply *reply);

/** Notes the secrets of the request that @reply answers. @headers: (nullable) NULL-terminated, the request's */
void xn_reply_guard (XnReply *reply, const char *const *headers);

/** What sort of failure the answer is; FINAL if it is none. */
XnFault xn_reply_fault (const XnReply *reply);

/** ": the server's words", or "", without secrets: (transfer full). */
char *xn_reply_words (const XnReply *reply);

/** Sets @error as xn_error_set() does, with the facts of @reply. */
void xn_reply_error (GError **error, XnErrorKind kind, const XnReply *reply, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/**
 * Asks once. @path: below the base, one that every XNAT has: a 404 of the servlet container's means that none runs there
 * (yet); @headers: (nullable) NULL-terminated
 * Returns: (transfer full) the answer, whatever its status, or NULL with an error as xn_transfer_start()
 */
XnReply *xn_ask (const XnRoute *route, const char *method, const char *path, const char *const *headers, XnOp *op,
                 GError **error);

/** Why a question failed that was asked once: (transfer full), NULL if it did not. @reply, @error: (nullable) as xn_ask()
 *  gave them; @out_fault: what sort of failure it was, FINAL if it is none */
char *xn_ask_failure (const XnReply *reply, const GError *error, XnFault *out_fault);

/**
 * Asks again while faults may pass, as the settings say. @what: for messages, "logging in"
 * @out_unsure: (nullable) NULL: the question is harmless. Else it is a login, which is repeated once at most when it may
 * have been judged; out: whether it may have been when this fails
 * Returns: (transfer full) an answer that is not of a passing fault, or NULL with an error (NETWORK when the tries are
 * used up)
 */
XnReply *xn_ask_patiently (const XnRoute *route, const char *method, const char *path, const char *const *headers,
                           const char *what, gboolean *out_unsure, XnOp *op, GError **error);

/** Makes an operation for an errand of the plugin's own (keep-alive, goodbye), with default settings but for the
 *  certificates. @ca_file: (nullable); @cancelled: (nullable). Returns: (transfer full) */
XnOp *xn_errand_new (const char *ca_file, XnCancelledFunc cancelled, gpointer data);
