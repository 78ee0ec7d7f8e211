/* SPDX-License-Identifier: Apache-2.0 */
/* What the file system of a destination makes of the names of a list's entries. */
#pragma once

#include <glib.h>

/** How many bytes a name may have in @destination, which need not exist. */
gsize names_longest (const char *destination);

/** Refuses, with kind conflict, each of @entries (element-type ListEntry) whose directory the file system below
 *  @destination takes for that of an earlier one, though the names differ: in case, or in the Unicode form. With @only_look
 *  nothing is tried out: what the names that are there already show has to do. */
void names_refuse_same (GPtrArray *entries, const char *destination, gboolean only_look);
