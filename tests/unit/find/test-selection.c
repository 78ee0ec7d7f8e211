/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL selects on each level, and at which level a search came to nothing. */
#include "base/error.h"
#include "find/selection.h"

#include <string.h>

static XnSelection *
selection_of (const char *tail, GError **error)
{
    g_autofree char *text = g_strconcat ("xnat+https://h", tail, NULL);
    g_autoptr (XnUrl) url = xn_url_parse (text, error);
    if (url == NULL)
        return NULL;
    return xn_selection_new (url, error);
}

/* The levels that are part of it, a letter each; in upper case where the selector is no "everything". */
static char *
levels_of (const XnSelection *selection)
{
    static const char letters[] = "psexacr";
    GString *text = g_string_new (NULL);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        const XnMatcher *matcher = selection->level[level];
        const char letter = letters[level];
        if (matcher != NULL)
            g_string_append_c (text, xn_matcher_is_everything (matcher) ? letter : g_ascii_toupper (letter));
    }
    if (selection->files != NULL)
        g_string_append (text, "+files");
    return g_string_free (text, FALSE);
}

static void
test_levels (void)
{
    /* Project, Subject, Experiment, X: scan, Assessor, reConstruction, Resource. */
    const struct {
        const char *tail, *levels;
        XnLevel below;
    } cases[] = {
        {"/data/projects/P/resources/R", "PR", XN_LEVEL_PROJECT},
        {"/data/projects/P/subjects/S/resources/R", "PSR", XN_LEVEL_SUBJECT},
        {"/data/subjects/S/resources/R", "SR", XN_LEVEL_SUBJECT},
        {"/data/projects/P/subjects/S/experiments/E/resources/R", "PSER", XN_LEVEL_EXPERIMENT},
        {"/data/projects/P/experiments/E/scans/1/resources/R", "PEXR", XN_LEVEL_SCAN},
        {"/data/experiments/E/scans/*/resources/R", "ExR", XN_LEVEL_SCAN},
        {"/data/experiments/E/assessors/A/resources/R", "EAR", XN_LEVEL_ASSESSOR},
        {"/data/experiments/E/reconstructions/C/resources/R", "ECR", XN_LEVEL_RECONSTRUCTION},
        {"/data/experiments/E/scans/1/resources/R/files/a/b", "EXR", XN_LEVEL_SCAN},
        /* In a search every level down to the resource counts. */
        {"/search", "psexr", XN_LEVEL_SCAN},
        {"/search?projects=P", "Psexr", XN_LEVEL_SCAN},
        {"/search?projects=P&scans=T1&resources=DICOM", "PseXR", XN_LEVEL_SCAN},
        {"/search?subjects=S*&experiments=*_B", "pSExr", XN_LEVEL_SCAN},
        {"/search?projects=P&assessors=A", "PseAr", XN_LEVEL_ASSESSOR},
        {"/search?projects=P&files=*.dcm", "Psexr+files", XN_LEVEL_SCAN},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnSelection) selection = selection_of (cases[i].tail, &error);
        g_test_message ("%s", cases[i].tail);
        g_assert_no_error (error);
        g_autofree char *levels = levels_of (selection);
        g_assert_cmpstr (levels, ==, cases[i].levels);
        g_assert_cmpint (selection->below, ==, cases[i].below);
        g_assert_cmpint (selection->reached, ==, -1);
        g_assert_false (selection->need_resource_ids);
    }
}

static void
test_compiled (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnSelection) pattern = selection_of ("/search?experiments=a.c", &error);
    g_autoptr (XnSelection) expression = selection_of ("/search?experiments=a.c&files=x%2B&regex=true", &error);
    g_assert_no_error (error);
    g_assert_true (xn_matcher_is_plain (pattern->level[XN_LEVEL_EXPERIMENT]));
    g_assert_false (xn_matcher_matches (pattern->level[XN_LEVEL_EXPERIMENT], "abc", NULL));
    g_assert_true (xn_matcher_matches (expression->level[XN_LEVEL_EXPERIMENT], "abc", NULL));
    g_assert_true (xn_matcher_matches (expression->files, "xxx/y", NULL));
    g_assert_false (xn_matcher_matches (expression->files, "y/xxx", NULL));
}

static void
test_refused (void)
{
    /* Made by hand, so that it is the selection, not the reader of URLs, that meets the bad expression. */
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_parse ("xnat+https://h/search?projects=P", NULL);
        url->regex = TRUE;
        if (i == 0)
            url->selector[XN_LEVEL_SCAN] = g_strdup ("a(");
        else
            url->files = g_strdup ("a(");
        g_assert_null (xn_selection_new (url, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    }
    xn_selection_free (NULL);
}

/* What is asked of sessions and scans beside their levels: one letter of "sc" for each that is narrowed. */
static void
test_narrowed (void)
{
    const struct {
        const char *tail, *narrowed;
        const char *date, *xsi_type, *quality, *description;
        gboolean session, scan;
    } cases[] = {
        {"", "", NULL, NULL, NULL, NULL, TRUE, TRUE},
        {"?types=xnat:mr*", "s", NULL, "xnat:mrSessionData", NULL, NULL, TRUE, TRUE},
        {"?types=xnat:mr*", "s", NULL, "xnat:petSessionData", NULL, NULL, FALSE, TRUE},
        {"?types=*", "s", NULL, NULL, NULL, NULL, TRUE, TRUE},
        {"?types=xnat:mr*", "s", NULL, NULL, NULL, NULL, FALSE, TRUE},
        {"?dates=2024-02-29..2024-03-01", "s", "2024-02-29", NULL, NULL, NULL, TRUE, TRUE},
        {"?dates=2024-02-29..2024-03-01", "s", "2024-03-01 23:59:59.0", NULL, NULL, NULL, TRUE, TRUE},
        {"?dates=2024-02-29..2024-03-01", "s", "2024-03-02", NULL, NULL, NULL, FALSE, TRUE},
        {"?dates=2024-02-29..2024-03-01", "s", "2024-02-28", NULL, NULL, NULL, FALSE, TRUE},
        {"?dates=2024-02-29..", "s", "2030-01-01", NULL, NULL, NULL, TRUE, TRUE},
        {"?dates=..2024-02-29", "s", "1999-12-31", NULL, NULL, NULL, TRUE, TRUE},
        {"?dates=..2024-02-29", "s", NULL, NULL, NULL, NULL, FALSE, TRUE},
        {"?dates=..2024-02-29", "s", "2024", NULL, NULL, NULL, FALSE, TRUE},
        {"?quality=usable", "c", NULL, NULL, "usable", NULL, TRUE, TRUE},
        {"?quality=usable", "c", NULL, NULL, "unusable", NULL, TRUE, FALSE},
        {"?quality=usable", "c", NULL, NULL, NULL, NULL, TRUE, FALSE},
        {"?descriptions=a%20%26*", "c", NULL, NULL, NULL, "a &amp; b", TRUE, TRUE},
        {"?quality=usable&descriptions=t1", "c", NULL, NULL, "usable", "t2", TRUE, FALSE},
        {"?quality=us&descriptions=t1&regex=true&types=x", "sc", NULL, "xy", "usable", "t1 mpr", TRUE, TRUE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *tail = g_strconcat ("/search", cases[i].tail, NULL);
        g_autoptr (XnSelection) selection = selection_of (tail, &error);
        gboolean session = FALSE, scan = FALSE;
        g_test_message ("%s", tail);
        g_assert_no_error (error);
        g_assert_cmpint (xn_selection_narrows_sessions (selection), ==, strchr (cases[i].narrowed, 's') != NULL);
        g_assert_cmpint (xn_selection_narrows_scans (selection), ==, strchr (cases[i].narrowed, 'c') != NULL);
        g_assert_true (xn_selection_wants_session (selection, cases[i].date, cases[i].xsi_type, &session, &error) &&
                       xn_selection_wants_scan (selection, cases[i].quality, cases[i].description, &scan, &error));
        g_assert_cmpint (session, ==, cases[i].session);
        g_assert_cmpint (scan, ==, cases[i].scan);
    }
}

/* Only what was added last is looked at. */
static void
test_narrow_items (void)
{
    g_autoptr (XnSelection) selection = selection_of ("/search?quality=usable&dates=2024-01-01..", NULL);
    static const char *const QUALITIES[] = {"bad", "usable", NULL, "bad", "usable"};
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < G_N_ELEMENTS (QUALITIES); i++) {
        XnItem *item = xn_item_new ();
        item->scan_quality = QUALITIES[i];
        g_ptr_array_add (items, item);
    }
    g_assert_true (xn_selection_narrow (selection, XN_LEVEL_SCAN, items, 1, NULL));
    g_assert_cmpuint (items->len, ==, 3);
    g_assert_cmpstr (((XnItem *)items->pdata[0])->scan_quality, ==, "bad");
    g_assert_true (xn_selection_narrow (selection, XN_LEVEL_EXPERIMENT, items, 0, NULL));
    g_assert_cmpuint (items->len, ==, 0);
}

static void
test_expression_that_runs_away (void)
{
    g_autoptr (XnSelection) selection = selection_of ("/search?types=(a%2B)%2B$&quality=(a%2B)%2B$&regex=true", NULL);
    g_autofree char *text = g_strnfill (3000, 'a');
    g_autofree char *bad = g_strconcat (text, "!", NULL);
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        gboolean wanted;
        g_assert_false (i == 0 ? xn_selection_wants_session (selection, NULL, bad, &wanted, &error)
                               : xn_selection_wants_scan (selection, bad, NULL, &wanted, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    }
}

static void
test_missing_level (void)
{
    const struct {
        const char *tail;
        int reached; /* -1: nothing was found */
        XnLevel missing;
    } cases[] = {
        {"/search?projects=P", -1, XN_LEVEL_PROJECT},
        {"/search?projects=P", XN_LEVEL_PROJECT, XN_LEVEL_SUBJECT},
        {"/search?projects=P", XN_LEVEL_SUBJECT, XN_LEVEL_EXPERIMENT},
        {"/search?projects=P", XN_LEVEL_EXPERIMENT, XN_LEVEL_SCAN},
        {"/search?projects=P", XN_LEVEL_SCAN, XN_LEVEL_RESOURCE},
        {"/search?projects=P", XN_LEVEL_RESOURCE, XN_LEVEL_RESOURCE},
        {"/search?assessors=A", XN_LEVEL_EXPERIMENT, XN_LEVEL_ASSESSOR},
        {"/search?assessors=A", XN_LEVEL_ASSESSOR, XN_LEVEL_RESOURCE},
        /* Levels that are not in the URL cannot be missing. */
        {"/data/experiments/E/scans/1/resources/R", -1, XN_LEVEL_EXPERIMENT},
        {"/data/experiments/E/scans/1/resources/R", XN_LEVEL_EXPERIMENT, XN_LEVEL_SCAN},
        {"/data/projects/P/experiments/E/resources/R", XN_LEVEL_PROJECT, XN_LEVEL_EXPERIMENT},
        {"/data/projects/P/experiments/E/resources/R", XN_LEVEL_EXPERIMENT, XN_LEVEL_RESOURCE},
        {"/data/projects/P/resources/R", XN_LEVEL_PROJECT, XN_LEVEL_RESOURCE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (XnSelection) selection = selection_of (cases[i].tail, NULL);
        g_test_message ("%s, %d", cases[i].tail, cases[i].reached);
        if (cases[i].reached >= 0)
            xn_selection_reached (selection, (XnLevel)cases[i].reached);
        g_assert_cmpint (xn_selection_missing_level (selection), ==, cases[i].missing);
    }
}

static void
test_deepest_counts (void)
{
    g_autoptr (XnSelection) selection = selection_of ("/search?projects=P", NULL);
    xn_selection_reached (selection, XN_LEVEL_EXPERIMENT);
    xn_selection_reached (selection, XN_LEVEL_PROJECT);
    g_assert_cmpint (selection->reached, ==, XN_LEVEL_EXPERIMENT);
    xn_selection_reached (selection, XN_LEVEL_EXPERIMENT);
    xn_selection_reached (selection, XN_LEVEL_SCAN);
    g_assert_cmpint (selection->reached, ==, XN_LEVEL_SCAN);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/selection/levels", test_levels);
    g_test_add_func ("/selection/compiled", test_compiled);
    g_test_add_func ("/selection/refused", test_refused);
    g_test_add_func ("/selection/narrowed", test_narrowed);
    g_test_add_func ("/selection/narrow-items", test_narrow_items);
    g_test_add_func ("/selection/expression-that-runs-away", test_expression_that_runs_away);
    g_test_add_func ("/selection/missing-level", test_missing_level);
    g_test_add_func ("/selection/deepest-counts", test_deepest_counts);
    return g_test_run ();
}
