/* SPDX-License-Identifier: Apache-2.0 */
/* What a search has found, kept small: hits that differ in their lowest levels only share the item above. */
#pragma once

#include "find/item.h"

/** So many files that it counts as not known how many. */
#define XN_HIT_FILES_UNKNOWN 0x7fffffffu

/** One hit: the item, but for what is told here instead. Strings belong to a pool. */
typedef struct {
    XnItem *item; /**< (owned) with the other hits that share it */
    const char *scan_id;
    const XnScanKind *scan_kind; /**< (nullable) NULL: the item tells it */
    const char *resource_label;
    const char *file, *md5;
    gint64 bytes;
    guint32 resource_number;    /**< the resource's ID; 0: the item tells it, if it is known */
    unsigned int files : 31;    /**< XN_HIT_FILES_UNKNOWN: not told */
    unsigned int by_number : 1; /**< as XnItem's */
} XnHit;

/** Room for the resource's ID as text. */
typedef char XnHitNumber[12];

typedef struct {
    XnHit *hits; /**< (owned) */
    guint n;
    guint room; /**< how many there is memory for */
} XnHits;

XnHits *xn_hits_new (void);
void xn_hits_free (XnHits *hits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnHits, xn_hits_free)

/** What a hit keeps of a number of files, -1 if that is not told. */
guint xn_hit_files (gint64 files);

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

/** The whole item of a hit; its resource_id may be written to @number (nullable: it is not asked for, and may be missing),
 *  which must live as long. */
XnItem xn_hit_item (const XnHit *hit, XnHitNumber number);
/** The same of the last hit, which is taken away; memory is given back bit by bit. */
XnItem xn_hits_pop (XnHits *hits, XnHitNumber number);
/** What the hits share, to be completed: (transfer container) (element-type XnItem). */
GPtrArray *xn_hits_items (const XnHits *hits);

/** Sorts as xn_item_compare() does. */
void xn_hits_sort (XnHits *hits);
/** Puts the last first and so on, so that they can be popped in order. */
void xn_hits_turn_round (XnHits *hits);

/** Keeps one of each that was found through several projects: through its own if that is among them, else through the
 *  first by ID. Returns how many others were dropped. */
guint xn_hits_drop_duplicates (XnHits *hits);
/** The same for whole items: @items (element-type XnItem) owns them. */
guint xn_items_drop_duplicates (GPtrArray *items);
