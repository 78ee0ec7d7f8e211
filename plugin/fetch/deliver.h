/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL names of a resource, brought to a destination: compared with what is there, what is missing brought,
 * published. */
#pragma once

#include "base/plan.h"
#include "fetch/counted.h"
#include "fetch/download.h"
#include "find/locate.h"

/** What became of the files of a fetch that succeeded. */
typedef struct {
    guint files;    /**< in all */
    guint kept;     /**< of these: there already */
    guint replaced; /**< of these: in the place of another one */
} XnTally;

/** Where from; borrowed. */
typedef struct {
    XnClient *client;
    XnOp *op;
    const XnLocated *located;
    gint64 begun_us;   /**< when the operation began (monotonic) */
    gboolean *counted; /**< (nullable) set once the totals speak of all that it is to bring */
    XnPlan *plan;      /**< (nullable) receives what would be done; then nothing is */
    XnCounted *before; /**< (nullable) in and out: what was counted of the destination, for another delivery there */
} XnDelivery;

/**
 * Brings @file, or, where that is NULL, what is below the directory that @url names (or everything) to @destination.
 * Returns: (transfer full) the path of the result, or where it would be. Errors: as xn_fetch(); where another listing may lead to more,
 * what has not come is taken out of the count of what is to come.
 * @out_tally: (nullable)
 */
char *xn_deliver (const XnDelivery *delivery, const XnUrl *url, const XnEntry *file, const char *destination,
                  XnTally *out_tally, GError **error);

/** A tree on its way. */
typedef struct XnDelivered XnDelivered;

/** The two halves of xn_deliver() of a directory or everything, between which others may bring files of it. This one opens the
 *  place and compares what is there: (transfer full) to xn_deliver_end(). Errors: as xn_deliver(). */
XnDelivered *xn_deliver_begin (const XnDelivery *delivery, const XnUrl *url, const char *destination, GError **error);
/** What is to be brought (no plan was asked for): those that are done by then are not brought again. (borrowed) */
XnShare xn_delivered_share (const XnDelivered *delivered);
/** Brings the rest, publishes, and ends it; returns and errors as xn_deliver(). */
char *xn_deliver_end (XnDelivered *delivered, XnTally *out_tally, GError **error);

/** Warns if files that stood at a destination of @op have been replaced, unless a setting says that they are to be. */
void xn_deliver_tell_replaced (XnOp *op);

/** Takes a file out of the count of what is to come: a later listing announces it again. */
void xn_deliver_give_up (XnOp *op, const XnEntry *file);

/** Looks whether the local file at the place of @wanted is right already: then it is kept and done. If only the server can
 *  tell, @wanted says so; one that is not right is the problem of @wanted (CONFLICT) if such files are kept. Errors: IO, INTEGRITY, CANCELLED. */
gboolean xn_deliver_compare (const XnDownload *download, XnWanted *wanted, GError **error);

/** Notes what becomes of a file that was compared: it goes to the place of @wanted, and is in the resource of @url.
 *  Errors: IO, INTEGRITY where it could not be written. */
gboolean xn_deliver_plan (const XnDownload *download, XnWanted *wanted, const XnUrl *url, XnPlan *plan, GError **error);
