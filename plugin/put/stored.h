/* SPDX-License-Identifier: Apache-2.0 */
/* What the server holds of a file, whatever its catalog says of it. */
#pragma once

#include "find/item.h"
#include "server/client.h"

/** There is no such file. */
#define XN_STORED_NOTHING (-1)

/**
 * Asks how many bytes of a file are stored; costs the server the reading of its catalog.
 * @out_size: bytes, or XN_STORED_NOTHING
 * Errors: as xn_client_call(); SERVER if no path reaches the file, or the server does not tell
 */
gboolean xn_stored_size (XnClient *client, const XnItem *resource, const char *path, XnOp *op, gint64 *out_size,
                         GError **error);

/** Reads a stored file back and tells its MD5: (transfer full). Errors: as xn_client_call(), INTEGRITY. */
char *xn_stored_md5 (XnClient *client, const XnItem *resource, const char *path, XnOp *op, GError **error);
