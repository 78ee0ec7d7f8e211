/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps share: what is known of the way to the server so far. */
#pragma once

#include "doctor/report.h"
#include "http/exchange.h"
#include "login/credentials.h"
#include "xnat/url.h"

/** A URL under examination. */
typedef struct {
    XnRuntime *runtime; /**< (borrowed) */
    XnOp *op;           /**< (borrowed) */
    XnReport report;
    XnUrl *url;                 /**< (owned) (nullable) */
    XnServer found;             /**< (owned) as it answers: by https where it sends its clients there */
    gboolean moved;             /**< it is another than the URL's */
    gboolean proxied;           /**< a proxy leads to it */
    XnReply *reply;             /**< (owned) (nullable) its answer to who is logged in */
    GError *silence;            /**< (owned) (nullable) why there is none, where TLS or TCP is not the reason */
    gint64 skew_s;              /**< how much its clock is ahead of ours */
    gboolean has_skew;          /**< its clock is known */
    gboolean closed;            /**< whoever has no login is refused */
    XnCredentials *credentials; /**< (owned) (nullable) */
    XnClient *client;           /**< (borrowed) (nullable) logged in */
    char *user;                 /**< (owned) (nullable) who, as the server says */
} XnPatient;

/** Asks once, without credentials, who is logged in. @server, @verify: how to get there; @peer: as XnRequest has it.
 *  Returns: (transfer full) NULL with an error */
XnReply *xn_patient_ask (XnPatient *patient, const XnServer *server, gboolean verify, XnPeer *peer, GError **error);

/* The steps, in groups. Each tells all of its steps, unless the operation is to stop. */

/** From here to an answer: proxy, name, port, TLS, clock. */
void xn_patient_way (XnPatient *patient);
/** What answers: whether it is an XNAT, and its version. */
void xn_patient_server (XnPatient *patient);
/** Who asks: credentials, guard, login, sessions. */
void xn_patient_account (XnPatient *patient);
/** What the URL names: rights on its project, the item itself. */
void xn_patient_item (XnPatient *patient);
