/* SPDX-License-Identifier: Apache-2.0 */
/* One running operation (a fetch, put or expand): its settings, whether it should stop, and what it has done so far.
 * Every function that may take long is handed the operation and asks it. */
#pragma once

#include "base/away.h"
#include "base/settings.h"

/** What the operation is doing; equal in number to the host API's IOPhase. */
typedef enum {
    XN_PHASE_RESOLVE,
    XN_PHASE_COMPARE,
    XN_PHASE_TRANSFER,
    XN_PHASE_VERIFY,
    XN_PHASE_DONE,
} XnPhase;

/** Counters of an operation. */
typedef struct {
    XnPhase phase;
    guint64 requests;   /**< requests sent */
    guint64 bytes_wire; /**< body bytes received and sent */
    guint64 bytes_done, bytes_total;
    guint64 files_done, files_total;
    guint64 bytes_kept, files_kept; /**< of those done: there already */
    guint64 files_replaced;         /**< of those done: in the place of another one */
    guint64 urls_known;             /**< of a fetch of many: counted in the totals, or ended */
    guint wait_ms;                  /**< until the next try of one that waits; 0: none does */
    guint wait_try, wait_tries;     /**< which try that is, from 1, and of how many */
} XnCounts;

typedef struct XnOp XnOp;
typedef gboolean (*XnCancelledFunc) (gpointer data);
typedef void (*XnProgressFunc) (gpointer data, guint64 operation, const XnCounts *counts);

/**
 * Begins an operation on the calling thread, its owner.
 * @settings: (transfer full)
 * @cancelled: (nullable) asked on any thread; @progress: (nullable) called on the owner's thread only
 */
XnOp *xn_op_new (XnSettings *settings, XnCancelledFunc cancelled, XnProgressFunc progress, gpointer data);
void xn_op_free (XnOp *op);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnOp, xn_op_free)

/** A part of @op that can be stopped by itself (xn_op_stop()), and that stops with it: it has its settings, and counts for it.
 *  Returns: (transfer full), to be freed before @op. Thread: any. */
XnOp *xn_op_branch (XnOp *op);

const XnSettings *xn_op_settings (const XnOp *op);
/** The servers that it has given up; its own. */
XnAway *xn_op_away (const XnOp *op);

/** FALSE with an error of kind CANCELLED if the operation should stop. On the owner's thread it also reports progress
 *  when a report is due, so a thread that waits calls it about every XN_OP_TICK_MS. Thread: any. */
gboolean xn_op_check (XnOp *op, GError **error);

/** How long a wait may last before the operation has to be asked again, in milliseconds. */
#define XN_OP_TICK_MS 50

/** Waits @ms milliseconds; FALSE with an error if the operation should stop. Thread: any. */
gboolean xn_op_sleep (XnOp *op, gint64 ms, GError **error);

/** Makes the operation stop from within (a sibling's failure); later checks fail with CANCELLED. Thread: any. */
void xn_op_stop (XnOp *op);

/** Counting. Thread: any. */
void xn_op_set_phase (XnOp *op, XnPhase phase);
void xn_op_count_request (XnOp *op);
void xn_op_count_wire (XnOp *op, guint64 bytes);
void xn_op_add_total (XnOp *op, guint64 files, guint64 bytes);
void xn_op_add_done (XnOp *op, guint64 files, gint64 bytes);  /**< @bytes is negative when a try is started over */
void xn_op_add_kept (XnOp *op, guint64 files, guint64 bytes); /**< done as well, without a transfer */
void xn_op_add_replaced (XnOp *op, guint64 files);            /**< counted as done elsewhere */
void xn_op_add_known (XnOp *op, guint64 urls);
XnCounts xn_op_counts (XnOp *op);

/** Waits @ms milliseconds for the server's sake, before try number @next (from 1) of @tries, and lets the host know; as
 *  xn_op_sleep() else. Thread: any. */
gboolean xn_op_wait (XnOp *op, gint64 ms, guint next, guint tries, GError **error);
/** TRUE the first time only: that it waits is worth a warning once. Thread: any. */
gboolean xn_op_waits_first (XnOp *op);

/** Reports progress now, if on the owner's thread. */
void xn_op_report (XnOp *op);
