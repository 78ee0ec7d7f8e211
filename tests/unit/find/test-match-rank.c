/* SPDX-License-Identifier: Apache-2.0 */
/* How well items fit a selector, and which labels name their resource. */
#include "base/error.h"
#include "find/finder.h"

static void
test_fit (void)
{
    const struct {
        const char *selector;
        gboolean regex;
        const char *id, *label;
        XnMatchRank id_first, label_first;
    } cases[] = {
        /* A plain selector: one name before the other. */
        {"a", FALSE, "a", "b", XN_MATCH_FIRST, XN_MATCH_SECOND},
        {"b", FALSE, "a", "b", XN_MATCH_SECOND, XN_MATCH_FIRST},
        {"a", FALSE, "a", "a", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {"c", FALSE, "a", "b", XN_MATCH_NONE, XN_MATCH_NONE},
        {"A", FALSE, "a", "b", XN_MATCH_NONE, XN_MATCH_NONE},
        {"a", FALSE, "ab", "ba", XN_MATCH_NONE, XN_MATCH_NONE},
        {"a", FALSE, "a", "", XN_MATCH_FIRST, XN_MATCH_SECOND},
        {"12", FALSE, "12", "DICOM", XN_MATCH_FIRST, XN_MATCH_SECOND},
        {"12", FALSE, "13", "12", XN_MATCH_SECOND, XN_MATCH_FIRST},
        {"A & B", FALSE, "7", "A &amp; B", XN_MATCH_SECOND, XN_MATCH_FIRST},
        /* A pattern sees the label field alone. */
        {"a*", FALSE, "ab", "xx", XN_MATCH_NONE, XN_MATCH_NONE},
        {"a*", FALSE, "xx", "ab", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {"a*", FALSE, "xx", "ba", XN_MATCH_NONE, XN_MATCH_NONE},
        {"T[12]", FALSE, "4", "T2", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {"T[12]", FALSE, "T2", "4", XN_MATCH_NONE, XN_MATCH_NONE},
        {"a+", TRUE, "aa", "b", XN_MATCH_NONE, XN_MATCH_NONE},
        {"a+", TRUE, "b", "aab", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {"a+", TRUE, "b", "baa", XN_MATCH_NONE, XN_MATCH_NONE},
        /* Everything, even what has no name. */
        {"*", FALSE, "a", "", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {NULL, FALSE, "", "", XN_MATCH_FIRST, XN_MATCH_FIRST},
        {".*", TRUE, "", "b", XN_MATCH_FIRST, XN_MATCH_FIRST},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        XnMatchRank fit = XN_MATCH_SECOND;
        g_test_message ("case %u: %s", i, cases[i].selector);
        g_autoptr (XnMatcher) matcher = xn_matcher_new (cases[i].selector, cases[i].regex, &error);
        g_assert_no_error (error);
        g_assert_true (xn_match_id_first (matcher, cases[i].id, cases[i].label, &fit, &error));
        g_assert_no_error (error);
        g_assert_cmpint (fit, ==, cases[i].id_first);
        g_assert_true (xn_match_label_first (matcher, cases[i].id, cases[i].label, &fit, &error));
        g_assert_no_error (error);
        g_assert_cmpint (fit, ==, cases[i].label_first);
    }
}

static void
test_runaway (void)
{
    g_autoptr (GError) error = NULL;
    XnMatchRank fit = XN_MATCH_FIRST;
    g_autoptr (XnMatcher) matcher = xn_matcher_new ("(a+)+$", TRUE, &error);
    g_autofree char *many = g_strnfill (60, 'a');
    g_autofree char *label = g_strconcat (many, "b", NULL);
    g_assert_no_error (error);
    g_assert_false (xn_match_id_first (matcher, "1", label, &fit, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    g_assert_cmpint (fit, ==, XN_MATCH_NONE);
    g_clear_error (&error);
    g_assert_false (xn_match_label_first (matcher, "1", label, &fit, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
}

static const struct {
    const char *label;
    gboolean clear, fits_path;
} labels[] = {
    {NULL, FALSE, FALSE},    {"", FALSE, FALSE},        {"DICOM", TRUE, TRUE},     {"a-b_c.D9", TRUE, TRUE},
    {"7", TRUE, FALSE},      {"007", TRUE, FALSE},      {"7T", TRUE, TRUE},        {"T7", TRUE, TRUE},
    {"1.5", TRUE, TRUE},     {"-1", TRUE, TRUE},        {"a*", FALSE, FALSE},      {"a?", FALSE, FALSE},
    {"[a]", FALSE, FALSE},   {"a]", FALSE, FALSE},      {"my label", TRUE, FALSE}, {"a,b", TRUE, FALSE},
    {"a/b", TRUE, FALSE},    {"a+b", TRUE, FALSE},      {"50%", TRUE, FALSE},      {"a&b", TRUE, FALSE},
    {"a#b", TRUE, FALSE},    {"\xc3\xa9", TRUE, FALSE}, {"NULL", TRUE, FALSE},     {"null", TRUE, FALSE},
    {"NULLS", TRUE, TRUE},   {".", FALSE, FALSE},       {"..", FALSE, FALSE},      {"...", TRUE, TRUE},
    {".hidden", TRUE, TRUE},
};

static void
test_labels (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
        g_test_message ("%s", labels[i].label);
        g_assert_cmpint (xn_resource_label_is_clear (labels[i].label), ==, labels[i].clear);
        g_assert_cmpint (xn_resource_label_fits_path (labels[i].label), ==, labels[i].fits_path);
    }
}

static void
test_clear_labels_are_read_back (void)
{
    g_autoptr (XnUrl) base = xn_url_parse ("xnat+https://h/data/projects/P/resources/R", NULL);
    for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
        if (!labels[i].clear)
            continue;
        g_autoptr (GError) error = NULL;
        g_autoptr (XnUrl) url = xn_url_new_like (base);
        url->selector[XN_LEVEL_PROJECT] = g_strdup ("P");
        url->selector[XN_LEVEL_RESOURCE] = g_strdup (labels[i].label);
        g_autofree char *text = xn_url_print (url, FALSE);
        g_autoptr (XnUrl) again = xn_url_parse (text, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (again->selector[XN_LEVEL_RESOURCE], ==, labels[i].label);
        g_autoptr (XnMatcher) matcher = xn_matcher_new (again->selector[XN_LEVEL_RESOURCE], again->regex, &error);
        g_assert_true (xn_matcher_is_plain (matcher));
    }
}

static void
test_mark_unclear (void)
{
    static const struct {
        XnItem item;
        gboolean by_number;
    } cases[] = {
        {{.project = "P", .resource_id = "1", .resource_label = "ONE"}, FALSE},
        {{.project = "P", .resource_id = "2", .resource_label = "TWICE"}, TRUE},
        {{.project = "P", .resource_id = "3", .resource_label = NULL}, TRUE},
        {{.project = "P", .resource_id = "4", .resource_label = "TWICE"}, TRUE},
        {{.project = "P", .resource_id = "5", .resource_label = "12"}, FALSE},
        {{.project = "P", .resource_id = "6", .resource_label = "a*"}, TRUE},
        {{.project = "P", .resource_id = "7", .resource_label = NULL}, TRUE},
        /* The same label elsewhere, and in another case, is another one. */
        {{.project = "Q", .resource_id = "8", .resource_label = "ONE"}, FALSE},
        {{.project = "P", .resource_id = "9", .resource_label = "one"}, FALSE},
        {{.experiment_id = "E", .scan_id = "1", .resource_id = "10", .resource_label = "DICOM"}, FALSE},
        {{.experiment_id = "E", .scan_id = "2", .resource_id = "11", .resource_label = "DICOM"}, FALSE},
        {{.experiment_id = "E", .resource_id = "12", .resource_label = "DICOM"}, FALSE},
        {{.experiment_id = "E", .reconstruction_id = "2", .resource_id = "13", .resource_label = "DICOM"}, FALSE},
        /* Three of one name. */
        {{.experiment_id = "F", .resource_id = "14", .resource_label = "X"}, TRUE},
        {{.experiment_id = "F", .resource_id = "15", .resource_label = "X"}, TRUE},
        {{.experiment_id = "F", .resource_id = "16", .resource_label = "X"}, TRUE},
        /* What was known before stays known. */
        {{.project = "P", .resource_id = "17", .resource_label = "SEEN", .by_number = TRUE}, TRUE},
    };
    g_autoptr (GPtrArray) resources = g_ptr_array_new_with_free_func (g_free);
    xn_resource_labels_mark_unclear (resources);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        g_ptr_array_add (resources, xn_item_copy (&cases[i].item));
    xn_resource_labels_mark_unclear (resources);
    g_assert_cmpuint (resources->len, ==, G_N_ELEMENTS (cases));
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        const XnItem *item = g_ptr_array_index (resources, i);
        g_test_message ("resource %s", item->resource_id);
        g_assert_cmpint (item->by_number, ==, cases[i].by_number);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/fit/fit", test_fit);
    g_test_add_func ("/fit/runaway", test_runaway);
    g_test_add_func ("/fit/labels", test_labels);
    g_test_add_func ("/fit/clear-labels-are-read-back", test_clear_labels_are_read_back);
    g_test_add_func ("/fit/mark-unclear", test_mark_unclear);
    return g_test_run ();
}
