/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that tell the numbers of resources beside their labels, which some servers refuse. */
#pragma once

#include "find/finder.h"

/** Asks for a listing, with the columns that tell numbers or without. */
typedef gboolean (*XnNumbersFunc) (gboolean with_numbers, gpointer data, GError **error);

/**
 * Asks with numbers, and where the server refuses them once without, which is remembered for that server. @ask with
 * @data may be called twice, and is to begin from nothing each time.
 * @trait: what is remembered: one name for each set of columns
 * @needed: without numbers the answer would be of no use
 * Errors: as @ask; of a server that is known to refuse what is needed SERVER
 */
gboolean xn_numbers_ask (XnFinder *finder, const char *trait, gboolean needed, XnNumbersFunc ask, gpointer data,
                         GError **error);

/** A number of that kind as a listing writes it; 0 for what is none. */
guint32 xn_numbers_parse (const char *text);
