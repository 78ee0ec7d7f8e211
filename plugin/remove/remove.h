/* SPDX-License-Identifier: Apache-2.0 */
/* The verb remove. */
#pragma once

#include "base/plan.h"
#include "runtime/runtime.h"

/**
 * Removes the file, the directory of a resource or the resource that the data URL @text names.
 * @out_files: how many files went with it
 * @plan: (nullable) receives the files that would be removed; then nothing is
 * Returns: (transfer full) the URL in its canonical form, of what a fresh listing lacks now; NULL with an error: USAGE (a
 * pattern, or nothing that can be removed), NOT_FOUND, AUTH, CONFLICT (something else would go with it), INTEGRITY
 * (something else is gone, too). Thread: any.
 */
char *xn_remove (XnRuntime *runtime, XnOp *op, const char *text, guint *out_files, XnPlan *plan, GError **error);
