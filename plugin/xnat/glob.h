/* SPDX-License-Identifier: Apache-2.0 */
/* Shell patterns with the meaning of Python's fnmatchcase (3.11), matched without exponential effort. */
#pragma once

#include <glib.h>

typedef struct XnGlob XnGlob;

/** Compiles @pattern (UTF-8); every text is a pattern. */
XnGlob *xn_glob_new (const char *pattern);
void xn_glob_free (XnGlob *glob);

/** Whether the whole of @text (valid UTF-8) matches. Thread: any; several at once. */
gboolean xn_glob_matches (const XnGlob *glob, const char *text);
