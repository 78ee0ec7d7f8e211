/* SPDX-License-Identifier: Apache-2.0 */
/* What the removal of files and that of a resource share. */
#pragma once

#include "base/plan.h"
#include "find/locate.h"

/** A removal under way; borrowed. The caller holds the write lock of the resource. */
typedef struct {
    XnFinder *finder;
    const XnUrl *url;
    XnLocated *located; /**< the resource, and its files as they were listed last */
    XnPlan *plan;       /**< (nullable) receives what would be removed; then nothing is */
} XnRemoval;

/** Lists the files of the resource afresh; a listing that is empty or lacks what the URL names counts only once the session
 *  was confirmed. Returns: (transfer none) what removal->located then holds. Errors: NOT_FOUND if the resource is gone, as
 *  xn_catalog_get(). */
const XnCatalog *xn_removal_list (XnRemoval *removal, GError **error);

/** One DELETE of @path; what the server says of it is no proof of anything, so listings are asked for afresh after it. */
gboolean xn_removal_send (XnRemoval *removal, const char *path, const char *name, GError **error);

/** After a failed try that left everything as it was: waits for the next one. FALSE with an error: @problem is final, or the
 *  operation should stop. @tried: further tries so far */
gboolean xn_removal_again (XnRemoval *removal, const GError *problem, guint tried, GError **error);

/** Whether @entry is @target, or lies below it, if that ends in a slash. */
gboolean xn_removal_means (const XnEntry *entry, const char *target);

/** Notes in the plan that the files that @target (nullable: the resource) means would be removed. */
void xn_removal_plan (const XnRemoval *removal, const char *target);

/** Removes the resource, if no other one shares its catalog, and looks whether it is gone. @name: for messages. Errors: AUTH,
 *  CONFLICT, INTEGRITY, and as xn_client_call(). */
gboolean xn_remove_resource (XnRemoval *removal, const char *name, GError **error);
