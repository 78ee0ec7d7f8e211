/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation has counted of one destination, should another listing lead to a second delivery there: each file counts
 * once, and what the first one brought is not taken for what was there already. */
#pragma once

#include "fetch/download.h"

typedef struct XnCounted XnCounted;

XnCounted *xn_counted_new (void);
void xn_counted_free (XnCounted *counted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCounted, xn_counted_free)

/** Notes that @wanted is counted, if it is done. */
void xn_counted_note (XnCounted *counted, const XnWanted *wanted);

/** Takes all that was noted out of the counts of @op, and forgets it. @all (element-type XnWanted): what has been compared and
 *  counted since then; of that what is right because it was brought is not kept. */
void xn_counted_settle (XnCounted *counted, XnOp *op, const GPtrArray *all);
