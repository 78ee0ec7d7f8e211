/* SPDX-License-Identifier: Apache-2.0 */
/* The verb fetch. */
#pragma once

#include "runtime/runtime.h"

/**
 * Brings what the data URL @text names to @destination.
 * Returns: (transfer full) the path of the result, complete and checked; NULL with an error. Thread: any.
 */
char *xn_fetch (XnRuntime *runtime, XnOp *op, const char *text, const char *destination, GError **error);
