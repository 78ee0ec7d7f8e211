/* SPDX-License-Identifier: Apache-2.0 */
/* DESTINATION.partial: what a run leaves, what the next one takes over, and what is not ours. */
#include "common.h"

#include "base/error.h"
#include "local/place.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_failure (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    XnPlace *place = place_tree (path);
    g_autoptr (XnPlaceFile) half = tree_begin (place, "d/half", "ha");
    g_clear_pointer (&half, xn_place_file_free);
    xn_place_free (place);
    assert_tree (dir, ""); /* nothing was complete */

    place = place_tree (path);
    expect (place, "changed d/x e/half gone/stale");
    tree_add (place, "d/x", "1");
    tree_add (place, "changed", "old");
    tree_add (place, "gone/stale", "of an older listing");
    half = tree_begin (place, "e/half", "ha");
    g_clear_pointer (&half, xn_place_file_free);
    xn_place_free (place);
    assert_tree (dir, "tree.partial/ tree.partial/changed tree.partial/d/ tree.partial/d/x tree.partial/gone/ "
                      "tree.partial/gone/stale");

    /* The next run takes over what is still wanted, and only that. */
    place = place_tree (path);
    expect (place, "changed d/x e/y");
    g_assert_cmpuint (xn_place_count_others (place), ==, 0);
    assert_found (place, "d/x", 1, TRUE);
    g_autoptr (GError) error = NULL;
    g_autofree char *md5 = xn_place_md5 (place, "d/x", NULL, NULL, &error);
    g_assert_cmpstr (md5, ==, "c4ca4238a0b923820dcc509a6f75849b");
    tree_keep (place, "d/x");
    assert_found (place, "changed", 3, TRUE);
    tree_add (place, "changed", "new text");
    tree_add (place, "e/y", "2");
    tree_end (place);
    assert_tree (dir, "tree/ tree/changed tree/d/ tree/d/x tree/e/ tree/e/y");
    g_autofree char *replaced = in (path, "changed");
    assert_file (replaced, "new text");
}

/* A partial tree that was left while the tree came to be in another way. */
static void
test_existing_with_partial (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *there = in (path, "there");
    g_autofree char *notes = in (dir, "tree.partial/notes");
    XnPlace *place = place_tree (path);
    expect (place, "d/left there unlisted");
    tree_add (place, "d/left", "22");
    tree_add (place, "unlisted", "333");
    xn_place_free (place);
    put (there, "1");
    place = place_tree (path);
    expect (place, "d/left there");
    assert_found (place, "there", 1, FALSE);
    assert_found (place, "d/left", 2, TRUE);
    tree_keep (place, "d/left");
    assert_found (place, "d/left", 2, FALSE);
    xn_place_free (place); /* fails later */
    assert_tree (dir, "tree.partial/ tree.partial/unlisted tree/ tree/d/ tree/d/left tree/there");
    put (notes, "the user's");
    place = place_tree (path);
    expect (place, "d/left there");
    tree_end (place);
    assert_tree (dir, "tree.partial/ tree.partial/notes tree/ tree/d/ tree/d/left tree/there");
}

/* What no run of ours has made is neither removed nor taken over. */
static void
test_foreign_partial (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *partial = in (dir, "tree.partial");
    g_autofree char *notes = in (partial, "notes.txt");
    g_autofree char *there = in (path, "there");
    put (notes, "the user's");
    for (int i = 0; i < 3; i++) { /* a directory, an empty one, a file */
        g_autoptr (GError) error = NULL;
        g_assert_null (xn_place_open_tree (path, FALSE, &error));
        assert_failed (error, XN_ERROR_CONFLICT, partial);
        assert_tree (dir, i == 0 ? "tree.partial/ tree.partial/notes.txt" : i == 1 ? "tree.partial/" : "tree.partial");
        g_assert_cmpint (i == 0 ? g_unlink (notes) : i == 1 ? g_rmdir (partial) : g_unlink (partial), ==, 0);
        if (i == 1)
            put (partial, "a file");
    }
    /* Beside a tree that is there it does not matter. */
    put (there, "1");
    put (notes, "the user's");
    XnPlace *place = place_tree (path);
    expect (place, "notes.txt there");
    assert_missing (place, "notes.txt");
    tree_add (place, "notes.txt", "the server's");
    tree_end (place);
    assert_tree (dir, "tree.partial/ tree.partial/notes.txt tree/ tree/notes.txt tree/there");
    assert_file (notes, "the user's");
}

/* Nor is a file that somebody has put into one of ours. */
static void
test_foreign_file (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *notes = in (dir, "tree.partial/d/notes.txt");
    g_autofree char *other = in (dir, "tree.partial/other");
    g_autofree char *published = in (path, "d/notes.txt");
    for (int i = 0; i < 3; i++) {
        XnPlace *place = place_tree (path);
        expect (place, "d/x other y");
        if (i == 0)
            tree_add (place, "d/x", "1");
        if (i == 0)
            put (notes, "the user's");
        g_assert_cmpuint (xn_place_count_others (place), ==, i == 0 ? 0 : 1);
        if (i < 2) {
            xn_place_free (place);
            continue;
        }
        put (other, "12345");
        if (geteuid () == 0) { /* another user's: unchecked, whatever its size */
            g_assert_cmpint (chown (other, 65534, 65534), ==, 0);
            assert_missing (place, "other");
        }
        tree_keep (place, "d/x");
        tree_add (place, "other", "54321");
        tree_add (place, "y", "2");
        tree_end (place);
    }
    assert_tree (dir, "tree/ tree/d/ tree/d/notes.txt tree/d/x tree/other tree/y");
    assert_file (published, "the user's");
    g_autofree char *fetched = in (path, "other");
    assert_file (fetched, "54321");
}

/* One that is replaced while files are gathered is not published. */
static void
test_swapped_partial (void)
{
    SCRATCH (dir);
    SCRATCH (outside);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *partial = in (dir, "tree.partial");
    g_autofree char *moved = in (dir, "moved");
    for (int i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        XnPlace *place = place_tree (path);
        expect (place, "x");
        tree_add (place, "x", "1");
        g_assert_cmpint (rename (partial, moved), ==, 0);
        g_assert_cmpint (i == 0 ? symlink (outside, partial) : g_mkdir (partial, 0777), ==, 0);
        g_assert_false (xn_place_commit (place, &error));
        assert_failed (error, i == 0 ? XN_ERROR_INTEGRITY : XN_ERROR_CONFLICT, partial);
        xn_place_free (place);
        assert_tree (dir, i == 0 ? "moved/ moved/x tree.partial" : "moved/ moved/x tree.partial/");
        g_autofree char *x = in (moved, "x");
        g_assert_cmpint (g_unlink (x) + g_rmdir (moved) + (i == 0 ? g_unlink (partial) : g_rmdir (partial)), ==, 0);
    }
    assert_tree (outside, "");
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
    g_assert_null (xn_place_open_tree (path, FALSE, &error));
    assert_failed (error, XN_ERROR_INTEGRITY, "a link is in the way");
    assert_tree (dir, "tree.partial");
}

typedef struct {
    const char *path, *ready;
} Killed;

static void
gather_and_wait (gpointer data)
{
    const Killed *killed = data;
    XnPlace *place = place_tree (killed->path);
    tree_add (place, "d/complete", "1");
    tree_begin (place, "d/half", "ha");
    tree_begin (place, "other-half", "ha");
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
    XnPlace *place = place_tree (path);
    assert_found (place, "d/complete", 1, TRUE);
    assert_missing (place, "d/half");
    tree_keep (place, "d/complete");
    tree_add (place, "d/half", "whole");
    tree_end (place);
    assert_tree (dir, "tree/ tree/d/ tree/d/complete tree/d/half");
}

/* A run may be killed at any moment while it makes the directory. */
static void
test_half_made (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    g_autofree char *unmarked = in (dir, ".tree.xnatstorage-partial");
    g_autofree char *mark = in (unmarked, ".xnatstorage-partial");
    g_autofree char *notes = in (unmarked, "notes");
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint (g_mkdir (unmarked, 0777), ==, 0);
        if (i == 1)
            put (mark, "");
        XnPlace *place = place_tree (path);
        tree_add (place, "x", "1");
        tree_end (place);
        assert_tree (dir, "tree/ tree/x");
        g_autofree char *x = in (path, "x");
        g_assert_cmpint (g_unlink (x) + g_rmdir (path), ==, 0);
    }
    put (notes, "the user's");
    g_autoptr (GError) error = NULL;
    XnPlace *place = place_tree (path);
    g_assert_null (xn_place_create (place, "x", 1, TRUE, &error));
    assert_failed (error, XN_ERROR_CONFLICT, unmarked);
    xn_place_free (place);
    assert_file (notes, "the user's");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/partial/failure", test_failure);
    g_test_add_func ("/partial/existing-tree", test_existing_with_partial);
    g_test_add_func ("/partial/foreign", test_foreign_partial);
    g_test_add_func ("/partial/foreign-file", test_foreign_file);
    g_test_add_func ("/partial/swapped", test_swapped_partial);
    g_test_add_func ("/partial/link", test_partial_is_a_link);
    g_test_add_func ("/partial/kill", test_kill);
    g_test_add_func ("/partial/half-made", test_half_made);
    return g_test_run ();
}
