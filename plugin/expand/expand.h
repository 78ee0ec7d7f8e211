/* SPDX-License-Identifier: Apache-2.0 */
/* The verb expand. */
#pragma once

#include "find/pairs.h"
#include "runtime/runtime.h"

/**
 * Turns a search URL into its pairs, in order; a data URL into itself, with attributes if the settings say so.
 * Returns: (transfer full) possibly without any pair; NULL with an error. Thread: any.
 */
XnPairs *xn_expand (XnRuntime *runtime, XnOp *op, const char *text, GError **error);

/** Who is handed pairs, one after the other; each is borrowed for that moment. FALSE ends it. */
typedef struct {
    gboolean (*take) (const XnPair *pair, gpointer data);
    gpointer data;
} XnPairTaker;

/**
 * Does as xn_expand(), but hands each pair to @taker, on this thread, in order, and keeps none: with a million of them that is
 * a third of the memory. The first is handed over when the whole search has succeeded.
 * Returns: FALSE with an error, which is CANCELLED if @taker ended it. Thread: any.
 */
gboolean xn_expand_each (XnRuntime *runtime, XnOp *op, const char *text, const XnPairTaker *taker, GError **error);
