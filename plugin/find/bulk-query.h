/* SPDX-License-Identifier: Apache-2.0 */
/* The bulk query: all sessions, scans and resource names of a project in one listing, rows as they arrive. */
#pragma once

#include "find/finder.h"
#include "find/hits.h"
#include "find/selection.h"

/**
 * Searches the scans' resources of one project.
 * @out: receives what matches, in no order. A session with a repeated label on a scan is asked for its resources on its
 * own, and where the server does not tell their numbers one with a missing label, too.
 * @out_known: whether the server knows the project at all: some row came
 * @out_answered: whether the server answered the query, whatever failed afterwards
 * Errors: any failure of the query itself means that the search has to go another way; AUTH, CANCELLED and USAGE are
 * final.
 */
gboolean xn_bulk_search (XnFinder *finder, XnSelection *selection, const XnItem *project, XnHits *out,
                         gboolean *out_known, gboolean *out_answered, GError **error);
