/* SPDX-License-Identifier: Apache-2.0 */
/* The last word of a command that was stopped while it moved files. Pure. */
#pragma once

#include <glib.h>

#include "progress.h"

/** @reason, followed by what is complete and how to go on. @n_complete of @n_entries entries are (of a list; else 0, 0).
 *  Returns (transfer full): no more than @reason if nothing is known of it. */
char *stopped_sentence (const char *reason, const ProgressTally *tally, guint n_complete, guint n_entries);
