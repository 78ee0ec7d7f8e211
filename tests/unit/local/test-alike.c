/* SPDX-License-Identifier: Apache-2.0 */
/* Names that some file systems take for one. */
#include "local/alike.h"

#include "../guarded.h"
#include "../rounds.h"

#include <string.h>

#define NFC_E "\xc3\xa9"
#define NFD_E "e\xcc\x81"

/* The pairs among @paths (separated by blanks), as "one=other one=other". */
static char *
pairs_of (const char *paths)
{
    g_auto (GStrv) words = g_strsplit (paths, " ", -1);
    g_autoptr (GPtrArray) all = g_ptr_array_new ();
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add (all, words[i]);
    g_autoptr (GPtrArray) pairs = xn_alike_find (all);
    for (guint i = 0; i < pairs->len; i++) {
        const XnAlike *pair = g_ptr_array_index (pairs, i);
        g_string_append_printf (text, "%s%s=%s", i > 0 ? " " : "", pair->one, pair->other);
    }
    return g_strdup (text->str);
}

static void
test_find (void)
{
    const struct {
        const char *paths, *pairs;
    } cases[] = {{"", ""},
                 {"a b c", ""},
                 {"a", ""},
                 {"T1.nii t1.nii", "T1.nii=t1.nii"},
                 {"t1.nii x T1.nii T1.NII", "T1.NII=T1.nii T1.nii=t1.nii"},
                 {"d/A d/a e/A", "d/A=d/a"},
                 {"D/a d/b", "D=d"},
                 {"D/a d/a", "D=d"}, /* of the files nothing more */
                 {"D/x/a D/X/b d/c", "D/X=D/x D=d"},
                 {"d/a d/b d/c e/a d/a2", ""},
                 {"ab/c a/bc", ""},
                 {NFC_E " " NFD_E, NFD_E "=" NFC_E},
                 {"x/" NFC_E " x/E\xcc\x81", "x/E\xcc\x81=x/" NFC_E},
                 {"stra\xc3\x9f"
                  "e STRASSE",
                  "STRASSE=stra\xc3\x9f"
                  "e"},
                 {"a a. a..", "a=a. a.=a.."},
                 {"... ..", ""},
                 {"\xce\xa3 \xcf\x82 \xcf\x83", "\xce\xa3=\xcf\x82 \xcf\x82=\xcf\x83"}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *pairs = pairs_of (cases[i].paths);
        g_assert_cmpstr (pairs, ==, cases[i].pairs);
    }
}

static void
test_spellings (void)
{
    const struct {
        const char *name, *other_case, *other_form;
    } cases[] = {{"a", "A", NULL},
                 {"1B", "1b", NULL},
                 {"001", NULL, NULL},
                 {"", NULL, NULL},
                 {NFC_E, NULL, NFD_E},
                 {NFD_E, "E\xcc\x81", NFC_E},
                 {"\xe6\x96\x87", NULL, NULL},
                 {"x" NFC_E, "X" NFC_E, "x" NFD_E}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *other_case = xn_alike_in_other_case (cases[i].name);
        g_autofree char *other_form = xn_alike_in_other_form (cases[i].name);
        g_assert_cmpstr (other_case, ==, cases[i].other_case);
        g_assert_cmpstr (other_form, ==, cases[i].other_form);
    }
    g_assert_true (xn_alike (NFC_E, "E\xcc\x81") && xn_alike ("a", "A") && !xn_alike ("a", "b"));
    g_assert_true (xn_alike_but_for_form (NFC_E, NFD_E) && !xn_alike_but_for_form (NFC_E, "E\xcc\x81"));
}

/* Names that are no UTF-8 are compared as they are, and nothing behind their end is looked at. */
static void
test_no_utf8 (void)
{
    static const char *const names[] = {"x\xe9", "\xf0", "x\xc3", "\xe9\xe9"};
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        char *name = guarded_text (names[i]);
        g_assert_null (xn_alike_in_other_form (name));
        for (guint j = 0; j < G_N_ELEMENTS (names); j++) {
            g_assert_cmpint (xn_alike (name, names[j]), ==, i == j);
            g_assert_cmpint (xn_alike_but_for_form (name, names[j]), ==, i == j);
        }
        guarded_free (name);
    }
}

/* Many names, and many that are alike, take time in proportion. */
static void
test_many (void)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
    const guint n = (guint)rounds (200000, 20000);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add (paths, g_strdup_printf ("dir%u/%s%06u.dcm", i / 1000, i % 2 == 0 ? "im" : "IM", i / 2));
    const gint64 begin = g_get_monotonic_time ();
    g_autoptr (GPtrArray) pairs = xn_alike_find (paths);
    g_assert_cmpuint (pairs->len, ==, n / 2);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (20 * G_USEC_PER_SEC));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/alike/find", test_find);
    g_test_add_func ("/alike/spellings", test_spellings);
    g_test_add_func ("/alike/no-utf8", test_no_utf8);
    g_test_add_func ("/alike/many", test_many);
    return g_test_run ();
}
