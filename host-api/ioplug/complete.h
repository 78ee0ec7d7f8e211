/* SPDX-License-Identifier: Apache-2.0 */
/* What a shell offers at <TAB>: `ioplug complete -- WORDS...`, where the last word is the one that is being written. */
#pragma once

#include <glib.h>

/** The name of the command, which is for shells and in no list. */
#define COMPLETE_COMMAND "complete"

/**
 * Writes what the last of @words (those behind `ioplug`; NULL-terminated) may become to standard output, a line each:
 * "=" and the whole word, or ":files" where it is a local path, which the shell knows better. Never asks anything, never
 * says anything else, and is silent where there is nothing or something went wrong.
 */
void complete_write (char **words);
