/* SPDX-License-Identifier: Apache-2.0 */
/* The order of results. */
#include "find/item.h"

static void
assert_order (const XnItem *one, const XnItem *two, int wanted, guint which)
{
    const int there = xn_item_compare (&one, &two), back = xn_item_compare (&two, &one);
    g_test_message ("case %u", which);
    g_assert_cmpint ((there > 0) - (there < 0), ==, wanted);
    g_assert_cmpint ((back > 0) - (back < 0), ==, -wanted);
}

static void
test_levels (void)
{
    /* Each comes before the next: what stands first in the order outweighs all that follows. */
    static const XnItem sorted[] = {
        {.project = "A", .subject_label = "z", .experiment_label = "z", .scan_id = "9", .resource_label = "Z"},
        {.project = "B", .subject_label = "a", .experiment_label = "z", .scan_id = "9", .resource_label = "Z"},
        {.project = "B", .subject_label = "b", .experiment_label = "a", .scan_id = "9", .resource_label = "Z"},
        {.project = "B", .subject_label = "b", .experiment_label = "b", .scan_id = "1", .resource_label = "Z"},
        {.project = "B", .subject_label = "b", .experiment_label = "b", .scan_id = "2", .resource_label = "A"},
        {.project = "B", .subject_label = "b", .experiment_label = "b", .scan_id = "2", .resource_label = "B"},
        {.project = "B",
         .subject_label = "b",
         .experiment_label = "b",
         .scan_id = "2",
         .resource_label = "B",
         .file = "a/2"},
        {.project = "B",
         .subject_label = "b",
         .experiment_label = "b",
         .scan_id = "2",
         .resource_label = "B",
         .file = "b/1"},
        /* Texts by their bytes. */
        {.project = "a"},
        {.project = "\xc3\xa9"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
        for (guint j = 0; j < G_N_ELEMENTS (sorted); j++)
            assert_order (&sorted[i], &sorted[j], (i > j) - (i < j), i * 100 + j);
}

static void
test_scan_ids (void)
{
    /* Numbers by value, of any length; the text decides between those of one value; then all other texts. */
    static const char *const sorted[] = {
        "0",
        "001",
        "01",
        "1",
        "2",
        "10",
        "99",
        "0100",
        "100",
        "9223372036854775807",
        "18446744073709551616",
        "18446744073709551617",
        "-1",
        "1 ",
        "10-MR1",
        "2-MR1",
        "T1",
        "t1",
    };
    for (guint i = 0; i < G_N_ELEMENTS (sorted); i++) {
        for (guint j = 0; j < G_N_ELEMENTS (sorted); j++) {
            const XnItem one = {.scan_id = sorted[i]}, two = {.scan_id = sorted[j]};
            assert_order (&one, &two, (i > j) - (i < j), i * 100 + j);
        }
    }
}

static void
test_other_containers (void)
{
    static const XnItem assessors[] = {{.experiment_label = "E", .assessor_id = "2", .assessor_label = "a"},
                                       {.experiment_label = "E", .assessor_id = "1", .assessor_label = "b"}};
    static const XnItem reconstructions[] = {{.experiment_label = "E", .reconstruction_id = "a"},
                                             {.experiment_label = "E", .reconstruction_id = "b"}};
    assert_order (&assessors[0], &assessors[1], -1, 0);
    assert_order (&reconstructions[0], &reconstructions[1], -1, 1);
    /* Where a label is not known, the ID stands for it. */
    static const XnItem mixed[] = {{.subject_id = "S1"}, {.subject_id = "S0", .subject_label = "S2"}};
    assert_order (&mixed[0], &mixed[1], -1, 2);
}

static void
test_ties (void)
{
    const struct {
        XnItem one, two;
    } cases[] = {
        {{.subject_label = "S", .subject_id = "1"}, {.subject_label = "S", .subject_id = "2"}},
        {{.experiment_label = "E", .experiment_id = "X_E1"}, {.experiment_label = "E", .experiment_id = "X_E2"}},
        {{.resource_label = "R", .resource_id = "9"}, {.resource_label = "R", .resource_id = "10"}},
        {{.assessor_label = "A", .assessor_id = "a"}, {.assessor_label = "A", .assessor_id = "b"}},
        /* What only one of them has comes after what neither has. */
        {{.resource_label = "R"}, {.resource_label = "R", .file = "f"}},
        {{.subject_label = "S"}, {.project = "P", .subject_label = "A"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        assert_order (&cases[i].one, &cases[i].two, -1, i);
        assert_order (&cases[i].one, &cases[i].one, 0, i);
    }
    /* What is not part of the order does not matter. */
    const XnItem plain = {.project = "P", .files = 1}, full = {.project = "P", .own_project = "Q", .files = 2};
    assert_order (&plain, &full, 0, 100);
}

static void
test_sort (void)
{
    static const char *const scans[] = {"11", "T1", "2", "1", "10", "2-MR1", "01"};
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GString) found = g_string_new (NULL);
    for (guint i = 0; i < G_N_ELEMENTS (scans); i++) {
        XnItem *item = xn_item_new ();
        item->scan_id = scans[i];
        g_ptr_array_add (items, item);
    }
    g_ptr_array_sort (items, xn_item_compare);
    for (guint i = 0; i < items->len; i++)
        g_string_append_printf (found, "%s ", ((const XnItem *)g_ptr_array_index (items, i))->scan_id);
    g_assert_cmpstr (found->str, ==, "01 1 2 10 11 2-MR1 T1 ");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/order/levels", test_levels);
    g_test_add_func ("/order/scan-ids", test_scan_ids);
    g_test_add_func ("/order/other-containers", test_other_containers);
    g_test_add_func ("/order/ties", test_ties);
    g_test_add_func ("/order/sort", test_sort);
    return g_test_run ();
}
