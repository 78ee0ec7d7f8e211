/* SPDX-License-Identifier: Apache-2.0 */
/* One of each item that was seen through several projects. */
#include "find/hits.h"

#define MOST 6

typedef struct {
    const char *name;
    XnItem items[MOST]; /* until one without a project */
    const char *kept;   /* their `files` numbers */
} Case;

static const Case cases[] = {
    {"nothing", {{NULL}}, ""},
    {"its own project comes first",
     {{.project = "A", .own_project = "B", .experiment_id = "E", .scan_id = "1", .resource_label = "R", .files = 0},
      {.project = "B", .own_project = "B", .experiment_id = "E", .scan_id = "1", .resource_label = "R", .files = 1},
      {.project = "C", .own_project = "B", .experiment_id = "E", .scan_id = "1", .resource_label = "R", .files = 2}},
     "1"},
    {"else the first by ID",
     {{.project = "C", .own_project = "X", .experiment_id = "E", .resource_label = "R", .files = 0},
      {.project = "A", .own_project = "X", .experiment_id = "E", .resource_label = "R", .files = 1},
      {.project = "B", .own_project = "X", .experiment_id = "E", .resource_label = "R", .files = 2}},
     "1"},
    {"whatever they are called in each",
     {{.project = "A", .own_project = "B", .experiment_id = "E", .experiment_label = "a", .resource_label = "R"},
      {.project = "B",
       .own_project = "B",
       .experiment_id = "E",
       .experiment_label = "b",
       .subject_id = "S",
       .resource_label = "R",
       .files = 1}},
     "1"},
    {"other experiments, scans, assessors, resources stay",
     {{.project = "A", .experiment_id = "E", .scan_id = "1", .resource_label = "R", .files = 0},
      {.project = "A", .experiment_id = "F", .scan_id = "1", .resource_label = "R", .files = 1},
      {.project = "A", .experiment_id = "E", .scan_id = "2", .resource_label = "R", .files = 2},
      {.project = "A", .experiment_id = "E", .assessor_id = "1", .resource_label = "R", .files = 3},
      {.project = "A", .experiment_id = "E", .reconstruction_id = "1", .resource_label = "R", .files = 4},
      {.project = "A", .experiment_id = "E", .scan_id = "1", .resource_label = "r", .files = 5}},
     "012345"},
    {"labels that do not name a resource: by number",
     {{.project = "A", .experiment_id = "E", .resource_id = "1", .resource_label = "R", .by_number = TRUE, .files = 0},
      {.project = "A", .experiment_id = "E", .resource_id = "2", .resource_label = "R", .by_number = TRUE, .files = 1},
      {.project = "B", .experiment_id = "E", .resource_id = "2", .resource_label = "R", .by_number = TRUE, .files = 2},
      {.project = "A", .experiment_id = "E", .resource_id = "3", .files = 3},
      {.project = "A", .experiment_id = "E", .resource_id = "4", .files = 4}},
     "0134"},
    {"a label that is clear: though only one number is known",
     {{.project = "B", .experiment_id = "E", .resource_id = "1", .resource_label = "R", .files = 0},
      {.project = "A", .experiment_id = "E", .resource_label = "R", .files = 1}},
     "1"},
    {"files",
     {{.project = "A", .experiment_id = "E", .resource_label = "R", .file = "x", .files = 0},
      {.project = "A", .experiment_id = "E", .resource_label = "R", .file = "y", .files = 1},
      {.project = "B", .experiment_id = "E", .resource_label = "R", .file = "x", .files = 2}},
     "01"},
    {"a shared subject",
     {{.project = "A", .own_project = "B", .subject_id = "X_S1", .subject_label = "a", .resource_label = "R"},
      {.project = "B",
       .own_project = "B",
       .subject_id = "X_S1",
       .subject_label = "b",
       .resource_label = "R",
       .files = 1}},
     "1"},
    {"subjects of one label",
     {{.project = "A", .subject_id = "X_S1", .subject_label = "S", .resource_label = "R", .files = 0},
      {.project = "B", .subject_id = "X_S2", .subject_label = "S", .resource_label = "R", .files = 1},
      {.project = "C", .subject_label = "S", .resource_label = "R", .files = 2},
      {.project = "D", .subject_label = "S", .resource_label = "R", .files = 3}},
     "0123"},
    {"a subject is no experiment, a project no subject",
     {{.project = "A", .subject_id = "X", .resource_label = "R", .files = 0},
      {.project = "A", .experiment_id = "X", .resource_label = "R", .files = 1},
      {.project = "X", .resource_label = "R", .files = 2},
      {.project = "A", .resource_label = "R", .files = 3}},
     "0123"},
    {"the very same twice",
     {{.project = "A", .own_project = "A", .experiment_id = "E", .resource_label = "R", .files = 0},
      {.project = "A", .own_project = "A", .experiment_id = "E", .resource_label = "R", .files = 1}},
     "0"},
};

static void
test_case (gconstpointer data)
{
    const Case *unite = data;
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GString) kept = g_string_new (NULL);
    for (guint i = 0; i < MOST && unite->items[i].project != NULL; i++)
        g_ptr_array_add (items, xn_item_copy (&unite->items[i]));
    const guint before = items->len;
    const guint dropped = xn_items_drop_duplicates (items);
    for (guint i = 0; i < items->len; i++)
        g_string_append_printf (kept, "%d", (int)((const XnItem *)g_ptr_array_index (items, i))->files);
    g_assert_cmpstr (kept->str, ==, unite->kept);
    g_assert_cmpuint (dropped, ==, before - items->len);
    g_assert_cmpuint (xn_items_drop_duplicates (items), ==, 0);
}

static void
test_many (void)
{
    /* 1000 sessions seen through three projects, in turn; the second one is their own. */
    g_autoptr (XnPool) pool = xn_pool_new ();
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    static const char *const projects[] = {"C", "B", "A"};
    for (guint i = 0; i < 3000; i++) {
        XnItem *item = xn_item_new ();
        g_autofree char *id = g_strdup_printf ("X_E%u", i / 3);
        item->experiment_id = xn_pool_add (pool, id);
        item->project = projects[i % 3];
        item->own_project = "B";
        item->resource_label = "R";
        g_ptr_array_add (items, item);
    }
    g_assert_cmpuint (xn_items_drop_duplicates (items), ==, 2000);
    g_assert_cmpuint (items->len, ==, 1000);
    for (guint i = 0; i < items->len; i++) {
        const XnItem *item = g_ptr_array_index (items, i);
        g_autofree char *id = g_strdup_printf ("X_E%u", i);
        g_assert_cmpstr (item->project, ==, "B");
        g_assert_cmpstr (item->experiment_id, ==, id);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/unite/%s", cases[i].name);
        g_test_add_data_func (path, &cases[i], test_case);
    }
    g_test_add_func ("/unite/many", test_many);
    return g_test_run ();
}
