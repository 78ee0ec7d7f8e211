/* SPDX-License-Identifier: Apache-2.0 */
/* Copying of files and trees, with progress and cancellation. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** One copying operation. */
typedef struct {
    const IOCall *call;  /**< (nullable) whom to tell and to ask */
    gulong chunk_delay;  /**< microseconds to wait after each chunk: a slow disk, for tests */
    IOProgress progress; /**< what was reported last */
} Copy;

/** Starts @copy for @call, with totals counted from the file or tree at @source.
 *  On failure an error of kind not-found or io. */
gboolean copy_begin (Copy *copy, const IOCall *call, const char *source, GError **error);

/** Copies the file @source to @target, which appears only when it is whole; parents are created. */
gboolean copy_file (Copy *copy, const char *source, const char *target, GError **error);

/** Copies the regular files below the directory @source to the same places below @target. */
gboolean copy_tree (Copy *copy, const char *source, const char *target, GError **error);

/** Makes the last report. */
void copy_end (Copy *copy);

/** Whether two files have the same bytes; FALSE if one cannot be read. */
gboolean copy_is_same (const char *left, const char *right);
