/* SPDX-License-Identifier: Apache-2.0 */
/* From a data URL to its one resource, or what holds resources, and the messages when there is none or more than one. */
#include "base/error.h"
#include "find/search.h"
#include "find/level-by-level.h"
#include "find/near-name.h"

#define MAX_NAMED 10

void
xn_set_not_found (GError **error, const XnUrl *url, XnLevel level)
{
    const char *selector = url->selector[level] != NULL ? url->selector[level] : "*";
    const gboolean first_without_project =
        url->selector[XN_LEVEL_PROJECT] == NULL &&
        (level == XN_LEVEL_SUBJECT || (level == XN_LEVEL_EXPERIMENT && url->selector[XN_LEVEL_SUBJECT] == NULL));
    const gboolean all = (level == XN_LEVEL_SCAN || level == XN_LEVEL_ASSESSOR) && g_str_equal (selector, "ALL");
    xn_error_set (error, XN_ERROR_NOT_FOUND,
                  "nothing found at level %s: no %s '%s' (or it is not visible to you) in %s%s%s",
                  xn_level_plural (level), xn_level_name (level), selector, url->text,
                  all ? "; for all of them, as XNAT's own ALL, write *" : "",
                  first_without_project ? "; without a project XNAT knows accession IDs only: to use a label, name the "
                                          "project in the URL"
                                        : "");
}

void
xn_set_ambiguous (GError **error, const XnUrl *url, XnLevel level, GPtrArray *items)
{
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < items->len && i < MAX_NAMED; i++) {
        const XnItem *item = g_ptr_array_index (items, i);
        g_autofree char *name = xn_item_describe (item);
        g_string_append_printf (names, "%s%s (", i > 0 ? ", " : "", name);
        const char *separator = "";
        for (XnLevel l = XN_LEVEL_EXPERIMENT; l <= level; l++) {
            if (*xn_item_id (item, l) == '\0')
                continue;
            g_string_append_printf (names, "%s%s ID %s", separator, xn_level_name (l), xn_item_id (item, l));
            separator = ", ";
        }
        g_string_append_c (names, ')');
    }
    if (items->len > MAX_NAMED)
        g_string_append_printf (names, ", and %u more", items->len - MAX_NAMED);
    xn_error_set (error, XN_ERROR_AMBIGUOUS, "%s names %u %s, where one is needed: %s; name one by its ID", url->text,
                  items->len, xn_level_plural (level), names->str);
}

static gboolean
resolve_in (XnFinder *finder, XnSelection *selection, GPtrArray *projects, gboolean many, GPtrArray *found,
            GError **error)
{
    for (guint i = 0; i < projects->len; i++) {
        g_autoptr (GError) problem = NULL;
        const XnItem *project = g_ptr_array_index (projects, i);
        const gboolean ok = selection->level[XN_LEVEL_RESOURCE] != NULL
                                ? xn_descend_project (finder, selection, project, found, &problem)
                                : xn_descend_containers (finder, selection, project, FALSE, found, &problem);
        if (ok)
            continue;
        const gboolean unreadable = xn_error_is (problem, XN_ERROR_NOT_FOUND) || xn_error_http_status (problem) == 403;
        if (many && unreadable)
            continue;
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    return TRUE;
}

/* All that the selection leads to; a plain project is tried as an ID and then as a name. */
static GPtrArray *
resolve_all (XnFinder *finder, XnSelection *selection, GError **error)
{
    g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) problem = NULL;
    const XnMatcher *matcher = selection->level[XN_LEVEL_PROJECT];
    if (selection->below == XN_LEVEL_PROJECT && selection->level[XN_LEVEL_RESOURCE] == NULL)
        return xn_find_projects (finder, matcher, found, error) ? g_steal_pointer (&found) : NULL;
    if (!xn_descend_projects (finder, selection, projects, error))
        return NULL;
    const gboolean many = matcher != NULL && !xn_matcher_is_plain (matcher);
    if (many && projects->len > 0)
        xn_selection_reached (selection, XN_LEVEL_PROJECT);
    if (resolve_in (finder, selection, projects, many, found, &problem) && xn_learn_owners (finder, found, &problem)) {
        xn_items_drop_duplicates (found);
        return g_steal_pointer (&found);
    }
    if (!xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    if (matcher == NULL || g_atomic_int_get (&selection->reached) >= XN_LEVEL_PROJECT)
        return g_steal_pointer (&found);
    g_ptr_array_set_size (projects, 0);
    if (!xn_find_projects (finder, matcher, projects, error))
        return NULL;
    if (projects->len > 0)
        xn_selection_reached (selection, XN_LEVEL_PROJECT);
    if (!resolve_in (finder, selection, projects, TRUE, found, error) || !xn_learn_owners (finder, found, error))
        return NULL;
    xn_items_drop_duplicates (found);
    return g_steal_pointer (&found);
}

/* Fills in what is known of the one item that was found without asking for it: an accession ID alone leads to it, so that it
 * may not even be there. */
static gboolean
resolve_see (XnFinder *finder, const XnSelection *selection, XnItem *item, GError **error)
{
    if (selection->level[XN_LEVEL_RESOURCE] != NULL || item->project != NULL)
        return TRUE;
    if (item->experiment_id == NULL)
        return xn_find_subject_home (finder, item, error);
    /* What is below it has been seen. */
    g_autoptr (GError) problem = NULL;
    const gboolean seen = selection->below > XN_LEVEL_EXPERIMENT;
    if (xn_find_home (finder, item, &problem) || (seen && xn_error_is (problem, XN_ERROR_NOT_FOUND)))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* The one item, if it is there: else @found is empty, if there is no other failure. */
static gboolean
resolve_see_one (XnFinder *finder, const XnSelection *selection, GPtrArray *found, GError **error)
{
    g_autoptr (GError) problem = NULL;
    if (found->len != 1 || resolve_see (finder, selection, g_ptr_array_index (found, 0), &problem))
        return TRUE;
    if (xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        g_ptr_array_set_size (found, 0);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* Whether what a guest is shown could be mistaken for the one item that a user is shown several of. */
static gboolean
selection_may_mislead (const XnSelection *selection)
{
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        if (selection->level[level] != NULL && !xn_matcher_is_plain (selection->level[level]))
            return TRUE;
    return FALSE;
}

/* What is at @level of @url, by whatever name, as far as it can be listed. (transfer full) (nullable) */
static GPtrArray *
resolve_neighbours (XnFinder *finder, const XnUrl *url, XnLevel level)
{
    g_autoptr (XnUrl) all = xn_url_new_like (url);
    for (XnLevel above = XN_LEVEL_PROJECT; above < level; above++)
        all->selector[above] = g_strdup (url->selector[above]);
    all->selector[level] = g_strdup ("*");
    g_autoptr (XnSelection) selection = xn_selection_new (all, NULL);
    return selection != NULL ? resolve_all (finder, selection, NULL) : NULL;
}

/* NOT_FOUND, with what is there instead by a name that looks like the one that was asked for. */
static void
resolve_set_not_found (XnFinder *finder, const XnUrl *url, XnLevel level, GError **error)
{
    const char *asked = url->selector[level];
    /* Without a project no other name is known. */
    const gboolean has_names = level == XN_LEVEL_PROJECT || url->selector[XN_LEVEL_PROJECT] != NULL ||
                               (url->selector[XN_LEVEL_EXPERIMENT] != NULL && level > XN_LEVEL_EXPERIMENT);
    xn_set_not_found (error, url, level);
    if (finder->terse || error == NULL || asked == NULL || url->regex || xn_has_pattern_characters (asked) ||
        !has_names)
        return;
    g_autoptr (GPtrArray) there = resolve_neighbours (finder, url, level);
    XnNearName near = {.asked = asked};
    for (guint i = 0; there != NULL && i < there->len; i++) {
        xn_near_name_look (&near, xn_item_label (g_ptr_array_index (there, i), level));
        xn_near_name_look (&near, xn_item_id (g_ptr_array_index (there, i), level));
    }
    g_autofree char *hint = xn_near_name_hint (&near);
    g_autofree char *before = (*error)->message;
    (*error)->message = g_strconcat (before, hint, NULL);
}

XnItem *
xn_resolve (XnFinder *finder, const XnUrl *url, GError **error)
{
    for (;;) {
        const guint generation = xn_client_generation (finder->client);
        g_atomic_int_set (&finder->used_old, FALSE);
        if (finder->began_us == 0)
            finder->began_us = g_get_monotonic_time ();
        g_autoptr (XnSelection) selection = xn_selection_new (url, error);
        g_autoptr (GPtrArray) found = selection != NULL ? resolve_all (finder, selection, error) : NULL;
        if (found == NULL || !resolve_see_one (finder, selection, found, error))
            return NULL;
        if (found->len == 1 && !selection_may_mislead (selection))
            return g_ptr_array_steal_index (found, 0);
        const gboolean used_old = g_atomic_int_get (&finder->used_old);
        gboolean lost = FALSE;
        if (found->len != 1 && used_old) {
            finder->not_before_us = g_get_monotonic_time ();
            continue;
        }
        if (!xn_client_confirm (finder->client, generation, finder->op, &lost, error)) {
            if (!lost)
                return NULL;
            finder->not_before_us = g_get_monotonic_time ();
            continue;
        }
        if (found->len == 1)
            return g_ptr_array_steal_index (found, 0);
        if (found->len == 0) {
            resolve_set_not_found (finder, url, xn_selection_missing_level (selection), error);
        } else {
            g_ptr_array_sort (found, xn_item_compare);
            xn_set_ambiguous (error, url, xn_url_lowest_level (url), found);
        }
        return NULL;
    }
}
