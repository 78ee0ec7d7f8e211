/* SPDX-License-Identifier: Apache-2.0 */
/* The scans of a session that a selection takes, by all that it selects scans by. */
#pragma once

#include "find/finder.h"
#include "find/selection.h"

/** Appends them to @out (element-type XnItem, owning). @with_resources as for xn_find_scans(). Errors: as there; USAGE of an
 *  expression that runs away. Thread: any. */
gboolean xn_select_scans (XnFinder *finder, const XnSelection *selection, const XnItem *experiment,
                          gboolean with_resources, GPtrArray *out, GError **error);
