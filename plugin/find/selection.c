/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled selectors. */
#include "find/selection.h"

static XnLevel
selection_below (const XnUrl *url)
{
    static const XnLevel FROM_BELOW[] = {XN_LEVEL_SCAN, XN_LEVEL_ASSESSOR, XN_LEVEL_RECONSTRUCTION, XN_LEVEL_EXPERIMENT,
                                         XN_LEVEL_SUBJECT};
    if (url->is_search)
        return url->selector[XN_LEVEL_ASSESSOR] != NULL ? XN_LEVEL_ASSESSOR : XN_LEVEL_SCAN;
    for (gsize i = 0; i < G_N_ELEMENTS (FROM_BELOW); i++)
        if (url->selector[FROM_BELOW[i]] != NULL)
            return FROM_BELOW[i];
    return XN_LEVEL_PROJECT;
}

XnSelection *
xn_selection_new (const XnUrl *url, GError **error)
{
    g_autoptr (XnSelection) selection = g_new0 (XnSelection, 1);
    selection->reached = -1;
    selection->below = selection_below (url);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        const gboolean searched =
            url->is_search && (level <= XN_LEVEL_EXPERIMENT || level == selection->below || level == XN_LEVEL_RESOURCE);
        if (url->selector[level] == NULL && !searched)
            continue;
        selection->level[level] = xn_matcher_new (url->selector[level], url->regex, error);
        if (selection->level[level] == NULL)
            return NULL;
    }
    if (url->files != NULL) {
        selection->files = xn_matcher_new (url->files, url->regex, error);
        if (selection->files == NULL)
            return NULL;
    }
    return g_steal_pointer (&selection);
}

void
xn_selection_free (XnSelection *selection)
{
    if (selection == NULL)
        return;
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        xn_matcher_free (selection->level[level]);
    xn_matcher_free (selection->files);
    g_free (selection);
}

void
xn_selection_reached (XnSelection *selection, XnLevel level)
{
    gint known = g_atomic_int_get (&selection->reached);
    while (known < (gint)level && !g_atomic_int_compare_and_exchange (&selection->reached, known, (gint)level))
        known = g_atomic_int_get (&selection->reached);
}

XnLevel
xn_selection_missing_level (const XnSelection *selection)
{
    const gint reached = g_atomic_int_get (&selection->reached);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_LEVEL_RESOURCE; level++)
        if ((gint)level > reached && selection->level[level] != NULL)
            return level;
    return XN_LEVEL_RESOURCE;
}
