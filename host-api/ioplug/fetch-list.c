/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches a list, by one call for all entries where the plugin can do that, else with several workers; the main thread hands
 * the results out in list order. Must not know what a URL means: whether one named a file or a tree shows in the path that
 * comes back. */
#include <string.h>

#include "cancel.h"
#include "dry-run.h"
#include "fetch-batch.h"
#include "fetch-list.h"
#include "fetch-run.h"
#include "item.h"
#include "kinds.h"
#include "loading.h"
#include "messages.h"
#include "names.h"
#include "operation.h"
#include "output.h"
#include "screen.h"
#include "stopped.h"
#include "text.h"

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
fetch_into (Run *run, const Item *item, const char *destination)
{
    const Request request = {.verb = run->options->dry_run ? VERB_PLAN_FETCH : VERB_FETCH,
                             .url = item->entry->url,
                             .path = destination,
                             .plan = item->plan};

    return operation_run (run->host, run->progress, &request);
}

static Outcome
work_on (Run *run, const Item *item)
{
    const ListEntry *entry = item->entry;
    g_autofree char *directory = NULL;

    if (entry->reason != NULL)
        return outcome_failed (entry->kind, entry->reason);
    if (entry->name == NULL) {
        Bare bare;

        g_mutex_lock (&run->lock);
        bare = run->bare;
        g_mutex_unlock (&run->lock);
        if (bare == BARE_TREE)
            return outcome_failed (IO_KIND_CONFLICT, BARE_REFUSED);
        return fetch_into (run, item, run->destination);
    }
    directory = g_strconcat (run->destination, entry->name, "/", NULL);
    return fetch_into (run, item, directory);
}

static void
learn_from (Run *run, const Item *item)
{
    g_autofree char *path = NULL;

    run->bare_running = FALSE;
    if (run->bare != BARE_UNKNOWN || item->path == NULL)
        return;
    path = g_canonicalize_filename (item->path, NULL);
    run->bare = strcmp (path, run->canonical) == 0 ? BARE_TREE : BARE_FILES;
}

/* Whether nothing had to be moved for it; a plugin of before does not tell. */
static gboolean
is_kept (const IOItem *done)
{
    gint64 files = item_number (done, "files");

    return files > 0 && item_number (done, "files_kept") == files;
}

void
fetch_run_end (Run *run, Item *item, State state, int kind, const char *message, const IOItem *done)
{
    g_mutex_lock (&run->lock);
    if (item->state == STATE_WAITING) {
        item->kind = kind;
        item->message = g_strdup (message);
        item->path = done != NULL ? g_strdup (done->value) : NULL;
        item->kept = done != NULL && !run->options->dry_run && is_kept (done);
        if (item->entry->name == NULL)
            learn_from (run, item);
        item->state = state;
        g_cond_broadcast (&run->changed);
    }
    g_mutex_unlock (&run->lock);
}

static gpointer
run_worker (gpointer data)
{
    Run *run = data;
    Item *item;

    while ((item = take_item (run)) != NULL) {
        gboolean stopped = cancel_requested ();
        g_auto (Outcome) outcome = {0};

        outcome = stopped ? outcome_failed (IO_KIND_CANCELLED, "stopped before it began") : work_on (run, item);
        fetch_run_end (run, item, stopped ? STATE_NOT_STARTED : STATE_ENDED, outcome.kind, outcome.message,
                       outcome.kind == IO_KIND_OK ? outcome.result->items[0] : NULL);
    }
    return NULL;
}

/* Two entries may still have met in one path, when a URL did not show the name of its file. */
static void
check_path (Run *run, Item *item)
{
    g_autofree char *path = NULL;

    if (item->kind != IO_KIND_OK)
        return;
    path = g_canonicalize_filename (item->path, NULL);
    if (!g_hash_table_add (run->paths, g_strdup (path))) {
        item->kind = IO_KIND_CONFLICT;
        item->message = g_strdup_printf ("an earlier entry wrote %s, too; give the lines ids", path);
    }
}

static void
tell_failure (Run *run, const Item *item)
{
    const ListEntry *entry = item->entry;
    g_autofree char *shown = text_without_password (entry->url);
    g_autofree char *id = text_column (entry->id);

    if (run->first_kind == IO_KIND_OK)
        run->first_kind = item->kind;
    output_failed (entry->id, NULL, entry->url, item->kind, item->message);
    if (item->state == STATE_NOT_STARTED) {
        /* One line each would bury the reason why the run stopped; the summary counts them. */
        run->n_not_started++;
        return;
    }
    if (item->kind == IO_KIND_CANCELLED) {
        run->n_interrupted++;
        return;
    }
    run->n_failed++;
    message_error (item->kind, "%s: %s", id[0] != '\0' ? id : shown, item->message);
}

/* Of a dry run: what an earlier entry without an id would have brought is there when the next one is looked at. */
static void
heed_earlier (Run *run, GPtrArray *plan)
{
    for (guint i = 0; i < plan->len; i++) {
        PlanStep *step = g_ptr_array_index (plan, i);
        const char *earlier = g_hash_table_lookup (run->planned, step->path != NULL ? step->path : "");

        if (earlier != NULL)
            step->action = g_strcmp0 (earlier, step->url) == 0 ? IO_ACTION_KEEP : IO_ACTION_REPLACE;
        else if (step->path != NULL && step->url != NULL)
            g_hash_table_insert (run->planned, g_strdup (step->path), g_strdup (step->url));
    }
}

static void
tell_item (Run *run, Item *item)
{
    const ListEntry *entry = item->entry;

    check_path (run, item);
    if (item->plan != NULL) {
        if (entry->name == NULL)
            heed_earlier (run, item->plan);
        output_plan (entry->id, item->plan, FALSE);
        plan_count (&run->counts, item->plan);
        g_clear_pointer (&item->plan, g_ptr_array_unref);
    }
    if (item->kind == IO_KIND_OK) {
        if (item->kept)
            run->n_kept++;
        else
            run->n_fetched++;
        if (!run->options->dry_run)
            output_fetched (entry->id, entry->url, item->path);
    } else {
        tell_failure (run, item);
    }
    g_clear_pointer (&item->message, g_free);
    g_clear_pointer (&item->path, g_free);
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

/* How much there is in all, if that is known of each entry; else 0. */
static guint64
expected_bytes (const Run *run)
{
    guint64 bytes = 0;

    for (guint i = 0; i < run->n_items; i++) {
        if (run->items[i].entry->bytes < 0)
            return 0;
        bytes += (guint64)run->items[i].entry->bytes;
    }
    return bytes;
}

/* One line for all that was interrupted: one each would bury it. */
static void
tell_stopped (Run *run)
{
    ProgressTally tally = progress_tally (run->progress);
    g_autofree char *line = NULL;

    if (run->n_interrupted + run->n_not_started == 0 || cancel_signal () == 0)
        return;
    line = stopped_sentence ("stopped on request", &tally, run->n_fetched + run->n_kept, run->n_items);
    message_error (IO_KIND_CANCELLED, "%s", line);
}

static void
work (Run *run)
{
    GThreadFunc worker = fetch_batch_plugin (run) != NULL ? fetch_batch_run : run_worker;
    guint n_threads = worker == run_worker ? MIN (run->options->jobs, run->n_items) : 1;
    g_autofree GThread **threads = g_new0 (GThread *, n_threads);

    cancel_block_signals (TRUE);
    run->progress = progress_new (run->options, run->n_items,
                                  operation_action (run->options->dry_run ? VERB_PLAN_FETCH : VERB_FETCH), NULL);
    progress_expect (run->progress, expected_bytes (run));
    for (guint i = 0; i < n_threads; i++)
        threads[i] = g_thread_try_new ("fetch", worker, run, NULL);
    cancel_block_signals (FALSE);
    /* A limit on processes may leave fewer threads than wanted; this one is always there. */
    if (threads[0] == NULL)
        worker (run);
    tell_in_order (run);
    for (guint i = 0; i < n_threads; i++)
        if (threads[i] != NULL)
            g_thread_join (threads[i]);
    tell_stopped (run);
    progress_free (run->progress);
}

static void
sum_up (const Run *run)
{
    g_autoptr (GString) line = g_string_new ("ioplug: summary: ");

    if (run->options->dry_run) {
        dry_run_sum_up (&run->counts, run->n_items - run->n_fetched, run->n_items);
        return;
    }
    if (run->n_fetched + run->n_kept == run->n_items && !messages_wanted (IO_LOG_WARNING))
        return;
    g_string_append_printf (line, "%u fetched, %u kept, %u failed", run->n_fetched, run->n_kept, run->n_failed);
    if (run->n_interrupted > 0)
        g_string_append_printf (line, ", %u interrupted", run->n_interrupted);
    if (run->n_not_started > 0)
        g_string_append_printf (line, ", %u not started", run->n_not_started);
    screen_print (line->str);
}

static void
run_entries (Run *run, GPtrArray *entries)
{
    run->n_items = entries->len;
    run->items = g_new0 (Item, entries->len);
    for (guint i = 0; i < entries->len; i++) {
        run->items[i].entry = entries->pdata[i];
        run->items[i].plan = run->options->dry_run ? plan_new () : NULL;
    }
    g_mutex_init (&run->lock);
    g_cond_init (&run->changed);
    run->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    run->planned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    if (entries->len > 0)
        work (run);
    sum_up (run);
    g_hash_table_unref (run->paths);
    g_hash_table_unref (run->planned);
    g_cond_clear (&run->changed);
    g_mutex_clear (&run->lock);
    g_free (run->items);
}

/* Takes those out whose plugin does not know how to keep what was changed here. */
static void
refuse_replacing (const Options *options, const IOPluginHost *host, GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        ListEntry *entry = entries->pdata[i];
        g_autoptr (GError) error = NULL;

        if (entry->reason != NULL || loading_check_keep_changed (options, host, entry->url, &error))
            continue;
        entry->kind = error->code;
        entry->reason = g_strdup (error->message);
    }
}

int
fetch_entries (const Options *options, const IOPluginHost *host, const char *destination, GPtrArray *entries)
{
    g_autofree char *slashed = g_strconcat (destination, g_str_has_suffix (destination, "/") ? "" : "/", NULL);
    g_autofree char *canonical = g_canonicalize_filename (destination, NULL);
    Run run = {.options = options, .host = host, .destination = slashed, .canonical = canonical};

    if (g_file_test (destination, G_FILE_TEST_EXISTS) && !g_file_test (destination, G_FILE_TEST_IS_DIR)) {
        message_error (IO_KIND_IO, "%s is not a directory", destination);
        return IO_KIND_IO;
    }
    names_refuse_same (entries, destination, options->dry_run);
    refuse_replacing (options, host, entries);
    run_entries (&run, entries);
    return run.first_kind;
}

int
fetch_list (const Options *options, const IOPluginHost *host, const char *destination)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = list_read (options->list, &error);
    g_autoptr (GPtrArray) entries = NULL;

    if (text == NULL) {
        message_error (error->code, "%s", error->message);
        return error->code;
    }
    entries = list_parse (text->str, text->len, names_longest (destination));
    return fetch_entries (options, host, destination, entries);
}
