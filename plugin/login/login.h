/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the protocol: logging in, asking who one is, saying goodbye. One exchange each, no state. */
#pragma once

#include "http/cookies.h"
#include "login/credentials.h"
#include "http/exchange.h"

/** Where a server says who is logged in. */
#define XN_WHO_PATH "/data/auth"

/** A session of the server as the client holds it. */
typedef struct {
    XnCookies *cookies;   /**< (owned) */
    char *session_cookie; /**< (owned) name of the cookie that holds the session ID */
    char *name;           /**< (owned) (nullable) the user, as the server says; NULL: not yet asked */
    gint64 idle_ms;       /**< after how much idle time the server ends it; -1: not said */
} XnLogin;

void xn_login_free (XnLogin *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnLogin, xn_login_free)

/** What came of a failed login. */
typedef struct {
    gboolean final;   /**< it must not be tried again in this process */
    gboolean refused; /**< the credentials were judged and refused: trying again, anywhere, may lock the account */
    gboolean unsure;  /**< the answer was lost: they may have been judged and refused */
    char *moved_base; /**< (owned by the caller) (nullable) the server is at this base, below another prefix */
} XnLoginFailure;

/**
 * Logs in; the answer alone proves nothing, so the caller asks xn_login_check() next.
 * Returns: (transfer full) NULL with an error: AUTH (refused, too many sessions, the account's state), NETWORK, SERVER
 */
XnLogin *xn_login_start (const XnRoute *route, const XnCredentials *credentials, XnOp *op, XnLoginFailure *out_failure,
                         GError **error);

/**
 * Asks whose the session is.
 * @out_lost: TRUE if it is nobody's (guest's) or, when login->name is set, another's; else login->name is what the
 * server says
 * @out_moved_base: (nullable) (transfer full): on failure, where the server is when it only has another prefix, or NULL
 * Returns: FALSE with an error if that could not be found out
 */
gboolean xn_login_check (const XnRoute *route, XnLogin *login, XnOp *op, gboolean *out_lost, char **out_moved_base,
                         GError **error);

/** The name in "User 'NAME' is logged in", the answer of XN_WHO_PATH: (transfer full), or NULL. */
char *xn_login_name_in (const char *text);

/** Ends the session on the server, within 5 seconds, errors ignored. */
void xn_login_end (const XnRoute *route, const XnCookies *cookies, const char *ca_file);

/** Sets @error for a redirect that is not followed: its target, or what the account page means. */
void xn_redirect_error (GError **error, const char *base, const char *what, const char *url, const XnReply *reply);
