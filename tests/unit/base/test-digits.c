/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as text, there and back. */
#include "base/digits.h"

static void
test_read (void)
{
    static const struct {
        const char *text;
        gint64 number;
    } cases[] = {{"0", 0},
                 {"7", 7},
                 {"0012", 12},
                 {"9223372036854775807", G_MAXINT64},
                 {"9223372036854775808", -1},
                 {"9223372036854775810", -1},
                 {"99999999999999999999", -1},
                 {"", -1},
                 {"-1", -1},
                 {"+1", -1},
                 {" 1", -1},
                 {"1 ", -1},
                 {"1.0", -1},
                 {"1e3", -1},
                 {"x", -1},
                 {"\xb2", -1}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_test_message ("'%s'", cases[i].text);
        g_assert_cmpint (xn_digits_read (cases[i].text), ==, cases[i].number);
    }
}

static void
test_write (void)
{
    static const struct {
        guint64 number;
        const char *text;
    } cases[] = {{0, "0"},
                 {9, "9"},
                 {10, "10"},
                 {1234567890, "1234567890"},
                 {G_MAXINT64, "9223372036854775807"},
                 {G_MAXUINT64, "18446744073709551615"}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        char room[XN_DIGITS_ROOM];
        g_assert_true (xn_digits_write (cases[i].number, room) == room);
        g_assert_cmpstr (room, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/digits/read", test_read);
    g_test_add_func ("/digits/write", test_write);
    return g_test_run ();
}
