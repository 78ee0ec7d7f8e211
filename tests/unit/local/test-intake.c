/* SPDX-License-Identifier: Apache-2.0 */
/* Small files in batches: what is right is written, what is not is dropped, and a failure ends it. */
#include "common.h"

#include "base/error.h"
#include "base/op.h"
#include "local/intake.h"
#include "local/place.h"

#include <glib/gstdio.h>
#include <string.h>

enum { OLD = 1234567890 };

typedef struct {
    XnPlace *place;
    gint right, wrong; /* (atomic) */
} Tally;

static gboolean
store (const XnIntakeFile *file, const guint8 *bytes, gsize size, gpointer data, GError **error)
{
    return xn_place_store (((Tally *)data)->place, file->relative, bytes, size, file->mtime, error);
}

static void
settled (gpointer item, gboolean right, gpointer data)
{
    Tally *tally = data;
    g_atomic_int_inc (right ? &tally->right : &tally->wrong);
}

static gboolean
is_set (gpointer data)
{
    return g_atomic_int_get ((gint *)data) != 0;
}

/* @stop: (nullable) set from elsewhere when it should stop */
static XnOp *
new_op (gint *stop)
{
    return xn_op_new (xn_settings_new (NULL, NULL, NULL), stop != NULL ? is_set : NULL, NULL, stop);
}

static void
fill (guint8 *room, guint number, gsize size)
{
    memset (room, (int)(number * 7 + 1), size);
}

static char *
md5_of (guint number, gsize size)
{
    g_autofree guint8 *bytes = g_malloc (size + 1);
    fill (bytes, number, size);
    return g_compute_checksum_for_data (G_CHECKSUM_MD5, bytes, size);
}

static gboolean
add (XnIntake *intake, guint number, gsize size, const char *name, const char *md5, GError **error)
{
    guint8 *room = xn_intake_room (intake, size, error);
    if (room == NULL)
        return FALSE;
    fill (room, number, size);
    const XnIntakeFile file = {.relative = name, .md5 = md5, .mtime = OLD};
    return xn_intake_add (intake, &file, size, error);
}

static void
is_there (const char *tree, const char *name, guint number, gsize size)
{
    g_autofree char *path = g_build_filename (tree, name, NULL);
    g_autofree char *text = NULL;
    g_autofree guint8 *wanted = g_malloc (size + 1);
    gsize length = 0;
    g_assert_true (g_file_get_contents (path, &text, &length, NULL));
    fill (wanted, number, size);
    g_assert_cmpmem (text, length, wanted, size);
    GStatBuf status;
    g_assert_cmpint (g_stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mtime, ==, OLD);
}

/* So many files of that size, each third with a wrong MD5 and each fourth without one. */
static void
run (guint n, gsize size)
{
    SCRATCH (dir);
    g_autofree char *tree = g_build_filename (dir, "tree", NULL);
    g_autoptr (XnOp) op = new_op (NULL);
    g_autoptr (XnPlace) place = place_tree (tree);
    g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GError) error = NULL;
    Tally tally = {.place = place};
    gint wrong = 0;
    {
        g_autoptr (XnIntake) intake = xn_intake_new (store, op, settled, &tally);
        for (guint i = 0; i < n; i++) {
            const gboolean is_wrong = i % 3 == 2, is_plain = !is_wrong && i % 4 == 3;
            char *name = g_strdup_printf ("d%u/f%u", i % 5, i);
            char *md5 = is_plain ? NULL : md5_of (i, is_wrong ? size + 1 : size);
            g_ptr_array_add (kept, name);
            g_ptr_array_add (kept, md5);
            wrong += is_wrong;
            g_assert_true (add (intake, i, size, name, md5, &error));
        }
        g_assert_true (xn_intake_settle (intake, &error));
        g_assert_true (xn_intake_settle (intake, &error));
        g_assert_no_error (error);
    }
    g_assert_cmpint (g_atomic_int_get (&tally.wrong), ==, wrong);
    g_assert_cmpint (g_atomic_int_get (&tally.right), ==, (gint)n - wrong);
    xn_place_commit (place, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < n; i++) {
        g_autofree char *path = g_build_filename (tree, g_ptr_array_index (kept, 2 * i), NULL);
        if (i % 3 != 2)
            is_there (tree, g_ptr_array_index (kept, 2 * i), i, size);
        else
            g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

static void
test_sizes (void)
{
    run (0, 0);
    run (1, 10);
    run (40, 0);
    run (700, 100);
    run (90, 150000);
    run (11, XN_INTAKE_MAX - 1);
    run (9, XN_INTAKE_MAX);
}

/* Room that is not used is given again. */
static void
test_room (void)
{
    SCRATCH (dir);
    g_autofree char *tree = g_build_filename (dir, "tree", NULL);
    g_autoptr (XnOp) op = new_op (NULL);
    g_autoptr (XnPlace) place = place_tree (tree);
    g_autoptr (GError) error = NULL;
    Tally tally = {.place = place};
    g_autoptr (XnIntake) intake = xn_intake_new (store, op, settled, &tally);
    guint8 *first = xn_intake_room (intake, 1000, &error);
    fill (first, 1, 1000);
    g_assert_true (xn_intake_room (intake, 10, &error) == first);
    g_autofree char *md5 = md5_of (2, 10);
    g_assert_true (add (intake, 2, 10, "f", md5, &error));
    g_assert_true (xn_intake_settle (intake, &error));
    g_assert_cmpint (g_atomic_int_get (&tally.right), ==, 1);
}

/* A full batch, too, is left as it is when the operation should stop. */
static void
test_stopped (void)
{
    SCRATCH (dir);
    gint stop = 0;
    g_autofree char *tree = g_build_filename (dir, "tree", NULL);
    g_autoptr (GError) error = NULL, last = NULL;
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (XnOp) op = new_op (&stop);
    g_autoptr (XnPlace) place = place_tree (tree);
    Tally tally = {.place = place};
    g_autoptr (XnIntake) intake = xn_intake_new (store, op, settled, &tally);
    gboolean ok = TRUE;
    for (guint i = 0; i < 300 && ok; i++) {
        g_ptr_array_add (names, g_strdup_printf ("f%u", i));
        ok = add (intake, i, 100000, g_ptr_array_index (names, i), NULL, &error);
        g_atomic_int_set (&stop, i >= 100);
    }
    g_assert_false (xn_intake_settle (intake, &last));
    g_assert_error (last, XN_ERROR, XN_ERROR_CANCELLED);
    g_assert_cmpint (g_atomic_int_get (&tally.right), <=, 101);
}

/* Settled or not, nothing of a file shows before its place is committed; and what was never settled is dropped. */
static void
test_dropped (void)
{
    SCRATCH (dir);
    g_autofree char *tree = g_build_filename (dir, "tree", NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = new_op (NULL);
    Tally tally = {0};
    {
        g_autoptr (XnPlace) place = tally.place = place_tree (tree);
        g_autoptr (XnIntake) intake = xn_intake_new (store, op, settled, &tally);
        g_assert_true (add (intake, 1, 10, "f", NULL, &error));
    }
    g_assert_cmpint (g_atomic_int_get (&tally.right), ==, 0);
    g_assert_false (g_file_test (tree, G_FILE_TEST_EXISTS));
}

/* One file cannot be written: the error comes with a later one, or at the end. */
static void
test_failure (gconstpointer data)
{
    SCRATCH (dir);
    const gsize size = GPOINTER_TO_SIZE (data);
    g_autofree char *tree = g_build_filename (dir, "tree", NULL);
    g_autofree char *in_the_way = g_build_filename (tree, "f3", NULL);
    g_mkdir_with_parents (in_the_way, 0755);
    g_autoptr (XnOp) op = new_op (NULL);
    g_autoptr (XnPlace) place = place_tree (tree);
    g_autoptr (GError) error = NULL, last = NULL;
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    Tally tally = {.place = place};
    g_autoptr (XnIntake) intake = xn_intake_new (store, op, settled, &tally);
    gboolean ok = TRUE;
    for (guint i = 0; i < 300 && ok; i++) {
        g_ptr_array_add (names, g_strdup_printf ("f%u", i));
        ok = add (intake, i, size, g_ptr_array_index (names, i), NULL, &error);
    }
    g_assert_false (xn_intake_settle (intake, &last));
    g_assert_error (last, XN_ERROR, XN_ERROR_IO);
    g_assert_nonnull (strstr (last->message, "f3"));
    g_assert_cmpint (g_atomic_int_get (&tally.right), ==, 3);
    if (!ok)
        g_assert_cmpstr (error->message, ==, last->message);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/intake/sizes", test_sizes);
    g_test_add_func ("/intake/room", test_room);
    g_test_add_func ("/intake/dropped", test_dropped);
    g_test_add_func ("/intake/stopped", test_stopped);
    g_test_add_data_func ("/intake/failure/one-batch", GSIZE_TO_POINTER (10), test_failure);
    g_test_add_data_func ("/intake/failure/many-batches", GSIZE_TO_POINTER (100000), test_failure);
    return g_test_run ();
}
