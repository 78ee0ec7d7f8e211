/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: gathered and published as a whole, continued after a failure or a kill, or completed where they stand. */
#include "common.h"

#include "base/error.h"
#include "local/place.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_whole (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "a/b/tree");
    XnPlace *place = place_tree (path);
    g_assert_cmpstr (xn_place_path (place), ==, path);
    assert_missing (place, "x");
    tree_add (place, "x", "1");
    tree_add (place, "d/e/y", "");
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_autoptr (XnPlaceFile) half = tree_begin (place, "half", "ha");
    g_autofree char *partial = in (dir, "a/b/tree.partial");
    assert_tree (partial, "d/ d/e/ d/e/y x");
    g_clear_pointer (&half, xn_place_file_free);
    tree_end (place);
    assert_tree (dir, "a/ a/b/ a/b/tree/ a/b/tree/d/ a/b/tree/d/e/ a/b/tree/d/e/y a/b/tree/x");
}

static void
test_empty_resource (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree/");
    for (int i = 0; i < 2; i++) {
        XnPlace *place = place_tree (path);
        g_assert_true (g_str_has_suffix (xn_place_path (place), "/tree"));
        tree_end (place);
        assert_tree (dir, "tree/");
    }
}

/* An empty directory stays the directory that it is. */
static void
test_empty_directory (void)
{
    SCRATCH (dir);
    struct stat before, after;
    g_autofree char *path = in (dir, "tree");
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    g_assert_cmpint (chmod (path, 02770), ==, 0);
    g_assert_cmpint (stat (path, &before), ==, 0);
    XnPlace *place = place_tree (path);
    tree_add (place, "x", "1");
    assert_tree (dir, ".tree.xnatstorage-lock tree/ tree/x");
    tree_end (place);
    assert_tree (dir, "tree/ tree/x");
    g_assert_cmpint (stat (path, &after), ==, 0);
    g_assert_cmpint (after.st_mode & 07777, ==, 02770);
    g_assert_cmpuint (after.st_ino, ==, before.st_ino);
}

static void
test_existing (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *own = in (path, "own/notes");
    g_autofree char *link = in (path, "link");
    g_autofree char *same = in (path, "d/same");
    put (own, "mine");
    put (same, "same");
    g_assert_cmpint (symlink ("own", link), ==, 0);
    XnPlace *place = place_tree (path);
    expect (place, "d/same d/new");
    assert_found (place, "d/same", 4, FALSE);
    tree_keep (place, "d/same");
    tree_add (place, "d/new", "1");
    g_autofree char *new = in (path, "d/new");
    assert_file (new, "1"); /* at once */
    tree_add (place, "d/new", "22");
    assert_file (new, "22");
    g_assert_cmpuint (xn_place_count_others (place), ==, 2);
    tree_end (place);
    assert_tree (dir, "tree/ tree/d/ tree/d/new tree/d/same tree/link tree/own/ tree/own/notes");
}

static void
check_refused (XnPlace *place, const char *relative, int kind, const char *part)
{
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_false (xn_place_find (place, relative, &found, &error));
    assert_failed (error, kind, part);
    g_clear_error (&error);
    g_assert_null (xn_place_create (place, relative, 1, TRUE, &error));
    assert_failed (error, kind, part);
}

static void
test_in_the_way (void)
{
    SCRATCH (dir);
    SCRATCH (outside);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *file = in (path, "file");
    g_autofree char *fifo = in (path, "fifo");
    g_autofree char *as_dir = in (path, "dir/x");
    g_autofree char *dir_link = in (path, "dir-link");
    g_autofree char *file_link = in (path, "file-link");
    g_autofree char *victim = in (outside, "victim");
    put (file, "1");
    put (as_dir, "2");
    put (victim, "untouched");
    g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
    g_assert_cmpint (symlink (outside, dir_link), ==, 0);
    g_assert_cmpint (symlink (victim, file_link), ==, 0);
    XnPlace *place = place_tree (path);
    check_refused (place, "dir-link/victim", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "dir-link", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "file-link", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "file/x", XN_ERROR_IO, "a file is in the way");
    check_refused (place, "dir", XN_ERROR_IO, "a directory is in the way");
    check_refused (place, "fifo", XN_ERROR_IO, "no file is in the way");

    /* A link that appears while a file is being written, in the place of the file, or of its directory. */
    g_autoptr (XnPlaceFile) late = tree_begin (place, "late/victim", "evil");
    g_autoptr (XnPlaceFile) later = tree_begin (place, "later/victim", "evil");
    g_autofree char *late_file = in (path, "late/victim");
    g_autofree char *later_dir = in (path, "later");
    g_assert_cmpint (symlink (victim, late_file), ==, 0);
    g_assert_cmpint (g_rmdir (later_dir), ==, 0);
    g_assert_cmpint (symlink (outside, later_dir), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_false (xn_place_file_commit (late, -1, &error));
    assert_failed (error, XN_ERROR_INTEGRITY, "a link is in the way");
    g_clear_error (&error);
    g_assert_false (xn_place_file_commit (later, -1, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_clear_pointer (&late, xn_place_file_free);
    g_clear_pointer (&later, xn_place_file_free);
    tree_end (place);
    assert_tree (outside, "victim");
    assert_file (victim, "untouched");
}

/* Links in what the user names are followed, also to what is yet to be made. */
static void
test_links (void)
{
    SCRATCH (dir);
    g_autofree char *above = in (dir, "above");
    g_autofree char *real = in (dir, "real");
    g_autofree char *dangling = in (dir, "dangling");
    g_autofree char *below = in (dir, "above/tree");
    g_assert_cmpint (g_mkdir (real, 0777), ==, 0);
    g_assert_cmpint (symlink ("real", above), ==, 0);
    g_assert_cmpint (symlink ("real/made", dangling), ==, 0);
    XnPlace *place = place_tree (below);
    tree_add (place, "x", "1");
    tree_end (place);
    place = place_tree (dangling);
    tree_add (place, "y", "2");
    tree_end (place);
    assert_tree (real, "made/ made/y tree/ tree/x");
    assert_tree (dir, "above dangling real/ real/made/ real/made/y real/tree/ real/tree/x");
}

static void
test_appeared (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *other = in (path, "other");
    g_autoptr (XnPlace) place = place_tree (path);
    tree_add (place, "x", "1");
    put (other, "2");
    g_autoptr (GError) error = NULL;
    g_assert_false (xn_place_commit (place, &error));
    assert_failed (error, XN_ERROR_CONFLICT, "tree.partial");
    g_clear_pointer (&place, xn_place_free);
    assert_tree (dir, "tree.partial/ tree.partial/x tree/ tree/other");
}

/* The host's working directory must not be replaced under its feet. */
static void
test_working_directory (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "here");
    g_autofree char *before = g_get_current_dir ();
    const char *const names[] = {".", "./", "../here", path};
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
        g_assert_cmpint (chdir (path), ==, 0);
        XnPlace *place = place_tree (names[i]);
        tree_add (place, "d/x", "1");
        tree_end (place);
        g_assert_cmpint (access ("d/x", R_OK), ==, 0);
        g_assert_cmpint (chdir (before), ==, 0);
        assert_tree (dir, "here/ here/d/ here/d/x");
        g_autofree char *d = in (path, "d");
        g_autofree char *x = in (path, "d/x");
        g_assert_cmpint (g_unlink (x) + g_rmdir (d) + g_rmdir (path), ==, 0);
    }
}

/* A file system's root, or a directory that is mounted from elsewhere, cannot be replaced: all happens inside. */
static void
test_mount (gconstpointer type)
{
    SCRATCH (dir);
    SCRATCH (elsewhere);
    g_autofree char *path = in (dir, "mount");
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    if (mount (elsewhere, path, type != NULL ? type : "none", type == NULL ? MS_BIND : 0, NULL) != 0) {
        g_test_skip ("file systems cannot be mounted here");
        return;
    }
    XnPlace *place = place_tree (path);
    expect (place, "d/x");
    tree_add (place, "d/x", "1");
    g_assert_cmpuint (xn_place_count_others (place), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (path, FALSE, &error));
    assert_failed (error, XN_ERROR_CONFLICT, "is being written");
    assert_tree (dir, "mount/ mount/.xnatstorage-lock mount/d/ mount/d/x");
    tree_end (place);
    assert_tree (dir, "mount/ mount/d/ mount/d/x");
    g_assert_cmpint (umount (path), ==, 0);
}

/* Somebody else's empty directory in one like /tmp cannot be replaced, but filled. */
static void
test_sticky_parent (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    if (geteuid () != 0) {
        g_test_skip ("only root can make another user's directory");
        return;
    }
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    g_assert_cmpint (chmod (path, 0777), ==, 0);
    g_assert_cmpint (chmod (dir, 01777), ==, 0);
    g_assert_cmpint (seteuid (65534), ==, 0);
    XnPlace *place = place_tree (path);
    tree_add (place, "x", "1");
    tree_add (place, "d/e/y", "1");
    tree_end (place);
    g_assert_cmpint (seteuid (0), ==, 0);
    assert_tree (dir, "tree/ tree/d/ tree/d/e/ tree/d/e/y tree/x");
}

/* A directory in one that the user may not write to. */
static void
test_closed_parent (void)
{
    SCRATCH (dir);
    g_autofree char *parent = in (dir, "closed");
    g_autofree char *path = in (dir, "closed/open");
    g_assert_cmpint (g_mkdir_with_parents (path, 0777), ==, 0);
    g_assert_cmpint (chmod (path, 0777), ==, 0);
    g_assert_cmpint (chmod (dir, 0755), ==, 0);
    g_assert_cmpint (chmod (parent, 0555), ==, 0);
    const gboolean root = geteuid () == 0;
    if (root)
        g_assert_cmpint (seteuid (65534), ==, 0);
    XnPlace *place = place_tree (path);
    tree_add (place, "x", "1");
    tree_end (place);
    g_autofree char *beside = in (parent, "beside");
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (beside, FALSE, &error));
    if (root)
        g_assert_cmpint (seteuid (0), ==, 0);
    assert_failed (error, XN_ERROR_IO, "cannot write");
    g_assert_cmpint (chmod (parent, 0755), ==, 0);
    assert_tree (parent, "open/ open/x");
}

static gpointer
add_many (gpointer data)
{
    static int n = 0;
    XnPlace *place = data;
    const int thread = g_atomic_int_add (&n, 1);
    for (int i = 0; i < 50; i++) {
        g_autofree char *relative = g_strdup_printf ("d%d/sub/%d-%d", i % 7, thread, i);
        assert_missing (place, relative);
        tree_add (place, relative, relative);
    }
    return NULL;
}

static void
test_threads (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    XnPlace *place = place_tree (path);
    GThread *threads[8];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new (NULL, add_many, place);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    tree_end (place);
    place = place_tree (path);
    g_assert_cmpuint (xn_place_count_others (place), ==, 400);
    xn_place_free (place);
    g_autofree char *one = in (path, "d3/sub/7-45");
    assert_file (one, "d3/sub/7-45");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/gather/whole", test_whole);
    g_test_add_func ("/gather/empty-resource", test_empty_resource);
    g_test_add_func ("/gather/empty-directory", test_empty_directory);
    g_test_add_func ("/gather/existing", test_existing);
    g_test_add_func ("/gather/in-the-way", test_in_the_way);
    g_test_add_func ("/gather/links", test_links);
    g_test_add_func ("/gather/appeared", test_appeared);
    g_test_add_func ("/gather/working-directory", test_working_directory);
    g_test_add_data_func ("/gather/mount/tmpfs", "tmpfs", test_mount);
    g_test_add_data_func ("/gather/mount/bind", NULL, test_mount);
    g_test_add_func ("/gather/sticky-parent", test_sticky_parent);
    g_test_add_func ("/gather/closed-parent", test_closed_parent);
    g_test_add_func ("/gather/threads", test_threads);
    return g_test_run ();
}
