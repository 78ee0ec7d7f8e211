/* SPDX-License-Identifier: Apache-2.0 */
/* Walking an archive level by level: what a data URL always does, and a search where the server does not answer the bulk
 * query. */
#pragma once

#include "find/finder.h"
#include "find/selection.h"

/**
 * Finds the projects that a selection is to be looked for in.
 * @out: (element-type XnItem) receives them; a plain selector is taken for an ID here, without a request; one item
 * without a project stands for a selection that begins below
 */
gboolean xn_descend_projects (XnFinder *finder, XnSelection *selection, GPtrArray *out, GError **error);

/**
 * Finds all resources of the selection in one project (or from an accession ID, if @project has none), several sessions
 * at a time, in no order.
 * Errors: NOT_FOUND with status 404 only if the project (accession) itself is not there.
 */
gboolean xn_descend_project (XnFinder *finder, XnSelection *selection, const XnItem *project, GPtrArray *out,
                             GError **error);

/** Whether going level by level may do better than the query over a whole project that failed with @problem. */
gboolean xn_is_worth_a_walk (const GError *problem);

/** What holds the resource: the items of the level above it, in one project or from an accession ID.
 *  @with_resources as for xn_find_scans() */
gboolean xn_descend_containers (XnFinder *finder, XnSelection *selection, const XnItem *project,
                                gboolean with_resources, GPtrArray *out, GError **error);
