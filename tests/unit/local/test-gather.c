/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: gathered and published as a whole, continued after a failure or a kill, or completed where they stand. */
#include "common.h"

#include "base/error.h"
#include "local/place.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static XnPlace *
tree_at (const char *path)
{
    g_autoptr (GError) error = NULL;
    XnPlace *place = xn_place_open_tree (path, &error);
    g_assert_no_error (error);
    return place;
}

static XnPlaceFile *
begin (XnPlace *place, const char *relative, const char *text)
{
    g_autoptr (GError) error = NULL;
    XnPlaceFile *file = xn_place_create (place, relative, (gint64)strlen (text), TRUE, &error);
    g_assert_no_error (error);
    g_assert_true (xn_place_file_write (file, (const guint8 *)text, strlen (text), &error));
    return file;
}

static void
add (XnPlace *place, const char *relative, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlaceFile) file = begin (place, relative, text);
    xn_place_file_commit (file, 1000000000, &error);
    g_assert_no_error (error);
}

static void
keep (XnPlace *place, const char *relative)
{
    g_autoptr (GError) error = NULL;
    xn_place_keep (place, relative, &error);
    g_assert_no_error (error);
}

static void
end (XnPlace *place)
{
    g_autoptr (GError) error = NULL;
    xn_place_commit (place, FALSE, &error);
    g_assert_no_error (error);
    xn_place_free (place);
}

static void
assert_found (XnPlace *place, const char *relative, gint64 size, gboolean in_partial)
{
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_true (xn_place_find (place, relative, &found, &error));
    g_assert_cmpint (found.size, ==, size);
    g_assert_cmpint (found.in_partial, ==, in_partial);
}

static void
assert_missing (XnPlace *place, const char *relative)
{
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_false (xn_place_find (place, relative, &found, &error));
    g_assert_no_error (error);
}

static void
test_whole (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "a/b/tree");
    XnPlace *place = tree_at (path);
    g_assert_cmpstr (xn_place_path (place), ==, path);
    assert_missing (place, "x");
    add (place, "x", "1");
    add (place, "d/e/y", "");
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    g_autoptr (XnPlaceFile) half = begin (place, "half", "ha");
    g_autofree char *partial = in (dir, "a/b/tree.partial");
    assert_tree (partial, "d/ d/e/ d/e/y x");
    g_clear_pointer (&half, xn_place_file_free);
    end (place);
    assert_tree (dir, "a/ a/b/ a/b/tree/ a/b/tree/d/ a/b/tree/d/e/ a/b/tree/d/e/y a/b/tree/x");
}

static void
test_empty_resource (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree/");
    for (int i = 0; i < 2; i++) {
        XnPlace *place = tree_at (path);
        g_assert_true (g_str_has_suffix (xn_place_path (place), "/tree"));
        end (place);
        assert_tree (dir, "tree/");
    }
}

/* An empty directory counts as none; its mode stays. */
static void
test_empty_directory (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    g_assert_cmpint (chmod (path, 02770), ==, 0);
    XnPlace *place = tree_at (path);
    add (place, "x", "1");
    assert_tree (dir, ".tree.xnatstorage-lock tree.partial/ tree.partial/x tree/");
    end (place);
    assert_tree (dir, "tree/ tree/x");
    struct stat status;
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mode & 07777, ==, 02770);
}

static void
test_failure (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    XnPlace *place = tree_at (path);
    g_autoptr (XnPlaceFile) half = begin (place, "d/half", "ha");
    g_clear_pointer (&half, xn_place_file_free);
    xn_place_free (place);
    assert_tree (dir, ""); /* nothing was complete */

    place = tree_at (path);
    add (place, "d/x", "1");
    half = begin (place, "e/half", "ha");
    g_clear_pointer (&half, xn_place_file_free);
    xn_place_free (place);
    assert_tree (dir, "tree.partial/ tree.partial/d/ tree.partial/d/x");

    /* The next run takes over what is still wanted, and only that. */
    g_autofree char *stale = in (dir, "tree.partial/gone/stale");
    g_autofree char *changed = in (dir, "tree.partial/changed");
    put (stale, "of an older listing");
    put (changed, "old");
    place = tree_at (path);
    assert_found (place, "d/x", 1, TRUE);
    g_autoptr (GError) error = NULL;
    g_autofree char *md5 = xn_place_md5 (place, "d/x", NULL, NULL, &error);
    g_assert_cmpstr (md5, ==, "c4ca4238a0b923820dcc509a6f75849b");
    keep (place, "d/x");
    assert_found (place, "changed", 3, TRUE);
    add (place, "changed", "new text");
    add (place, "e/y", "2");
    end (place);
    assert_tree (dir, "tree/ tree/changed tree/d/ tree/d/x tree/e/ tree/e/y");
    g_autofree char *replaced = in (path, "changed");
    assert_file (replaced, "new text");
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
    XnPlace *place = tree_at (path);
    assert_found (place, "d/same", 4, FALSE);
    keep (place, "d/same");
    add (place, "d/new", "1");
    g_autofree char *new = in (path, "d/new");
    assert_file (new, "1"); /* at once */
    add (place, "d/new", "22");
    assert_file (new, "22");
    g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
    g_hash_table_add (listed, (gpointer) "d/same");
    g_hash_table_add (listed, (gpointer) "d/new");
    g_assert_cmpuint (xn_place_count_others (place, listed), ==, 2);
    end (place);
    assert_tree (dir, "tree/ tree/d/ tree/d/new tree/d/same tree/link tree/own/ tree/own/notes");
}

/* A partial tree that was left while the tree came to be in another way. */
static void
test_existing_with_partial (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *there = in (path, "there");
    g_autofree char *left = in (dir, "tree.partial/d/left");
    g_autofree char *unlisted = in (dir, "tree.partial/unlisted");
    put (there, "1");
    put (left, "22");
    put (unlisted, "333");
    XnPlace *place = tree_at (path);
    assert_found (place, "there", 1, FALSE);
    assert_found (place, "d/left", 2, TRUE);
    keep (place, "d/left");
    assert_found (place, "d/left", 2, FALSE);
    xn_place_free (place); /* fails later */
    assert_tree (dir, "tree.partial/ tree.partial/unlisted tree/ tree/d/ tree/d/left tree/there");
    place = tree_at (path);
    end (place);
    assert_tree (dir, "tree/ tree/d/ tree/d/left tree/there");
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
    XnPlace *place = tree_at (path);
    check_refused (place, "dir-link/victim", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "dir-link", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "file-link", XN_ERROR_INTEGRITY, "a link is in the way");
    check_refused (place, "file/x", XN_ERROR_IO, "a file is in the way");
    check_refused (place, "dir", XN_ERROR_IO, "a directory is in the way");
    check_refused (place, "fifo", XN_ERROR_IO, "no file is in the way");

    /* A link that appears while a file is being written. */
    g_autoptr (XnPlaceFile) late = begin (place, "late/victim", "evil");
    g_autofree char *late_link = in (path, "late");
    g_assert_cmpint (symlink (outside, late_link), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_false (xn_place_file_commit (late, -1, &error));
    assert_failed (error, XN_ERROR_INTEGRITY, "a link is in the way");
    g_clear_pointer (&late, xn_place_file_free);
    end (place);
    assert_tree (outside, "victim");
    assert_file (victim, "untouched");
}

static void
test_partial_is_a_link (void)
{
    SCRATCH (dir);
    SCRATCH (outside);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *partial = in (dir, "tree.partial");
    g_assert_cmpint (symlink (outside, partial), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (path, &error));
    assert_failed (error, XN_ERROR_INTEGRITY, "a link is in the way");
    assert_tree (dir, "tree.partial");
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
    XnPlace *place = tree_at (below);
    add (place, "x", "1");
    end (place);
    place = tree_at (dangling);
    add (place, "y", "2");
    end (place);
    assert_tree (real, "made/ made/y tree/ tree/x");
    assert_tree (dir, "above dangling real/ real/made/ real/made/y real/tree/ real/tree/x");
}

static void
test_appeared (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *other = in (path, "other");
    g_autoptr (XnPlace) place = tree_at (path);
    add (place, "x", "1");
    put (other, "2");
    g_autoptr (GError) error = NULL;
    g_assert_false (xn_place_commit (place, FALSE, &error));
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
        XnPlace *place = tree_at (names[i]);
        add (place, "d/x", "1");
        end (place);
        g_assert_cmpint (access ("d/x", R_OK), ==, 0);
        g_assert_cmpint (chdir (before), ==, 0);
        assert_tree (dir, "here/ here/d/ here/d/x");
        g_autofree char *d = in (path, "d");
        g_autofree char *x = in (path, "d/x");
        g_assert_cmpint (g_unlink (x) + g_rmdir (d) + g_rmdir (path), ==, 0);
    }
}

typedef struct {
    const char *path, *ready;
} Killed;

static void
gather_and_wait (gpointer data)
{
    const Killed *killed = data;
    XnPlace *place = tree_at (killed->path);
    add (place, "d/complete", "1");
    begin (place, "d/half", "ha");
    begin (place, "other-half", "ha");
    wait_for_kill (killed->ready);
}

static void
test_kill (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *ready = in (signs, "ready");
    Killed killed = {path, ready};
    const pid_t child = spawn_child (gather_and_wait, &killed);
    wait_for_file (ready);
    kill (child, SIGKILL);
    g_assert_cmpint (wait_child (child), ==, -SIGKILL);
    assert_tree (dir, ".tree.xnatstorage-lock tree.partial/ tree.partial/d/ tree.partial/d/complete");
    XnPlace *place = tree_at (path);
    assert_found (place, "d/complete", 1, TRUE);
    assert_missing (place, "d/half");
    keep (place, "d/complete");
    add (place, "d/half", "whole");
    end (place);
    assert_tree (dir, "tree/ tree/d/ tree/d/complete tree/d/half");
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
    XnPlace *place = tree_at (path);
    add (place, "d/x", "1");
    g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
    g_hash_table_add (listed, (gpointer) "d/x");
    g_assert_cmpuint (xn_place_count_others (place, listed), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (path, &error));
    assert_failed (error, XN_ERROR_CONFLICT, "is being written");
    assert_tree (dir, "mount/ mount/.xnatstorage-lock mount/d/ mount/d/x");
    end (place);
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
    XnPlace *place = tree_at (path);
    add (place, "x", "1");
    add (place, "d/e/y", "1");
    end (place);
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
    XnPlace *place = tree_at (path);
    add (place, "x", "1");
    end (place);
    g_autofree char *beside = in (parent, "beside");
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (beside, &error));
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
        add (place, relative, relative);
    }
    return NULL;
}

static void
test_threads (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    XnPlace *place = tree_at (path);
    GThread *threads[8];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new (NULL, add_many, place);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
    end (place);
    place = tree_at (path);
    g_assert_cmpuint (xn_place_count_others (place, listed), ==, 400);
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
    g_test_add_func ("/gather/failure", test_failure);
    g_test_add_func ("/gather/existing", test_existing);
    g_test_add_func ("/gather/existing-with-partial", test_existing_with_partial);
    g_test_add_func ("/gather/in-the-way", test_in_the_way);
    g_test_add_func ("/gather/partial-is-a-link", test_partial_is_a_link);
    g_test_add_func ("/gather/links", test_links);
    g_test_add_func ("/gather/appeared", test_appeared);
    g_test_add_func ("/gather/working-directory", test_working_directory);
    g_test_add_func ("/gather/kill", test_kill);
    g_test_add_data_func ("/gather/mount/tmpfs", "tmpfs", test_mount);
    g_test_add_data_func ("/gather/mount/bind", NULL, test_mount);
    g_test_add_func ("/gather/sticky-parent", test_sticky_parent);
    g_test_add_func ("/gather/closed-parent", test_closed_parent);
    g_test_add_func ("/gather/threads", test_threads);
    return g_test_run ();
}
