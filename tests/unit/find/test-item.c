/* SPDX-License-Identifier: Apache-2.0 */
/* Items: their names, their REST paths, how messages call them, and the pool of their strings. */
#include "base/sync.h"
#include "find/item.h"

static void
test_new_and_copy (void)
{
    g_autoptr (XnItem) item = xn_item_new ();
    g_assert_null (item->project);
    g_assert_cmpint (item->files, ==, -1);
    g_assert_cmpint (item->bytes, ==, -1);
    g_assert_false (item->by_number);
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        g_assert_cmpstr (xn_item_id (item, level), ==, "");
        g_assert_cmpstr (xn_item_label (item, level), ==, "");
    }
    item->scan_id = "7";
    item->bytes = 12;
    g_autoptr (XnItem) copy = xn_item_copy (item);
    item->scan_id = "8";
    g_assert_cmpstr (copy->scan_id, ==, "7");
    g_assert_cmpint (copy->bytes, ==, 12);
}

static const XnItem full = {
    .project = "P",
    .subject_id = "X_S1",
    .subject_label = "S",
    .experiment_id = "X_E1",
    .experiment_label = "E",
    .scan_id = "4",
    .scan_type = "T1",
    .assessor_id = "X_A1",
    .assessor_label = "A",
    .reconstruction_id = "r",
    .resource_id = "12",
    .resource_label = "DICOM",
};

static void
test_names (void)
{
    static const char *const ids[] = {"P", "X_S1", "X_E1", "4", "X_A1", "r", "12"};
    static const char *const labels[] = {"P", "S", "E", "T1", "A", "r", "DICOM"};
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        g_assert_cmpstr (xn_item_id (&full, level), ==, ids[level]);
        g_assert_cmpstr (xn_item_label (&full, level), ==, labels[level]);
    }
    /* The one that is known stands for the other. */
    const XnItem half = {.subject_label = "S", .experiment_id = "X_E1", .scan_id = "4", .resource_label = "R"};
    g_assert_cmpstr (xn_item_id (&half, XN_LEVEL_SUBJECT), ==, "S");
    g_assert_cmpstr (xn_item_label (&half, XN_LEVEL_EXPERIMENT), ==, "X_E1");
    g_assert_cmpstr (xn_item_label (&half, XN_LEVEL_SCAN), ==, "4");
    g_assert_cmpstr (xn_item_id (&half, XN_LEVEL_RESOURCE), ==, "R");
    const XnItem named = {.project = "P", .project_name = "My study"};
    g_assert_cmpstr (xn_item_id (&named, XN_LEVEL_PROJECT), ==, "P");
    g_assert_cmpstr (xn_item_label (&named, XN_LEVEL_PROJECT), ==, "My study");
}

static void
test_paths (void)
{
    const struct {
        XnItem item;
        const char *container;
    } cases[] = {
        {{.project = "P"}, "/data/projects/P"},
        {{.project = "P", .subject_id = "X_S1", .subject_label = "S"}, "/data/projects/P/subjects/X_S1"},
        {{.subject_id = "X_S1"}, "/data/subjects/X_S1"},
        {{.project = "P", .subject_id = "X_S1", .experiment_id = "X_E1"}, "/data/experiments/X_E1"},
        {{.experiment_id = "X_E1", .experiment_label = "E"}, "/data/experiments/X_E1"},
        {{.experiment_id = "X_E1", .scan_id = "4"}, "/data/experiments/X_E1/scans/4"},
        {{.experiment_id = "X_E1", .reconstruction_id = "r1"}, "/data/experiments/X_E1/reconstructions/r1"},
        {{.experiment_id = "X_E1", .assessor_id = "X_A1"}, "/data/experiments/X_A1"},
        /* Odd IDs. */
        {{.experiment_id = "X_E1", .scan_id = "10-MR1.2_a~"}, "/data/experiments/X_E1/scans/10-MR1.2_a~"},
        {{.experiment_id = "X_E1", .scan_id = "a/b"}, "/data/experiments/X_E1/scans/a%5BSLASH%5Db"},
        {{.experiment_id = "X_E1", .scan_id = "1,2,3"}, "/data/experiments/X_E1/scans/1%5BCOMMA%5D2%5BCOMMA%5D3"},
        {{.experiment_id = "X_E1", .scan_id = "a+b c"}, "/data/experiments/X_E1/scans/a%2Bb%20c"},
        {{.experiment_id = "X_E1", .scan_id = "50%"}, "/data/experiments/X_E1/scans/50%25"},
        {{.experiment_id = "X_E1", .scan_id = "\xc3\xa9"}, "/data/experiments/X_E1/scans/%C3%A9"},
        {{.experiment_id = "X_E1", .scan_id = "a?b#c"}, "/data/experiments/X_E1/scans/a%3Fb%23c"},
        {{.experiment_id = "X_E1", .reconstruction_id = "a/b,c"},
         "/data/experiments/X_E1/reconstructions/a%5BSLASH%5Db%5BCOMMA%5Dc"},
        {{.project = "my study"}, "/data/projects/my%20study"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        XnItem item = cases[i].item;
        g_autofree char *container = xn_item_container (&item);
        g_assert_cmpstr (container, ==, cases[i].container);
        item.resource_id = "123";
        item.resource_label = "DICOM";
        g_autofree char *resource = xn_item_resource (&item);
        g_autofree char *wanted = g_strconcat (cases[i].container, "/resources/123", NULL);
        g_assert_cmpstr (resource, ==, wanted);
    }
    /* Only the label is known. */
    const XnItem labelled = {.project = "P", .resource_label = "my label"};
    g_autofree char *resource = xn_item_resource (&labelled);
    g_assert_cmpstr (resource, ==, "/data/projects/P/resources/my%20label");
}

static void
test_describe (void)
{
    const struct {
        XnItem item;
        const char *text;
    } cases[] = {
        {{NULL}, ""},
        {{.project = "P"}, "projects/P"},
        {{.project = "P", .project_name = "My study"}, "projects/P"},
        {{.project = "P", .subject_id = "X_S1", .subject_label = "S"}, "projects/P/subjects/S"},
        {{.project = "P", .subject_id = "X_S1"}, "projects/P/subjects/X_S1"},
        {{.experiment_id = "X_E1", .scan_id = "4", .scan_type = "T1", .resource_id = "9"},
         "experiments/X_E1/scans/4/resources/9"},
        {{.project = "P", .experiment_label = "E", .assessor_id = "X_A1", .assessor_label = "A", .resource_label = "R"},
         "projects/P/experiments/E/assessors/A/resources/R"},
        {{.experiment_label = "E", .reconstruction_id = "r", .resource_id = "9", .resource_label = "R"},
         "experiments/E/reconstructions/r/resources/R"},
        {{.project = "my study", .resource_label = "a/b"}, "projects/my study/resources/a/b"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *text = xn_item_describe (&cases[i].item);
        g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_pool (void)
{
    g_autoptr (XnPool) pool = xn_pool_new ();
    g_assert_null (xn_pool_add (pool, NULL));
    g_assert_null (xn_pool_add (pool, ""));
    g_assert_null (xn_pool_add_label (pool, NULL));
    g_assert_null (xn_pool_add_label (pool, ""));

    char text[] = "DICOM";
    const char *kept = xn_pool_add (pool, text);
    g_assert_true (kept != text);
    g_assert_true (xn_pool_add (pool, "DICOM") == kept);
    text[0] = 'X';
    g_assert_cmpstr (kept, ==, "DICOM");
    g_assert_true (xn_pool_add (pool, text) != kept);

    /* Labels as users write them, IDs as they come. */
    const char *label = xn_pool_add_label (pool, "A &amp; B &lt;1&gt;");
    g_assert_cmpstr (label, ==, "A & B <1>");
    g_assert_true (xn_pool_add_label (pool, "A & B <1>") == label);
    g_assert_true (xn_pool_add_label (pool, "DICOM") == kept);
    g_assert_cmpstr (xn_pool_add (pool, "A &amp; B"), ==, "A &amp; B");

    /* Longer than one piece of the pool's memory. */
    g_autofree char *big = g_strnfill (100000, 'y');
    g_assert_cmpstr (xn_pool_add (pool, big), ==, big);
    g_assert_cmpstr (kept, ==, "DICOM");

    /* Without looking for equal ones. */
    const char *copy = xn_pool_copy (pool, "DICOM");
    g_assert_cmpstr (copy, ==, "DICOM");
    g_assert_true (copy != kept);
    g_assert_true (xn_pool_add (pool, "DICOM") == kept);
    g_assert_null (xn_pool_copy (pool, NULL));
    g_assert_null (xn_pool_copy (pool, ""));

    /* What was added before lives on, but is not known any more. */
    xn_pool_settle (pool);
    const char *again = xn_pool_add (pool, "DICOM");
    g_assert_true (again != kept);
    g_assert_true (xn_pool_add (pool, "DICOM") == again);
    g_assert_cmpstr (kept, ==, "DICOM");
    xn_pool_free (NULL);
}

#define N_TEXTS 500

/* What one thread was given. */
typedef struct {
    XnPool *pool;
    const char *kept[N_TEXTS];
} Filling;

static void *
fill_pool (void *data)
{
    Filling *filling = data;
    for (guint i = 0; i < N_TEXTS; i++) {
        g_autofree char *text = g_strdup_printf ("label-%u", i);
        filling->kept[i] = xn_pool_add (filling->pool, text);
    }
    return NULL;
}

static void
test_pool_threads (void)
{
    g_autoptr (XnPool) pool = xn_pool_new ();
    g_autofree Filling *fillings = g_new0 (Filling, 4);
    pthread_t threads[4];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
        fillings[i].pool = pool;
        g_assert_true (xn_thread_start (&threads[i], fill_pool, &fillings[i]));
    }
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        pthread_join (threads[i], NULL);
    for (guint i = 0; i < N_TEXTS; i++) {
        g_autofree char *text = g_strdup_printf ("label-%u", i);
        for (guint j = 0; j < G_N_ELEMENTS (threads); j++) {
            g_assert_cmpstr (fillings[j].kept[i], ==, text);
            g_assert_true (fillings[j].kept[i] == fillings[0].kept[i]);
        }
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/item/new-and-copy", test_new_and_copy);
    g_test_add_func ("/item/names", test_names);
    g_test_add_func ("/item/paths", test_paths);
    g_test_add_func ("/item/describe", test_describe);
    g_test_add_func ("/item/pool", test_pool);
    g_test_add_func ("/item/pool-threads", test_pool_threads);
    return g_test_run ();
}
