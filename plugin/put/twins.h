/* SPDX-License-Identifier: Apache-2.0 */
/* Resources of one label that several processes make at the same moment. XNAT's POST never refuses a second one; so who
 * made one waits until the others must have made theirs, looks again, and all agree on the one with the lowest number. */
#pragma once

#include "find/finder.h"
#include "server/client.h"

/** What is looked for, and where; borrowed. */
typedef struct {
    XnFinder *finder;
    const XnItem *container;
    const XnMatcher *matcher; /**< of the resource */
} XnTwins;

/** XnConsumeFunc of a POST that makes a resource; @data: char **, receives its number (transfer full), NULL: not told. */
gboolean xn_twins_consume (const XnAnswer *answer, gpointer data, GError **error);

/** Waits until whoever listed before a resource was made has made its own, too; older listings count no more.
 *  @took_us: how long making it took, in microseconds. FALSE: the operation should stop. Thread: any. */
gboolean xn_twins_wait (const XnTwins *contest, gint64 took_us, GError **error);

/** What to do about @found (element-type XnItem), a listing in which the label was just found. Where this leaves several,
 *  they are ambiguous. Errors: as xn_client_call(). Thread: any; the caller holds the write lock. */

/** After this process made the resource @own (nullable: its number is not known): leaves the winner in @found, and deletes
 *  @own on the server if it lost and is empty. */
gboolean xn_twins_settle (const XnTwins *contest, const char *own, GPtrArray *found, GError **error);

/** Where nothing was made: an empty one among several may be about to be deleted by its maker, and an only one that is
 *  empty about to lose; lists into @found until that is over. */
gboolean xn_twins_watch (const XnTwins *contest, GPtrArray *found, GError **error);
