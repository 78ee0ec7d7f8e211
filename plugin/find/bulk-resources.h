/* SPDX-License-Identifier: Apache-2.0 */
/* The resources of many assessors, sessions or subjects of a project, in one listing. */
#pragma once

#include "find/finder.h"
#include "find/selection.h"

/** Whether one listing for all of @uppers (element-type XnItem: the sessions or subjects) is worth it for that selection in
 *  that project, and known: of assessors, of sessions or of subjects. */
gboolean xn_bulk_resources_apply (const XnSelection *selection, const XnItem *project, GPtrArray *uppers);

/**
 * Finds the resources that @selection takes of assessors of @uppers, or of @uppers themselves.
 * @out: (element-type XnItem) receives them
 * @open: (element-type XnItem) receives those (of assessors the assessors) whose resources the listing does not tell apart
 * @unlisted: (element-type XnItem) receives the uppers of which the listing says nothing, or not all
 * Errors: any failure means that all are to be asked for one by one; USAGE, AUTH and CANCELLED are final.
 */
gboolean xn_bulk_resources (XnFinder *finder, XnSelection *selection, const XnItem *project, GPtrArray *uppers,
                            GPtrArray *out, GPtrArray *open, GPtrArray *unlisted, GError **error);
