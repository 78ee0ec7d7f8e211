/* SPDX-License-Identifier: Apache-2.0 */
/* The verb put. */
#pragma once

#include "runtime/runtime.h"

/**
 * Sends the file or directory at @path to the data URL @text.
 * Returns: (transfer full) the final URL, once a listing shows that all is there; NULL with an error. Thread: any.
 */
char *xn_put (XnRuntime *runtime, XnOp *op, const char *path, const char *text, GError **error);
