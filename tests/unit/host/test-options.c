/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what is read from it, wherever it stands. */
#include <string.h>

#include "kinds.h"
#include "options.h"

static Options *
parse (const char *line, GError **error)
{
    g_auto (GStrv) words = g_strsplit (line, " ", -1);

    return options_parse ((int)g_strv_length (words), words, error);
}

static Options *
assert_parses (const char *line)
{
    g_autoptr (GError) error = NULL;
    Options *options = parse (line, &error);

    g_assert_no_error (error);
    g_assert_nonnull (options);
    return options;
}

static void
assert_refused (const char *line, const char *words)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (line, &error));
    g_assert_error (error, IOPLUG_ERROR, IO_KIND_USAGE);
    if (strstr (error->message, words) == NULL)
        g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static const char *
setting (const Options *options, const char *name)
{
    return g_hash_table_lookup (options->settings, name);
}

static void
test_defaults (void)
{
    g_autoptr (Options) options = assert_parses ("ioplug");

    g_assert_null (options->command);
    g_assert_cmpuint (options->n_arguments, ==, 0);
    g_assert_nonnull (options->arguments);
    g_assert_cmpuint (options->jobs, ==, 8);
    g_assert_cmpint (options->level, ==, IO_LOG_WARNING);
    g_assert_cmpint (options->progress, ==, PROGRESS_AUTO);
    g_assert_null (setting (options, "jobs"));
}

static void
test_before_and_after (void)
{
    static const char *const lines[] = {
        "ioplug --json -j 3 -o a=b=c --plugin x.so --plugin y.so --progress never -v fetch u d",
        "ioplug fetch u d --json -j 3 -o a=b=c --plugin x.so --plugin y.so --progress never -v",
        "ioplug --json fetch -j3 u -oa=b=c --plugin=x.so --plugin=y.so --progress=never d --verbose",
        "ioplug --set a=b=c --jobs=3 fetch --json --plugin x.so --plugin y.so u --progress never -q -v -- d",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
        g_autoptr (Options) options = assert_parses (lines[i]);

        g_assert_cmpstr (options->command, ==, "fetch");
        g_assert_cmpuint (options->n_arguments, ==, 2);
        g_assert_cmpstr (options->arguments[0], ==, "u");
        g_assert_cmpstr (options->arguments[1], ==, "d");
        g_assert_true (options->json);
        g_assert_cmpuint (options->jobs, ==, 3);
        g_assert_cmpstr (setting (options, "jobs"), ==, "3");
        g_assert_cmpstr (setting (options, "a"), ==, "b=c");
        g_assert_cmpstr (options->plugins[0], ==, "x.so");
        g_assert_cmpstr (options->plugins[1], ==, "y.so");
        g_assert_cmpint (options->progress, ==, PROGRESS_NEVER);
        g_assert_cmpint (options->level, ==, IO_LOG_INFO);
    }
}

static void
test_last_one_counts (void)
{
    g_autoptr (Options) options = assert_parses ("ioplug -o jobs=2 -j 5 --debug -q -o a=1 -o a= put");

    g_assert_cmpuint (options->jobs, ==, 5);
    g_assert_cmpint (options->level, ==, IO_LOG_ERROR);
    g_assert_cmpstr (setting (options, "a"), ==, "");
}

static void
test_odd_words (void)
{
    g_autoptr (Options) dash = assert_parses ("ioplug fetch --list - dir");
    g_autoptr (Options) after = assert_parses ("ioplug put -- -j4 --json");
    g_autoptr (Options) latin = assert_parses ("ioplug -o a=\xff fetch \xe9 \xff");

    g_assert_cmpstr (dash->list, ==, "-");
    g_assert_cmpstr (dash->arguments[0], ==, "dir");
    g_assert_cmpstr (after->arguments[0], ==, "-j4");
    g_assert_cmpstr (after->arguments[1], ==, "--json");
    g_assert_false (after->json);
    g_assert_cmpstr (latin->arguments[0], ==, "\xe9");
    g_assert_cmpstr (setting (latin, "a"), ==, "\xff");
}

static void
test_refusals (void)
{
    assert_refused ("ioplug --foo", "--foo");
    assert_refused ("ioplug fetch -x", "-x");
    assert_refused ("ioplug fetch --plugin", "--plugin");
    assert_refused ("ioplug -o a fetch", "KEY=VALUE");
    assert_refused ("ioplug -o =a fetch", "KEY=VALUE");
    assert_refused ("ioplug -j 0 fetch", "1 to 256");
    assert_refused ("ioplug -j 257 fetch", "1 to 256");
    assert_refused ("ioplug -j -1 fetch", "1 to 256");
    assert_refused ("ioplug -j 4x fetch", "1 to 256");
    assert_refused ("ioplug -o jobs= fetch", "1 to 256");
    assert_refused ("ioplug --progress maybe fetch", "auto, always or never");
    assert_refused ("ioplug --json=yes fetch", "--json");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/options/defaults", test_defaults);
    g_test_add_func ("/options/before-and-after", test_before_and_after);
    g_test_add_func ("/options/last-one-counts", test_last_one_counts);
    g_test_add_func ("/options/odd-words", test_odd_words);
    g_test_add_func ("/options/refusals", test_refusals);
    return g_test_run ();
}
