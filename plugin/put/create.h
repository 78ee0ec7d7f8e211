/* SPDX-License-Identifier: Apache-2.0 */
/* Where a put goes: what the URL names, with missing levels created from the top down, each under exactly one parent. */
#pragma once

#include "find/search.h"

/**
 * Finds what holds the resource of @url, creating what is missing of it (never a project).
 * Returns: (transfer full) the item without its resource. Errors: USAGE (a missing type option, a name that XNAT would
 * refuse; before anything is sent), AMBIGUOUS, CONFLICT (belongs elsewhere), NOT_FOUND, AUTH.
 */
XnItem *xn_create_container (XnFinder *finder, const XnUrl *url, GError **error);

/**
 * Finds the resource of @url at @container, creating it if a fresh listing lacks it. The caller holds the write lock.
 * One that others make at the same moment, too, is one afterwards; this may take a moment for a label that needs a POST.
 * @out_created: TRUE if this call created it: the right to write is proven then
 * Returns: (transfer full) the item with its numeric resource ID.
 */
XnItem *xn_create_resource (XnFinder *finder, const XnUrl *url, const XnItem *container, gboolean *out_created,
                            GError **error);

/** Whether the user may write into @resource: TRUE, or FALSE with an AUTH error (or what went wrong in asking). */
gboolean xn_create_may_write (XnFinder *finder, const XnItem *resource, GError **error);
