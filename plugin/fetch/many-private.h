/* SPDX-License-Identifier: Apache-2.0 */
/* Many fetches under way: what the files that make up the verb share. */
#pragma once

#include "base/sync.h"
#include "fetch/claims.h"
#include "fetch/many.h"
#include "find/fellows.h"

/** One of the fetches. */
typedef struct {
    guint index;
    const char *destination;
    XnUrl *url;          /**< (owned) (nullable) */
    const XnEntry *file; /**< of the resource, while that is worked on */
    gboolean counted;    /**< the totals speak of it */
    XnTally tally;       /**< of one that has ended with a path */
    gboolean has_ended;  /**< [mutex] one of these is set: */
    char *path;          /**< (owned) (nullable) */
    GError *problem;     /**< (owned) (nullable) */
    GError *doubt;       /**< (owned) (nullable) a failure that another listing may explain */
    XnPlan *plan;        /**< (owned) (nullable) */
    XnCounted *before;   /**< (owned) (nullable) of a tree that was begun */
} XnManyEntry;

/** All of them. */
typedef struct {
    XnRuntime *runtime;
    XnOp *op;
    gboolean only_plans;
    gint64 begun_us;
    XnManyEntry *entries; /**< (owned) */
    guint n;
    GPtrArray *
        sessions; /**< (owned) (element-type GPtrArray of GPtrArray of XnManyEntry): those of one resource, and these by
                              what their URLs say of the session */
    XnClaims *claims;   /**< (owned) */
    XnFellows *fellows; /**< (owned) */

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GQueue ended;     /**< [mutex] (element-type XnManyEntry) of which nobody was told yet */
    gboolean is_over; /**< [mutex] no more will end */
} XnMany;

/** Ends a fetch, if it has not ended: with @path, or with @problem. Thread: any. */
void xn_many_end (XnMany *many, XnManyEntry *entry, const char *path, const GError *problem);

/** Ends all of @entries (element-type XnManyEntry) that have not ended. Thread: any. */
void xn_many_end_all (XnMany *many, const GPtrArray *entries, const GError *problem);
