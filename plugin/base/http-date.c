/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates. */
#include "base/http-date.h"

#include <stdio.h>
#include <string.h>

static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static int
month_number (const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (MONTHS); i++) {
        if (g_ascii_strcasecmp (MONTHS[i], name) == 0)
            return (int)i + 1;
    }
    return 0;
}

gint64
xn_http_date_parse (const char *text)
{
    int day, year, hour, minute, second;
    char month[4] = "", zone[4] = "", beyond;
    const char *comma = text != NULL ? strchr (text, ',') : NULL;
    /* NOLINTNEXTLINE(cert-err34-c): the widths bound the numbers */
    if (comma == NULL || sscanf (comma + 1, " %2d %3s %4d %2d:%2d:%2d %3s %c", &day, month, &year, &hour, &minute,
                                 &second, zone, &beyond) != 7)
        return -1;
    /* Another zone would be another time. */
    if (g_ascii_strcasecmp (zone, "GMT") != 0)
        return -1;
    const int number = month_number (month);
    if (number == 0)
        return -1;
    g_autoptr (GDateTime) date = g_date_time_new_utc (year, number, day, hour, minute, (double)second);
    return date != NULL ? g_date_time_to_unix (date) : -1;
}

char *
xn_http_date_format (gint64 seconds)
{
    g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
    if (date == NULL)
        date = g_date_time_new_from_unix_utc (0);
    return g_strdup_printf ("%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[g_date_time_get_day_of_week (date) - 1],
                            g_date_time_get_day_of_month (date), MONTHS[g_date_time_get_month (date) - 1],
                            g_date_time_get_year (date), g_date_time_get_hour (date), g_date_time_get_minute (date),
                            g_date_time_get_second (date));
}
