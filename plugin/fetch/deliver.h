/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL names of a resource, brought to a destination: compared with what is there, what is missing brought,
 * published. */
#pragma once

#include "fetch/download.h"
#include "find/locate.h"

/** Where from; borrowed. */
typedef struct {
    XnClient *client;
    XnOp *op;
    const XnLocated *located;
    gint64 begun_us; /**< when the operation began (monotonic) */
} XnDelivery;

/**
 * Brings @file, or, where that is NULL, what is below the directory that @url names (or everything) to @destination.
 * Returns: (transfer full) the path of the result. Errors: as xn_fetch(); where another listing may lead to more,
 * what has not come is taken out of the count of what is to come.
 */
char *xn_deliver (const XnDelivery *delivery, const XnUrl *url, const XnEntry *file, const char *destination,
                  GError **error);

/** Takes a file out of the count of what is to come: a later listing announces it again. */
void xn_deliver_give_up (XnOp *op, const XnEntry *file);

/** Looks whether the local file at the place of @wanted is right already: then it is kept and done. If only the server can
 *  tell, @wanted says so. Errors: IO, INTEGRITY, CANCELLED. */
gboolean xn_deliver_compare (const XnDownload *download, XnWanted *wanted, GError **error);
