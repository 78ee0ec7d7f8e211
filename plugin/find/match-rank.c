/* SPDX-License-Identifier: Apache-2.0 */
/* How well an item fits a selector. */
#include "find/match-rank.h"

static gboolean
rank (const XnMatcher *matcher, const char *first, const char *second, const char *label, XnMatchRank *out_rank,
      GError **error)
{
    GError *runaway = NULL;
    *out_rank = XN_MATCH_NONE;
    if (xn_matcher_is_everything (matcher)) {
        *out_rank = XN_MATCH_FIRST;
        return TRUE;
    }
    /* A pattern sees the label field only. */
    if (!xn_matcher_is_plain (matcher))
        *out_rank = xn_matcher_matches (matcher, label, &runaway) ? XN_MATCH_FIRST : XN_MATCH_NONE;
    else if (xn_matcher_matches (matcher, first, &runaway))
        *out_rank = XN_MATCH_FIRST;
    else if (runaway == NULL && xn_matcher_matches (matcher, second, &runaway))
        *out_rank = XN_MATCH_SECOND;
    if (runaway == NULL)
        return TRUE;
    g_propagate_error (error, runaway);
    return FALSE;
}

gboolean
xn_match_id_first (const XnMatcher *matcher, const char *id, const char *label, XnMatchRank *out_rank, GError **error)
{
    return rank (matcher, id, label, label, out_rank, error);
}

gboolean
xn_match_label_first (const XnMatcher *matcher, const char *id, const char *label, XnMatchRank *out_rank,
                      GError **error)
{
    return rank (matcher, label, id, label, out_rank, error);
}
