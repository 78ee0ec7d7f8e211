/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error: whole lines, and below them one line that changes in place. Any thread. */
#pragma once

#include <glib.h>

/** Says whether standard error is a terminal that can erase a line. */
gboolean screen_is_terminal (void);

/** The terminal's width in columns; 80 if it does not say. */
int screen_width (void);

/** Writes @line and a line end, above the bar. Control characters in it become spaces. */
void screen_print (const char *line);

/** Writes @question, and no line end: the answer comes on the same line. Control characters in it become spaces. */
void screen_ask (const char *question);

/** Shows @bar as the last line, in place of the one before; NULL takes it away. For terminals only. */
void screen_set_bar (const char *bar);

/** Takes the bar away and keeps all writers out, so that a line can be written to standard output, which may be the
 *  same terminal. Undone by screen_resume() on the same thread. */
void screen_pause (void);

/** Shows the bar again and lets the writers in. */
void screen_resume (void);
