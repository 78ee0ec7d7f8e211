/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken of a JSON text that anybody may have written, and how its keys are read: the same for listings and item
 * documents. */
#pragma once

#include <glib.h>
#include <string.h>

#define XN_JSON_DEEPEST 64
#define XN_JSON_LONGEST_VALUE (1024 * 1024)
/** An escape takes up to six bytes for one; what has not ended by then is over the limit however it is read. */
#define XN_JSON_LONGEST_TOKEN (6 * XN_JSON_LONGEST_VALUE)
/** How much the parser is given at a time. */
#define XN_JSON_SLICE (64 * 1024)

/** Whether the key of @length bytes is @word, in whatever case: servers differ in that. */
static inline gboolean
xn_json_is_word (const unsigned char *key, gsize length, const char *word)
{
    return strlen (word) == length && g_ascii_strncasecmp ((const char *)key, word, length) == 0;
}
