/* SPDX-License-Identifier: Apache-2.0 */
/* How well an item fits a selector: by its first name (an ID; of a resource the label), by its second, or not. Pure. */
#pragma once

#include "xnat/match.h"

/** How well an item fits: a plain selector is first compared with one name, and with the other only if no item of the
 *  level fits the first. */
typedef enum {
    XN_MATCH_NONE,
    XN_MATCH_SECOND,
    XN_MATCH_FIRST,
} XnMatchRank;

/** For levels whose ID is looked at first. Errors: a runaway expression. */
gboolean xn_match_id_first (const XnMatcher *matcher, const char *id, const char *label, XnMatchRank *out_rank,
                            GError **error);
/** For resources, whose label is looked at first. */
gboolean xn_match_label_first (const XnMatcher *matcher, const char *id, const char *label, XnMatchRank *out_rank,
                               GError **error);
