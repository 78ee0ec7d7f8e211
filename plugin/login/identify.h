/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an XNAT answers at a place, and which: what anybody may ask, without credentials. */
#pragma once

#include "http/exchange.h"

/** What an answer to the question who is logged in shows. */
typedef struct {
    gboolean is_xnat; /**< only an XNAT says this */
    gboolean closed;  /**< whoever has no login is refused */
    char *leads_to;   /**< (owned) (nullable) the base of another server, or prefix, to which it sends its clients */
} XnIdentity;

void xn_identity_clear (XnIdentity *identity);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnIdentity, xn_identity_clear)

/** Asks once, without credentials, who is logged in. Returns: (transfer full) NULL with an error as xn_ask() */
XnReply *xn_identify_ask (const XnRoute *route, XnOp *op, GError **error);
/** Reads the answer that came from @base. */
XnIdentity xn_identify_read (const char *base, const XnReply *reply);

/** The version of the XNAT at the route's base, as any guest may ask since 1.7: (transfer full), NULL without an error if
 *  the answer tells none, NULL with an error as xn_ask() if there is no answer. */
char *xn_identify_version (const XnRoute *route, XnOp *op, GError **error);

/** The base to which the front page at the route's base leads, as one of XNAT leads to its login page: (transfer full)
 *  (nullable). Failures count as none. */
char *xn_identify_front (const XnRoute *route, XnOp *op);
