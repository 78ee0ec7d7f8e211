/* SPDX-License-Identifier: Apache-2.0 */
/* The header of an answer, put together from the lines that curl hands over. */
#pragma once

#include <glib.h>

typedef struct {
    int status;
    GPtrArray *fields; /**< (element-type char) name, value, name, value, ...; owned */
    gsize size;        /**< bytes kept */
} XnAnswer;

typedef enum {
    XN_ANSWER_LINE_TAKEN,
    XN_ANSWER_LINE_END,      /**< the header is complete; see the status whether it is an interim one */
    XN_ANSWER_LINE_TOO_MUCH, /**< larger than any real header */
} XnAnswerLine;

void xn_answer_init (XnAnswer *answer);
void xn_answer_clear (XnAnswer *answer);

/** Takes one line with its line end. A status line starts over; a line that begins with white space continues the field
 *  before. */
XnAnswerLine xn_answer_take_line (XnAnswer *answer, const char *line, gsize length);

/** The last value of a field by case-insensitive name, or NULL. */
const char *xn_answer_field (const XnAnswer *answer, const char *name);
