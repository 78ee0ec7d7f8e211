/* SPDX-License-Identifier: Apache-2.0 */
/* Finding all that a URL selects: by the bulk query where the server answers it, level by level where not. */
#pragma once

#include "find/finder.h"
#include "find/hits.h"
#include "find/selection.h"

/**
 * Finds what a search URL selects.
 * Returns: (transfer full) in the order of results, each once; empty if nothing matches; NULL with an error. The session
 * is confirmed before an answer is believed.
 */
XnHits *xn_search (XnFinder *finder, XnSelection *selection, GError **error);

/**
 * Finds the one resource to which a data URL leads, or the one item of the level at which it ends above that. Listings that
 * were asked for before @finder began (its `began_us`; 0: now) are asked for again before something counts as missing.
 * Returns: (transfer full) the item, with its resource if there is one in the URL; NULL with an error: NOT_FOUND naming the level, AMBIGUOUS
 * listing what was found.
 */
XnItem *xn_resolve (XnFinder *finder, const XnUrl *url, GError **error);

/** AMBIGUOUS error for @items of one level of @url, the first ten with the IDs that make the choice unique. */
void xn_set_ambiguous (GError **error, const XnUrl *url, XnLevel level, GPtrArray *items);
/** NOT_FOUND error: nothing at @level of @url. */
void xn_set_not_found (GError **error, const XnUrl *url, XnLevel level);
