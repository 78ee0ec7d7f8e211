/* SPDX-License-Identifier: Apache-2.0 */
/* Where a server really is: asked before a login is sent in clear. Must not know credentials. */
#pragma once

#include "net/engine.h"
#include "xnat/url.h"

/**
 * Asks an http server, without credentials, whether it sends its clients to https; other servers are as given.
 * @out_found: (transfer full) the server as it answers; to be cleared
 * @out_closed: whether it is known to refuse whoever has no login
 * Returns: FALSE with an error: NETWORK, SERVER (redirects to another host, or in a circle), CANCELLED
 */
gboolean xn_probe_server (XnEngine *engine, const XnServer *given, XnOp *op, XnServer *out_found, gboolean *out_closed,
                          GError **error);
