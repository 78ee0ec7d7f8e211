/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of one file before its first byte. */
#pragma once

#include "find/item.h"
#include "server/client.h"

/** The header of a file's answer. */
typedef struct {
    gint64 size;  /**< bytes, as Content-Length tells; -1: not told */
    gint64 mtime; /**< seconds since 1970, as Last-Modified tells; -1: not told */
} XnFileHead;

/**
 * Asks for the header of the file @path of @resource, without its bytes.
 * @what: for messages: which of them is wanted, as "date"
 * Errors: those of xn_client_call(); SERVER if no path reaches the file (see xn_entry_tail()). Thread: any.
 */
gboolean xn_file_head (XnClient *client, const XnItem *resource, const char *path, const char *what, XnRetry retry,
                       XnOp *op, XnFileHead *out_head, GError **error);
/** The same of the file @path where @files, a REST path ("/data/.../files"), is thought to lead to its resource; made ahead, and
 *  in one try: XnCall's guess. */
gboolean xn_file_head_guess (XnClient *client, const char *files, const char *path, XnOp *op, XnFileHead *out_head,
                             GError **error);
