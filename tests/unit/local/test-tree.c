/* SPDX-License-Identifier: Apache-2.0 */
/* What is put: which files count, which are refused, and what changes while it is read. */
#include "common.h"

#include "base/error.h"
#include "local/tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static GPtrArray *
list (const char *path, gboolean wanted_directory)
{
    g_autoptr (GError) error = NULL;
    gboolean is_directory = !wanted_directory;
    GPtrArray *files = xn_tree_list (path, &is_directory, &error);
    g_assert_no_error (error);
    g_assert_cmpint (is_directory, ==, wanted_directory);
    return files;
}

static void
assert_listed (const char *path, gboolean directory, const char *wanted)
{
    g_autoptr (GPtrArray) files = list (path, directory);
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < files->len; i++) {
        const XnTreeFile *file = files->pdata[i];
        g_string_append_printf (text, "%s%s=%" G_GINT64_FORMAT, i > 0 ? " " : "", file->relative, file->size);
        g_assert_true (g_file_test (file->path, G_FILE_TEST_IS_REGULAR));
    }
    g_assert_cmpstr (text->str, ==, wanted);
}

static void
assert_refused (const char *path, const char *part)
{
    g_autoptr (GError) error = NULL;
    gboolean is_directory;
    g_assert_null (xn_tree_list (path, &is_directory, &error));
    assert_failed (error, XN_ERROR_IO, part);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
make_some (const char *dir)
{
    const char *const names[] = {"b", "a/z", "a/y/x", ".hidden", "a b", "\xc3\xa9", "a.txt"};
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = in (dir, "%s", names[i]);
        put (path, names[i]);
    }
    g_autofree char *empty_file = in (dir, "empty");
    g_autofree char *empty_dir = in (dir, "nothing/in/it");
    put (empty_file, "");
    g_assert_cmpint (g_mkdir_with_parents (empty_dir, 0777), ==, 0);
}

static void
test_list (void)
{
    SCRATCH (dir);
    SCRATCH (other);
    make_some (dir);
    const char *wanted = ".hidden=7 a b=3 a.txt=5 a/y/x=5 a/z=3 b=1 empty=0 \xc3\xa9=2";
    assert_listed (dir, TRUE, wanted);
    g_autofree char *slash = in (dir, "%s", "");
    assert_listed (slash, TRUE, wanted);
    g_autofree char *link = in (other, "link");
    g_assert_cmpint (symlink (dir, link), ==, 0);
    assert_listed (link, TRUE, wanted);
    g_autofree char *below = in (dir, "a");
    assert_listed (below, TRUE, "y/x=5 z=3");
    g_autofree char *nothing = in (dir, "nothing");
    assert_listed (nothing, TRUE, "");
}

static void
test_list_file (void)
{
    SCRATCH (dir);
    make_some (dir);
    g_autofree char *file = in (dir, "a/z");
    g_autofree char *link = in (dir, "to-z");
    g_autofree char *missing = in (dir, "missing");
    g_autofree char *fifo = in (dir, "fifo");
    g_assert_cmpint (symlink ("a/z", link), ==, 0);
    g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
    assert_listed (file, FALSE, "z=3");
    assert_listed (link, FALSE, "to-z=3");
    assert_refused (missing, missing);
    assert_refused (fifo, "FIFO");
    assert_refused ("/dev/null", "device");
}

static void
test_links (void)
{
    SCRATCH (dir);
    SCRATCH (outside);
    make_some (dir);
    g_autofree char *out_file = in (outside, "file");
    g_autofree char *evil_twin = g_strconcat (dir, "-twin", NULL); /* begins like the tree's own path */
    put (out_file, "1");
    put (evil_twin, "2");
    g_autofree char *absolute = in (dir, "a/z");
    g_autofree char *detour = in (dir, "b"); /* by way of another link, but within */
    const struct {
        const char *target, *fault;
    } cases[] = {{"a/z", NULL},         {absolute, NULL},   {"./a/../a/z", NULL}, {out_file, "out of the tree"},
                 {evil_twin, "out of"}, {"a", "directory"}, {".", "directory"},   {"missing", "nowhere"},
                 {"link", "to itself"}, {"/", "out of"},    {outside, "out of"},  {"/dev/null", "out of the tree"},
                 {detour, NULL}};
    g_autofree char *link = in (dir, "link");
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_assert_cmpint (symlink (cases[i].target, link), ==, 0);
        if (cases[i].fault != NULL) {
            assert_refused (dir, cases[i].fault);
            assert_refused (dir, link);
        } else {
            g_autoptr (GPtrArray) files = list (dir, TRUE);
            g_assert_cmpuint (files->len, ==, 9);
        }
        g_assert_cmpint (g_unlink (link), ==, 0);
    }
    g_unlink (evil_twin);
}

static void
test_refused (void)
{
    SCRATCH (dir);
    make_some (dir);
    g_autofree char *fifo = in (dir, "a/fifo");
    g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
    assert_refused (dir, fifo);
    g_unlink (fifo);

    g_autofree char *path = in (dir, "a/socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy (address.sun_path, path, sizeof address.sun_path);
    const int fd = socket (AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    assert_refused (dir, "socket");
    close (fd);
    g_unlink (path);

    g_autofree char *latin1 = in (dir, "a/caf\xe9");
    put (latin1, "1");
    assert_refused (dir, "not UTF-8");
    assert_refused (latin1, "not UTF-8");
    g_unlink (latin1);
    g_autofree char *latin1_dir = in (dir, "caf\xe9/x");
    put (latin1_dir, "1");
    assert_refused (dir, "not UTF-8");
}

/* What cannot be read is noticed before anything is sent. */
static void
test_unreadable (void)
{
    SCRATCH (dir);
    g_autofree char *file = in (dir, "d/closed");
    g_autofree char *closed_dir = in (dir, "d");
    put (file, "1");
    g_assert_cmpint (chmod (dir, 0755), ==, 0);
    g_assert_cmpint (chmod (file, 0), ==, 0);
    const gboolean root = geteuid () == 0;
    if (root)
        g_assert_cmpint (seteuid (65534), ==, 0);
    assert_refused (dir, file);
    if (root)
        g_assert_cmpint (seteuid (0), ==, 0);
    g_assert_cmpint (chmod (closed_dir, 0), ==, 0);
    if (root)
        g_assert_cmpint (seteuid (65534), ==, 0);
    assert_refused (dir, closed_dir);
    if (root)
        g_assert_cmpint (seteuid (0), ==, 0);
    g_assert_cmpint (chmod (closed_dir, 0755), ==, 0);
}

static XnSource *
open_source (const XnTreeFile *file)
{
    g_autoptr (GError) error = NULL;
    XnSource *source = xn_source_open (file, &error);
    g_assert_no_error (error);
    return source;
}

static void
test_read (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    put (path, "0123456789");
    g_autoptr (GPtrArray) files = list (path, FALSE);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnSource) source = open_source (files->pdata[0]);
    guint8 buffer[16];
    g_assert_cmpint (xn_source_read (source, buffer, 4, &error), ==, 4);
    g_assert_false (xn_source_check (source, NULL)); /* not all of it was read */
    g_assert_true (xn_source_rewind (source, &error));
    g_assert_cmpint (xn_source_read (source, buffer, sizeof buffer, &error), ==, 10);
    g_assert_cmpmem (buffer, 10, "0123456789", 10);
    g_assert_cmpint (xn_source_read (source, buffer, sizeof buffer, &error), ==, 0);
    g_assert_true (xn_source_check (source, &error));
    g_assert_cmpstr (xn_source_md5 (source), ==, "781e5e245d69b566979b86e28d23f2c7");
    g_autofree char *md5 = xn_tree_file_md5 (files->pdata[0], NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (md5, ==, "781e5e245d69b566979b86e28d23f2c7");
}

/* Other bytes, as many, at the same time as before, as far as its owner can say. */
static void
disguise (const char *path)
{
    struct stat status;
    g_usleep (20000); /* some kernels count time in steps */
    g_assert_cmpint (stat (path, &status), ==, 0);
    FILE *file = fopen (path, "r+");
    g_assert_true (fputs ("98765", file) >= 0 && fclose (file) == 0);
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
change (const char *path, const char *how)
{
    g_autofree char *other = g_strconcat (path, ".other", NULL);
    if (strcmp (how, "longer") == 0) {
        put (path, "0123456789+");
    } else if (strcmp (how, "shorter") == 0) {
        g_assert_cmpint (truncate (path, 5), ==, 0);
    } else if (strcmp (how, "touched") == 0) {
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 5}};
        g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    } else if (strcmp (how, "disguised") == 0) {
        disguise (path);
    } else if (strcmp (how, "replaced") == 0) {
        put (other, "0123456789");
        g_assert_cmpint (rename (other, path), ==, 0);
    } else if (strcmp (how, "fifo") == 0) {
        g_assert_cmpint (g_unlink (path), ==, 0);
        g_assert_cmpint (mkfifo (path, 0666), ==, 0);
    } else {
        g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

static gboolean
never_stop (gpointer data)
{
    return FALSE;
}

static gboolean
stop_at_once (gpointer data)
{
    return TRUE;
}

static void
test_changes (gconstpointer how)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    put (path, "0123456789");
    g_autoptr (GPtrArray) files = list (path, FALSE);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_tree_file_md5 (files->pdata[0], stop_at_once, NULL, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_CANCELLED);
    g_clear_error (&error);
    change (path, how);
    g_assert_null (xn_source_open (files->pdata[0], &error));
    assert_failed (error, XN_ERROR_IO, path);
    g_clear_error (&error);
    g_assert_null (xn_tree_file_md5 (files->pdata[0], never_stop, NULL, &error));
    assert_failed (error, XN_ERROR_IO, path);
}

/* After it was opened. */
static void
test_changes_late (gconstpointer how)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    put (path, "0123456789");
    g_autoptr (GPtrArray) files = list (path, FALSE);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnSource) source = open_source (files->pdata[0]);
    guint8 buffer[4];
    gssize part = xn_source_read (source, buffer, sizeof buffer, &error);
    if (strcmp (how, "longer") == 0) { /* the same file, not another under its name */
        FILE *file = fopen (path, "a");
        g_assert_cmpint (fputs ("+", file) >= 0 && fclose (file) == 0, ==, TRUE);
    } else {
        change (path, how);
    }
    gint64 sum = part;
    while ((part = xn_source_read (source, buffer, sizeof buffer, &error)) > 0)
        sum += part;
    if (strcmp (how, "shorter") == 0) {
        g_assert_cmpint (part, ==, -1);
        assert_failed (error, XN_ERROR_IO, "has changed");
        return;
    }
    g_assert_cmpint (sum, ==, 10);
    g_assert_false (xn_source_check (source, &error));
    assert_failed (error, XN_ERROR_IO, "has changed");
}

static gboolean
ends_with (const XnTreeFile *file, const char *end)
{
    return strlen (file->path) > PATH_MAX && g_str_has_suffix (file->relative, end);
}

/* Paths may be longer than the system takes at once. */
static void
test_long_paths (void)
{
    SCRATCH (dir);
    g_autofree char *part = g_strnfill (200, 'd');
    g_autofree char *before = g_get_current_dir ();
    g_assert_cmpint (chdir (dir), ==, 0);
    for (int i = 0; i < 25; i++)
        g_assert_cmpint (g_mkdir (part, 0777) + chdir (part), ==, 0);
    put ("./leaf", "deep down");
    g_assert_cmpint (symlink ("leaf", "link") + symlink ("/etc/passwd", "out"), ==, 0);
    assert_refused (dir, "out of the tree");
    g_assert_cmpint (g_unlink ("out"), ==, 0);
    assert_refused (dir, "too long to be followed");
    g_assert_cmpint (g_unlink ("link") + chdir (before), ==, 0);

    g_autoptr (GPtrArray) files = list (dir, TRUE);
    g_assert_cmpuint (files->len, ==, 1);
    g_assert_true (ends_with (files->pdata[0], "/leaf"));
    g_autofree char *path = g_strdup (((XnTreeFile *)files->pdata[0])->path);
    g_autoptr (GPtrArray) alone = list (path, FALSE);
    g_autofree char *upper = g_path_get_dirname (path);
    g_autoptr (GPtrArray) below = list (upper, TRUE);
    const XnTreeFile *const all[] = {files->pdata[0], alone->pdata[0], below->pdata[0]};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *md5 = xn_tree_file_md5 (all[i], never_stop, NULL, &error);
        g_assert_no_error (error);
        g_autofree char *wanted = g_compute_checksum_for_string (G_CHECKSUM_MD5, "deep down", -1);
        g_assert_cmpstr (md5, ==, wanted);
    }
}

int
main (int argc, char **argv)
{
    static const char *const changes[] = {"longer", "shorter", "touched", "disguised", "replaced", "fifo", "gone"};
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/tree/list", test_list);
    g_test_add_func ("/tree/list-file", test_list_file);
    g_test_add_func ("/tree/links", test_links);
    g_test_add_func ("/tree/refused", test_refused);
    g_test_add_func ("/tree/unreadable", test_unreadable);
    g_test_add_func ("/tree/read", test_read);
    g_test_add_func ("/tree/long-paths", test_long_paths);
    for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
        g_autofree char *path = g_strdup_printf ("/tree/changes/%s", changes[i]);
        g_test_add_data_func (path, changes[i], test_changes);
        g_autofree char *late = g_strdup_printf ("/tree/changes-late/%s", changes[i]);
        if (i < 4)
            g_test_add_data_func (late, changes[i], test_changes_late);
    }
    return g_test_run ();
}
