/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digits.h"

#include <string.h>

gint64
xn_digits_read (const char *text)
{
    gint64 number = 0;
    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        const gint64 digit = (gint64)(guchar)*text - '0';
        if (digit < 0 || digit > 9 || number > (G_MAXINT64 - digit) / 10)
            return -1;
        number = 10 * number + digit;
    }
    return number;
}

const char *
xn_digits_write (guint64 number, char *out)
{
    char text[XN_DIGITS_ROOM];
    gsize at = sizeof text;
    text[--at] = '\0';
    do
        text[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    memcpy (out, text + at, sizeof text - at);
    return out;
}
