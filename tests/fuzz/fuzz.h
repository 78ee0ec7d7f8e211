/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share. Each is one function over bytes of whatever origin, which must neither crash nor trip GLib, and
 * checks what holds for any input. */
#pragma once

#include <glib.h>

/** The target; called again and again. Returns 0. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/** The bytes of an input, taken from its front. */
typedef struct {
    const guint8 *at;
    gsize left;
} FuzzBytes;

/** The next byte, or 0. */
guint8 fuzz_byte (FuzzBytes *bytes);
/** The text up to the next NUL, or the rest: (transfer full). */
char *fuzz_text (FuzzBytes *bytes);
/** Ends the process with a report unless @condition holds. */
#define FUZZ_CHECK(condition) fuzz_check ((condition), #condition, __FILE__, __LINE__)
void fuzz_check (gboolean condition, const char *text, const char *file, int line);
