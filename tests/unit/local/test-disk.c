/* SPDX-License-Identifier: Apache-2.0 */
/* Full disks, size limits, and file systems that lack unnamed files, reservations, record locks or renames with flags. The latter are had by
 * standing in for the C library's functions. */
#include "common.h"

#include "base/error.h"
#include "base/log.h"
#include "local/output.h"
#include "local/place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utime.h>

static gboolean no_unnamed, no_reserving, no_record_locks, no_flags;

int
renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
    if (no_flags && flags != 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall (SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int
openat (int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start (args, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (args, mode_t) : 0;
    va_end (args);
    if (no_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall (SYS_openat, dir, path, flags, mode);
}

int
fallocate (int fd, int mode, off_t offset, off_t size)
{
    if (no_reserving) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall (SYS_fallocate, fd, mode, offset, size);
}

int
fcntl (int fd, int command, ...)
{
    va_list args;
    va_start (args, command);
    void *argument = va_arg (args, void *);
    va_end (args);
    if (no_record_locks && (command == F_SETLK || command == F_OFD_SETLK || command == F_OFD_GETLK)) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall (SYS_fcntl, fd, command, argument);
}

static void
add (XnPlace *place, const char *relative, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlaceFile) file = xn_place_create (place, relative, (gint64)strlen (text), TRUE, &error);
    g_assert_no_error (error);
    g_assert_true (xn_place_file_write (file, (const guint8 *)text, strlen (text), &error));
    xn_place_file_commit (file, 1000000000, &error);
    g_assert_no_error (error);
}

/* A disk of 4 MiB. */
static gboolean
mount_small (const char *path)
{
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    if (mount ("none", path, "tmpfs", 0, "size=4m") == 0)
        return TRUE;
    g_test_skip ("file systems cannot be mounted here");
    return FALSE;
}

/* A large file is refused before anything is transferred; the message says what is missing. */
static void
test_reserve (void)
{
    SCRATCH (dir);
    g_autofree char *disk = in (dir, "disk");
    g_autofree char *path = in (disk, "f");
    if (!mount_small (disk))
        return;
    XnPlace *place = open_free (path);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_create (place, NULL, 8 * 1024 * 1024, TRUE, &error));
    assert_failed (error, XN_ERROR_IO, "needs 8.4");
    assert_failed (error, XN_ERROR_IO, path);
    g_clear_error (&error);
    g_assert_null (xn_place_create (place, NULL, G_MAXINT64, TRUE, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_clear_error (&error);
    g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, 2 * 1024 * 1024, TRUE, &error);
    g_assert_no_error (error);
    g_clear_pointer (&file, xn_place_file_free);
    xn_place_free (place);
    assert_tree (disk, "");
    g_assert_cmpint (umount (disk), ==, 0);
}

static guint n_warnings;

static void
count_warnings (gpointer data, XnLogLevel level, const char *message)
{
    n_warnings += level == XN_LOG_WARNING && strstr (message, data) != NULL;
}

/* Where nothing can be reserved, what the file system says of itself is an estimate: one warning, and the write decides. */
static void
test_estimate (void)
{
    SCRATCH (dir);
    g_autofree char *disk = in (dir, "disk");
    g_autofree char *path = in (disk, "f");
    if (!mount_small (disk))
        return;
    no_reserving = TRUE;
    n_warnings = 0;
    const XnLogSink sink = {count_warnings, NULL, (gpointer) "less is free"};
    xn_log_use (&sink);
    XnPlace *place = open_free (path);
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < 2; i++) {
        g_autoptr (XnPlaceFile) file =
            xn_place_create (place, NULL, i == 0 ? G_MAXINT64 : 8 * 1024 * 1024, TRUE, &error);
        g_assert_no_error (error);
        g_assert_true (xn_place_file_write (file, (const guint8 *)"text", 4, &error));
        g_assert_true (xn_place_file_commit (file, -1, &error));
    }
    xn_place_free (place);
    xn_log_use (NULL);
    no_reserving = FALSE;
    g_assert_cmpuint (n_warnings, ==, 1);
    assert_file (path, "text");
    g_assert_cmpint (umount (disk), ==, 0);
}

/* Writes until it fails; the file must not appear, and nothing be left. */
static void
fill (const char *path, const char *part)
{
    static const guint8 bytes[262144];
    XnPlace *place = open_free (path);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, -1, TRUE, &error);
    g_assert_no_error (error);
    for (int i = 0; i < 64 && xn_place_file_write (file, bytes, sizeof bytes, &error); i++)
        ;
    assert_failed (error, XN_ERROR_IO, part);
    assert_failed (error, XN_ERROR_IO, path);
    g_clear_pointer (&file, xn_place_file_free);
    xn_place_free (place);
}

static void
test_full (void)
{
    SCRATCH (dir);
    g_autofree char *disk = in (dir, "disk");
    g_autofree char *path = in (disk, "f");
    if (!mount_small (disk))
        return;
    fill (path, "free some space");
    assert_tree (disk, "");
    g_assert_cmpint (umount (disk), ==, 0);
}

static void
test_full_device (void)
{
    const int full = open ("/dev/full", O_WRONLY);
    g_autoptr (GError) error = NULL;
    g_assert_false (xn_output_write (full, (const guint8 *)"x", 1, -1, "file", &error));
    assert_failed (error, XN_ERROR_IO, "free some space");
    close (full);
}

static void
write_beyond_limit (gpointer data)
{
    const struct rlimit limit = {1024 * 1024, 1024 * 1024};
    signal (SIGXFSZ, SIG_DFL);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    g_autofree char *path = in (data, "f");
    fill (path, "ulimit");
    XnPlace *place = open_free (path);
    g_autoptr (GError) error = NULL;
    g_assert_null (xn_place_create (place, NULL, 2 * 1024 * 1024, TRUE, &error));
    assert_failed (error, XN_ERROR_IO, "ulimit");
    xn_place_free (place);
    sigset_t pending;
    g_assert_cmpint (sigpending (&pending), ==, 0);
    g_assert_cmpint (sigismember (&pending, SIGXFSZ), ==, 0);
}

static void
write_nothing (gpointer data)
{
    const struct rlimit limit = {0, 0};
    signal (SIGXFSZ, SIG_DFL);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    g_autofree char *path = in (data, "f");
    fill (path, "ulimit"); /* and the lock can hold no name */
}

/* The signal that goes with it does not reach the host. */
static void
test_size_limit (void)
{
    SCRATCH (dir);
    g_assert_cmpint (wait_child (spawn_child (write_beyond_limit, dir)), ==, 0);
    g_assert_cmpint (wait_child (spawn_child (write_nothing, dir)), ==, 0);
    assert_tree (dir, "");
}

static void
leave_half (gpointer data)
{
    const char *const *paths = data;
    no_unnamed = TRUE;
    g_autoptr (GError) error = NULL;
    XnPlace *file = open_free (paths[0]);
    XnPlace *tree = xn_place_open_tree (paths[1], FALSE, &error);
    g_assert_no_error (error);
    add (tree, "d/complete", "1");
    for (int i = 0; i < 2; i++) {
        XnPlaceFile *half = xn_place_create (i == 0 ? file : tree, i == 0 ? NULL : "d/half", -1, TRUE, &error);
        g_assert_true (xn_place_file_write (half, (const guint8 *)"ha", 2, &error));
    }
    wait_for_kill (paths[2]);
}

/* Without unnamed files a kill leaves named ones, and the next run removes them. */
static void
test_named (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "f");
    g_autofree char *tree = in (dir, "tree");
    g_autofree char *ready = in (signs, "ready");
    const char *paths[] = {path, tree, ready};
    const pid_t child = spawn_child (leave_half, paths);
    wait_for_file (ready);
    kill (child, SIGKILL);
    wait_child (child);
    assert_tree (dir, ".f.xnatstorage-lock .f.xnatstorage-tmp-10fcb341 .tree.xnatstorage-lock tree.partial/ "
                      "tree.partial/d/ tree.partial/d/.half.xnatstorage-tmp-edc66deb tree.partial/d/complete");
    no_unnamed = TRUE;
    XnPlace *place = open_free (path);
    add (place, NULL, "old");
    add (place, NULL, "new");
    xn_place_free (place);
    assert_file (path, "new");

    g_autoptr (GError) error = NULL;
    place = xn_place_open_tree (tree, FALSE, &error);
    g_assert_no_error (error);
    expect (place, "d/complete d/half e");
    g_assert_true (xn_place_keep (place, "d/complete", &error));
    g_assert_cmpuint (xn_place_count_others (place), ==, 0);
    add (place, "d/half", "whole");
    g_autoptr (XnPlaceFile) failed = xn_place_create (place, "e", 1, TRUE, &error);
    g_clear_pointer (&failed, xn_place_file_free);
    g_assert_true (xn_place_commit (place, &error));
    xn_place_free (place);
    no_unnamed = FALSE;
    assert_tree (dir, "f tree/ tree/d/ tree/d/complete tree/d/half");
}

/* Places "theirs" at @path, where no other file may be replaced, after @appears (nullable) has come there meanwhile. */
static gboolean
place_keeping (const char *path, const char *appears, GError **error)
{
    g_autoptr (XnPlace) place = xn_place_open_file (path, "f", XN_PLACE_KEEP_CHANGED, error);
    g_assert_nonnull (place);
    g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, 6, TRUE, error);
    g_assert_nonnull (file);
    g_assert_true (xn_place_file_write (file, (const guint8 *)"theirs", 6, error));
    if (appears != NULL)
        put (path, appears);
    return xn_place_file_commit (file, 1000000000, error);
}

/* A file that has come meanwhile stays as well, with unnamed files or without. */
static void
test_keep_changed (void)
{
    for (guint i = 0; i < 4; i++) {
        SCRATCH (dir);
        g_autofree char *path = in (dir, "f");
        g_autoptr (GError) error = NULL;
        no_unnamed = i % 2 == 1;
        no_flags = i >= 2;
        g_assert_false (place_keeping (path, "mine", &error));
        assert_failed (error, XN_ERROR_CONFLICT, "differs from the server's file, and is kept");
        g_clear_error (&error);
        assert_file (path, "mine");
        g_assert_cmpint (g_unlink (path), ==, 0);
        g_assert_true (place_keeping (path, NULL, &error));
        assert_file (path, "theirs");
        assert_tree (dir, "f");
    }
    no_unnamed = no_flags = FALSE;
}

/* The same file does not take the place of the one that is there, which may be changed at that moment. */
static void
test_keep_same (void)
{
    struct stat before, after;
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    for (guint i = 0; i < 2; i++) {
        g_autoptr (GError) error = NULL;
        no_unnamed = i == 1;
        put (path, "theirs");
        g_assert_cmpint (stat (path, &before), ==, 0);
        g_assert_true (place_keeping (path, NULL, &error));
        g_assert_no_error (error);
        g_assert_cmpint (stat (path, &after), ==, 0);
        g_assert_cmpuint (before.st_ino, ==, after.st_ino);
        g_assert_cmpint (after.st_mtime, ==, 1000000000);
        assert_tree (dir, "f");
    }
    no_unnamed = FALSE;
}

static void
hold (gpointer data)
{
    const char *const *paths = data;
    open_free (paths[0]);
    wait_for_kill (paths[1]);
}

/* Without record locks the holder's life decides, or, on another host, how long it has been silent. */
static void
test_no_record_locks (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "f");
    g_autofree char *lock = in (dir, ".f.xnatstorage-lock");
    g_autofree char *ready = in (signs, "ready");
    const char *paths[] = {path, ready};
    no_record_locks = TRUE;
    XnPlace *place = open_free (path);
    assert_no_place (path, XN_ERROR_CONFLICT, "process");
    xn_place_free (place);
    assert_tree (dir, "");

    const pid_t child = spawn_child (hold, paths);
    wait_for_file (ready);
    g_autofree char *process = g_strdup_printf ("process %d ", (int)child);
    assert_no_place (path, XN_ERROR_CONFLICT, process);
    kill (child, SIGKILL);
    wait_child (child);
    place = open_free (path);
    xn_place_free (place);
    assert_tree (dir, "");

    const struct utimbuf long_ago = {.modtime = 1000000000};
    put (lock, "in use by xnatstorage\nhost elsewhere\nprocess 1\nstart 5\n");
    assert_no_place (path, XN_ERROR_CONFLICT, "process 1 on host elsewhere");
    g_assert_cmpint (utime (lock, &long_ago), ==, 0);
    place = open_free (path);
    xn_place_free (place);
    put (lock, "");
    assert_no_place (path, XN_ERROR_CONFLICT, "another process");
    g_assert_cmpint (utime (lock, &long_ago), ==, 0);
    place = open_free (path);
    xn_place_free (place);
    no_record_locks = FALSE;
    assert_tree (dir, "");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/disk/reserve", test_reserve);
    g_test_add_func ("/disk/estimate", test_estimate);
    g_test_add_func ("/disk/full", test_full);
    g_test_add_func ("/disk/full-device", test_full_device);
    g_test_add_func ("/disk/size-limit", test_size_limit);
    g_test_add_func ("/disk/named", test_named);
    g_test_add_func ("/disk/keep-changed", test_keep_changed);
    g_test_add_func ("/disk/keep-same", test_keep_same);
    g_test_add_func ("/disk/no-record-locks", test_no_record_locks);
    return g_test_run ();
}
