/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of the user's rights on projects. */
#pragma once

#include "base/op.h"
#include "server/client.h"

/** The IDs of the projects whose data the user may read (@right: "readable") or change ("writable"): (transfer full) a set of
 *  texts. It is what the server lists; nothing but a write proves it. Errors: as xn_client_call(). Thread: any. */
GHashTable *xn_projects_with_right (XnClient *client, const char *right, XnOp *op, GError **error);
