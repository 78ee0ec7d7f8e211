/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: how lines become entries, and entries get their places. */
#include <string.h>

#include "../guarded.h"
#include "kinds.h"
#include "list.h"
#include "names.h"

static GPtrArray *
parse (const char *text)
{
    return list_parse (text, strlen (text), 255);
}

/* Compares the entries of @text with "ID|URL|NAME" for each; a NAME of "-" is none, "!" a refused entry. */
static void
assert_entries (const char *text, const char *const *expected)
{
    g_autoptr (GPtrArray) entries = parse (text);

    for (guint i = 0; i < entries->len; i++) {
        const ListEntry *entry = entries->pdata[i];
        const char *name = entry->name != NULL ? entry->name : "-";
        g_autofree char *found = g_strjoin ("|", entry->id, entry->url, entry->reason != NULL ? "!" : name, NULL);

        g_assert_cmpstr (found, ==, expected[i]);
    }
    g_assert_null (expected[entries->len]);
}

#define ASSERT_ENTRIES(text, ...) assert_entries (text, (const char *const[]){__VA_ARGS__ __VA_OPT__ (, ) NULL})

static void
test_lines (void)
{
    ASSERT_ENTRIES ("");
    ASSERT_ENTRIES ("\n\r\n  \n");
    ASSERT_ENTRIES ("a\tu://1", "a|u://1|a");
    ASSERT_ENTRIES ("a\tu://1\r\nu://2\r\n", "a|u://1|a", "|u://2|-");
    ASSERT_ENTRIES ("\xef\xbb\xbf"
                    "a\tu://1\n",
                    "a|u://1|a");
    ASSERT_ENTRIES ("#a\tu://1\n", "#a|u://1|#a");
    ASSERT_ENTRIES (" a b \tu://1 \n", " a b |u://1 | a b ");
    ASSERT_ENTRIES ("a\tb\tu://1\n", "a|b\tu://1|a");
    ASSERT_ENTRIES ("\tu://1\n", "|u://1|-");
    ASSERT_ENTRIES ("a\t\n", "a||!");
    ASSERT_ENTRIES ("a\tu://1\r\r\n", "a|u://1\r|a");
}

static void
test_repeated_ids (void)
{
    ASSERT_ENTRIES ("a\tu://1\na\tu://2\na\tu://3\n", "a|u://1|a", "a|u://2|a~2", "a|u://3|a~3");
    ASSERT_ENTRIES ("a~2\tu\na\tu\na\tu\n", "a~2|u|a~2", "a|u|a", "a|u|a~3");
    ASSERT_ENTRIES ("a\tu\na\tu\na~2\tu\n", "a|u|a", "a|u|a~2", "a~2|u|a~2~2");
    ASSERT_ENTRIES ("a/b\tu\na%2Fb\tu\n", "a/b|u|a%2Fb", "a%2Fb|u|a%2Fb~2");
    /* DESTINATION.partial is where an unfinished fetch waits. */
    ASSERT_ENTRIES ("a\tu\na.partial\tu\n", "a|u|a", "a.partial|u|a.partial~2");
    ASSERT_ENTRIES ("a.partial\tu\na\tu\n", "a.partial|u|a.partial", "a|u|a~2");
}

static void
test_without_ids (void)
{
    ASSERT_ENTRIES ("u://1/x\nu://2/y\n", "|u://1/x|-", "|u://2/y|-");
    ASSERT_ENTRIES ("u://1/x\nu://2/x?a=/y\n", "|u://1/x|-", "|u://2/x?a=/y|!");
    ASSERT_ENTRIES ("u://1/x%20y\nu://2/x y\n", "|u://1/x%20y|-", "|u://2/x y|!");
    ASSERT_ENTRIES ("u://1/\nu://2/\n", "|u://1/|-", "|u://2/|-");
    ASSERT_ENTRIES ("x\tu://1\nu://2/x\n", "x|u://1|x", "|u://2/x|!");
    ASSERT_ENTRIES ("u://2/x\nx\tu://1\n", "|u://2/x|-", "x|u://1|x~2");
}

static void
test_kinds (void)
{
    const char nul[] = "a\tu://\0001\nb\tu://2\n";
    g_autoptr (GPtrArray) entries = list_parse (nul, sizeof nul - 1, 255);
    g_autoptr (GPtrArray) twice = parse ("u://1/x\nu://2/x\n");
    const ListEntry *first = entries->pdata[0];
    const ListEntry *second = twice->pdata[1];

    g_assert_cmpuint (entries->len, ==, 2);
    g_assert_cmpint (first->kind, ==, IO_KIND_USAGE);
    g_assert_cmpstr (first->reason, ==, "line 1 of the list holds a NUL byte");
    g_assert_cmpint (second->kind, ==, IO_KIND_CONFLICT);
    g_assert_nonnull (strstr (second->reason, "'x'"));
}

static void
assert_name (const char *id, const char *expected)
{
    g_autofree char *name = list_encode_name (id, 255);

    g_assert_cmpstr (name, ==, expected);
}

static void
test_names (void)
{
    assert_name ("plain", "plain");
    assert_name ("a/b", "a%2Fb");
    assert_name ("/", "%2F");
    assert_name (".", "%2E");
    assert_name ("..", "%2E%2E");
    assert_name ("...", "...");
    assert_name ("../..", "..%2F..");
    assert_name ("a%b c", "a%b c");
    assert_name ("\x01\x1f\x7f\t", "%01%1F%7F%09");
    assert_name ("\xc3\xa9\xff", "\xc3\xa9\xff");
}

/* An id that is no UTF-8 is compared as it is, and nothing behind its end is looked at. */
static void
test_no_utf8 (void)
{
    char *name = guarded_text ("x\xf0");
    ListEntry first = {.name = name}, second = {.name = name};
    g_autoptr (GPtrArray) entries = g_ptr_array_new ();

    g_ptr_array_add (entries, &first);
    names_refuse_same (entries, g_get_tmp_dir (), FALSE);
    g_assert_cmpint (first.kind, ==, IO_KIND_OK);
    g_ptr_array_add (entries, &second);
    names_refuse_same (entries, g_get_tmp_dir (), FALSE);
    g_assert_cmpint (second.kind, ==, IO_KIND_CONFLICT);
    g_free (second.reason);
    guarded_free (name);
}

/* A list of one id would take minutes if each repetition were counted from the start. */
static void
test_many (void)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GPtrArray) entries = NULL;
    const ListEntry *last;

    for (int i = 0; i < 50000; i++)
        g_string_append (text, "a\tu://x\n");
    entries = list_parse (text->str, text->len, 255);
    g_assert_cmpuint (entries->len, ==, 50000);
    last = entries->pdata[49999];
    g_assert_cmpstr (last->name, ==, "a~50000");
}

static void
test_unreadable (void)
{
    g_autoptr (GError) missing = NULL;
    g_autoptr (GError) directory = NULL;

    g_assert_null (list_read ("/there/is/none", &missing));
    g_assert_error (missing, IOPLUG_ERROR, IO_KIND_IO);
    g_assert_null (list_read ("/", &directory));
    g_assert_error (directory, IOPLUG_ERROR, IO_KIND_IO);
}

static void
test_long_name (void)
{
    g_autofree char *one = g_strdup_printf ("%0300d_a", 0), *other = g_strdup_printf ("%0300d_b", 0);
    g_autofree char *fits = g_strnfill (255, 'x');
    g_autoptr (GString) wide = g_string_new (NULL);
    while (wide->len < 300)
        g_string_append (wide, "\xc3\xa9");
    g_autofree char *name_one = list_encode_name (one, 255), *again = list_encode_name (one, 255);
    g_autofree char *name_other = list_encode_name (other, 255), *name_fits = list_encode_name (fits, 255);
    g_autofree char *name_wide = list_encode_name (wide->str, 255);
    g_assert_cmpuint (strlen (name_one), ==, 200);
    g_assert_cmpstr (name_one, ==, again);
    g_assert_cmpstr (name_one, !=, name_other);
    g_assert_cmpstr (name_fits, ==, fits);
    g_assert_true (g_utf8_validate (name_wide, -1, NULL));
    g_assert_cmpuint (strlen (name_wide), <=, 200);
    g_autofree char *name_short = list_encode_name (one, 143), *short_fits = list_encode_name (name_other, 200);
    g_assert_cmpuint (strlen (name_short), ==, 123); /* a number may follow */
    g_assert_cmpstr (short_fits, ==, name_other);
}

/* A number behind it must fit, too. */
static void
test_long_names_twice (void)
{
    for (gsize length = 230; length <= 255; length++) {
        g_autofree char *id = g_strnfill (length, 'x');
        g_autofree char *text = g_strdup_printf ("%s\tu\n%s\tu\n%s\tu\n", id, id, id);
        g_autoptr (GPtrArray) entries = list_parse (text, strlen (text), 255);
        const ListEntry *first = entries->pdata[0], *second = entries->pdata[1], *third = entries->pdata[2];

        g_assert_cmpstr (first->name, ==, id);
        g_assert_true (g_str_has_suffix (second->name, "~2") && g_str_has_suffix (third->name, "~3"));
        g_assert_cmpuint (strlen (third->name), <=, 255);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/list/long-name", test_long_name);
    g_test_add_func ("/list/lines", test_lines);
    g_test_add_func ("/list/repeated-ids", test_repeated_ids);
    g_test_add_func ("/list/without-ids", test_without_ids);
    g_test_add_func ("/list/kinds", test_kinds);
    g_test_add_func ("/list/names", test_names);
    g_test_add_func ("/list/no-utf8", test_no_utf8);
    g_test_add_func ("/list/many", test_many);
    g_test_add_func ("/list/unreadable", test_unreadable);
    g_test_add_func ("/list/long-names-twice", test_long_names_twice);
    return g_test_run ();
}
