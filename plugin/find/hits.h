/* SPDX-License-Identifier: Apache-2.0 */
/* What a search has found, kept small: hits that differ in their lowest levels only share the item above. */
#pragma once

#include "find/item.h"

/** One hit: the item, but for what is told here instead. Strings belong to a pool. */
typedef struct {
    XnItem *item; /**< (owned) with the other hits that share it */
    const char *scan_id, *scan_type;
    const char *resource_label;
    const char *file;
    gint64 bytes;
} XnHit;

typedef struct {
    XnHit *hits; /**< (owned) */
    guint n;
    guint room; /**< how many there is memory for */
} XnHits;

XnHits *xn_hits_new (void);
void xn_hits_free (XnHits *hits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnHits, xn_hits_free)

/** Adds a hit that is all of @item (transfer full), or shares it with others: the hit, to be told how it differs. Valid
 *  until the next is added. */
XnHit *xn_hits_add (XnHits *hits, XnItem *item);
/** Moves all of @from (emptied) to the end of @hits. */
void xn_hits_take (XnHits *hits, XnHits *from);
/** Drops the hits from number @n on. */
void xn_hits_truncate (XnHits *hits, guint n);
/** Drops one hit, which leaves a gap: all gaps are to be closed before anything else is done with @hits. */
void xn_hit_drop (XnHit *hit);
/** Closes the gaps; returns how many there were. */
guint xn_hits_close_gaps (XnHits *hits);

/** The whole item of a hit. */
XnItem xn_hit_item (const XnHit *hit);
/** The same of the last hit, which is taken away; memory is given back bit by bit. */
XnItem xn_hits_pop (XnHits *hits);
/** What the hits share, to be completed: (transfer container) (element-type XnItem). */
GPtrArray *xn_hits_items (const XnHits *hits);

/** Sorts as xn_item_compare() does. */
void xn_hits_sort (XnHits *hits);

/** Keeps one of each that was found through several projects: through its own if that is among them, else through the
 *  first by ID. Returns how many others were dropped. */
guint xn_hits_drop_duplicates (XnHits *hits);
/** The same for whole items: @items (element-type XnItem) owns them. */
guint xn_items_drop_duplicates (GPtrArray *items);
