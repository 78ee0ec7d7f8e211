/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may have meant who made a slip. Pure. */
#pragma once

#include <glib.h>

/** The one of @words (NULL-terminated) that differs from @word by the fewest slips (a letter more, less, other, or two
 *  swapped); NULL if none is near. */
const char *nearest_word (const char *word, const char *const *words);
