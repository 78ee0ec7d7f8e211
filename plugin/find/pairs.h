/* SPDX-License-Identifier: Apache-2.0 */
/* Items as lines of a result: an id, a URL that leads to just that item, and attributes. */
#pragma once

#include "find/item.h"

/** One line of a result; laid out as the host API's IOItem, so that a million of them need not be copied. */
typedef struct {
    const char *id; /**< (nullable) */
    const char *url;
    const char *const *attributes; /**< name, value, name, value, ..., NULL */
} XnPair;

/** The lines of a result. */
typedef struct {
    GPtrArray *pairs;  /**< (owned) (element-type XnPair) in order */
    GPtrArray *blocks; /**< (owned) the memory in which pairs lie, with their own texts */
    XnPool *pool;      /**< (owned) the texts that they share */
} XnPairs;

XnPairs *xn_pairs_new (void);
void xn_pairs_free (XnPairs *pairs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPairs, xn_pairs_free)

/** What pairs are made with. */
typedef struct XnPairMaker XnPairMaker;

/** A maker of lines of @pairs (borrowed), whose URLs are of the server of @url, and reached as it is. */
XnPairMaker *xn_pair_maker_new (XnPairs *pairs, const XnUrl *url);
void xn_pair_maker_free (XnPairMaker *maker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPairMaker, xn_pair_maker_free)

/** Lets the next line be made in the memory of those before, which are gone then. */
void xn_pair_maker_rewind (XnPairMaker *maker);

/** Makes the line of @item, whose texts belong to the pool of the pairs, but for @number (nullable), where its resource_id is:
 *  (transfer none) to be put into its place among the pairs. @id: (nullable) copied */
XnPair *xn_pair_make (XnPairMaker *maker, const char *id, const XnItem *item, const char *number);
/** Adds the line of @item with the attribute `name`: @name (a text of the pool). */
void xn_pair_add_named (XnPairMaker *maker, const char *id, const char *name, const XnItem *item);
