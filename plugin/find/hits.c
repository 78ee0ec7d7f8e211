/* SPDX-License-Identifier: Apache-2.0 */
/* Hits of a search. There can be a million, so that what each of them takes counts. */
#include "find/hits.h"

#include "base/digits.h"

#define FIRST_ROOM 16
/* Memory of hits that were taken away is given back when there is so much of it. */
#define SPARE 32768

G_STATIC_ASSERT (sizeof (XnHit) <= 64);

XnHits *
xn_hits_new (void)
{
    return g_new0 (XnHits, 1);
}

void
xn_hits_free (XnHits *hits)
{
    if (hits == NULL)
        return;
    xn_hits_truncate (hits, 0);
    g_free (hits->hits);
    g_free (hits);
}

static void
hits_set_room (XnHits *hits, guint room)
{
    hits->room = room;
    hits->hits = g_renew (XnHit, hits->hits, room);
}

static void
hits_want_room (XnHits *hits, guint n)
{
    if (n > hits->room)
        hits_set_room (hits, MAX (n, MAX (FIRST_ROOM, hits->room + hits->room / 2)));
}

void
xn_hit_drop (XnHit *hit)
{
    if (--hit->item->hits == 0)
        g_free (hit->item);
    hit->item = NULL;
}

guint
xn_hits_close_gaps (XnHits *hits)
{
    const guint before = hits->n;
    hits->n = 0;
    for (guint i = 0; i < before; i++)
        if (hits->hits[i].item != NULL)
            hits->hits[hits->n++] = hits->hits[i];
    return before - hits->n;
}

guint
xn_hit_files (gint64 files)
{
    return files < 0 || files >= (gint64)XN_HIT_FILES_UNKNOWN ? XN_HIT_FILES_UNKNOWN : (guint)files;
}

XnHit *
xn_hits_add (XnHits *hits, XnItem *item)
{
    hits_want_room (hits, hits->n + 1);
    XnHit *hit = &hits->hits[hits->n++];
    item->hits++;
    *hit = (XnHit){.item = item,
                   .scan_id = item->scan_id,
                   .resource_label = item->resource_label,
                   .file = item->file,
                   .md5 = item->md5,
                   .bytes = item->bytes,
                   .files = xn_hit_files (item->files),
                   .by_number = item->by_number != FALSE};
    return hit;
}

void
xn_hits_take (XnHits *hits, XnHits *from)
{
    if (hits->n == 0) {
        const XnHits empty = *hits;
        *hits = *from;
        *from = empty;
        return;
    }
    hits_want_room (hits, hits->n + from->n);
    for (guint i = 0; i < from->n; i++)
        hits->hits[hits->n++] = from->hits[i];
    from->n = 0;
}

void
xn_hits_truncate (XnHits *hits, guint n)
{
    while (hits->n > n)
        xn_hit_drop (&hits->hits[--hits->n]);
}

XnItem
xn_hit_item (const XnHit *hit, XnHitNumber number)
{
    XnItem item = *hit->item;
    item.hits = 0;
    /* Only some ways to a hit tell it. */
    item.part_type = NULL;
    item.scan_id = hit->scan_id;
    if (hit->scan_kind != NULL) {
        item.scan_type = hit->scan_kind->type;
        item.scan_quality = hit->scan_kind->quality;
        item.scan_description = hit->scan_kind->description;
    }
    item.resource_label = hit->resource_label;
    item.file = hit->file;
    item.md5 = hit->md5;
    item.bytes = hit->bytes;
    item.files = hit->files == XN_HIT_FILES_UNKNOWN ? -1 : (gint64)hit->files;
    item.by_number = hit->by_number != 0;
    if (hit->resource_number != 0 && number != NULL)
        item.resource_id = xn_digits_write (hit->resource_number, number);
    return item;
}

XnItem
xn_hits_pop (XnHits *hits, XnHitNumber number)
{
    XnHit *last = &hits->hits[hits->n - 1];
    const XnItem item = xn_hit_item (last, number);
    xn_hits_truncate (hits, hits->n - 1);
    if (hits->room - hits->n >= SPARE)
        hits_set_room (hits, hits->n);
    return item;
}

GPtrArray *
xn_hits_items (const XnHits *hits)
{
    GPtrArray *items = g_ptr_array_new ();
    for (guint i = 0; i < hits->n; i++)
        if (i == 0 || hits->hits[i].item != hits->hits[i - 1].item)
            g_ptr_array_add (items, hits->hits[i].item);
    return items;
}

/* GCompareDataFunc */
static int
hit_compare (gconstpointer a, gconstpointer b, gpointer data)
{
    const XnHit *one = a, *two = b;
    const int order = one->item != two->item ? xn_item_compare_upper (one->item, two->item) : 0;
    if (order != 0)
        return order;
    /* A number takes long to write, and is looked at in its place only where there is no label. */
    XnHitNumber number_one, number_two;
    const gboolean labels = one->resource_label != NULL && two->resource_label != NULL;
    const XnItem whole_one = xn_hit_item (one, labels ? NULL : number_one);
    const XnItem whole_two = xn_hit_item (two, labels ? NULL : number_two);
    const XnItem *items[] = {&whole_one, &whole_two};
    const int by_name = xn_item_compare (&items[0], &items[1]);
    return by_name != 0 ? by_name
                        : (one->resource_number > two->resource_number) - (one->resource_number < two->resource_number);
}

void
xn_hits_sort (XnHits *hits)
{
    if (hits->n > 1)
        g_qsort_with_data (hits->hits, (gint)hits->n, sizeof (XnHit), hit_compare, NULL);
}

void
xn_hits_turn_round (XnHits *hits)
{
    for (guint i = 0, j = hits->n; i + 1 < j; i++) {
        const XnHit first = hits->hits[i];
        hits->hits[i] = hits->hits[--j];
        hits->hits[j] = first;
    }
}
