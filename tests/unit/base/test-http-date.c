/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates in both directions, and what is none. */
#include "base/http-date.h"

static const struct {
    const char *text;
    gint64 seconds;
} both_ways[] = {
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Tue, 29 Feb 2000 23:59:59 GMT", 951868799},
    {"Fri, 31 Dec 1999 23:59:59 GMT", 946684799},
    {"Tue, 19 Jan 2038 03:14:08 GMT", G_GINT64_CONSTANT (2147483648)},
    {"Fri, 31 Dec 9999 23:59:59 GMT", G_GINT64_CONSTANT (253402300799)},
};

static void
test_both_ways (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (both_ways); i++) {
        g_autofree char *text = xn_http_date_format (both_ways[i].seconds);
        g_assert_cmpstr (text, ==, both_ways[i].text);
        g_assert_cmpint (xn_http_date_parse (both_ways[i].text), ==, both_ways[i].seconds);
    }
    /* Every day of four years, leap day and all. */
    for (gint64 day = 0; day < 4 * 366; day++) {
        const gint64 seconds = 946684800 + day * 86400 + day * 59;
        g_autofree char *text = xn_http_date_format (seconds);
        g_assert_cmpint (xn_http_date_parse (text), ==, seconds);
    }
}

static void
test_other_spellings (void)
{
    const char *const same[] = {
        "Sun, 6 Nov 1994 08:49:37 GMT",     "Sun, 06 nov 1994 08:49:37 gmt", "sun, 06 NOV 1994 8:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun,06 Nov 1994 08:49:37 GMT",  "Mon, 06 Nov 1994 08:49:37 GMT ",
    };
    for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
        if (xn_http_date_parse (same[i]) != 784111777)
            g_test_message ("%s", same[i]);
        g_assert_cmpint (xn_http_date_parse (same[i]), ==, 784111777);
    }
}

static void
test_no_dates (void)
{
    const char *const bad[] = {
        NULL,
        "",
        ",",
        "soon",
        "784111777",
        "Sun Nov  6 08:49:37 1994",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Thu, 29 Feb 2001 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:-1 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 +0100",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 08:49:37 GMT, again",
        "Sun, 06 Nov",
    };
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        if (xn_http_date_parse (bad[i]) != -1)
            g_test_message ("%s", bad[i]);
        g_assert_cmpint (xn_http_date_parse (bad[i]), ==, -1);
    }
}

static void
test_beyond_the_calendar (void)
{
    const gint64 beyond[] = {G_MAXINT64, G_MININT64, G_GINT64_CONSTANT (253402300800)};
    for (guint i = 0; i < G_N_ELEMENTS (beyond); i++) {
        g_autofree char *text = xn_http_date_format (beyond[i]);
        g_assert_cmpstr (text, ==, "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/http-date/both-ways", test_both_ways);
    g_test_add_func ("/http-date/other-spellings", test_other_spellings);
    g_test_add_func ("/http-date/no-dates", test_no_dates);
    g_test_add_func ("/http-date/beyond-the-calendar", test_beyond_the_calendar);
    return g_test_run ();
}
