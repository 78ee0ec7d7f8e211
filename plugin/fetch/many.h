/* SPDX-License-Identifier: Apache-2.0 */
/* The verb fetch, of many at a time. */
#pragma once

#include "base/plan.h"
#include "fetch/deliver.h"
#include "runtime/runtime.h"

/** One of many; borrowed. */
typedef struct {
    const char *url;
    const char *destination;
} XnFetchAsk;

/** Told what came of fetch number @index: @path (borrowed) with @tally, or NULL with @error (borrowed). @plan: (borrowed)
 *  (nullable) what it would do. Thread: who called. */
typedef void (*XnFetchedFunc) (guint index, const char *path, const XnTally *tally, const XnPlan *plan,
                               const GError *error, gpointer data);

/**
 * Fetches @n of @asked: those of one resource with one listing, and out of one archive where that costs less; several
 * resources at a time. One that fails does not stop the others; one that would go where an earlier one goes fails.
 * @only_plans: nothing is fetched, and nothing changed anywhere; each is told with its plan
 * @finished: (nullable) told of each as soon as it is known, but not of those that were not begun when it was stopped
 * @out_paths: @n places; receives (transfer full) each path, NULL for one that failed
 * Returns: FALSE with the error of the first, in the order of @asked, that failed. Thread: any.
 */
gboolean xn_fetch_many (XnRuntime *runtime, XnOp *op, const XnFetchAsk *asked, guint n, gboolean only_plans,
                        XnFetchedFunc finished, gpointer data, char **out_paths, GError **error);
