/* SPDX-License-Identifier: Apache-2.0 */
/* A crew at work: what is begun, what is left after a failure, and which error is told. */
#include "base/error.h"
#include "base/parallel.h"
#include "base/sync.h"

/* One item of a crew's work. */
typedef struct {
    guint number;
    gint64 ms;        /* how long it takes */
    XnErrorKind fail; /* 0: it succeeds */
    gboolean stop;    /* stops the operation */
    guint done;       /* how often it was worked on */
} Item;

/* What all items share. */
typedef struct {
    XnOp *op;
    pthread_t caller;
    gint working, most_working; /* atomic */
    gint on_caller;             /* atomic: items done by the calling thread */
} Shared;

static gboolean
work (gpointer data, gpointer user_data, GError **error)
{
    Item *item = data;
    Shared *shared = user_data;
    const gint working = g_atomic_int_add (&shared->working, 1) + 1;
    gint most = g_atomic_int_get (&shared->most_working);
    while (most < working && !g_atomic_int_compare_and_exchange (&shared->most_working, most, working))
        most = g_atomic_int_get (&shared->most_working);
    if (pthread_equal (pthread_self (), shared->caller))
        g_atomic_int_inc (&shared->on_caller);
    item->done++;
    if (item->ms > 0)
        g_usleep ((gulong)item->ms * 1000);
    if (item->stop)
        xn_op_stop (shared->op);
    g_atomic_int_add (&shared->working, -1);
    if (item->fail == 0)
        return TRUE;
    xn_error_set (error, item->fail, "item %u", item->number);
    xn_error_facts (*error)->http_status = 400 + (int)item->number;
    return FALSE;
}

/* Items, the operation and what they share. */
typedef struct {
    GPtrArray *items;
    XnOp *op;
    Shared shared;
} Scene;

static Scene *
scene_new (guint n_items)
{
    Scene *scene = g_new0 (Scene, 1);
    scene->items = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < n_items; i++) {
        Item *item = g_new0 (Item, 1);
        item->number = i;
        g_ptr_array_add (scene->items, item);
    }
    scene->op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, NULL, NULL);
    scene->shared.op = scene->op;
    scene->shared.caller = pthread_self ();
    return scene;
}

static void
scene_free (Scene *scene)
{
    g_ptr_array_unref (scene->items);
    xn_op_free (scene->op);
    g_free (scene);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

static Item *
scene_item (Scene *scene, guint index)
{
    return g_ptr_array_index (scene->items, index);
}

static gboolean
scene_run (Scene *scene, guint jobs, XnParallelMode mode, GError **errors, GError **error)
{
    return xn_parallel_run (scene->op, jobs, scene->items, work, &scene->shared, mode, errors, error);
}

static guint
scene_count_done (Scene *scene)
{
    guint done = 0;
    for (guint i = 0; i < scene->items->len; i++) {
        g_assert_cmpuint (scene_item (scene, i)->done, <=, 1);
        done += scene_item (scene, i)->done;
    }
    return done;
}

static void
test_all_done (void)
{
    const struct {
        guint items, jobs;
    } cases[] = {{0, 4}, {1, 4}, {5, 1}, {5, 0}, {3, 8}, {200, 4}, {64, 64}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (Scene) scene = scene_new (cases[i].items);
        g_assert_true (scene_run (scene, cases[i].jobs, XN_PARALLEL_STOP_AT_ERROR, NULL, &error));
        g_assert_no_error (error);
        g_assert_cmpuint (scene_count_done (scene), ==, cases[i].items);
        g_assert_cmpint (scene->shared.most_working, <=, (gint)MAX (cases[i].jobs, 1));
        /* One item or one job need no thread. */
        const gboolean alone = cases[i].items <= 1 || cases[i].jobs <= 1;
        g_assert_cmpint (scene->shared.on_caller, ==, alone ? (gint)cases[i].items : 0);
    }
}

static void
test_at_the_same_time (void)
{
    g_autoptr (Scene) scene = scene_new (12);
    for (guint i = 0; i < 12; i++)
        scene_item (scene, i)->ms = 100;
    g_assert_true (scene_run (scene, 3, XN_PARALLEL_ALL, NULL, NULL));
    g_assert_cmpint (scene->shared.most_working, >=, 2);
    g_assert_cmpint (scene->shared.most_working, <=, 3);
    g_assert_cmpuint (scene_count_done (scene), ==, 12);
}

static void
test_stop_at_error (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (Scene) scene = scene_new (6);
    scene_item (scene, 2)->fail = XN_ERROR_CONFLICT;
    scene_item (scene, 4)->fail = XN_ERROR_AUTH;
    g_assert_false (scene_run (scene, 1, XN_PARALLEL_STOP_AT_ERROR, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CONFLICT);
    g_assert_cmpuint (scene_count_done (scene), ==, 3);

    /* Several threads finish what they have begun, and no more. */
    g_autoptr (Scene) many = scene_new (500);
    for (guint i = 1; i < 500; i++)
        scene_item (many, i)->ms = 20;
    scene_item (many, 0)->fail = XN_ERROR_IO;
    g_clear_error (&error);
    g_assert_false (scene_run (many, 4, XN_PARALLEL_STOP_AT_ERROR, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_assert_cmpuint (scene_count_done (many), <, 500);
    /* The operation as such goes on. */
    g_assert_true (xn_op_check (many->op, NULL));
}

static void
test_first_in_list_order (void)
{
    /* The later item fails earlier, yet the earlier one's error is told, with its facts. */
    g_autoptr (GError) error = NULL;
    g_autoptr (Scene) scene = scene_new (4);
    scene_item (scene, 1)->ms = 200;
    scene_item (scene, 1)->fail = XN_ERROR_NOT_FOUND;
    scene_item (scene, 3)->fail = XN_ERROR_SERVER;
    g_assert_false (scene_run (scene, 4, XN_PARALLEL_ALL, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_NOT_FOUND);
    g_assert_cmpstr (error->message, ==, "item 1");
    g_assert_cmpint (xn_error_http_status (error), ==, 401);
    g_clear_error (&error);

    /* A failure tells more than that others were called off because of it. */
    scene_item (scene, 0)->fail = XN_ERROR_CANCELLED;
    g_assert_false (scene_run (scene, 4, XN_PARALLEL_ALL, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_NOT_FOUND);
    g_assert_false (scene_run (scene, 4, XN_PARALLEL_ALL, NULL, NULL));
}

static void
test_all_in_spite_of_errors (void)
{
    for (guint jobs = 1; jobs <= 3; jobs += 2) {
        g_autoptr (GError) error = NULL;
        g_autoptr (Scene) scene = scene_new (9);
        GError *errors[9] = {NULL};
        scene_item (scene, 0)->fail = XN_ERROR_IO;
        scene_item (scene, 7)->fail = XN_ERROR_INTEGRITY;
        g_assert_false (scene_run (scene, jobs, XN_PARALLEL_ALL, errors, &error));
        g_assert_error (error, XN_ERROR, XN_ERROR_IO);
        g_assert_cmpuint (scene_count_done (scene), ==, 9);
        for (guint i = 0; i < 9; i++) {
            const XnErrorKind kind = scene_item (scene, i)->fail;
            if (kind == 0)
                g_assert_no_error (errors[i]);
            else
                g_assert_error (errors[i], XN_ERROR, (gint)kind);
            g_clear_error (&errors[i]);
        }
    }
}

static void
test_cancelled (void)
{
    for (guint jobs = 1; jobs <= 4; jobs += 3) {
        for (XnParallelMode mode = XN_PARALLEL_STOP_AT_ERROR; mode <= XN_PARALLEL_ALL; mode++) {
            g_autoptr (GError) error = NULL;
            g_autoptr (Scene) scene = scene_new (300);
            for (guint i = 0; i < 300; i++)
                scene_item (scene, i)->ms = 5;
            scene_item (scene, 3)->stop = TRUE;
            g_assert_false (scene_run (scene, jobs, mode, NULL, &error));
            g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
            g_assert_cmpuint (scene_count_done (scene), <, 300);
        }
    }
    /* Stopped by the last item, which itself succeeds; and before anything was begun. */
    g_autoptr (GError) error = NULL;
    g_autoptr (Scene) late = scene_new (2);
    scene_item (late, 1)->stop = TRUE;
    g_assert_false (scene_run (late, 1, XN_PARALLEL_ALL, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_clear_error (&error);
    g_autoptr (Scene) early = scene_new (0);
    xn_op_stop (early->op);
    g_assert_false (scene_run (early, 4, XN_PARALLEL_ALL, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
}

static void
count_report (gpointer data, guint64 operation, const XnCounts *counts)
{
    (*(guint *)data)++;
}

static void
test_reports_meanwhile (void)
{
    guint reports = 0;
    g_autoptr (Scene) scene = scene_new (2);
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, count_report, &reports);
    scene_item (scene, 0)->ms = scene_item (scene, 1)->ms = 400;
    g_assert_true (xn_parallel_run (op, 2, scene->items, work, &scene->shared, XN_PARALLEL_ALL, NULL, NULL));
    g_assert_cmpuint (reports, >=, 2);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/parallel/all-done", test_all_done);
    g_test_add_func ("/parallel/at-the-same-time", test_at_the_same_time);
    g_test_add_func ("/parallel/stop-at-error", test_stop_at_error);
    g_test_add_func ("/parallel/first-in-list-order", test_first_in_list_order);
    g_test_add_func ("/parallel/all-in-spite-of-errors", test_all_in_spite_of_errors);
    g_test_add_func ("/parallel/cancelled", test_cancelled);
    g_test_add_func ("/parallel/reports-meanwhile", test_reports_meanwhile);
    return g_test_run ();
}
