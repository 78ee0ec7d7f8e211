/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches a list with several workers; the main thread hands the results out in list order. Must not know what a URL
 * means: whether one named a file or a tree shows in the path that comes back. */
#include <string.h>

#include "cancel.h"
#include "fetch-list.h"
#include "kinds.h"
#include "list.h"
#include "messages.h"
#include "names.h"
#include "operation.h"
#include "output.h"
#include "screen.h"
#include "text.h"

/* How far an entry is. */
typedef enum {
    STATE_WAITING,
    STATE_ENDED,
    STATE_NOT_STARTED,
} State;

typedef struct {
    const ListEntry *entry;
    State state;
    Outcome outcome;
} Item;

/* Entries without an id all go to the destination itself, where a file can stand beside a file but a tree can share
 * with nobody. Which of both a URL is shows when it has come; until then they go one at a time. */
typedef enum {
    BARE_UNKNOWN,
    BARE_FILES,
    BARE_TREE,
} Bare;

typedef struct {
    const Options *options;
    const IOPluginHost *host;
    Progress *progress;
    char *destination; /* as given, with a '/' at its end */
    char *canonical;   /* absolute, without one */
    Item *items;
    guint n_items;
    GMutex lock;
    GCond changed;
    guint next_named; /* where the search for an entry with an id goes on */
    guint next_bare;  /* the same for one without */
    Bare bare;
    gboolean bare_running;
    GHashTable *paths; /* what was written so far, for the main thread */
    guint n_failed;
    guint n_fetched;
    guint n_not_started;
    int first_kind;
} Run;

static guint
skip_to (const Run *run, guint from, gboolean bare)
{
    while (from < run->n_items && (run->items[from].entry->name == NULL) != bare)
        from++;
    return from;
}

/* The next item to work on, or NULL at the end. Waits while only entries are left that must wait. */
static Item *
take_item (Run *run)
{
    Item *item = NULL;

    g_mutex_lock (&run->lock);
    while (item == NULL) {
        gboolean bare_free = run->bare != BARE_UNKNOWN || !run->bare_running;

        run->next_named = skip_to (run, run->next_named, FALSE);
        run->next_bare = skip_to (run, run->next_bare, TRUE);
        if (run->next_bare < run->n_items && bare_free && run->next_bare < run->next_named) {
            item = &run->items[run->next_bare++];
            run->bare_running = TRUE;
        } else if (run->next_named < run->n_items) {
            item = &run->items[run->next_named++];
        } else if (run->next_bare >= run->n_items) {
            break;
        } else {
            g_cond_wait (&run->changed, &run->lock);
        }
    }
    g_mutex_unlock (&run->lock);
    return item;
}

static Outcome
work_on (Run *run, const ListEntry *entry)
{
    g_autofree char *directory = NULL;

    if (entry->reason != NULL)
        return outcome_failed (entry->kind, entry->reason);
    if (entry->name == NULL) {
        Bare bare;

        g_mutex_lock (&run->lock);
        bare = run->bare;
        g_mutex_unlock (&run->lock);
        if (bare == BARE_TREE)
            return outcome_failed (IO_KIND_CONFLICT,
                                   "an earlier entry without an id fills the destination itself; give the lines ids");
        return operation_run (run->host, run->progress, VERB_FETCH, entry->url, run->destination);
    }
    directory = g_strconcat (run->destination, entry->name, "/", NULL);
    return operation_run (run->host, run->progress, VERB_FETCH, entry->url, directory);
}

static void
learn_from (Run *run, const Item *item)
{
    g_autofree char *path = NULL;

    run->bare_running = FALSE;
    if (run->bare != BARE_UNKNOWN || item->outcome.kind != IO_KIND_OK)
        return;
    path = g_canonicalize_filename (item->outcome.result->items[0]->value, NULL);
    run->bare = strcmp (path, run->canonical) == 0 ? BARE_TREE : BARE_FILES;
}

static gpointer
run_worker (gpointer data)
{
    Run *run = data;
    Item *item;

    while ((item = take_item (run)) != NULL) {
        gboolean stopped = cancel_requested ();

        if (!stopped)
            item->outcome = work_on (run, item->entry);
        g_mutex_lock (&run->lock);
        if (stopped)
            item->outcome = outcome_failed (IO_KIND_CANCELLED, "stopped before it began");
        if (item->entry->name == NULL)
            learn_from (run, item);
        item->state = stopped ? STATE_NOT_STARTED : STATE_ENDED;
        g_cond_broadcast (&run->changed);
        g_mutex_unlock (&run->lock);
    }
    return NULL;
}

/* Two entries may still have met in one path, when a URL did not show the name of its file. */
static void
check_path (Run *run, Outcome *outcome)
{
    g_autofree char *path = NULL;

    if (outcome->kind != IO_KIND_OK)
        return;
    path = g_canonicalize_filename (outcome->result->items[0]->value, NULL);
    if (!g_hash_table_add (run->paths, g_strdup (path))) {
        outcome->kind = IO_KIND_CONFLICT;
        outcome->message = g_strdup_printf ("an earlier entry wrote %s, too; give the lines ids", path);
    }
}

static void
tell_failure (Run *run, const Item *item)
{
    const ListEntry *entry = item->entry;
    g_autofree char *shown = text_without_password (entry->url);
    g_autofree char *id = text_column (entry->id);

    if (run->first_kind == IO_KIND_OK)
        run->first_kind = item->outcome.kind;
    output_failed (entry->id, NULL, entry->url, item->outcome.kind, item->outcome.message);
    if (item->state == STATE_NOT_STARTED) {
        /* One line each would bury the reason why the run stopped; the summary counts them. */
        run->n_not_started++;
        return;
    }
    run->n_failed++;
    message_error (item->outcome.kind, "%s: %s", id[0] != '\0' ? id : shown, item->outcome.message);
}

static void
tell_item (Run *run, Item *item)
{
    const ListEntry *entry = item->entry;

    check_path (run, &item->outcome);
    if (item->outcome.kind == IO_KIND_OK) {
        run->n_fetched++;
        output_fetched (entry->id, entry->url, item->outcome.result->items[0]->value);
    } else {
        tell_failure (run, item);
    }
    outcome_clear (&item->outcome);
    /* With nobody to read the results there is no point in going on; the reason is told at the end. */
    if (!output_flush (NULL))
        cancel_request ();
}

static void
tell_in_order (Run *run)
{
    for (guint i = 0; i < run->n_items; i++) {
        g_mutex_lock (&run->lock);
        while (run->items[i].state == STATE_WAITING)
            g_cond_wait (&run->changed, &run->lock);
        g_mutex_unlock (&run->lock);
        tell_item (run, &run->items[i]);
    }
}

static void
work (Run *run)
{
    guint n_threads = MIN (run->options->jobs, run->n_items);
    g_autofree GThread **threads = g_new0 (GThread *, n_threads);

    cancel_block_signals (TRUE);
    run->progress = progress_new (run->options, run->n_items);
    for (guint i = 0; i < n_threads; i++)
        threads[i] = g_thread_try_new ("fetch", run_worker, run, NULL);
    cancel_block_signals (FALSE);
    /* A limit on processes may leave fewer threads than wanted; this one is always there. */
    if (threads[0] == NULL)
        run_worker (run);
    tell_in_order (run);
    for (guint i = 0; i < n_threads; i++)
        if (threads[i] != NULL)
            g_thread_join (threads[i]);
    progress_free (run->progress);
}

static void
sum_up (const Run *run)
{
    g_autoptr (GString) line = g_string_new ("ioplug: summary: ");

    if (run->n_fetched == run->n_items && !messages_wanted (IO_LOG_WARNING))
        return;
    g_string_append_printf (line, "%u of %u fetched, %u failed", run->n_fetched, run->n_items, run->n_failed);
    if (run->n_not_started > 0)
        g_string_append_printf (line, ", %u not started", run->n_not_started);
    screen_print (line->str);
}

static void
run_entries (Run *run, GPtrArray *entries)
{
    run->n_items = entries->len;
    run->items = g_new0 (Item, entries->len);
    for (guint i = 0; i < entries->len; i++)
        run->items[i].entry = entries->pdata[i];
    g_mutex_init (&run->lock);
    g_cond_init (&run->changed);
    run->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (entries->len > 0)
        work (run);
    sum_up (run);
    g_hash_table_unref (run->paths);
    g_cond_clear (&run->changed);
    g_mutex_clear (&run->lock);
    g_free (run->items);
}

int
fetch_list (const Options *options, const IOPluginHost *host, const char *destination)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = NULL;
    g_autoptr (GPtrArray) entries = NULL;
    g_autofree char *slashed = g_strconcat (destination, g_str_has_suffix (destination, "/") ? "" : "/", NULL);
    g_autofree char *canonical = g_canonicalize_filename (destination, NULL);
    Run run = {.options = options, .host = host, .destination = slashed, .canonical = canonical};

    if (g_file_test (destination, G_FILE_TEST_EXISTS) && !g_file_test (destination, G_FILE_TEST_IS_DIR)) {
        message_error (IO_KIND_IO, "%s is not a directory", destination);
        return IO_KIND_IO;
    }
    text = list_read (options->list, &error);
    if (text == NULL) {
        message_error (error->code, "%s", error->message);
        return error->code;
    }
    entries = list_parse (text->str, text->len, names_longest (destination));
    names_refuse_same (entries, destination);
    run_entries (&run, entries);
    return run.first_kind;
}
