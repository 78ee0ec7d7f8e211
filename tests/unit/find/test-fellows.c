/* SPDX-License-Identifier: Apache-2.0 */
/* Which experiments are looked for together. */
#include "find/fellows.h"

#include <string.h>

#define AT "xnat+https://xnat.example.com/data/archive/projects/"

static XnUrl *
read_url (const char *rest)
{
    g_autofree char *text = g_strconcat (AT, rest, NULL);
    g_autoptr (GError) error = NULL;
    XnUrl *url = xn_url_parse (text, &error);
    g_assert_no_error (error);
    return url;
}

static void
add (XnFellows *fellows, const char *rest)
{
    g_autoptr (XnUrl) url = read_url (rest);
    xn_fellows_add (fellows, url);
}

static void
assert_filter (const XnFellows *fellows, const char *rest, const char *expected)
{
    g_autoptr (XnUrl) url = read_url (rest);
    g_assert_cmpstr (xn_fellows_filter (fellows, url), ==, expected);
}

static void
test_names (void)
{
    g_autoptr (XnFellows) fellows = xn_fellows_new ();
    add (fellows, "P/subjects/S/experiments/one/scans/1/resources/A");
    add (fellows, "P/experiments/two/resources/A");
    add (fellows, "P/experiments/one/scans/2/resources/B");
    add (fellows, "P/experiments/XNAT_E00001/resources/A");
    add (fellows, "Q/experiments/one/resources/A");
    add (fellows, "P/experiments/three*/resources/A");
    add (fellows, "P/experiments/a%2Cb/resources/A");
    add (fellows, "P/resources/A");
    assert_filter (fellows, "P/experiments/one/resources/Z", "label=one,two");
    assert_filter (fellows, "P/experiments/two/scans/9/resources/Z", "label=one,two");
    assert_filter (fellows, "P/experiments/XNAT_E00001/resources/A", "ID=XNAT_E00001");
    assert_filter (fellows, "Q/experiments/one/resources/A", "label=one");
    /* Of what was not noted, or is no plain name for a filter, nothing is told. */
    assert_filter (fellows, "Q/experiments/two/resources/A", NULL);
    assert_filter (fellows, "P/experiments/three*/resources/A", NULL);
    assert_filter (fellows, "P/experiments/a%2Cb/resources/A", NULL);
    assert_filter (fellows, "P/experiments/one/resources/A?regex=true", NULL);
    assert_filter (fellows, "P/resources/A", NULL);
}

static void
test_many (void)
{
    g_autoptr (XnFellows) fellows = xn_fellows_new ();
    g_autoptr (GHashTable) filters = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < 250; i++) {
        g_autofree char *rest = g_strdup_printf ("P/experiments/e%u/resources/A", i);
        add (fellows, rest);
    }
    for (guint i = 0; i < 250; i++) {
        g_autofree char *rest = g_strdup_printf ("P/experiments/e%u/resources/A", i);
        g_autofree char *name = g_strdup_printf ("e%u", i);
        g_autoptr (XnUrl) url = read_url (rest);
        const char *filter = xn_fellows_filter (fellows, url);
        g_assert_true (g_str_has_prefix (filter, "label="));
        g_auto (GStrv) names = g_strsplit (strchr (filter, '=') + 1, ",", -1);
        g_assert_true (g_strv_contains ((const char *const *)names, name));
        g_assert_cmpuint (g_strv_length (names), <=, 100);
        g_hash_table_add (filters, (gpointer)filter);
    }
    g_assert_cmpuint (g_hash_table_size (filters), ==, 3);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/find/fellows/names", test_names);
    g_test_add_func ("/find/fellows/many", test_many);
    return g_test_run ();
}
