/* SPDX-License-Identifier: Apache-2.0 */
/* Hits of a search: what they share, how they are sorted, united and taken away. */
#include "find/hits.h"

static XnItem *
session_new (const char *project, const char *label)
{
    XnItem *item = xn_item_new ();
    item->project = item->own_project = project;
    item->experiment_id = item->experiment_label = label;
    item->bytes = 5;
    return item;
}

static void
add (XnHits *hits, XnItem *item, const char *scan, const char *resource)
{
    XnHit *hit = xn_hits_add (hits, item);
    hit->scan_id = scan;
    hit->resource_label = resource;
}

/* "experiment/scan/resource" of each, in order. */
static char *
list (const XnHits *hits)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < hits->n; i++) {
        const XnItem item = xn_hit_item (&hits->hits[i], NULL);
        g_string_append_printf (text, "%s%s/%s/%s", i > 0 ? " " : "", item.experiment_label, item.scan_id,
                                item.resource_label);
    }
    return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_list (const XnHits *hits, const char *wanted)
{
    g_autofree char *found = list (hits);
    g_assert_cmpstr (found, ==, wanted);
}

static void
test_whole (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *item = session_new ("P", "E");
    item->scan_id = "1";
    item->scan_type = "T1";
    item->resource_id = "7";
    item->resource_label = "R";
    item->file = "f";
    item->files = 3;
    const XnItem before = *item;
    xn_hits_add (hits, item);
    const XnItem after = xn_hit_item (&hits->hits[0], NULL);
    g_assert_cmpmem (&after, sizeof after, &before, sizeof before);
}

static void
test_shared (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *item = session_new ("P", "E");
    add (hits, item, "1", "A");
    add (hits, item, "2", "B");
    hits->hits[1].file = "f";
    hits->hits[1].bytes = 6;
    add (hits, session_new ("P", "F"), "3", "C");
    assert_list (hits, "E/1/A E/2/B F/3/C");

    g_autoptr (GPtrArray) items = xn_hits_items (hits);
    g_assert_cmpuint (items->len, ==, 2);
    g_assert_true (g_ptr_array_index (items, 0) == item);
    item->own_project = "Q";

    g_assert_cmpstr (xn_hits_pop (hits, NULL).experiment_label, ==, "F");
    const XnItem second = xn_hits_pop (hits, NULL), first = xn_hits_pop (hits, NULL);
    g_assert_cmpuint (hits->n, ==, 0);
    g_assert_cmpstr (second.own_project, ==, "Q");
    g_assert_cmpstr (second.file, ==, "f");
    g_assert_cmpint (second.bytes, ==, 6);
    g_assert_cmpstr (first.own_project, ==, "Q");
    g_assert_null (first.file);
    g_assert_cmpint (first.bytes, ==, 5);
}

static void
test_take (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    g_autoptr (XnHits) more = xn_hits_new ();
    xn_hits_take (hits, more);
    g_assert_cmpuint (hits->n, ==, 0);
    add (more, session_new ("P", "E"), "1", "A");
    xn_hits_take (hits, more);
    g_assert_cmpuint (more->n, ==, 0);
    add (more, session_new ("P", "F"), "2", "B");
    xn_hits_take (hits, more);
    g_assert_cmpuint (more->n, ==, 0);
    assert_list (hits, "E/1/A F/2/B");
    xn_hits_truncate (hits, 1);
    assert_list (hits, "E/1/A");
    xn_hits_free (NULL);
}

static void
test_sort (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *later = session_new ("P", "b"), *earlier = session_new ("P", "a"), *other = session_new ("O", "z");
    xn_hits_sort (hits);
    add (hits, later, "10", "R");
    add (hits, later, "9", "S");
    add (hits, earlier, "2", "R");
    add (hits, later, "9", "R");
    add (hits, other, "1", "R");
    add (hits, earlier, "1", "R");
    /* Another item of the same session. */
    add (hits, session_new ("P", "b"), "9", "RS");
    xn_hits_sort (hits);
    assert_list (hits, "z/1/R a/1/R a/2/R b/9/R b/9/RS b/9/S b/10/R");
    xn_hits_turn_round (hits);
    assert_list (hits, "b/10/R b/9/S b/9/RS b/9/R a/2/R a/1/R z/1/R");
    xn_hits_truncate (hits, 6);
    xn_hits_turn_round (hits);
    assert_list (hits, "a/1/R a/2/R b/9/R b/9/RS b/9/S b/10/R");
    xn_hits_truncate (hits, 1);
    xn_hits_turn_round (hits);
    assert_list (hits, "a/1/R");
    xn_hits_truncate (hits, 0);
    xn_hits_turn_round (hits);
    assert_list (hits, "");
}

/* A number of its own stands for that of the item, and counts as one in the order. */
static void
test_numbers (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *item = session_new ("P", "E");
    XnHitNumber number;
    item->resource_id = "7";
    item->files = G_MAXINT64;
    static const guint32 numbers[] = {10, 9, 0, G_MAXUINT32};
    for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
        XnHit *hit = xn_hits_add (hits, item);
        hit->resource_number = numbers[i];
        hit->resource_label = "R";
        hit->by_number = TRUE;
    }
    xn_hits_sort (hits);
    g_assert_cmpstr (xn_hit_item (&hits->hits[3], number).resource_id, ==, "4294967295");
    g_assert_cmpstr (xn_hit_item (&hits->hits[2], number).resource_id, ==, "10");
    g_assert_cmpstr (xn_hit_item (&hits->hits[1], number).resource_id, ==, "9");
    g_assert_cmpstr (xn_hit_item (&hits->hits[1], NULL).resource_id, ==, "7");
    g_assert_true (xn_hit_item (&hits->hits[1], NULL).by_number);
    hits->hits[3].files = 3;
    g_assert_cmpint (xn_hits_pop (hits, number).files, ==, 3);
    g_assert_cmpint (xn_hits_pop (hits, number).files, ==, -1);
    g_assert_cmpuint (xn_hits_drop_duplicates (hits), ==, 0);

    /* Without a label it stands in its place, among the labels. */
    xn_hits_truncate (hits, 0);
    static const char *const labels[] = {"2023", NULL, "DICOM"};
    for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
        XnHit *hit = xn_hits_add (hits, session_new ("P", "E"));
        hit->resource_number = 80 + i;
        hit->resource_label = labels[i];
    }
    xn_hits_sort (hits);
    g_assert_cmpuint (hits->hits[0].resource_number, ==, 80);
    g_assert_cmpuint (hits->hits[1].resource_number, ==, 81);
    g_assert_cmpuint (hits->hits[2].resource_number, ==, 82);
}

/* A hit that is dropped does not take along the item that others share. */
static void
test_unite (void)
{
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *foreign = session_new ("A", "E"), *own = session_new ("B", "E");
    foreign->own_project = "B";
    add (hits, foreign, "1", "R");
    add (hits, foreign, "2", "R");
    add (hits, own, "1", "R");
    add (hits, own, "1", "R");
    add (hits, own, "3", "R");
    g_assert_cmpuint (xn_hits_drop_duplicates (hits), ==, 2);
    assert_list (hits, "E/2/R E/1/R E/3/R");
    g_assert_cmpstr (hits->hits[0].item->project, ==, "A");
    g_assert_cmpstr (hits->hits[1].item->project, ==, "B");
    g_assert_cmpuint (xn_hits_drop_duplicates (hits), ==, 0);
}

static void
test_many (void)
{
    enum { MANY = 100000, EACH = 3 };
    g_autoptr (XnHits) hits = xn_hits_new ();
    XnItem *item = NULL;
    for (guint i = 0; i < MANY; i++) {
        if (i % EACH == 0)
            item = session_new ("P", "E");
        xn_hits_add (hits, item)->bytes = i;
    }
    for (guint i = MANY; i > 0; i--) {
        g_assert_cmpint (xn_hits_pop (hits, NULL).bytes, ==, i - 1);
        g_assert_cmpuint (hits->room, >=, hits->n);
    }
    g_assert_cmpuint (hits->room, <, MANY / 2);
    xn_hits_add (hits, session_new ("P", "E"));
    g_assert_cmpuint (hits->n, ==, 1);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/hits/whole", test_whole);
    g_test_add_func ("/hits/shared", test_shared);
    g_test_add_func ("/hits/take", test_take);
    g_test_add_func ("/hits/sort", test_sort);
    g_test_add_func ("/hits/numbers", test_numbers);
    g_test_add_func ("/hits/unite", test_unite);
    g_test_add_func ("/hits/many", test_many);
    return g_test_run ();
}
