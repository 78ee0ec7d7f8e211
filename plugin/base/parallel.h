/* SPDX-License-Identifier: Apache-2.0 */
/* Running one function over many items on several threads, for as long as the operation wants to go on. */
#pragma once

#include "base/op.h"

/** Works on one item. Thread: a worker's. A failure is an error of this item. */
typedef gboolean (*XnTaskFunc) (gpointer item, gpointer data, GError **error);

typedef enum {
    XN_PARALLEL_STOP_AT_ERROR, /**< after a failure no further item is begun */
    XN_PARALLEL_ALL,           /**< every item is worked on, whatever happens to the others */
} XnParallelMode;

/**
 * Calls @task for each element of @items, in order of their beginning, on at most @jobs threads, and waits. The calling
 * thread reports progress meanwhile. With one item or one job it does the work itself.
 * @errors: (nullable) (element-type GError) filled with each item's error or NULL, same length as @items; the
 * caller frees them
 * Returns: TRUE if all succeeded; else FALSE with the error of the first failed item in list order; kind CANCELLED if
 * the operation was stopped.
 */
gboolean xn_parallel_run (XnOp *op, guint jobs, GPtrArray *items, XnTaskFunc task, gpointer data, XnParallelMode mode,
                          GError **errors, GError **error);
