/* SPDX-License-Identifier: Apache-2.0 */
/* Operations. Counters are atomic, so workers count without a lock; only the owner's thread speaks to the host. */
#include "base/op.h"

#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Ten reports a second are enough for the eye. */
#define REPORT_INTERVAL_US (100 * 1000)

struct XnOp {
    XnSettings *settings; /* (owned) */
    XnCancelledFunc cancelled;
    XnProgressFunc progress;
    gpointer data;
    guint64 number;
    pthread_t owner;
    gint64 reported_us; /* [owner] */

    atomic_bool stopped;
    atomic_int phase;
    atomic_uint_fast64_t requests, bytes_wire, bytes_done, bytes_total, files_done, files_total;
};

XnOp *
xn_op_new (XnSettings *settings, XnCancelledFunc cancelled, XnProgressFunc progress, gpointer data)
{
    static atomic_uint_fast64_t last_number;
    XnOp *op = g_new0 (XnOp, 1);
    op->settings = settings;
    op->cancelled = cancelled;
    op->progress = progress;
    op->data = data;
    op->number = atomic_fetch_add (&last_number, 1) + 1;
    op->owner = pthread_self ();
    return op;
}

void
xn_op_free (XnOp *op)
{
    if (op == NULL)
        return;
    xn_settings_free (op->settings);
    g_free (op);
}

const XnSettings *
xn_op_settings (const XnOp *op)
{
    return op->settings;
}

void
xn_op_report (XnOp *op)
{
    if (op->progress == NULL || !pthread_equal (op->owner, pthread_self ()))
        return;
    const XnCounts counts = xn_op_counts (op);
    op->reported_us = g_get_monotonic_time ();
    op->progress (op->data, op->number, &counts);
}

gboolean
xn_op_check (XnOp *op, GError **error)
{
    if (atomic_load (&op->stopped) || (op->cancelled != NULL && op->cancelled (op->data))) {
        atomic_store (&op->stopped, true);
        xn_error_set (error, XN_ERROR_CANCELLED, "stopped on request");
        return FALSE;
    }
    if (op->progress != NULL && pthread_equal (op->owner, pthread_self ()) &&
        g_get_monotonic_time () - op->reported_us >= REPORT_INTERVAL_US)
        xn_op_report (op);
    return TRUE;
}

gboolean
xn_op_sleep (XnOp *op, gint64 ms, GError **error)
{
    const gint64 end = g_get_monotonic_time () + ms * 1000;
    for (;;) {
        if (!xn_op_check (op, error))
            return FALSE;
        const gint64 left = end - g_get_monotonic_time ();
        if (left <= 0)
            return TRUE;
        g_usleep ((gulong)MIN (left, XN_OP_TICK_MS * 1000));
    }
}

void
xn_op_stop (XnOp *op)
{
    atomic_store (&op->stopped, true);
}

void
xn_op_set_phase (XnOp *op, XnPhase phase)
{
    atomic_store (&op->phase, (int)phase);
}

void
xn_op_count_request (XnOp *op)
{
    atomic_fetch_add (&op->requests, 1);
}

void
xn_op_count_wire (XnOp *op, guint64 bytes)
{
    atomic_fetch_add (&op->bytes_wire, bytes);
}

void
xn_op_add_total (XnOp *op, guint64 files, guint64 bytes)
{
    atomic_fetch_add (&op->files_total, files);
    atomic_fetch_add (&op->bytes_total, bytes);
}

void
xn_op_add_done (XnOp *op, guint64 files, gint64 bytes)
{
    atomic_fetch_add (&op->files_done, files);
    atomic_fetch_add (&op->bytes_done, (guint64)bytes);
}

XnCounts
xn_op_counts (XnOp *op)
{
    return (XnCounts){
        .phase = (XnPhase)atomic_load (&op->phase),
        .requests = atomic_load (&op->requests),
        .bytes_wire = atomic_load (&op->bytes_wire),
        .bytes_done = atomic_load (&op->bytes_done),
        .bytes_total = atomic_load (&op->bytes_total),
        .files_done = atomic_load (&op->files_done),
        .files_total = atomic_load (&op->files_total),
    };
}
