/* SPDX-License-Identifier: Apache-2.0 */
/* Matching: plain texts, shell patterns against a table of Python's answers, expressions, the time they may take. */
#include "../rounds.h"
#include "base/error.h"
#include "xnat/match.h"

#include <string.h>
#include <sys/resource.h>

/* Whether @selector matches @label, which must not fail. */
static gboolean
matches (const char *selector, gboolean regex, const char *label)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnMatcher) matcher = xn_matcher_new (selector, regex, &error);
    g_assert_no_error (error);
    g_assert_nonnull (matcher);
    gboolean found = xn_matcher_matches (matcher, label, &error);
    g_assert_no_error (error);
    return found;
}

static void
test_plain (void)
{
    g_assert_true (matches ("T1", FALSE, "T1"));
    g_assert_false (matches ("T1", FALSE, "T10"));
    g_assert_false (matches ("T1", FALSE, "t1"));
    g_assert_true (matches ("a.b", FALSE, "a.b"));
    g_assert_false (matches ("a.b", FALSE, "axb"));
    g_assert_true (matches ("A & B", FALSE, "A &amp; B"));
    g_assert_true (matches ("A &amp; B", FALSE, "A &amp; B"));
    g_assert_true (matches ("A & B", FALSE, "A & B"));
    g_assert_true (matches ("a<b>\"c'", FALSE, "a&lt;b&gt;&quot;c&apos;"));
    g_assert_true (matches ("bad\xEF\xBF\xBD", FALSE, "bad\xFF"));
}

static void
test_kinds (void)
{
    g_autoptr (XnMatcher) plain = xn_matcher_new ("a", FALSE, NULL);
    g_autoptr (XnMatcher) glob = xn_matcher_new ("a?", FALSE, NULL);
    g_autoptr (XnMatcher) regex = xn_matcher_new ("a", TRUE, NULL);
    g_assert_true (xn_matcher_is_plain (plain));
    g_assert_false (xn_matcher_is_plain (glob));
    g_assert_false (xn_matcher_is_plain (regex));
    g_assert_cmpstr (xn_matcher_text (plain), ==, "a");
    g_assert_cmpstr (xn_matcher_text (glob), ==, "a?");
    g_assert_false (xn_matcher_is_everything (plain));

    const struct {
        const char *selector;
        gboolean regex;
    } all[] = {{NULL, FALSE}, {NULL, TRUE}, {"*", FALSE}, {".*", TRUE}};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
        g_autoptr (XnMatcher) matcher = xn_matcher_new (all[i].selector, all[i].regex, NULL);
        g_assert_true (xn_matcher_is_everything (matcher));
        g_assert_false (xn_matcher_is_plain (matcher));
        g_assert_null (xn_matcher_text (matcher));
        g_assert_true (xn_matcher_matches (matcher, "", NULL));
        g_assert_true (xn_matcher_matches (matcher, "any\nthing", NULL));
    }

    g_autoptr (GError) error = NULL;
    g_assert_null (xn_matcher_new ("\xFF", FALSE, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);

    for (const char *p = "*?[]"; *p != '\0'; p++) {
        const char text[] = {'a', *p, '\0'};
        g_assert_true (xn_has_pattern_characters (text));
    }
    g_assert_false (xn_has_pattern_characters ("a-b.c{d}(e)!^\\"));
}

static void
test_glob_table (void)
{
    g_autofree char *file = g_test_build_filename (G_TEST_DIST, "glob-table.tsv", NULL);
    g_autofree char *content = NULL;
    g_autoptr (GError) error = NULL;
    g_file_get_contents (file, &content, NULL, &error);
    g_assert_no_error (error);
    g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
    guint checked = 0, wrong = 0;
    for (char **line = lines; **line != '\0'; line++) {
        g_auto (GStrv) cells = g_strsplit (*line, "\t", -1);
        g_assert_cmpuint (g_strv_length (cells), ==, 3);
        /* A pattern matches a text that equals it as well; and one without pattern characters is a plain text. */
        gboolean wanted = *cells[2] == '1' || strcmp (cells[0], cells[1]) == 0;
        if (matches (cells[0], FALSE, cells[1]) != wanted) {
            g_test_message ("pattern %s text %s: Python says %s", cells[0], cells[1], cells[2]);
            wrong++;
        }
        checked++;
    }
    g_assert_cmpuint (wrong, ==, 0);
    g_assert_cmpuint (checked, >, 5000);
}

static void
test_glob (void)
{
    g_assert_true (matches ("*_BRAIN", FALSE, "S01_BRAIN"));
    g_assert_false (matches ("*_BRAIN", FALSE, "S01_BRAIN2"));
    g_assert_true (matches ("A ? B", FALSE, "A &amp; B"));
    g_assert_true (matches ("A ?amp; B", FALSE, "A &amp; B"));
    g_assert_true (matches ("a*", FALSE, "a\nb"));
    g_assert_true (matches ("a*z", FALSE, "a/b/z"));
    g_assert_true (matches ("a[1]", FALSE, "a[1]"));
    g_assert_true (matches ("a[1]", FALSE, "a1"));
    g_assert_true (matches ("?", FALSE, "\xF0\x9F\x98\x80"));
}

static void
test_glob_is_fast (void)
{
    g_autoptr (GString) pattern = g_string_new (NULL);
    for (guint i = 0; i < 100; i++)
        g_string_append (pattern, "*a");
    g_string_append (pattern, "*b");
    g_autofree char *text = g_strnfill (20000, 'a');
    gint64 start = g_get_monotonic_time ();
    g_assert_false (matches (pattern->str, FALSE, text));
    g_assert_cmpint (g_get_monotonic_time () - start, <, time_limit (5 * G_USEC_PER_SEC));
}

static void
test_regex (void)
{
    g_assert_true (matches ("T1", TRUE, "T10"));
    g_assert_false (matches ("T1", TRUE, "xT1"));
    g_assert_false (matches ("T1$", TRUE, "T10"));
    g_assert_true (matches ("x|T1", TRUE, "T1"));
    g_assert_false (matches ("x|T1", TRUE, "aT1"));
    g_assert_true (matches (".", TRUE, "\xC3\xA9"));
    g_assert_true (matches ("^.$", TRUE, "\xC3\xA9"));
    g_assert_true (matches ("(?i)t1", TRUE, "T1"));
    g_assert_true (matches ("(?P<x>a)(?P=x)", TRUE, "aa"));
    g_assert_true (matches ("\\w+$", TRUE, "\xC3\xA9t\xC3\xA9"));
    g_assert_false (matches ("a.b", TRUE, "a\nb"));
    g_assert_true (matches ("a.b", TRUE, "a\rb"));
    g_assert_true (matches ("a(b", FALSE, "a(b"));
    g_assert_true (matches ("a+b", TRUE, "a+b"));
    g_assert_true (matches ("A & B$", TRUE, "A &amp; B"));
    g_assert_true (matches ("A &amp; B$", TRUE, "A &amp; B"));
}

static void
test_bad_regex (void)
{
    const struct {
        const char *expression;
        const char *position;
    } cases[] = {
        {"(a", " at position 2"},
        {"[z", " at position 2"},
        {"a)", " at position 1"},
        {"*a", " at position "},
        {"(*LIMIT_MATCH=9)a", " at position 1"},
        {"\xC3\xA9\xC3\xA9(", " at position 3"},
        {"x{3,1}", " at position 5"},
        {"(?P<n", " at position 5"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (xn_matcher_new (cases[i].expression, TRUE, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
        g_test_message ("%s", error->message);
        g_assert_nonnull (strstr (error->message, cases[i].expression));
        g_assert_nonnull (strstr (error->message, cases[i].position));
        g_assert_null (strstr (error->message, "(*LIMIT_MATCH=1000000)"));
    }
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_matcher_new ("*a", TRUE, &error));
    g_assert_nonnull (strstr (error->message, " at position 0"));
}

static void
test_runaway (void)
{
    g_autofree char *a = g_strnfill (5000, 'a');
    g_autofree char *many_a = g_strconcat (a, "!", NULL);
    g_autofree char *x = g_strnfill (5000, 'x');
    g_autofree char *many_x = g_strconcat (x, "!y", NULL);
    const struct {
        const char *expression;
        const char *text;
    } cases[] = {{"(a+)+$", many_a}, {"(x+x+)+y", many_x}, {"(.*)*b\\1c", many_a}, {"(a|aa)+$", many_a}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnMatcher) matcher = xn_matcher_new (cases[i].expression, TRUE, &error);
        g_assert_no_error (error);
        gint64 start = g_get_monotonic_time ();
        gboolean found = xn_matcher_matches (matcher, cases[i].text, &error);
        gint64 took = g_get_monotonic_time () - start;
        g_test_message ("%s: %.3f s, %s", cases[i].expression, (double)took / G_USEC_PER_SEC,
                        error != NULL ? error->message : "no error");
        g_assert_false (found);
        g_assert_cmpint (took, <, time_limit (5 * G_USEC_PER_SEC));
        if (i != 2)
            g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    }
}

/* A matcher without a bound takes 328 MB; AddressSanitizer keeps what was freed for a while. */
#ifdef __SANITIZE_ADDRESS__
#define MOST_KIB (256 * 1024)
#else
#define MOST_KIB (100 * 1024)
#endif

/* One match may take no more memory than a label is worth, however long the text. */
static void
test_memory (void)
{
    g_autofree char *text = g_strnfill (900 * 1000, 'a');
    static const char *const expressions[] = {"((a)|(b))*c", "(?:(?:a)|b)*?c", "(.|x)*\\1z"};
    struct rusage before, after;
    g_assert_cmpint (getrusage (RUSAGE_SELF, &before), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (expressions); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnMatcher) matcher = xn_matcher_new (expressions[i], TRUE, &error);
        g_assert_no_error (error);
        g_assert_false (xn_matcher_matches (matcher, text, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
    }
    g_assert_cmpint (getrusage (RUSAGE_SELF, &after), ==, 0);
    g_test_message ("%ld KiB more", after.ru_maxrss - before.ru_maxrss);
    g_assert_cmpint (after.ru_maxrss - before.ru_maxrss, <, MOST_KIB);
}

static void
test_unescape (void)
{
    const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", ""},
        {"a&amp;b", "a&b"},
        {"&amp;lt;", "&lt;"},
        {"&#65;&#x42;&#X43;", "ABC"},
        {"&#233;", "\xC3\xA9"},
        {"&#0;&#xD800;&#x110000;&#;&#x;&#12", "&#0;&#xD800;&#x110000;&#;&#x;&#12"},
        {"&#99999999999;", "&#99999999999;"},
        {"&nbsp;&amp", "&nbsp;&amp"},
        {"&", "&"},
        {"&quot;&apos;&lt;&gt;", "\"'<>"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *text = xn_xml_unescape (cases[i].text);
        g_assert_cmpstr (text, ==, cases[i].wanted);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/match/plain", test_plain);
    g_test_add_func ("/match/kinds", test_kinds);
    g_test_add_func ("/match/glob", test_glob);
    g_test_add_func ("/match/glob-table", test_glob_table);
    g_test_add_func ("/match/glob-is-fast", test_glob_is_fast);
    g_test_add_func ("/match/regex", test_regex);
    g_test_add_func ("/match/bad-regex", test_bad_regex);
    g_test_add_func ("/match/runaway", test_runaway);
    g_test_add_func ("/match/memory", test_memory);
    g_test_add_func ("/match/xml-unescape", test_unescape);
    return g_test_run ();
}
