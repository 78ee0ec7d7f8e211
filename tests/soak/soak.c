/* SPDX-License-Identifier: Apache-2.0 */
/* soak PLUGIN BASE-URL DIRECTORY SECONDS SEED: many threads do random things with one plugin instance, while faults of all kinds meet
 * its requests. BASE-URL is that of a stand-in server with its sample archive, as xnat+http://127.0.0.1:8080.
 *
 * The time is cut into spells. After each of them all is quiet: what is in doubt is looked at and repaired without faults, sessions
 * are ended, and memory, descriptors and threads are counted; after the first spell they may no longer grow. Ends with the line
 * `N passed, N failed`. $SOAK_LOG names a file for the plugin's log, in which each line has its time and thread. */
#include <dirent.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "faults.h"
#include "ioplug/host.h"
#include "reading.h"
#include "world.h"
#include "writing.h"

#define N_THREADS 16
#define N_SPELLS 6
/* A call that takes longer hangs: each of its tries has come to an end long before. */
#define HANGS_S 150
/* What memory may grow by from the first spell to the last: a leak of one small block for each call is more. */
#define HEAP_MAX (512 * 1024)
#define RSS_MAX (12 * 1024 * 1024)

typedef struct {
    gsize heap, rss;
    guint descriptors, threads;
} Measures;

static const char *const SETTINGS[][2] = {{"retries", "8"},         {"retry_delay", "0.02"}, {"stall_timeout", "1.5"},
                                          {"answer_timeout", "30"}, {"lockout_guard", "0"},  {"connect_timeout", "30"}};

static Worker workers[N_THREADS];
static gint64 spell_ends_us;
static guint stray_files;

static const char *
setting (void *user_data, const char *name)
{
    (void)user_data;
    for (guint i = 0; i < G_N_ELEMENTS (SETTINGS); i++)
        if (strcmp (SETTINGS[i][0], name) == 0)
            return SETTINGS[i][1];
    return NULL;
}

/* @user_data: (nullable) where to. */
static void
log_line (void *user_data, IOLogLevel level, const char *message)
{
    if (user_data != NULL)
        fprintf (user_data, "%.6f %d %d %s\n", (double)g_get_monotonic_time () / G_USEC_PER_SEC, (int)gettid (),
                 (int)level, message);
}

/* One random thing. */
static void
act (Worker *worker)
{
    GRand *random = worker->random;
    const gboolean own = worker->own != NULL && g_rand_boolean (random);
    Resource *resource = own ? worker->own : world_shared[g_rand_int_range (random, 0, N_SHARED)];
    switch ((Verb)g_rand_int_range (random, 0, N_VERBS)) {
    case VERB_FETCH_FILE:
        fetch_file (worker, resource);
        break;
    case VERB_FETCH_TREE:
        fetch_tree (worker, resource, NULL);
        break;
    case VERB_FETCH_MANY:
        fetch_many (worker);
        break;
    case VERB_PUT_FILE:
        put_file (worker);
        break;
    case VERB_PUT_TREE:
        put_tree (worker);
        break;
    case VERB_PUT_COMMON:
        put_common (worker);
        break;
    case VERB_REMOVE:
        remove_file (worker);
        break;
    case VERB_EXPAND:
        expand (worker);
        break;
    case VERB_STAT:
        stat_file (worker, resource);
        break;
    case VERB_LIST:
        list_files (worker, resource);
        break;
    default:
        read_part (worker, resource);
    }
}

static gpointer
work (gpointer data)
{
    while (g_get_monotonic_time () < spell_ends_us)
        act (data);
    return NULL;
}

/* Brings what is left of a resource's fetches to an end. */
static void
fetch_the_rest (Worker *worker, Resource *resource)
{
    g_autofree char **places = (char **)g_hash_table_get_keys_as_array (resource->left, NULL);
    for (guint i = 0; places[i] != NULL; i++) {
        g_autofree char *place = g_strdup (places[i]);
        fetch_tree (worker, resource, place);
    }
}

/* A thread's part of the quiet between two spells. */
static gpointer
settle (gpointer data)
{
    Worker *worker = data;
    if (worker->own != NULL)
        g_ptr_array_add (worker->retired, g_steal_pointer (&worker->own));
    for (guint i = 0; i < worker->retired->len; i++) {
        Resource *resource = g_ptr_array_index (worker->retired, i);
        check_doubtful (resource);
        put_whole (worker, resource);
        fetch_the_rest (worker, resource);
        remove_whole (worker, resource);
    }
    g_ptr_array_set_size (worker->retired, 0);
    check_common (worker);
    for (guint i = 0; i < N_SHARED; i++)
        read_part (worker, world_shared[i]);
    return NULL;
}

static void
run_threads (GThreadFunc func, gboolean faulty, GThread *threads[N_THREADS])
{
    for (guint i = 0; i < N_THREADS; i++) {
        workers[i].faulty = faulty;
        threads[i] = g_thread_new ("worker", func, &workers[i]);
    }
}

static void
join (GThread *threads[N_THREADS])
{
    for (guint i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
}

/* Ends the program if a call does not come back. */
static void
look_for_hangs (void)
{
    const gint now = (gint)(g_get_monotonic_time () / G_USEC_PER_SEC);
    for (guint i = 0; i < N_THREADS; i++) {
        const gint since = g_atomic_int_get (&workers[i].since_s);
        if (since != 0 && now - since > HANGS_S) {
            printf ("%s has not come back for %d s\n0 passed, 1 failed\n",
                    verb_name ((Verb)g_atomic_int_get (&workers[i].verb)), now - since);
            fflush (stdout);
            _Exit (1);
        }
    }
}

/* Lets all threads work while faults are ordered. */
static void
spell (gint64 length_us, GRand *random)
{
    GThread *threads[N_THREADS];
    spell_ends_us = g_get_monotonic_time () + length_us;
    run_threads (work, TRUE, threads);
    while (g_get_monotonic_time () < spell_ends_us) {
        g_usleep ((gulong)g_rand_int_range (random, 2000, 40000));
        faults_order (random);
        look_for_hangs ();
    }
    join (threads);
}

static void
count_strays (const char *directory)
{
    const char *name;
    g_autoptr (GDir) entries = g_dir_open (directory, 0, NULL);
    while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
        g_autofree char *path = g_build_filename (directory, name, NULL);
        if (strstr (name, "xnatstorage-") != NULL || g_str_has_suffix (name, ".partial")) {
            printf ("stray: %s\n", path);
            stray_files++;
        } else if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
            count_strays (path);
        }
    }
}

/* Resources of all threads begin anew. */
static void
begin_anew (void)
{
    for (guint i = 0; i < N_THREADS; i++) {
        g_hash_table_remove_all (workers[i].common);
        world_remove (workers[i].directory);
        g_mkdir (workers[i].directory, 0700);
    }
    for (guint i = 0; i < N_COMMON; i++) {
        guint n;
        g_autofree char *label = common_label (i);
        g_autoptr (GPtrArray) stored = control_store (label, &n);
        Resource *resource = resource_new (workers[0].base, "C", label);
        if (n > 0)
            remove_whole (&workers[0], resource);
        resource_free (resource);
    }
}

static guint
entries_of (const char *path)
{
    guint count = 0;
    DIR *directory = opendir (path);
    while (directory != NULL && readdir (directory) != NULL)
        count++;
    if (directory != NULL)
        closedir (directory);
    return count;
}

static Measures
measure (void)
{
    g_autofree char *text = NULL;
    malloc_trim (0);
    const struct mallinfo2 heap = mallinfo2 ();
    if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
        g_error ("/proc/self/statm cannot be read");
    const gsize pages = g_ascii_strtoull (strchr (text, ' '), NULL, 10);
    return (Measures){.heap = heap.uordblks + heap.hblkhd,
                      .rss = pages * (gsize)sysconf (_SC_PAGESIZE),
                      .descriptors = entries_of ("/proc/self/fd"),
                      .threads = entries_of ("/proc/self/task")};
}

/* Without faults the plugin has to find its way by itself: a login that the server took and forgot is not tried at once. */
static void
recover (void)
{
    Worker *worker = &workers[0];
    const gint64 end_us = g_get_monotonic_time () + HANGS_S * G_USEC_PER_SEC;
    IOResult *result;
    while ((result = worker->plugin->stat_url (world_shared[0]->url, 0, NULL))->kind != IO_KIND_OK &&
           g_get_monotonic_time () < end_us) {
        worker->plugin->free_result (result);
        g_usleep (100000);
    }
    if (result->kind != IO_KIND_OK)
        world_wrong (VERB_STAT, "without faults, and for %d s: %s", HANGS_S, result->message);
    worker->plugin->free_result (result);
}

/* What is left is looked at and tidied up; without faults, so everything must succeed. */
static Measures
quiet (const IOPlugin *plugin, guint *sessions)
{
    GThread *threads[N_THREADS];
    const guint met = faults_clear ();
    recover ();
    plugin->cleanup ();
    control_wait_until_quiet ();
    run_threads (settle, FALSE, threads);
    join (threads);
    for (guint i = 0; i < N_SHARED; i++)
        fetch_the_rest (&workers[0], world_shared[i]);
    for (guint i = 0; i < N_THREADS; i++)
        count_strays (workers[i].directory);
    begin_anew ();
    plugin->cleanup ();
    control_wait_until_quiet ();
    *sessions += control_sessions ("alice");
    const Measures now = measure ();
    printf ("%u requests met a fault; %zu kB in use, %zu kB resident, %u descriptors, %u threads, %u sessions\n", met,
            now.heap / 1024, now.rss / 1024, now.descriptors, now.threads, *sessions);
    fflush (stdout);
    return now;
}

static void
make_workers (const IOPlugin *plugin, const char *base, const char *scratch, guint seed)
{
    for (guint i = 0; i < N_THREADS; i++) {
        workers[i] = (Worker){.plugin = plugin,
                              .base = base,
                              .scratch = scratch,
                              .number = i,
                              .random = g_rand_new_with_seed (seed + i + 1),
                              .retired = g_ptr_array_new_with_free_func (resource_free),
                              .common = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                              .directory = g_strdup_printf ("%s/%u", scratch, i)};
        if (g_mkdir_with_parents (workers[i].directory, 0700) != 0)
            g_error ("%s cannot be made", workers[i].directory);
    }
}

/* The resources that are read only. */
static void
make_shared (const char *base)
{
    for (guint i = 0; i < N_SHARED; i++) {
        g_autofree char *label = g_strdup_printf ("SHARED%u", i);
        world_shared[i] = resource_new (base, "1", label);
        for (guint j = 0; j < 3 + 12 * i; j++) {
            char *path = g_strdup_printf ("%s%02u.dcm", j % 3 == 0 ? "deep/er/" : "", j);
            g_hash_table_insert (world_shared[i]->files, path, GUINT_TO_POINTER (0));
        }
        put_whole (&workers[0], world_shared[i]);
    }
}

static guint
tell (gboolean right, const char *what)
{
    printf ("%s: %s\n", right ? "right" : "wrong", what);
    return right ? 0 : 1;
}

/* @return how many things are wrong, of N_VERBS + 4. */
static guint
sum_up (const Measures *first, const Measures *last, guint sessions)
{
    guint failed = 0;
    for (guint verb = 0; verb < N_VERBS; verb++) {
        const guint ok = world_count (verb, OUTCOME_OK), wrong = world_count (verb, OUTCOME_WRONG);
        g_autofree char *text =
            g_strdup_printf ("%s: %u succeeded, %u failed, %u cancelled, %u wrong", verb_name (verb), ok,
                             world_count (verb, OUTCOME_FAILED), world_count (verb, OUTCOME_CANCELLED), wrong);
        failed += tell (ok > 0 && wrong == 0, text);
    }
    failed += tell (last->heap <= first->heap + HEAP_MAX && last->rss <= first->rss + RSS_MAX, "memory does not grow");
    failed += tell (last->descriptors <= first->descriptors && last->threads <= first->threads,
                    "descriptors and threads do not grow");
    failed += tell (sessions == 0, "no session is left");
    failed += tell (stray_files == 0, "no stray file is left");
    return failed;
}

int
main (int argc, char **argv)
{
    if (argc != 6) {
        fprintf (stderr, "usage: soak PLUGIN BASE-URL DIRECTORY SECONDS SEED\n");
        return 2;
    }
    const char *log = g_getenv ("SOAK_LOG");
    FILE *log_file = log != NULL ? fopen (log, "we") : NULL;
    const IOHost services = {.log = log_line, .setting = setting, .user_data = log_file};
    IOHostError error = {"out of memory"};
    IOPluginHost *host = io_host_new (&services);
    const guint seed = (guint)strtoul (argv[5], NULL, 10);
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    if (host == NULL || !io_host_load (host, argv[1], &error)) {
        fprintf (stderr, "%s\n", error.message);
        return 2;
    }
    const IOPlugin *plugin = io_host_plugin (host, 0);
    Measures first = {0}, last = {0};
    guint sessions = 0;
    /* Of other arenas than the first, malloc_trim() gives back little. */
    mallopt (M_ARENA_MAX, 1);
    control_init (argv[2]);
    make_workers (plugin, argv[2], argv[3], seed);
    make_shared (argv[2]);
    for (guint i = 0; i < N_SPELLS; i++) {
        spell ((gint64)(g_ascii_strtod (argv[4], NULL) * G_USEC_PER_SEC / N_SPELLS), random);
        last = quiet (plugin, &sessions);
        if (i == 0)
            first = last;
    }
    const guint failed = sum_up (&first, &last, sessions);
    io_host_free (host);
    printf ("%u passed, %u failed\n", N_VERBS + 4 - failed, failed);
    return failed > 0;
}
