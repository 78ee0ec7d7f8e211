/* SPDX-License-Identifier: Apache-2.0 */
/* What holds the resource that a put goes to: what the URL names, with missing levels created from the top down, each under
 * exactly one parent. */
#pragma once

#include "base/plan.h"
#include "find/search.h"

/**
 * Finds what holds the resource of @url, creating what is missing of it (never a project).
 * @created: (element-type utf8, owned by it) receives what was created on the way, as messages name it, also if this fails
 * @plan: (nullable) receives what would be created, the resource included; then nothing is
 * Returns: (transfer full) the item without its resource; NULL without an error if it is only planned. Errors: USAGE (a missing type option, a name that XNAT would
 * refuse, the resource's label included; before anything is sent), AMBIGUOUS, CONFLICT (belongs elsewhere), NOT_FOUND, AUTH.
 */
XnItem *xn_create_container (XnFinder *finder, const XnUrl *url, GPtrArray *created, XnPlan *plan, GError **error);
