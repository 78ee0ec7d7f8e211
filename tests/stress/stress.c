/* SPDX-License-Identifier: Apache-2.0 */
/* stress PLUGIN BASE-URL DIRECTORY ROUNDS: many threads call fetch, put and expand of one plugin instance at once, and
 * cleanup ends it. BASE-URL is that of a stand-in server with its sample archive, as xnat+http://127.0.0.1:8080. Built with
 * ThreadSanitizer it shows that the plugin has no data race. Exit code 0: every call did what it should. */
#include <stdatomic.h>
#include <stdbool.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ioplug/host.h"

#define N_THREADS 16

typedef struct {
    const IOPluginHost *host;
    const char *base, *directory;
    int number, rounds;
} Worker;

static atomic_int failures;

static void
report (const char *verb, const char *what, const IOResult *result)
{
    fprintf (stderr, "%s %s: kind %d: %s\n", verb, what, (int)result->kind,
             result->message != NULL ? result->message : "unexpected success");
    atomic_fetch_add (&failures, 1);
}

/* Ends a call that had to end with @kind. */
static void
expect (const IOPlugin *plugin, const char *verb, const char *what, IOResult *result, IOKind kind)
{
    if (result->kind != kind)
        report (verb, what, result);
    plugin->free_result (result);
}

static void
log_ignored (void *user_data, IOLogLevel level, const char *message)
{
    (void)user_data, (void)level, (void)message;
}

static void
count_progress (void *user_data, const IOProgress *progress)
{
    *(uint64_t *)user_data += progress->files_done;
}

static void
write_file (const char *path, int number, int round)
{
    FILE *file = fopen (path, "w");
    if (file == NULL || fprintf (file, "thread %d round %d\n", number, round) < 0 || fclose (file) != 0) {
        perror (path);
        atomic_fetch_add (&failures, 1);
    }
}

/* One round: a search, a file, a tree, a file that is not there, a put of an own file and one into a shared resource. */
static void
work_round (const Worker *worker, int round)
{
    char url[1024], path[1024];
    uint64_t seen = 0;
    const IOCall call = {.struct_size = sizeof call, .user_data = &seen, .progress = count_progress};

    snprintf (url, sizeof url, "%s/search?projects=sandbox&experiments=*_BRAIN&scans=T1&id=experiment,scan,resource",
              worker->base);
    const IOPlugin *plugin = io_host_find (worker->host, url, NULL);
    if (plugin == NULL) {
        atomic_fetch_add (&failures, 1);
        return;
    }
    IOResult *found = plugin->expand_url (url, &call);
    if (found->kind != IO_KIND_OK || found->n_items == 0) {
        report ("expand", url, found);
        plugin->free_result (found);
        return;
    }
    const IOItem *item = found->items[(size_t)worker->number % found->n_items];
    snprintf (path, sizeof path, "%s/tree-%d", worker->directory, worker->number);
    expect (plugin, "fetch", item->value, plugin->fetch_url (item->value, path, &call), IO_KIND_OK);
    snprintf (url, sizeof url, "%s/files/not-there.txt", item->value);
    snprintf (path, sizeof path, "%s/none-%d", worker->directory, worker->number);
    expect (plugin, "fetch", url, plugin->fetch_url (url, path, NULL), IO_KIND_NOT_FOUND);
    plugin->free_result (found);

    snprintf (path, sizeof path, "%s/own-%d.txt", worker->directory, worker->number);
    write_file (path, worker->number, round);
    snprintf (url, sizeof url,
              "%s/data/projects/sandbox/subjects/subject001/experiments/experiment001/resources/STRESS%d/files/"
              "own-%d.txt?overwrite=true",
              worker->base, worker->number % 4, worker->number);
    expect (plugin, "put", url, plugin->put_url (path, url, &call), IO_KIND_OK);
}

static void *
work (void *data)
{
    const Worker *worker = data;
    for (int round = 0; round < worker->rounds; round++)
        work_round (worker, round);
    return NULL;
}

int
main (int argc, char **argv)
{
    if (argc != 5) {
        fprintf (stderr, "usage: stress PLUGIN BASE-URL DIRECTORY ROUNDS\n");
        return 2;
    }
    const IOHost services = {.log = log_ignored};
    IOHostError error = {"out of memory"};
    IOPluginHost *host = io_host_new (&services);
    if (host == NULL || !io_host_load (host, argv[1], &error)) {
        fprintf (stderr, "%s\n", error.message);
        return 2;
    }
    Worker workers[N_THREADS];
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        workers[i] = (Worker){host, argv[2], argv[3], i, atoi (argv[4])};
        if (pthread_create (&threads[i], NULL, work, &workers[i]) != 0)
            return 2;
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join (threads[i], NULL);
    io_host_free (host);
    printf ("%d failures\n", atomic_load (&failures));
    return atomic_load (&failures) == 0 ? 0 : 1;
}
