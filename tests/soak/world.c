/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as they are known, and the counting of calls. */
#include "world.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECRET "alice-pw"
/* One call in so many is cancelled. */
#define CANCEL_IN 8
#define CANCEL_WITHIN_US 150000
#define AUTH_PAUSE_US 100000
/* So many wrong ones are told of in words. */
#define TOLD_MAX 40

Resource *world_shared[N_SHARED];
static gint counts[N_VERBS][N_OUTCOMES];
static gint versions, told;

static const char *const NAMES[N_VERBS] = {"fetch file", "fetch tree", "fetch many", "put file",
                                           "put tree",   "put common", "remove",     "expand",
                                           "stat",       "list",       "read"};

const char *
verb_name (Verb verb)
{
    return NAMES[verb];
}

Resource *
resource_new (const char *base, const char *scan, const char *label)
{
    Resource *resource = g_new (Resource, 1);
    *resource = (Resource){
        .label = g_strdup (label),
        .url = g_strdup_printf (
            "%s/data/projects/sandbox/subjects/subject001/experiments/experiment001/scans/%s/resources/%s", base, scan,
            label),
        .files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
        .doubt = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
        .said = g_string_new (NULL),
        .left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    };
    return resource;
}

void
resource_free (gpointer data)
{
    Resource *resource = data;
    if (resource == NULL)
        return;
    g_free (resource->label);
    g_free (resource->url);
    g_hash_table_unref (resource->files);
    g_hash_table_unref (resource->doubt);
    g_string_free (resource->said, TRUE);
    g_hash_table_unref (resource->left);
    g_free (resource);
}

guint
resource_version (const Resource *resource, const char *path)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (resource->files, path));
}

const char *
resource_any_path (const Resource *resource, GRand *random)
{
    GHashTableIter iter;
    gpointer path = NULL;
    const guint n = g_hash_table_size (resource->files);
    gint left = n > 0 ? g_rand_int_range (random, 0, (gint32)n) : -1;
    g_hash_table_iter_init (&iter, resource->files);
    while (left-- >= 0 && g_hash_table_iter_next (&iter, &path, NULL))
        ;
    return path;
}

guint
world_next_version (void)
{
    return (guint)g_atomic_int_add (&versions, 1) + 1;
}

static int
call_is_cancelled (void *data)
{
    Running *running = data;
    if (running->cancel_at_us != 0 && g_get_monotonic_time () >= running->cancel_at_us)
        g_atomic_int_set (&running->asked, TRUE);
    return g_atomic_int_get (&running->asked);
}

static void
call_reports (void *data, const IOProgress *progress)
{
    Running *running = data;
    running->reports++;
    if (progress->bytes_total > 0 && progress->bytes_done > progress->bytes_total)
        world_wrong (running->verb, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes were reported",
                     progress->bytes_done, progress->bytes_total);
    if (running->stop_at_report > 0 && running->reports >= running->stop_at_report)
        g_atomic_int_set (&running->stop, 1);
}

const IOCall *
call_begin (Running *running, Worker *worker, Verb verb)
{
    GRand *random = worker->random;
    *running = (Running){.worker = worker, .verb = verb};
    running->call = (IOCall){.struct_size = sizeof (IOCall),
                             .user_data = running,
                             .progress = call_reports,
                             .cancelled = call_is_cancelled,
                             .stop = &running->stop};
    if (worker->faulty && g_rand_int_range (random, 0, CANCEL_IN) == 0) {
        if (g_rand_boolean (random))
            running->cancel_at_us = g_get_monotonic_time () + g_rand_int_range (random, 0, CANCEL_WITHIN_US);
        else
            running->stop_at_report = (guint)g_rand_int_range (random, 1, 4);
    }
    g_atomic_int_set (&worker->verb, (gint)verb);
    g_atomic_int_set (&worker->since_s, (gint)(g_get_monotonic_time () / G_USEC_PER_SEC) + 1);
    return &running->call;
}

/* What a fault may lead to. A session that is lost again at once is what the user has to hear of; the plugin goes on by itself. */
static gboolean
is_of_faults (const IOResult *result)
{
    switch (result->kind) {
    case IO_KIND_NETWORK:
    case IO_KIND_SERVER:
    case IO_KIND_INTEGRITY:
        return TRUE;
    case IO_KIND_AUTH:
        return strstr (result->message, "twice in a row") != NULL || strstr (result->message, "lose cookies") != NULL;
    default:
        return FALSE;
    }
}

static Outcome
judge (const Running *running, const IOResult *result, IOKind wanted)
{
    const gboolean asked = g_atomic_int_get (&running->asked) || running->stop != 0;
    if (result->message != NULL && strstr (result->message, SECRET) != NULL)
        return OUTCOME_WRONG;
    if (result->kind == wanted)
        return OUTCOME_OK;
    if (result->kind == IO_KIND_CANCELLED)
        return asked ? OUTCOME_CANCELLED : OUTCOME_WRONG;
    if (running->worker->faulty && is_of_faults (result))
        return OUTCOME_FAILED;
    return OUTCOME_WRONG;
}

Outcome
call_end (Running *running, IOResult *result, const char *what, IOKind wanted, GString *said)
{
    const Outcome outcome = judge (running, result, wanted);
    const char *message = result->message != NULL ? result->message : "unexpected success";
    g_atomic_int_set (&running->worker->since_s, 0);
    if (outcome == OUTCOME_WRONG)
        world_wrong (running->verb, "%s: kind %d: %s", what, (int)result->kind, message);
    else
        g_atomic_int_inc (&counts[running->verb][outcome]);
    if (said != NULL && outcome != OUTCOME_OK)
        g_string_append_printf (said, "%s\n", message);
    /* For a while each call says so at once. */
    if (result->kind == IO_KIND_AUTH)
        g_usleep (AUTH_PAUSE_US);
    running->worker->plugin->free_result (result);
    return outcome;
}

void
world_wrong (Verb verb, const char *format, ...)
{
    va_list args;
    g_atomic_int_inc (&counts[verb][OUTCOME_WRONG]);
    if (g_atomic_int_add (&told, 1) >= TOLD_MAX)
        return;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    printf ("wrong: %.6f %d %s: %s\n", (double)g_get_monotonic_time () / G_USEC_PER_SEC, (int)gettid (),
            verb_name (verb), text);
    fflush (stdout);
}

guint
world_count (Verb verb, Outcome outcome)
{
    return (guint)g_atomic_int_get (&counts[verb][outcome]);
}

static int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove (path);
}

void
world_remove (const char *path)
{
    nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
