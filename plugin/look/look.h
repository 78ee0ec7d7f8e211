/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs stat and list: what there is, without bringing it. */
#pragma once

#include "find/pairs.h"
#include "runtime/runtime.h"

/**
 * Tells what the one thing is that a data URL names, whatever the level at which it ends.
 * @with_mtime: asks for the time of a file, too
 * Returns: (transfer full) one pair without an id; NULL with an error, NOT_FOUND and AMBIGUOUS as for a fetch. Thread: any.
 */
XnPairs *xn_stat (XnRuntime *runtime, XnOp *op, const char *text, gboolean with_mtime, GError **error);

/**
 * Tells what is directly below what a data URL names, or everything below it.
 * @with_mtime: asks for the time of each file in it, too
 * Returns: (transfer full) pairs, whose id is the name, or the names from there down, joined with '/'; in the order of levels,
 * and of names within one; each is followed by what is below it. NULL with an error as for xn_stat(). Thread: any.
 */
XnPairs *xn_list (XnRuntime *runtime, XnOp *op, const char *text, gboolean recursive, gboolean with_mtime,
                  GError **error);
