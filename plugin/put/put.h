/* SPDX-License-Identifier: Apache-2.0 */
/* The verb put. */
#pragma once

#include "base/plan.h"
#include "runtime/runtime.h"

/**
 * Sends the file or directory at @path to the data URL @text.
 * @plan: (nullable) receives what would be done, or each conflict for which it would fail; then nothing is done
 * Returns: (transfer full) the final URL, once a listing shows that all is there; NULL with an error. Thread: any.
 */
char *xn_put (XnRuntime *runtime, XnOp *op, const char *path, const char *text, XnPlan *plan, GError **error);
