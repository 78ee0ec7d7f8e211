/* SPDX-License-Identifier: Apache-2.0 */
/* Those of many fetches that are of one resource: a directory, all of it, or single files. */
#pragma once

#include "fetch/many-private.h"
#include "find/finder.h"

/** Those of one resource, while it is worked on. */
typedef struct {
    XnMany *many;
    GPtrArray *entries;     /**< (borrowed) (element-type XnManyEntry) */
    const XnFinder *finder; /**< (borrowed) */
    XnLocated *located;     /**< (borrowed) */
    gboolean has_begun;     /**< well: what is missing is known */
    gboolean is_last;       /**< they failed before, by an older listing */
    XnDelivery delivery;
    XnDownload download;     /**< of those that name a file */
    GHashTable *by_wanted;   /**< (owned) Map<XnWanted, XnManyEntry> */
    GPtrArray *wanted;       /**< (owned) (element-type XnWanted) of these */
    GPtrArray *missing;      /**< (owned) (element-type XnWanted) of these what is to be brought, by path */
    XnManyEntry *held_entry; /**< of the tree that is open */
    XnDelivered *held;       /**< (owned) (nullable) that tree */
} XnManyWork;

/**
 * The first half of the work: finds out what each of @entries names in @located, and what of that is there already.
 * @holds: something that names a tree, if it is the only one of @entries, stays open for xn_many_work_share()
 * Returns: FALSE with an error if it is over for all
 */
gboolean xn_many_work_begin (XnManyWork *work, XnMany *many, GPtrArray *entries, const XnFinder *finder,
                             XnLocated *located, gboolean holds, GError **error);

/** What is to be brought and can come together with what is of other resources: FALSE if there is nothing. */
gboolean xn_many_work_share (XnManyWork *work, XnShare *out_share);

/** The second half: brings what is missing, and looks once more at what failed since somebody changed the resource. Ends @work;
 *  it need not have begun well. FALSE with an error if it is over for all that have not ended. */
gboolean xn_many_work_end (XnManyWork *work, GError **error);

/** Finds the resource of @entries, lists it, and does both halves. @finder: of their server. Those that it leaves have ended. */
void xn_many_work_alone (XnMany *many, GPtrArray *entries, const XnFinder *finder);

/** (transfer container) (element-type XnUrl) the URLs of @entries. */
GPtrArray *xn_many_urls (const GPtrArray *entries);
