/* SPDX-License-Identifier: Apache-2.0 */
/* One session of one server, shared by all threads: opened at first use by one thread while the others wait, settled
 * when an answer makes it suspect, renewed when it is lost, kept alive, ended. Its generation counts the openings, so a
 * late answer to a lost session harms nobody. */
#pragma once

#include "login/login.h"

typedef struct XnSession XnSession;

/** Makes a session that is not open. @credentials: (transfer full), without login: a guest's */
XnSession *xn_session_new (XnEngine *engine, const char *base, gboolean verify, XnCredentials *credentials);
/** Frees and wipes; no thread may use it any more. Sends nothing. */
void xn_session_free (XnSession *session);

gboolean xn_session_is_guest (const XnSession *session);
/** Who the session is for, for messages: the name on the server, else the login, else "a guest"; (transfer full). */
char *xn_session_user (XnSession *session);
guint xn_session_generation (XnSession *session);
/** Where the server is: "https://host/xnat", below another prefix once a login has found it there. Valid as long as the
 *  session. Thread: any. */
const char *xn_session_base (XnSession *session);

/** What login a request may be sent with. */
typedef enum {
    XN_TICKET_CHECKED, /**< one that is known to be the user's */
    XN_TICKET_EARLY, /**< a new one that is not checked, too, as xn_session_settle() is asked before the answer counts */
    XN_TICKET_LENT, /**< any, also while it is being checked, or one that other processes share, as xn_session_await() is asked
                         before the answer counts */
} XnTicketKind;

/** What a request sends. */
typedef struct {
    char *cookie;     /**< (owned) (nullable) secret: the Cookie header */
    guint generation; /**< of the session */
    gboolean lent;    /**< it is owed to xn_session_await() */
} XnTicket;

/** Wipes what is secret in it. */
void xn_ticket_clear (XnTicket *ticket);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnTicket, xn_ticket_clear)

/**
 * What a request sends: waits until the session is open, logging in if nobody else does. The operation's setting `jobs` bounds
 * how many are lent, so that the check finds its place beside them; one more waits for the check.
 * @out: to be cleared by the caller
 * Errors: those of xn_login_start(), final ones for ever, and for a minute or more those after which the server may have
 * refused the login; CANCELLED. Thread: any.
 */
gboolean xn_session_ticket (XnSession *session, XnTicketKind kind, XnOp *op, XnTicket *out, GError **error);

/**
 * Waits until the login of a lent ticket is checked, checking it if nobody else does; the ticket is given back, whatever comes
 * of it, so that this is called once for each.
 * @out_lost: TRUE: it was not the user's, or is not the session's any more (the next ticket is of another one)
 * Errors: as xn_session_ticket(). Thread: any, also while another one uses the ticket.
 */
gboolean xn_session_await (XnSession *session, guint generation, XnOp *op, gboolean *out_lost, GError **error);

/**
 * Settles whether answers to the session of @generation that had arrived by @since_us (monotonic) were the user's: by
 * asking the server, unless that has been asked since, or the session was renewed.
 * @may_renew: FALSE: a lost session is an error
 * @out_lost: TRUE: they were not (the next ticket is of a new session)
 * Errors: AUTH, NETWORK, SERVER, CANCELLED. A guest's session is never lost. Thread: any.
 */
gboolean xn_session_settle (XnSession *session, guint generation, gint64 since_us, gboolean may_renew, XnOp *op,
                            gboolean *out_lost, GError **error);

/**
 * Replaces a session that is alive, but not for every node of the server: an answer to the session of @generation said that
 * there is no login.
 * @out_fresh: whether the next ticket is of another session; FALSE where that did not help the last times, or for a guest
 * Errors: as xn_session_ticket(). Thread: any.
 */
gboolean xn_session_refresh (XnSession *session, guint generation, XnOp *op, gboolean *out_fresh, GError **error);
/** Says whether the answer after xn_session_refresh() was a better one. Thread: any. */
void xn_session_refresh_ended (XnSession *session, gboolean helped);

/**
 * Settles whether an XNAT runs where the server is, as a 404 may be an empty container's: by what has come from it since
 * @since_us (monotonic), else by asking once.
 * @out_away: TRUE: there is none (yet), or that could not be found out now
 * Returns: FALSE with an error of kind CANCELLED. Thread: any.
 */
gboolean xn_session_is_there (XnSession *session, gint64 since_us, XnOp *op, gboolean *out_away, GError **error);

/** Takes note of an answer: cookies of balancers, the idle time, and, if @good, that the session works. */
void xn_session_take_answer (XnSession *session, guint generation, const XnReply *reply, gboolean good);

/** When the session needs a sign of life (monotonic microseconds); G_MAXINT64: never. */
gint64 xn_session_due_us (XnSession *session);
/** Gives a sign of life, beside all other requests; failures are logged. */
void xn_session_ping (XnSession *session, XnCancelledFunc cancelled, gpointer data);

/** Ends the session on the server if it is open and not shared with other processes. */
void xn_session_close (XnSession *session);
