/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to one XNAT server: login and session, renewal, retries, redirects, and the judgement whether an answer is one
 * of XNAT's at all. Who calls sees either a good answer, as a stream, or an error whose kind and words a user can act
 * on. Knows nothing of levels, listings or files. */
#pragma once

#include "http/retry.h"
#include "net/engine.h"
#include "xnat/url.h"

typedef struct XnClients XnClients; /* all servers of the process */
typedef struct XnClient XnClient;   /* one server, login and verify */

/** Makes the set of clients; opens nothing. @engine: borrowed. */
XnClients *xn_clients_new (XnEngine *engine);
/** Ends every session that is open (cookie-only DELETE, 5 s at most each, errors ignored), wipes secrets, frees. */
void xn_clients_free (XnClients *clients);
/** After fork(): forgets all without sending anything. */
void xn_clients_abandon (XnClients *clients);

/**
 * The client for @server, made at first use: looks up credentials (environment, netrc) and, for http with a login,
 * first asks without credentials where the server is. Logs in at the first call, not here.
 * Returns: (transfer none) lives until xn_clients_free(). Errors: AUTH (no credentials, netrc open to others), ...
 * Thread: any.
 */
XnClient *xn_clients_get (XnClients *clients, const XnServer *server, XnOp *op, GError **error);

/** What sort of 2xx answer is expected. */
typedef enum {
    XN_EXPECT_JSON, /**< a listing: HTML, or a body that starts with '<', is no answer of XNAT's; an empty body neither */
    XN_EXPECT_FILE,    /**< the bytes of a file: may be anything, HTML too */
    XN_EXPECT_ARCHIVE, /**< zip or tar; Content-Type HTML is no answer */
    XN_EXPECT_WRITE,   /**< the answer to PUT, POST, DELETE: text, empty, or the `duplicates` JSON labelled text/html */
} XnExpect;

/** The answer, while it is read. */
typedef struct {
    int status;
    XnTransfer *transfer; /**< (borrowed) headers and body */
    gboolean held;        /**< the call went ahead of a check that took longer: how fast the body comes tells nothing */
} XnAnswer;

/** The body of a short answer, as far as a message may be long: (transfer full), NULL with an error as xn_transfer_next(). */
char *xn_answer_text (const XnAnswer *answer, GError **error);

/**
 * Reads the body; called on the caller's thread, once for each try, so it begins from nothing each time. An error that
 * it returns with the fact `retryable` (a corrupt body) is met with another try if the call may be retried.
 */
typedef gboolean (*XnConsumeFunc) (const XnAnswer *answer, gpointer data, GError **error);

/**
 * Called after a try that failed with @why, with the data of the consumer: TRUE: the next try is another request than
 * this one was, and is made at once, as no retry. Must come to an end.
 */
typedef gboolean (*XnOtherWayFunc) (const GError *why, gpointer data);

/** One call; borrowed. */
typedef struct {
    const char *method;
    const char *path;  /**< below the server's prefix, percent-encoded, as "/data/experiments/XNAT_E1/scans" */
    const char *query; /**< (nullable) encoded, without '?' */
    const char *what;  /**< for messages: "listing the scans of XNAT_E1" */
    XnExpect expect;
    XnRetry retry;
    const char *const *headers; /**< (nullable) further request headers */
    gint64 answer_timeout_ms;   /**< 0: the setting */
    gboolean early; /**< what comes of it is confirmed (xn_client_confirm()) before it counts: so the check of a new
                         login may wait for that; on a site that is closed to guests, where nothing is left to confirm, it goes
                         ahead of the check */
    gboolean
        ahead; /**< it may be sent while the login is being checked, which spares a round trip; nothing that comes of it
                         is given out before the check, and if the login turns out to be another one the call is made once
                         more. Only for what changes nothing: of several such calls side by side, as many as the setting
                         `jobs` allows beside the check are sent at once. Once the session is open, it is a call like any
                         other */
    gboolean
        guess; /**< it may be the wrong question: one try, in which the connection has no more time than the answer;
                         nothing is asked and nobody logs in again for the sake of what comes of it, and no failure of it
                         says anything about the server */
    gboolean silent_body; /**< silences between the bytes of the body are the server at work (an archive) */
    gboolean accept_304, accept_206;
    gboolean lean; /**< one of several for the same thing, which share the memory that one would take */

    XnBodyFunc body;                                         /**< (nullable) */
    gboolean (*rewind_body) (gpointer data, GError **error); /**< before each try but the first */
    gpointer body_data;
    gint64 body_length;
    const char *content_type;

    XnOtherWayFunc other_way; /**< (nullable) */
    XnConsumeFunc consume;    /**< (nullable) NULL: the body is read (at most 64 KiB) and thrown away */
    gpointer consume_data;
} XnCall;

/**
 * Makes a call: one or more tries until there is a good answer or a final error.
 * Errors: AUTH (401 after a renewal, 403, account states), NOT_FOUND (404, 410), CONFLICT (409), NETWORK (not reached,
 * retries used up), SERVER (other statuses, no XNAT answer), CANCELLED, and what @consume returned. Facts hold status
 * and the server's words. A 404 or 403 is reported only after the session was confirmed to be the user's.
 * Thread: any.
 */
gboolean xn_client_call (XnClient *client, const XnCall *call, XnOp *op, GError **error);

/**
 * Confirms that the session in use since @since (a value of xn_client_generation() taken before the answers in
 * question were asked for) is still the user's: an empty listing counts only then. FALSE with @out_lost TRUE and no
 * error: it was lost (and has been renewed): ask again. FALSE with an error: no session can be had.
 * As a guest by setting, always TRUE without a request.
 */
gboolean xn_client_confirm (XnClient *client, guint since, XnOp *op, gboolean *out_lost, GError **error);
guint xn_client_generation (XnClient *client);

/** TRUE for who comes first, before any call: once. Thread: any. */
gboolean xn_client_claim_first (XnClient *client);

/** Opens the session if it is not, and tells whose it is, as the server says: (transfer full); "guest" for one by setting, without
 *  a request. NULL with an error: no session can be had. Thread: any. */
char *xn_client_log_in (XnClient *client, XnOp *op, GError **error);

/** The shortest time in which the server has answered anything, in microseconds; -1: it was asked nothing. Thread: any. */
gint64 xn_client_least_wait_us (const XnClient *client);

/** How many requests more the server may get at this moment, of as many as @op allows at a time; below 0: so many wait for a
 *  place. Thread: any. */
gint xn_client_places_left (const XnClient *client, const XnOp *op);

/** Whether the server's parts of files may be trusted, and that one was not what had been asked for: then none is asked for,
 *  as long as the whole is to be had, until the end of the process. Thread: any. */
gboolean xn_client_sends_ranges (const XnClient *client);
void xn_client_note_false_range (XnClient *client);

/** The server as it answers (after a redirect from http to https: with that scheme and port). For messages. */
const char *xn_client_base (const XnClient *client);

/** Keeps the session alive while a long operation runs; each begin has its end. */
void xn_client_hold (XnClient *client);
void xn_client_release (XnClient *client);
