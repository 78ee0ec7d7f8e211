/* SPDX-License-Identifier: Apache-2.0 */
/* Names that some file systems take for one: they differ in case, in the Unicode form of their characters, or in dots and
 * blanks at their end. Pure; whether a file system does so is another's to find out. */
#pragma once

#include <glib.h>

/** Two different names in one directory. */
typedef struct {
    char *one, *other; /**< (owned) their paths; all but the last part is the same */
} XnAlike;

/** @paths: (element-type utf8) of files, '/'-separated
 *  Returns: (transfer full) (element-type XnAlike) files and directories whose names are alike, sorted; mostly none. */
GPtrArray *xn_alike_find (GPtrArray *paths);

/** Whether two names may be taken for one. */
gboolean xn_alike (const char *one, const char *other);

/** Whether they differ in nothing but the Unicode form. */
gboolean xn_alike_but_for_form (const char *one, const char *other);

/** (transfer full) @name in another case, or NULL if it has no ASCII letter. */
char *xn_alike_in_other_case (const char *name);
/** (transfer full) @name in another Unicode form, or NULL if it has but one. */
char *xn_alike_in_other_form (const char *name);
