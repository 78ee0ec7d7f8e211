/* SPDX-License-Identifier: Apache-2.0 */
/* Which labels can be given to a new resource, how, and what is said of the others. */
#include "put/new-label.h"

#include <string.h>

static void
test_way (void)
{
    static const struct {
        const char *label;
        XnLabelWay way;
        const char *why, *instead;
    } CASES[] = {
        {"DICOM", XN_LABEL_BY_PATH, NULL, NULL},
        {"v1.2_a-b", XN_LABEL_BY_PATH, NULL, NULL},
        {"1.5", XN_LABEL_BY_PATH, NULL, NULL},
        {"a(b)@c:~!$='+&", XN_LABEL_BY_PATH, NULL, NULL},
        {"nullable", XN_LABEL_BY_PATH, NULL, NULL},
        {"2024", XN_LABEL_BY_QUERY, NULL, NULL},
        {"caf\303\251", XN_LABEL_BY_QUERY, NULL, NULL},
        {"\346\227\245\346\234\254", XN_LABEL_BY_QUERY, NULL, NULL},
        {"a,b", XN_LABEL_BY_QUERY, NULL, NULL},
        {"a/b", XN_LABEL_BY_QUERY, NULL, NULL},
        {"1,2", XN_LABEL_BY_QUERY, NULL, NULL},
        {"my label", XN_LABEL_BY_NOTHING, "a space", "my_label"},
        {"caf\303\251 au lait", XN_LABEL_BY_NOTHING, "a space", "caf\303\251_au_lait"},
        {"#1", XN_LABEL_BY_NOTHING, "'#'", "_1"},
        {"50%", XN_LABEL_BY_NOTHING, "'%'", "50_"},
        {"a[1]", XN_LABEL_BY_NOTHING, "'['", "a_1_"},
        {"a;b", XN_LABEL_BY_NOTHING, "';'", "a_b"},
        {"a\\b", XN_LABEL_BY_NOTHING, "'\\'", "a_b"},
        {"\"<>{}|^`", XN_LABEL_BY_NOTHING, "'\"'", "________"},
        {"a\001b", XN_LABEL_BY_NOTHING, "the character U+0001", "a_b"},
        {"a\302\240b", XN_LABEL_BY_NOTHING, "the character U+00A0", "a_b"},
        {"caf\303\251(1)", XN_LABEL_BY_NOTHING, "letters beyond ASCII", "caf\303\251_1_"},
        {"a,b+c", XN_LABEL_BY_NOTHING, "letters beyond ASCII", "a,b_c"},
        {"NULL", XN_LABEL_BY_NOTHING, "the word", "NULL_"},
        {"null", XN_LABEL_BY_NOTHING, "the word", "null_"},
        {"..", XN_LABEL_BY_NOTHING, "'..'", "_"},
        {"a..b", XN_LABEL_BY_NOTHING, "'..'", "a_b"},
        {".", XN_LABEL_BY_NOTHING, "an empty part", "._"},
        {"/a", XN_LABEL_BY_NOTHING, "an empty part", "_a"},
        {"a/", XN_LABEL_BY_NOTHING, "an empty part", "a_"},
        {"a//b", XN_LABEL_BY_NOTHING, "an empty part", "a__b"},
        {"a/./b", XN_LABEL_BY_NOTHING, "an empty part", "a_._b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++) {
        g_autofree char *why = NULL, *instead = NULL;
        g_test_message ("%s", CASES[i].label);
        g_assert_cmpint (xn_label_way (CASES[i].label, &why, &instead), ==, CASES[i].way);
        g_assert_true ((why == NULL) == (CASES[i].why == NULL));
        g_assert_true (why == NULL || g_str_has_prefix (why, CASES[i].why));
        g_assert_cmpstr (instead, ==, CASES[i].instead);
        /* What is proposed can be made. */
        g_assert_true (instead == NULL || xn_label_way (instead, NULL, NULL) != XN_LABEL_BY_NOTHING);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/new-label/way", test_way);
    return g_test_run ();
}
