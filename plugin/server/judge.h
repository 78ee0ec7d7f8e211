/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of one answer to a call: what to do next, and the error if nothing can be done. Pure. */
#pragma once

#include "server/client.h"
#include "http/exchange.h"
#include "http/retry.h"

typedef enum {
    XN_VERDICT_GOOD,
    XN_VERDICT_SUSPECT,  /**< the session may be lost; settle that, then it is final */
    XN_VERDICT_UNPROVEN, /**< a 404 that may be none of XNAT's; settle whether one runs there, then it is SUSPECT */
    XN_VERDICT_RETRY,    /**< a fault that may pass */
    XN_VERDICT_REDIRECT, /**< to be looked at, and perhaps followed */
    XN_VERDICT_FINAL,
} XnVerdict;

/** Whether the header alone shows a good answer, whose body is the caller's; else the body belongs to the judgement. */
gboolean xn_judge_header (const XnCall *call, int status, const char *content_type, gint64 content_length);

/** Judges an answer whose body was read (for a good header: that of a call without consumer). */
XnVerdict xn_judge_reply (const XnCall *call, const XnReply *reply, gboolean good_header);

/** The final error of an answer. @base, @user: for the message */
void xn_judge_error (GError **error, const XnCall *call, const XnReply *reply, const char *base, const char *user,
                     guint tries);
