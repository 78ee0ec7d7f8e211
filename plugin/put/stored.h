/* SPDX-License-Identifier: Apache-2.0 */
/* What the server holds of a file, whatever its catalog says of it. */
#pragma once

#include "find/item.h"
#include "server/client.h"

/** Reads a stored file back and tells its MD5: (transfer full). Errors: as xn_client_call(), INTEGRITY. */
char *xn_stored_md5 (XnClient *client, const XnItem *resource, const char *path, XnOp *op, GError **error);
