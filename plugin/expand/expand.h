/* SPDX-License-Identifier: Apache-2.0 */
/* The verb expand. */
#pragma once

#include "find/item.h"
#include "runtime/runtime.h"

/** One pair of a result; laid out as the host API's IOItem, so that a million of them need not be copied. */
typedef struct {
    const char *id; /**< (nullable) */
    const char *url;
    const char *const *attributes; /**< name, value, name, value, ..., NULL */
} XnPair;

/** What a URL expands to. */
typedef struct {
    GPtrArray *pairs;  /**< (owned) (element-type XnPair) in order */
    GPtrArray *blocks; /**< (owned) the memory in which pairs lie, with their own texts */
    XnPool *pool;      /**< (owned) the texts that they share */
} XnExpansion;

void xn_expansion_free (XnExpansion *expansion);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnExpansion, xn_expansion_free)

/**
 * Turns a search URL into its pairs, in order; a data URL into itself.
 * Returns: (transfer full) possibly without any pair; NULL with an error. Thread: any.
 */
XnExpansion *xn_expand (XnRuntime *runtime, XnOp *op, const char *text, GError **error);
