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
