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
    XnOp *trunk;          /* (nullable) (borrowed) of a branch: what it counts for, and whose these two are: */
    XnSettings *settings; /* (owned) */
    XnAway *away;         /* (owned) */
    XnCancelledFunc cancelled;
    XnProgressFunc progress;
    gpointer data;
    guint64 number;
    pthread_t owner;
    gint64 reported_us; /* [owner] */

    atomic_bool stopped;
    atomic_int phase;
    atomic_uint_fast64_t requests, bytes_wire, bytes_done, bytes_total, files_done, files_total;
    atomic_uint_fast64_t bytes_kept, files_kept, files_replaced, urls_known;
    atomic_bool has_waited;
    atomic_uint waiting;              /* threads that wait */
    atomic_int_fast64_t wait_end_us;  /* of the last that began to (monotonic) */
    atomic_uint wait_try, wait_tries; /* of that one */
};

static XnOp *
trunk_of (XnOp *op)
{
    return op->trunk != NULL ? op->trunk : op;
}

XnOp *
xn_op_new (XnSettings *settings, XnCancelledFunc cancelled, XnProgressFunc progress, gpointer data)
{
    static atomic_uint_fast64_t last_number;
    XnOp *op = g_new0 (XnOp, 1);
    op->settings = settings;
    op->away = xn_away_new ();
    op->cancelled = cancelled;
    op->progress = progress;
    op->data = data;
    op->number = atomic_fetch_add (&last_number, 1) + 1;
    op->owner = pthread_self ();
    return op;
}

XnOp *
xn_op_branch (XnOp *op)
{
    XnOp *branch = g_new0 (XnOp, 1);
    branch->trunk = trunk_of (op);
    branch->settings = branch->trunk->settings;
    branch->away = branch->trunk->away;
    branch->owner = pthread_self ();
    return branch;
}

void
xn_op_free (XnOp *op)
{
    if (op == NULL)
        return;
    if (op->trunk == NULL) {
        xn_settings_free (op->settings);
        xn_away_free (op->away);
    }
    g_free (op);
}

const XnSettings *
xn_op_settings (const XnOp *op)
{
    return op->settings;
}

XnAway *
xn_op_away (const XnOp *op)
{
    return op->away;
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
    if (op->trunk != NULL && !atomic_load (&op->stopped))
        return xn_op_check (op->trunk, error);
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
    atomic_store (&trunk_of (op)->phase, (int)phase);
}

void
xn_op_count_request (XnOp *op)
{
    atomic_fetch_add (&trunk_of (op)->requests, 1);
}

void
xn_op_count_wire (XnOp *op, guint64 bytes)
{
    atomic_fetch_add (&trunk_of (op)->bytes_wire, bytes);
}

void
xn_op_add_total (XnOp *op, guint64 files, guint64 bytes)
{
    atomic_fetch_add (&trunk_of (op)->files_total, files);
    atomic_fetch_add (&trunk_of (op)->bytes_total, bytes);
}

void
xn_op_add_done (XnOp *op, guint64 files, gint64 bytes)
{
    atomic_fetch_add (&trunk_of (op)->files_done, files);
    atomic_fetch_add (&trunk_of (op)->bytes_done, (guint64)bytes);
}

void
xn_op_add_kept (XnOp *op, guint64 files, guint64 bytes)
{
    atomic_fetch_add (&trunk_of (op)->files_kept, files);
    atomic_fetch_add (&trunk_of (op)->bytes_kept, bytes);
    xn_op_add_done (op, files, (gint64)bytes);
}

void
xn_op_add_replaced (XnOp *op, guint64 files)
{
    atomic_fetch_add (&trunk_of (op)->files_replaced, files);
}

void
xn_op_add_known (XnOp *op, guint64 urls)
{
    atomic_fetch_add (&trunk_of (op)->urls_known, urls);
}

gboolean
xn_op_wait (XnOp *op, gint64 ms, guint next, guint tries, GError **error)
{
    atomic_store (&trunk_of (op)->wait_end_us, g_get_monotonic_time () + ms * 1000);
    atomic_store (&trunk_of (op)->wait_try, next);
    atomic_store (&trunk_of (op)->wait_tries, tries);
    atomic_fetch_add (&trunk_of (op)->waiting, 1);
    const gboolean goes_on = xn_op_sleep (op, ms, error);
    atomic_fetch_sub (&trunk_of (op)->waiting, 1);
    return goes_on;
}

gboolean
xn_op_waits_first (XnOp *op)
{
    return !atomic_exchange (&trunk_of (op)->has_waited, true);
}

static guint
wait_left_ms (XnOp *op)
{
    if (atomic_load (&trunk_of (op)->waiting) == 0)
        return 0;
    const gint64 left_us = atomic_load (&trunk_of (op)->wait_end_us) - g_get_monotonic_time ();
    return (guint)CLAMP (left_us / 1000, 1, G_MAXUINT);
}

XnCounts
xn_op_counts (XnOp *op)
{
    return (XnCounts){
        .phase = (XnPhase)atomic_load (&trunk_of (op)->phase),
        .requests = atomic_load (&trunk_of (op)->requests),
        .bytes_wire = atomic_load (&trunk_of (op)->bytes_wire),
        .bytes_done = atomic_load (&trunk_of (op)->bytes_done),
        .bytes_total = atomic_load (&trunk_of (op)->bytes_total),
        .files_done = atomic_load (&trunk_of (op)->files_done),
        .files_total = atomic_load (&trunk_of (op)->files_total),
        .bytes_kept = atomic_load (&trunk_of (op)->bytes_kept),
        .files_kept = atomic_load (&trunk_of (op)->files_kept),
        .files_replaced = atomic_load (&trunk_of (op)->files_replaced),
        .urls_known = atomic_load (&trunk_of (op)->urls_known),
        .wait_ms = wait_left_ms (op),
        .wait_try = atomic_load (&trunk_of (op)->wait_try),
        .wait_tries = atomic_load (&trunk_of (op)->wait_tries),
    };
}
