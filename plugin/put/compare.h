/* SPDX-License-Identifier: Apache-2.0 */
/* Local files against what the server lists: before an upload, which of them need none, and after it, which arrived. */
#pragma once

#include "put/upload.h"

/**
 * Marks those of @sendings (element-type XnSending) that are there and identical by @listed, the files of @resource, as done,
 * and notes what the others replace.
 * A catalog does not know of an upload that broke off, so the length of what is stored is asked for, too: of all files
 * that look identical if these are few, else of the largest.
 * Errors: CONFLICT (one differs, and not @overwrite; a directory is in the way), IO, and as xn_client_call()
 */
gboolean xn_compare_before (XnClient *client, const XnItem *resource, const XnCatalog *listed, GPtrArray *sendings,
                            gboolean overwrite, XnOp *op, GError **error);

/**
 * Marks what a fresh listing shows whole as done. @sent: an upload of the others was answered well; @out_left: how many
 * are not there. Errors: as xn_client_call(), IO
 */
gboolean xn_compare_after (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean sent,
                           guint *out_left, XnOp *op, GError **error);

/**
 * After uploads that broke off: an upload that replaces a file cuts it first. @ask: the server is asked what is left
 * Returns: (transfer full) (nullable) "; what was there before is gone: ...", NULL if nothing is
 */
char *xn_compare_losses (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean ask, XnOp *op);
