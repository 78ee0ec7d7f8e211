/* SPDX-License-Identifier: Apache-2.0 */
/* Taking inputs apart, and what ends a run. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No warning of GLib's may be reachable from input. */
__attribute__ ((constructor)) static void
be_strict (void)
{
    g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
}

guint8
fuzz_byte (FuzzBytes *bytes)
{
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

char *
fuzz_text (FuzzBytes *bytes)
{
    const guint8 *end = bytes->left > 0 ? memchr (bytes->at, 0, bytes->left) : NULL;
    const gsize length = end != NULL ? (gsize)(end - bytes->at) : bytes->left;
    char *text = g_strndup ((const char *)bytes->at, length);
    const gsize taken = end != NULL ? length + 1 : length;
    bytes->at += taken;
    bytes->left -= taken;
    return text;
}

void
fuzz_check (gboolean condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    fprintf (stderr, "%s:%d: %s\n", file, line, text);
    abort ();
}
