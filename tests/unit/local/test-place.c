/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations: single files and trees, gathered and existing, links and other things in the way. */
#include "common.h"

#include "base/error.h"
#include "local/place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
add (XnPlace *place, const char *relative, const char *text, gint64 mtime)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlaceFile) file = xn_place_create (place, relative, (gint64)strlen (text), TRUE, &error);
    g_assert_no_error (error);
    xn_place_file_write (file, (const guint8 *)text, strlen (text), &error);
    g_assert_no_error (error);
    g_autofree char *md5 = g_compute_checksum_for_string (G_CHECKSUM_MD5, text, -1);
    g_assert_cmpstr (xn_place_file_md5 (file), ==, md5);
    xn_place_file_commit (file, mtime, &error);
    g_assert_no_error (error);
}

static XnPlace *
open_file (const char *path, const char *name)
{
    g_autoptr (GError) error = NULL;
    XnPlace *place = xn_place_open_file (path, name, FALSE, &error);
    g_assert_no_error (error);
    return place;
}

static void
commit (XnPlace *place)
{
    g_autoptr (GError) error = NULL;
    xn_place_commit (place, &error);
    g_assert_no_error (error);
}

static void
no_file (const char *path, const char *name, int kind, const char *part)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_file (path, name, FALSE, &error));
    assert_failed (error, kind, part);
}

static void
no_tree (const char *path, int kind, const char *part)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_open_tree (path, FALSE, &error));
    assert_failed (error, kind, part);
}

static void
test_file_paths (void)
{
    SCRATCH (dir);
    const struct {
        const char *path, *wanted;
    } cases[] = {{"plain", "plain"},
                 {"deep/er/name", "deep/er/name"},
                 {"new/", "new/f.txt"},
                 {"deep/../x", "deep/../x"},
                 {"new", "new/f.txt"},
                 {"deep/er/", "deep/er/f.txt"},
                 {"deep//er//y", "deep//er//y"}};
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = in (dir, "%s", cases[i].path);
        g_autofree char *wanted = in (dir, "%s", cases[i].wanted);
        g_autoptr (XnPlace) place = open_file (path, "sub/f.txt");
        g_assert_cmpstr (xn_place_path (place), ==, wanted);
        add (place, NULL, "text", -1);
        commit (place);
        g_clear_pointer (&place, xn_place_free);
        assert_file (wanted, "text");
    }
    assert_tree (dir, "deep/ deep/er/ deep/er/f.txt deep/er/name deep/er/y new/ new/f.txt plain x");
}

static void
test_file_relative (void)
{
    SCRATCH (dir);
    g_autofree char *before = g_get_current_dir ();
    g_assert_cmpint (chdir (dir), ==, 0);
    g_autoptr (XnPlace) one = open_file ("one", "f");
    add (one, NULL, "1", -1);
    g_autoptr (XnPlace) two = open_file (".", "two");
    add (two, NULL, "2", -1);
    g_autoptr (XnPlace) three = place_tree ("three");
    add (three, "t", "3", -1);
    commit (three);
    g_assert_cmpint (chdir (before), ==, 0);
    g_clear_pointer (&one, xn_place_free);
    g_clear_pointer (&two, xn_place_free);
    g_clear_pointer (&three, xn_place_free);
    assert_tree (dir, "one three/ three/t two");
}

static void
test_file_replaced (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    put (path, "old text");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlace) place = open_file (path, "f");
    XnLocalFile found;
    g_assert_true (xn_place_find (place, NULL, &found, &error));
    g_assert_cmpint (found.size, ==, 8);
    g_assert_false (found.in_partial);
    g_autofree char *md5 = xn_place_md5 (place, NULL, NULL, NULL, &error);
    g_autofree char *wanted = g_compute_checksum_for_string (G_CHECKSUM_MD5, "old text", -1);
    g_assert_cmpstr (md5, ==, wanted);
    g_assert_true (xn_place_keep (place, NULL, &error));
    add (place, NULL, "new", 1234567890);
    g_clear_pointer (&place, xn_place_free);
    assert_file (path, "new");
    struct stat status;
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mtime, ==, 1234567890);
    assert_tree (dir, "f");
}

/* Until it is committed nothing is there, and what was there stays; after a failure nothing else is left. */
static void
test_file_failure (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    for (int i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnPlace) place = open_file (path, "f");
        g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, -1, TRUE, &error);
        g_assert_no_error (error);
        g_assert_true (xn_place_file_write (file, (const guint8 *)"half", 4, &error));
        g_assert_cmpint (xn_place_file_written (file), ==, 4);
        if (i == 0)
            g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
        else
            assert_file (path, "old");
        g_clear_pointer (&file, xn_place_file_free);
        g_clear_pointer (&place, xn_place_free);
        assert_tree (dir, i == 0 ? "" : "f");
        put (path, "old");
    }
    assert_file (path, "old");
}

static void
test_restart (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlace) place = open_file (path, "f");
    const gint64 size = 20 * 1024 * 1024 + 5;
    g_autofree guint8 *bytes = g_malloc (size);
    for (gint64 i = 0; i < size; i++)
        bytes[i] = (guint8)(i * 31 >> 3);
    g_autofree char *wanted = g_compute_checksum_for_data (G_CHECKSUM_MD5, bytes, size);
    g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, size + 1000, TRUE, &error);
    g_assert_no_error (error);
    for (int try = 0; try < 2; try++) { /* the first is broken off */
        const gint64 stop = try == 0 ? 15000000 : size;
        for (gint64 at = 0, part = 0; at < stop; at += part) {
            part = MIN (stop - at, at % 3 == 0 ? 262144 : 1000);
            g_assert_true (xn_place_file_write (file, bytes + at, (gsize)part, &error));
        }
        if (try == 0)
            g_assert_true (xn_place_file_restart (file, &error));
    }
    g_assert_cmpint (xn_place_file_written (file), ==, size);
    g_assert_cmpstr (xn_place_file_md5 (file), ==, wanted);
    g_assert_true (xn_place_file_commit (file, 1, &error));
    g_clear_pointer (&file, xn_place_file_free);
    g_autofree char *md5 = xn_place_md5 (place, NULL, NULL, NULL, &error);
    g_assert_cmpstr (md5, ==, wanted);
    struct stat status;
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_blocks * 512, <, size + 65536); /* what was reserved in vain is given back */
}

/* Bytes that come in any order, some of them twice: hashed as they stand there, but only what has come without a gap. */
static void
test_scattered (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlace) place = open_file (path, "f");
    enum { PART = 1000000, N = 12, SIZE = N * PART };
    g_autofree guint8 *bytes = g_malloc (SIZE);
    for (gint64 i = 0; i < SIZE; i++)
        bytes[i] = (guint8)(i * 31 >> 3);
    g_autofree char *wanted = g_compute_checksum_for_data (G_CHECKSUM_MD5, bytes, SIZE);
    g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, SIZE, TRUE, &error);
    g_assert_no_error (error);
    for (int try = 0; try < 2; try++) { /* the first is broken off */
        g_assert_true (xn_place_file_write (file, bytes, PART, &error));
        g_assert_true (xn_place_file_scatter (file));
        for (gint64 i = N - 1; i > 0; i--)
            g_assert_true (xn_place_file_write_at (file, i * PART, bytes + i * PART, PART, &error));
        g_assert_true (xn_place_file_holds (file, 5 * PART - 7, bytes + 5 * PART - 7, 1000));
        g_assert_false (xn_place_file_holds (file, 5 * PART - 7, bytes + 5 * PART, 1000));
        g_assert_false (xn_place_file_holds (file, SIZE - 10, bytes + SIZE - 10, 11));
        g_assert_cmpint (xn_place_file_written (file), ==, PART);
        for (gint64 end = 2 * PART + 1; try == 1 && end < SIZE; end += 3 * PART)
            xn_place_file_reach (file, end);
        if (try == 0)
            g_assert_true (xn_place_file_restart (file, &error));
    }
    g_assert_cmpint (xn_place_file_settled (file, &error), <=, xn_place_file_written (file));
    xn_place_file_reach (file, SIZE);
    while (xn_place_file_settled (file, &error) < SIZE)
        g_usleep (1000);
    g_assert_cmpstr (xn_place_file_md5 (file), ==, wanted);
    g_assert_true (xn_place_file_commit (file, 1, &error));
    g_clear_pointer (&file, xn_place_file_free);
    g_autofree char *md5 = xn_place_md5 (place, NULL, NULL, NULL, &error);
    g_assert_cmpstr (md5, ==, wanted);
}

static void
test_file_links (void)
{
    SCRATCH (dir);
    g_autofree char *target = in (dir, "target");
    g_autofree char *link = in (dir, "link");
    g_autofree char *dangling = in (dir, "dangling");
    g_autofree char *dir_link = in (dir, "dir-link");
    g_autofree char *real = in (dir, "real/sub");
    g_autofree char *loop = in (dir, "loop");
    g_autofree char *in_dir = in (dir, "real/sub/f");
    put (target, "old");
    g_assert_cmpint (symlink ("target", link), ==, 0);
    g_assert_cmpint (symlink ("made/by/link", dangling), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (real, 0777), ==, 0);
    g_assert_cmpint (symlink ("real/sub", dir_link), ==, 0);
    g_assert_cmpint (symlink ("loop", loop), ==, 0);

    const char *const paths[] = {link, dangling, dir_link};
    for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
        g_autoptr (XnPlace) place = open_file (paths[i], "f");
        add (place, NULL, "new", -1);
    }
    assert_file (target, "new");
    g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
    assert_file (in_dir, "new");
    assert_file (dangling, "new");
    no_file (loop, "f", XN_ERROR_IO, "loop");

    /* The file's own name is the server's: a link there is not followed. */
    g_unlink (in_dir);
    g_assert_cmpint (symlink (target, in_dir), ==, 0);
    g_autoptr (XnPlace) place = open_file (dir_link, "f");
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_create (place, NULL, 1, TRUE, &error));
    assert_failed (error, XN_ERROR_INTEGRITY, "a link is in the way");
}

static void
test_file_in_the_way (void)
{
    SCRATCH (dir);
    g_autofree char *file = in (dir, "file");
    g_autofree char *below = in (dir, "file/x");
    g_autofree char *slash = in (dir, "file/");
    g_autofree char *as_dir = in (dir, "d/name/x");
    g_autofree char *parent = in (dir, "d");
    g_autofree char *fifo = in (dir, "fifo");
    put (file, "1");
    put (as_dir, "2");
    g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
    no_file (below, "f", XN_ERROR_IO, file);
    no_file (slash, "f", XN_ERROR_IO, file);
    no_file (fifo, "f", XN_ERROR_IO, "no regular file");
    no_file ("/dev/full", "f", XN_ERROR_IO, "no regular file");
    no_file ("", "f", XN_ERROR_IO, "empty");
    no_file (dir, "..", XN_ERROR_INTEGRITY, "..");
    no_tree (file, XN_ERROR_IO, "is a file");
    no_tree (below, XN_ERROR_IO, file);
    g_autoptr (XnPlace) place = open_file (parent, "name");
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_false (xn_place_find (place, NULL, &found, &error));
    assert_failed (error, XN_ERROR_IO, "a directory is in the way");
    g_clear_error (&error);
    g_assert_null (xn_place_create (place, NULL, 1, TRUE, &error));
    assert_failed (error, XN_ERROR_IO, "a directory is in the way");
}

static void
test_long_names (void)
{
    SCRATCH (dir);
    g_autofree char *name = g_strnfill (255, 'n');
    g_autofree char *other = g_strdup (name);
    other[254] = 'o';
    g_autofree char *long_utf8 = g_strdup ("x");
    while (strlen (long_utf8) < 255) {
        char *more = g_strconcat (long_utf8, "\xc3\xa9", NULL);
        g_free (long_utf8);
        long_utf8 = more;
    }
    g_autoptr (XnPlace) one = open_file (dir, name);
    g_autoptr (XnPlace) two = open_file (dir, other); /* no conflict, although they begin alike */
    g_autoptr (XnPlace) three = open_file (dir, long_utf8);
    add (one, NULL, "1", -1);
    add (one, NULL, "1 again", -1);
    add (two, NULL, "2", -1);
    add (three, NULL, "3", -1);
    g_clear_pointer (&one, xn_place_free);
    g_clear_pointer (&two, xn_place_free);
    g_clear_pointer (&three, xn_place_free);

    g_autofree char *tree = in (dir, "tree/%s", name);
    g_autofree char *relative = g_strdup_printf ("%s/%s", other, name);
    g_autofree char *path = in (tree, "%s", relative);
    g_autoptr (XnPlace) place = place_tree (tree);
    add (place, relative, "deep", -1);
    commit (place);
    g_clear_pointer (&place, xn_place_free);
    assert_file (path, "deep");
}

static void
test_names (void)
{
    const char *const good[] = {"a",        "a/b", "...",    "..a", "a b", ".hidden",
                                "\xc3\xa9", "a:b", "%2e%2e", "~",   "-rf", "a~1"};
    const char *const bad[] = {"",       "/",    "/a",    "a/",   "a//b", ".",     "..",   "../a", "a/..",      "a/./b",
                               "a/../b", "a\\b", "..\\a", "a\nb", "a\rb", "a\x7f", "\x01", "\xff", "a/\xc3\x28"};
    for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_true (xn_name_is_safe (good[i], &error));
    }
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_false (xn_name_is_safe (bad[i], &error));
        assert_failed (error, XN_ERROR_INTEGRITY, "file name");
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
    g_autofree char *longest = g_strnfill (255, 'x');
    g_autofree char *too_long = g_strnfill (256, 'x');
    g_assert_true (xn_name_is_safe (longest, NULL));
    g_assert_false (xn_name_is_safe (too_long, NULL));
}

/* Every way that takes a server's name refuses a bad one, and nothing appears outside. */
static void
test_outside (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "tree");
    const char *const bad[] = {"../out", "/tmp/out", "a/../../out", "a\\..\\out", ""};
    g_autoptr (XnPlace) place = place_tree (path);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GError) error = NULL;
        XnLocalFile found;
        g_assert_null (xn_place_create (place, bad[i], 1, TRUE, &error));
        assert_failed (error, XN_ERROR_INTEGRITY, "file name");
        g_clear_error (&error);
        g_assert_false (xn_place_find (place, bad[i], &found, &error));
        assert_failed (error, XN_ERROR_INTEGRITY, "file name");
        g_clear_error (&error);
        g_assert_false (xn_place_keep (place, bad[i], &error));
        assert_failed (error, XN_ERROR_INTEGRITY, "file name");
        g_clear_error (&error);
        g_assert_null (xn_place_md5 (place, bad[i], NULL, NULL, &error));
        assert_failed (error, XN_ERROR_INTEGRITY, "file name");
    }
    g_clear_pointer (&place, xn_place_free);
    assert_tree (dir, "");
}

static gboolean
stop_at_once (gpointer data)
{
    return TRUE;
}

static void
test_md5_stops (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    put (path, "text");
    g_autoptr (XnPlace) place = open_file (path, "f");
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_md5 (place, NULL, stop_at_once, NULL, &error));
    assert_failed (error, XN_ERROR_CANCELLED, "stopped");
}

/* The umask decides about modes. */
static void
test_modes (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "new/tree");
    g_autofree char *file = in (path, "sub/f");
    g_autofree char *sub = in (path, "sub");
    const mode_t before = umask (027);
    g_autoptr (XnPlace) place = place_tree (path);
    add (place, "sub/f", "1", -1);
    commit (place);
    umask (before);
    struct stat status;
    const char *const dirs[] = {path, sub};
    for (guint i = 0; i < G_N_ELEMENTS (dirs); i++) {
        g_assert_cmpint (stat (dirs[i], &status), ==, 0);
        g_assert_cmpint (status.st_mode & 0777, ==, 0750);
    }
    g_assert_cmpint (stat (file, &status), ==, 0);
    g_assert_cmpint (status.st_mode & 0777, ==, 0640);
}

/* Who did not want the MD5 may still ask for it; the reserved space behind the bytes is no part of it. */
static void
test_late_md5 (void)
{
    SCRATCH (dir);
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in (dir, "late");
    g_autoptr (XnPlace) place = xn_place_open_file (path, "late", FALSE, &error);
    g_assert_no_error (error);
    {
        g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, 4 << 20, FALSE, &error);
        g_assert_no_error (error);
        g_assert_true (xn_place_file_write (file, (const guint8 *)"abc", 3, &error));
        g_assert_cmpstr (xn_place_file_md5 (file), ==, "900150983cd24fb0d6963f7d28e17f72");
        g_assert_true (xn_place_file_restart (file, &error));
        g_assert_cmpstr (xn_place_file_md5 (file), ==, "d41d8cd98f00b204e9800998ecf8427e");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/place/file/paths", test_file_paths);
    g_test_add_func ("/place/file/relative", test_file_relative);
    g_test_add_func ("/place/file/replaced", test_file_replaced);
    g_test_add_func ("/place/file/failure", test_file_failure);
    g_test_add_func ("/place/file/restart", test_restart);
    g_test_add_func ("/place/file/scattered", test_scattered);
    g_test_add_func ("/place/file/links", test_file_links);
    g_test_add_func ("/place/file/in-the-way", test_file_in_the_way);
    g_test_add_func ("/place/long-names", test_long_names);
    g_test_add_func ("/place/names", test_names);
    g_test_add_func ("/place/outside", test_outside);
    g_test_add_func ("/place/md5-stops", test_md5_stops);
    g_test_add_func ("/place/modes", test_modes);
    g_test_add_func ("/local/place/late-md5", test_late_md5);
    return g_test_run ();
}
