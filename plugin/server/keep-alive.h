/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that keeps the sessions of running operations alive: a server's idle clock runs on during a long request.
 * Must not know what a sign of life is. */
#pragma once

#include "server/session.h"

typedef struct XnKeeper XnKeeper;

/** Makes a keeper; its thread starts when it is first needed. */
XnKeeper *xn_keeper_new (void);
/** Ends the thread, cutting off what it does, and frees. */
void xn_keeper_free (XnKeeper *keeper);

/** From now on @session, which must outlive the keeper, is kept alive; each hold has its release. Thread: any. */
void xn_keeper_hold (XnKeeper *keeper, XnSession *session);
/** Takes note that a held session has been opened, or used: its next sign of life may be due earlier than known. */
void xn_keeper_attend (XnKeeper *keeper, XnSession *session);
void xn_keeper_release (XnKeeper *keeper, XnSession *session);
