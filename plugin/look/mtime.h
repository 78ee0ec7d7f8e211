/* SPDX-License-Identifier: Apache-2.0 */
/* When a file was changed, which no listing tells. */
#pragma once

#include "find/item.h"
#include "server/client.h"

/**
 * Asks for the time of the file @item and keeps it there. Where the server does not tell it, or no path reaches the file, it
 * stays unknown. FALSE with an error, NOT_FOUND as for a fetch. Thread: any, each with an item of its own.
 */
gboolean xn_look_mtime (XnClient *client, XnOp *op, XnItem *item, GError **error);
