/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting scans. */
#include "find/select-scans.h"

gboolean
xn_select_scans (XnFinder *finder, const XnSelection *selection, const XnItem *experiment, gboolean with_resources,
                 GPtrArray *out, GError **error)
{
    const guint before = out->len;
    /* A listing of resources tells no more of their scans than ID and type. */
    const gboolean by_resources = with_resources && !xn_selection_narrows_scans (selection);
    return xn_find_scans (finder, experiment, selection->level[XN_LEVEL_SCAN], by_resources, out, error) &&
           xn_selection_narrow (selection, XN_LEVEL_SCAN, out, before, error);
}
