/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a session: one that other processes share if that is wanted and it lives, else a login, unless the guard
 * forbids it; and the check that it is a user's. Knows files and exchanges, no threads. */
#pragma once

#include "login/login.h"

/** What goes in and comes out beside the session. */
typedef struct {
    const char *known_base; /**< in: the name of the server for what other processes share; never changes */
    const XnLogin *lost;    /**< (nullable) in: the session that was lost */
    gboolean early;         /**< in: a login need not be checked yet */
    gboolean borrow;        /**< in: nor need the session that other processes share, if it is likely to live */
    XnLogin *unchecked; /**< (owned) (nullable) in and out: a login that is not checked, or whose check failed; it is
                               checked before there is another, and to be ended if nothing comes of it */
    gboolean borrowed;  /**< out: that is the session that other processes share: it is not to be ended, and the next
                               opening finds it where it lies */
    gboolean anew;      /**< out: there was a login beside the unchecked one that went in */
    char *moved_base;   /**< (transfer full) (nullable) out: the server is at this base, below another prefix */
    gboolean shared;    /**< out: other processes may use the session: it is not to be ended */
    gboolean final;     /**< out: the failure is final for this process */
    gboolean unsure;    /**< out: the credentials may have been judged and refused */
    gboolean forgotten; /**< out: the server took the login, and knew nothing of it a moment later */
    gint64 checked_us;  /**< out: when the check of the session was begun (monotonic) */
} XnOpening;

/** Opens a session. Returns: (transfer full) NULL with an error as xn_login_start(), or the guard's; NULL without an
 *  error if it was to be early: then opening->unchecked is what may be used */
XnLogin *xn_session_open (const XnRoute *route, const XnCredentials *credentials, XnOpening *opening, XnOp *op,
                          GError **error);
