/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled selectors. */
#include "find/selection.h"

#include <string.h>

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
    for (guint i = 0; i < XN_N_ALSO; i++) {
        selection->also[i] = url->also[i] != NULL ? xn_matcher_new (url->also[i], url->regex, error) : NULL;
        if (url->also[i] != NULL && selection->also[i] == NULL)
            return NULL;
    }
    selection->date_from = g_strdup (url->date_from);
    selection->date_to = g_strdup (url->date_to);
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
    for (guint i = 0; i < XN_N_ALSO; i++)
        xn_matcher_free (selection->also[i]);
    g_free (selection->date_from);
    g_free (selection->date_to);
    g_free (selection);
}

gboolean
xn_selection_narrows_sessions (const XnSelection *selection)
{
    return selection->also[XN_ALSO_TYPE] != NULL || selection->date_from != NULL || selection->date_to != NULL;
}

gboolean
xn_selection_narrows_scans (const XnSelection *selection)
{
    return selection->also[XN_ALSO_QUALITY] != NULL || selection->also[XN_ALSO_DESCRIPTION] != NULL;
}

/* *@wanted stays TRUE only if @text fits as well. */
static gboolean
also_fits (const XnSelection *selection, XnAlso also, const char *text, gboolean *wanted, GError **error)
{
    GError *problem = NULL;
    if (!*wanted || selection->also[also] == NULL)
        return TRUE;
    *wanted = xn_matcher_matches (selection->also[also], text != NULL ? text : "", &problem);
    if (problem == NULL)
        return TRUE;
    g_propagate_error (error, problem);
    return FALSE;
}

/* Days as they are written compare as they follow each other; a time may stand behind. */
static gboolean
date_fits (const XnSelection *selection, const char *date)
{
    const gsize length = strlen ("YYYY-MM-DD");
    if (selection->date_from == NULL && selection->date_to == NULL)
        return TRUE;
    return date != NULL && strlen (date) >= length &&
           (selection->date_from == NULL || strncmp (date, selection->date_from, length) >= 0) &&
           (selection->date_to == NULL || strncmp (date, selection->date_to, length) <= 0);
}

gboolean
xn_selection_wants_session (const XnSelection *selection, const char *date, const char *xsi_type, gboolean *out_wanted,
                            GError **error)
{
    *out_wanted = date_fits (selection, date);
    return also_fits (selection, XN_ALSO_TYPE, xsi_type, out_wanted, error);
}

gboolean
xn_selection_wants_scan (const XnSelection *selection, const char *quality, const char *description,
                         gboolean *out_wanted, GError **error)
{
    *out_wanted = TRUE;
    return also_fits (selection, XN_ALSO_QUALITY, quality, out_wanted, error) &&
           also_fits (selection, XN_ALSO_DESCRIPTION, description, out_wanted, error);
}

gboolean
xn_selection_narrow (const XnSelection *selection, XnLevel level, GPtrArray *items, guint first, GError **error)
{
    const gboolean of_sessions = level == XN_LEVEL_EXPERIMENT;
    if (!(of_sessions ? xn_selection_narrows_sessions (selection) : xn_selection_narrows_scans (selection)))
        return TRUE;
    guint i = first;
    while (i < items->len) {
        const XnItem *item = g_ptr_array_index (items, i);
        gboolean wanted;
        const gboolean told =
            of_sessions
                ? xn_selection_wants_session (selection, item->experiment_date, item->xsi_type, &wanted, error)
                : xn_selection_wants_scan (selection, item->scan_quality, item->scan_description, &wanted, error);
        if (!told)
            return FALSE;
        if (wanted)
            i++;
        else
            g_ptr_array_remove_index_fast (items, i);
    }
    return TRUE;
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
