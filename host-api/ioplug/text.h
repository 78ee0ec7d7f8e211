/* SPDX-License-Identifier: Apache-2.0 */
/* Small rules for text that goes out: JSON, terminal lines, URLs without passwords. Pure functions, any bytes. */
#pragma once

#include <glib.h>

/** Appends @text as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD. NULL is an empty string. */
void text_append_json (GString *out, const char *text);

/** Appends `"name":value`, after a comma unless @out ends in '{'; the value is a string, or a number if @number and
 *  @value is a JSON integer. */
void text_append_member (GString *out, const char *name, const char *value, gboolean number);

/** A copy of @text in which no character is left that could move a terminal's cursor, break or reorder a line: each is a
 *  space. */
char *text_one_line (const char *text);

/** A copy of @text with such characters percent-encoded, for columns that are parted by tabs. */
char *text_column (const char *text);
/** The same, appended to @out. */
void text_append_column (GString *out, const char *text);

/** A copy of @url with "***" in the place of a password. */
char *text_without_password (const char *url);

/** How many columns @text takes, about; a byte that is no UTF-8 counts as one. */
int text_width (const char *text);

/** A copy of @text that takes at most @columns; one that is cut ends in "..". */
char *text_cut (const char *text, int columns);

/** @bytes as "12 B", "3.4 kB", "5.6 GB" (powers of ten). */
char *text_size (double bytes);
