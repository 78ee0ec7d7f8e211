/* SPDX-License-Identifier: Apache-2.0 */
/* Text that goes out: JSON, columns, terminal lines, passwords, the names of kinds. */
#include <string.h>

#include "kinds.h"
#include "text.h"

static void
assert_json (const char *text, const char *expected)
{
    g_autoptr (GString) out = g_string_new (NULL);

    text_append_json (out, text);
    g_assert_cmpstr (out->str, ==, expected);
    g_assert_true (g_utf8_validate (out->str, -1, NULL));
}

static void
test_json (void)
{
    assert_json (NULL, "\"\"");
    assert_json ("", "\"\"");
    assert_json ("a/b", "\"a/b\"");
    assert_json ("\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    assert_json ("\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"");
    assert_json ("\xe2\x80\xa8", "\"\\u2028\"");
    assert_json ("\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    assert_json ("a\xff"
                 "b\xed\xa0\x80",
                 "\"a\xef\xbf\xbd"
                 "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    /* What is odd stands at any place of eight bytes that are looked at together. */
    for (guint i = 0; i < 24; i++) {
        g_autofree char *text = g_strnfill (24, 'x');
        g_autofree char *expected = NULL;

        text[i] = '"';
        expected = g_strdup_printf ("\"%.*s\\\"%s\"", (int)i, text, text + i + 1);
        assert_json (text, expected);
        g_clear_pointer (&expected, g_free);
        text[i] = '\x7f';
        expected = g_strdup_printf ("\"%.*s\\u007f%s\"", (int)i, text, text + i + 1);
        assert_json (text, expected);
    }
    assert_json ("\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
assert_number (const char *value, const char *expected)
{
    g_autoptr (GString) out = g_string_new ("{");

    text_append_member (out, "n", value, TRUE);
    text_append_member (out, "s", "1", FALSE);
    g_assert_cmpstr (out->str, ==, expected);
}

static void
test_members (void)
{
    assert_number ("0", "{\"n\":0,\"s\":\"1\"");
    assert_number ("1234567890123", "{\"n\":1234567890123,\"s\":\"1\"");
    assert_number ("007", "{\"n\":\"007\",\"s\":\"1\"");
    assert_number ("-1", "{\"n\":\"-1\",\"s\":\"1\"");
    assert_number ("1e5", "{\"n\":\"1e5\",\"s\":\"1\"");
    assert_number ("", "{\"n\":\"\",\"s\":\"1\"");
}

static void
assert_redacted (const char *url, const char *expected)
{
    g_autofree char *shown = text_without_password (url);

    g_assert_cmpstr (shown, ==, expected);
}

static void
test_passwords (void)
{
    assert_redacted ("x://me:secret@host/a", "x://me:***@host/a");
    assert_redacted ("x://me:se@cret@host:80/a", "x://me:***@host:80/a");
    assert_redacted ("x://me:se/cret@host/a", "x://me:***@host/a");
    assert_redacted ("x://:secret@host", "x://:***@host");
    assert_redacted ("x://me@host:80/a", "x://me@host:80/a");
    assert_redacted ("x://host:8080/a@b:c", "x://host:8080/a@b:c");
    assert_redacted ("x://host:8080", "x://host:8080");
    assert_redacted ("x://[::1]:80/a@b", "x://[::1]:80/a@b");
    assert_redacted ("x://host/a:b@c", "x://host/a:b@c");
    assert_redacted ("no url: a@b", "no url: a@b");
    assert_redacted ("x://", "x://");
    assert_redacted ("x://u%3ASECRET@h/a", "x://u%3A***@h/a");
    assert_redacted ("x://u%20v%3aSE/CRET@h/a", "x://u%20v%3a***@h/a");
    assert_redacted ("x://u%20v@h:80/a%3Ab@c", "x://u%20v@h:80/a%3Ab@c");
}

static void
test_lines (void)
{
    g_autofree char *line = text_one_line ("a\x1b[31m\nb\xc2\x9b\x7f\xc3\xa9");
    g_autofree char *column = text_column ("a\tb\n\xc3\xa9%");

    g_assert_cmpstr (line, ==, "a [31m b  \xc3\xa9");
    g_assert_cmpstr (column, ==, "a%09b%0A\xc3\xa9%");
    /* An order to write from right to left, a byte that is no UTF-8 but CSI to some, and a tag. */
    g_autofree char *odd_line = text_one_line ("a\xe2\x80\xae"
                                               "b\x9b"
                                               "c\xe9\xf3\xa0\x80\x81"
                                               "d");
    g_autofree char *odd_column = text_column ("a\xe2\x80\xae"
                                               "b\x9b"
                                               "c\xe9\xe2\x81\xa6");
    g_autoptr (GString) json = g_string_new (NULL);
    g_assert_cmpstr (odd_line, ==, "a b c\xe9 d");
    g_assert_cmpstr (odd_column, ==, "a%E2%80%AEb%9Bc\xe9%E2%81%A6");
    text_append_json (json, "\xe2\x80\xae\xf3\xa0\x80\x81\xc3\xa9");
    g_assert_cmpstr (json->str, ==, "\"\\u202e\\udb40\\udc01\xc3\xa9\"");
}

static void
assert_size (double bytes, const char *expected)
{
    g_autofree char *text = text_size (bytes);

    g_assert_cmpstr (text, ==, expected);
}

static void
test_sizes (void)
{
    assert_size (0, "0 B");
    assert_size (999, "999 B");
    assert_size (1000, "1.0 kB");
    assert_size (999949, "999.9 kB");
    assert_size (999950, "1.0 MB");
    assert_size (5.6e9, "5.6 GB");
    assert_size (1e20, "100000.0 PB");
}

static void
assert_cut (const char *text, int columns, const char *expected)
{
    g_autofree char *cut = text_cut (text, columns);

    g_assert_cmpstr (cut, ==, expected);
    g_assert_cmpint (text_width (cut), <=, columns);
}

static void
test_cut (void)
{
    assert_cut ("abcdef", 6, "abcdef");
    assert_cut ("abcdef", 5, "abc..");
    assert_cut ("abcdef", 2, "..");
    assert_cut ("abcdef", 1, ".");
    assert_cut ("abcdef", 0, "");
    assert_cut ("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 3, "\xc3\xa9..");
    /* Two columns each. */
    g_assert_cmpint (text_width ("\xe8\x84\xb3\xe8\x84\xb3"), ==, 4);
    assert_cut ("\xe8\x84\xb3\xe8\x84\xb3\xe8\x84\xb3", 5, "\xe8\x84\xb3..");
}

static void
test_kinds (void)
{
    static const char *const names[] = {"ok",      "usage",  "not-found", "ambiguous", "auth",     "conflict",
                                        "network", "server", "integrity", "io",        "cancelled"};
    static const int codes[] = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130};

    for (int kind = 0; kind <= IO_KIND_CANCELLED; kind++) {
        g_assert_cmpstr (kind_name (kind), ==, names[kind]);
        g_assert_cmpint (kind_exit_code (kind), ==, codes[kind]);
    }
    g_assert_cmpstr (kind_name (KIND_PLUGIN), ==, "plugin");
    g_assert_cmpint (kind_exit_code (KIND_PLUGIN), ==, 11);
    g_assert_cmpstr (kind_name (4711), ==, "server");
    g_assert_cmpint (kind_exit_code (4711), ==, 8);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/text/json", test_json);
    g_test_add_func ("/text/members", test_members);
    g_test_add_func ("/text/passwords", test_passwords);
    g_test_add_func ("/text/lines", test_lines);
    g_test_add_func ("/text/sizes", test_sizes);
    g_test_add_func ("/text/cut", test_cut);
    g_test_add_func ("/text/kinds", test_kinds);
    return g_test_run ();
}
