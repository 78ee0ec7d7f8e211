/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as text, of which a million rows have three each: without the locale and the formats of the C library. */
#pragma once

#include <glib.h>

/** Room for any number as text. */
enum { XN_DIGITS_ROOM = 24 };

/** The number that @text is, of digits alone; -1 for any other text, and for a number that is too large. Any thread. */
gint64 xn_digits_read (const char *text);

/** Writes @number at @out, which has room for it (XN_DIGITS_ROOM bytes for any), and returns @out. Any thread. */
const char *xn_digits_write (guint64 number, char *out);
