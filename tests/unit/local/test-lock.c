/* SPDX-License-Identifier: Apache-2.0 */
/* One destination, one writer: between threads, between processes, after a kill, after a fork. */
#include "common.h"

#include "base/error.h"
#include "local/owner.h"
#include "local/place.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
assert_taken (const char *path, pid_t by)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *process = g_strdup_printf ("process %d on host %s", (int)by, g_get_host_name ());
    assert_no_place (path, XN_ERROR_CONFLICT, process);
    g_assert_null (xn_place_open_tree (path, FALSE, &error));
    assert_failed (error, XN_ERROR_CONFLICT, process);
}

static void
test_same_process (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    g_autofree char *link = in (dir, "link");
    g_autofree char *detour = in (dir, "../%s/./f", strrchr (dir, '/') + 1);
    g_assert_cmpint (symlink ("f", link), ==, 0);
    XnPlace *place = open_free (path);
    assert_taken (path, getpid ());
    assert_taken (link, getpid ());
    assert_taken (detour, getpid ());
    XnPlace *other = xn_place_open_file (dir, "g", FALSE, NULL); /* another file of the directory is free */
    g_assert_nonnull (other);
    xn_place_free (other);
    xn_place_free (place);
    place = open_free (path);
    xn_place_free (place);
    assert_tree (dir, "link");
}

typedef struct {
    const char *path, *ready;
} Held;

static void
hold (gpointer data)
{
    const Held *held = data;
    XnPlace *place = open_free (held->path);
    g_assert_nonnull (place);
    wait_for_kill (held->ready);
}

/* A holder in another process is named, and what it leaves when it is killed is taken over. */
static void
test_other_process (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "f");
    g_autofree char *ready = in (signs, "ready");
    Held held = {.path = path, .ready = ready};
    const pid_t child = spawn_child (hold, &held);
    wait_for_file (ready);
    for (int i = 0; i < 3; i++)
        assert_taken (path, child);
    kill (child, SIGKILL);
    wait_child (child);
    assert_tree (dir, ".f.xnatstorage-lock");
    XnPlace *place = open_free (path);
    assert_taken (path, getpid ());
    xn_place_free (place);
    assert_tree (dir, "");
}

static void
find_taken (gpointer data)
{
    const Held *held = data;
    assert_taken (held->path, getppid ());
}

static void
close_and_open (gpointer data)
{
    XnPlace *place = open_free (data);
    xn_place_free (place);
}

/* A fork inherits neither the lock nor a share in it. */
static void
test_fork (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "f");
    g_autofree char *other = in (dir, "other");
    g_autofree char *ready = in (signs, "ready");
    Held held = {.path = path, .ready = ready};
    XnPlace *place = open_free (path);
    g_assert_cmpint (wait_child (spawn_child (find_taken, &held)), ==, 0);
    assert_taken (path, getpid ());
    g_assert_cmpint (wait_child (spawn_child (close_and_open, other)), ==, 0);

    const pid_t idle = spawn_child ((void (*) (gpointer))wait_for_kill, ready);
    wait_for_file (ready);
    xn_place_free (place);
    place = open_free (path); /* although the child still has a copy of all descriptors */
    xn_place_free (place);
    kill (idle, SIGKILL);
    wait_child (idle);
}

typedef struct {
    const char *path;
    int inside, most, taken, refused;
} Race;

static gpointer
race (gpointer data)
{
    Race *all = data;
    for (int i = 0; i < 200; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnPlace) place = xn_place_open_file (all->path, "f", FALSE, &error);
        if (place == NULL) {
            g_assert_error (error, XN_ERROR, XN_ERROR_CONFLICT);
            g_atomic_int_inc (&all->refused);
            continue;
        }
        if (g_atomic_int_add (&all->inside, 1) != 0)
            g_atomic_int_inc (&all->most);
        g_atomic_int_inc (&all->taken);
        g_atomic_int_add (&all->inside, -1);
    }
    return NULL;
}

static void
test_threads (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    Race all = {.path = path};
    GThread *threads[8];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new (NULL, race, &all);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    g_assert_cmpint (all.most, ==, 0);
    g_assert_cmpint (all.taken, >, 0);
    g_assert_cmpint (all.taken + all.refused, ==, 8 * 200);
    assert_tree (dir, "");
}

/* In each turn exactly one of several processes holds it: the holder alone makes and removes a mark. */
static void
take_turns (gpointer data)
{
    const Held *held = data;
    int taken = 0;
    for (int i = 0; i < 2000 && taken < 30; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnPlace) place = xn_place_open_file (held->path, "f", FALSE, &error);
        if (place == NULL) {
            g_assert_error (error, XN_ERROR, XN_ERROR_CONFLICT);
            g_usleep (200);
            continue;
        }
        taken++;
        g_assert_cmpint (g_mkdir (held->ready, 0777), ==, 0);
        g_usleep (100);
        g_assert_cmpint (g_rmdir (held->ready), ==, 0);
    }
    g_assert_cmpint (taken, >, 0);
}

static void
test_processes (void)
{
    SCRATCH (dir);
    SCRATCH (signs);
    g_autofree char *path = in (dir, "f");
    g_autofree char *mark = in (signs, "mark");
    Held held = {.path = path, .ready = mark};
    pid_t children[4];
    for (guint i = 0; i < G_N_ELEMENTS (children); i++)
        children[i] = spawn_child (take_turns, &held);
    for (guint i = 0; i < G_N_ELEMENTS (children); i++)
        g_assert_cmpint (wait_child (children[i]), ==, 0);
    assert_tree (dir, "");
}

/* Many files of one directory at once, as a batch of single fetches does it. */
static gpointer
add_files (gpointer data)
{
    static int n = 0;
    for (int i = 0; i < 50; i++) {
        g_autofree char *name = g_strdup_printf ("f%d", g_atomic_int_add (&n, 1));
        g_autoptr (GError) error = NULL;
        g_autoptr (XnPlace) place = xn_place_open_file (data, name, FALSE, &error);
        g_assert_no_error (error);
        g_autoptr (XnPlaceFile) file = xn_place_create (place, NULL, 4, TRUE, &error);
        g_assert_no_error (error);
        g_assert_true (xn_place_file_write (file, (const guint8 *)"text", 4, &error));
        g_assert_true (xn_place_file_commit (file, -1, &error));
    }
    return NULL;
}

static void
test_one_directory (void)
{
    SCRATCH (dir);
    GThread *threads[8];
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new (NULL, add_files, dir);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
    int n = 0;
    while (g_dir_read_name (entries) != NULL)
        n++;
    g_assert_cmpint (n, ==, 400);
}

/* What a killed run of ours left is no obstacle; what is not ours is left alone. */
static void
test_leftovers (void)
{
    SCRATCH (dir);
    g_autofree char *path = in (dir, "f");
    g_autofree char *lock = in (dir, ".f.xnatstorage-lock");
    const char *const left[] = {"", "in use by xna", "in use by xnatstorage\nhost elsewhere\nprocess 1\nstart 5\n"};
    for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
        put (lock, left[i]);
        XnPlace *place = open_free (path);
        xn_place_free (place);
        assert_tree (dir, "");
    }
    put (lock, "the user's\n");
    assert_no_place (path, XN_ERROR_CONFLICT, ".f.xnatstorage-lock");
    assert_file (lock, "the user's\n");

    /* Somebody's file under a second name is not emptied. */
    g_autofree char *precious = in (dir, "precious");
    g_assert_cmpint (g_unlink (lock), ==, 0);
    put (precious, "");
    g_assert_cmpint (link (precious, lock), ==, 0);
    assert_no_place (path, XN_ERROR_CONFLICT, ".f.xnatstorage-lock");
    g_assert_cmpint (g_unlink (lock), ==, 0);
    g_assert_cmpint (symlink (precious, lock), ==, 0);
    assert_no_place (path, XN_ERROR_CONFLICT, "is a link");
}

static void
test_owner (void)
{
    XnOwner self, other;
    xn_owner_self (&self);
    g_assert_cmpint (self.start, >, 0);
    g_autofree char *text = xn_owner_text (&self);
    g_assert_true (xn_owner_parse (text, &other));
    g_assert_cmpstr (other.host, ==, self.host);
    g_assert_cmpint (other.pid, ==, getpid ());
    g_assert_true (xn_owner_is_here (&other));
    g_assert_true (xn_owner_is_alive (&other));
    other.start++; /* its number went to another process */
    g_assert_false (xn_owner_is_alive (&other));
    other.pid = 0x3fffffff;
    g_assert_false (xn_owner_is_alive (&other));
    other.host[0] ^= 1;
    g_assert_false (xn_owner_is_here (&other));
    g_autofree char *again = xn_owner_text (&self);
    g_assert_cmpstr (again, !=, text);
    g_assert_true (xn_owner_may_be (text) && xn_owner_may_be ("") && xn_owner_may_be ("in use by"));
    g_assert_false (xn_owner_may_be ("in use by me") || xn_owner_may_be ("x"));
    g_assert_false (xn_owner_parse ("", &other));
    g_assert_false (xn_owner_parse ("in use by xnatstorage\nhost a\nprocess -1\nstart 1\n", &other));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/lock/same-process", test_same_process);
    g_test_add_func ("/lock/other-process", test_other_process);
    g_test_add_func ("/lock/fork", test_fork);
    g_test_add_func ("/lock/threads", test_threads);
    g_test_add_func ("/lock/processes", test_processes);
    g_test_add_func ("/lock/one-directory", test_one_directory);
    g_test_add_func ("/lock/leftovers", test_leftovers);
    g_test_add_func ("/lock/owner", test_owner);
    return g_test_run ();
}
