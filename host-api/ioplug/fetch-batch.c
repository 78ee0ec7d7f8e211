/* SPDX-License-Identifier: Apache-2.0 */
/* All entries with ids at once, and those without as soon as it is known that they may share the destination. */
#include "cancel.h"
#include "fetch-batch.h"
#include "operation.h"

/* One call. */
typedef struct {
    Run *run;
    ProgressSlot *slot;
    GPtrArray *items;
} Batch;

const IOPlugin *
fetch_batch_plugin (const Run *run)
{
    const IOPlugin *plugin = NULL;

    for (guint i = 0; i < run->n_items; i++) {
        const ListEntry *entry = run->items[i].entry;
        const IOPlugin *serving = entry->reason == NULL ? io_host_find (run->host, entry->url, NULL) : plugin;

        if (entry->reason == NULL && (serving == NULL || (plugin != NULL && serving != plugin)))
            return NULL;
        plugin = serving;
    }
    if (plugin == NULL || (run->options->dry_run ? plugin->plan_fetch == NULL : plugin->fetch_many == NULL))
        return NULL;
    return plugin;
}

/* The entries of the next call: of those without an id only one, until it is known what they are. */
static GPtrArray *
next_items (Run *run)
{
    GPtrArray *items = g_ptr_array_new ();
    gboolean bare_taken = FALSE;

    for (guint i = 0; i < run->n_items; i++) {
        Item *item = &run->items[i];

        if (item->state != STATE_WAITING)
            continue;
        if (item->entry->reason != NULL) {
            fetch_run_end (run, item, STATE_ENDED, item->entry->kind, item->entry->reason, NULL);
            continue;
        }
        if (item->entry->name == NULL && run->bare == BARE_TREE) {
            fetch_run_end (run, item, STATE_ENDED, IO_KIND_CONFLICT, BARE_REFUSED, NULL);
            continue;
        }
        if (item->entry->name == NULL && run->bare == BARE_UNKNOWN) {
            if (bare_taken)
                continue;
            bare_taken = TRUE;
        }
        g_ptr_array_add (items, item);
    }
    return items;
}

static void
on_planned (void *data, size_t index, const IOStep *step)
{
    const Batch *batch = data;

    plan_add (((const Item *)batch->items->pdata[index])->plan, step);
}

static void
on_finished (void *finished_data, size_t index, const IOResult *outcome)
{
    Batch *batch = finished_data;
    Item *item = batch->items->pdata[index];
    g_autofree char *message = NULL;

    progress_count (batch->slot);
    if (outcome->kind == IO_KIND_OK && outcome->n_items == 1) {
        fetch_run_end (batch->run, item, STATE_ENDED, IO_KIND_OK, NULL, outcome->items[0]);
        return;
    }
    message = operation_message (outcome);
    fetch_run_end (batch->run, item, STATE_ENDED, outcome->kind != IO_KIND_OK ? (int)outcome->kind : IO_KIND_SERVER,
                   message, NULL);
}

/* What the plugin did not begin, as it was stopped or refused the call, it does not tell of. */
static void
end_untold (Run *run, const GPtrArray *items, const IOResult *result)
{
    gboolean refused = !cancel_requested () && (result == NULL || result->kind != IO_KIND_OK);
    g_autofree char *message = refused && result != NULL ? operation_message (result) : NULL;
    int kind = refused && result != NULL ? (int)result->kind : IO_KIND_SERVER;

    for (guint i = 0; i < items->len; i++)
        if (cancel_requested ())
            fetch_run_end (run, items->pdata[i], STATE_NOT_STARTED, IO_KIND_CANCELLED, "stopped before it began", NULL);
        else
            fetch_run_end (run, items->pdata[i], STATE_ENDED, kind,
                           message != NULL ? message : "the plugin does not tell what came of it", NULL);
}

static void
run_batch (Run *run, const IOPlugin *plugin, GPtrArray *items)
{
    Batch batch = {.run = run, .slot = progress_open_many (run->progress, items->len), .items = items};
    g_autofree IOFetch *fetches = g_new0 (IOFetch, items->len);
    g_autoptr (GPtrArray) directories = g_ptr_array_new_with_free_func (g_free);
    IOCall call = operation_call (batch.slot);
    IOResult *result;

    for (guint i = 0; i < items->len; i++) {
        const ListEntry *entry = ((const Item *)items->pdata[i])->entry;
        const char *name = entry->name != NULL ? entry->name : "";

        g_ptr_array_add (directories, g_strconcat (run->destination, name, entry->name != NULL ? "/" : "", NULL));
        fetches[i] = (IOFetch){.url = entry->url, .destination = directories->pdata[i]};
    }
    if (run->options->dry_run)
        result = plugin->plan_fetch (fetches, items->len, on_planned, on_finished, &batch, &call);
    else
        result = plugin->fetch_many (fetches, items->len, on_finished, &batch, &call);
    progress_close (batch.slot, TRUE);
    end_untold (run, items, result);
    if (result != NULL)
        plugin->free_result (result);
}

gpointer
fetch_batch_run (gpointer data)
{
    Run *run = data;
    const IOPlugin *plugin = fetch_batch_plugin (run);

    if (plugin == NULL) /* whoever calls has seen that there is one */
        return NULL;
    for (;;) {
        g_autoptr (GPtrArray) items = next_items (run);

        if (items->len == 0)
            return NULL;
        if (cancel_requested ())
            for (guint i = 0; i < items->len; i++)
                fetch_run_end (run, items->pdata[i], STATE_NOT_STARTED, IO_KIND_CANCELLED, "stopped before it began",
                               NULL);
        else
            run_batch (run, plugin, items);
    }
}
