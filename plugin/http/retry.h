/* SPDX-License-Identifier: Apache-2.0 */
/* Whether to try again, and when. Pure: the clock and the dice are handed in. */
#pragma once

#include "base/op.h"
#include <glib.h>

/** What may be tried again within one call. */
typedef enum {
    XN_RETRY_READ, /**< the request changes nothing: every passing fault, 500 too, up to the setting `retries` */
    XN_RETRY_FEW,  /**< as READ, but a 500 is tried only once (a listing of something that may not exist) */
    XN_RETRY_BUSY, /**< a server that says "not now" (408, 423-425, 429, 502, 503, starting up), and a failure to connect at all */
    XN_RETRY_NONE, /**< one try (bulk query; a write, whose caller looks at the listing first); session renewal and
                         a failure to connect at all (nothing was sent) are still repeated */
} XnRetry;

/** What a failed try was. */
typedef enum {
    XN_FAULT_FINAL,      /**< the next try would end alike */
    XN_FAULT_UNSENT,     /**< nothing has reached the server: harmless to repeat, whatever the request */
    XN_FAULT_BUSY,       /**< the server says that it cannot now */
    XN_FAULT_PASSING,    /**< may pass */
    XN_FAULT_UNANSWERED, /**< as passing, but the request was sent, and may have been carried out */
    XN_FAULT_UNCLEAR,    /**< a 500: anything from a passing fault to a request that will never work */
} XnFault;

/** What an answer of that status is. A 404 is final; where it means that no XNAT runs there, xn_reply_fault() knows. */
XnFault xn_fault_of_status (int status);
/** What a failure to get an answer, or to read it, is. */
XnFault xn_fault_of_error (const GError *error);

/** Whether to try again. @tried: further tries so far; @retries: how many are allowed */
gboolean xn_retry_decide (XnRetry retry, XnFault fault, guint tried, guint retries);

/** Whether @error (nullable) says that the server was not reached, or too busy to the end for anything. */
gboolean xn_server_is_away (const GError *error);

/** Whether a login may have been judged by the server although its answer is not known. */
gboolean xn_fault_is_unsure (XnFault fault);
/** As xn_retry_decide() for a login. A wrong password that is sent again and again locks the account, so what may have
 *  been judged is repeated once. @unsure: tries so far, this one included, that met an unsure fault */
gboolean xn_retry_decide_login (XnFault fault, guint unsure, guint tried, guint retries);

/**
 * How long to wait, in milliseconds, before the next try.
 * @tried: further tries so far; @first_ms: the delay before the first; @retry_after_ms: what the server asked for, or
 * -1; @dice: from 0 to 1
 */
gint64 xn_retry_delay_ms (guint tried, gint64 first_ms, gint64 retry_after_ms, double dice);

/** How long all tries that are left may take, in milliseconds, if each fails as the last one did, which took @took_ms; the
 *  others as above. @retries: how many are allowed, more than @tried */
gint64 xn_retry_left_ms (guint tried, guint retries, gint64 first_ms, gint64 retry_after_ms, gint64 took_ms);

/** Logs that @what is tried again because of @why: at warning, with how long that may go on, the first time that the
 *  operation waits; else at info. Waits. @begun_us: when the failed try began (monotonic), or 0 if that tells nothing
 *  Returns: FALSE with an error if the operation should stop. */
gboolean xn_retry_wait (XnOp *op, const char *what, const char *why, guint tried, gint64 retry_after_ms,
                        gint64 begun_us, GError **error);
