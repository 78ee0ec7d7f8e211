/* SPDX-License-Identifier: Apache-2.0 */
/* Calls one verb of a plugin and reads its result. Must not know where results go. */
#include <string.h>

#include "cancel.h"
#include "operation.h"

static void
on_progress (void *user_data, const IOProgress *report)
{
    progress_report (user_data, report);
}

static int
is_cancelled (void *user_data)
{
    return cancel_requested ();
}

IOCall
operation_call (ProgressSlot *slot)
{
    return (IOCall){
        .struct_size = sizeof (IOCall), .user_data = slot, .progress = on_progress, .cancelled = is_cancelled};
}

Outcome
outcome_failed (int kind, const char *message)
{
    return (Outcome){.kind = kind, .message = g_strdup (message)};
}

void
outcome_clear (Outcome *outcome)
{
    if (outcome->result != NULL)
        outcome->plugin->free_result (outcome->result);
    g_free (outcome->message);
    *outcome = (Outcome){0};
}

/* What the verbs are called in messages, and while they are done, and whether they give any number of items. */
static const struct {
    const char *name, *action;
    gboolean gives_many;
} verbs[] = {
    [VERB_EXPAND] = {"expand", "looking up", TRUE},
    [VERB_EXPAND_EACH] = {"expand", "looking up", TRUE},
    [VERB_FETCH] = {"fetch", "fetching", FALSE},
    [VERB_PUT] = {"put", "sending", FALSE},
    [VERB_STAT] = {"stat", "looking up", FALSE},
    [VERB_LIST] = {"list", "looking up", TRUE},
    [VERB_REMOVE] = {"remove", "removing", FALSE},
    [VERB_READ] = {"read", "reading", FALSE},
    [VERB_PLAN_FETCH] = {"plan a fetch", "comparing", FALSE},
    [VERB_PLAN_PUT] = {"plan a put", "comparing", FALSE},
    [VERB_PLAN_REMOVE] = {"plan a removal", "looking up", FALSE},
    [VERB_DIAGNOSE] = {"diagnose", "looking for the cause", TRUE},
};

const char *
operation_action (Verb verb)
{
    return verbs[verb].action;
}

static gboolean
has_verb (const IOPlugin *plugin, Verb verb)
{
    switch (verb) {
    case VERB_EXPAND:
    case VERB_EXPAND_EACH:
        return plugin->expand_url != NULL;
    case VERB_FETCH:
        return plugin->fetch_url != NULL;
    case VERB_PUT:
        return plugin->put_url != NULL;
    case VERB_STAT:
        return plugin->stat_url != NULL;
    case VERB_LIST:
        return plugin->list_url != NULL;
    case VERB_REMOVE:
        return plugin->remove_url != NULL;
    case VERB_READ:
        return plugin->read_url != NULL;
    case VERB_PLAN_FETCH:
        return plugin->plan_fetch != NULL;
    case VERB_PLAN_PUT:
        return plugin->plan_put != NULL;
    case VERB_PLAN_REMOVE:
        return plugin->plan_remove != NULL;
    case VERB_DIAGNOSE:
        return plugin->diagnose_url != NULL;
    }
    return FALSE;
}

/* A plugin of before minor version 2 makes the whole first. */
static IOResult *
expand_each (const IOPlugin *plugin, const Request *request, const IOCall *call)
{
    IOResult *whole;

    if (plugin->expand_each != NULL)
        return plugin->expand_each (request->url, request->take_item, request->take_data, call);
    whole = plugin->expand_url (request->url, call);
    if (whole != NULL && whole->kind == IO_KIND_OK)
        for (size_t i = 0; i < whole->n_items; i++)
            if (request->take_item (request->take_data, whole->items[i]) != 0)
                break;
    return whole;
}

static void
on_planned (void *data, size_t index, const IOStep *step)
{
    if (data != NULL)
        plan_add (data, step);
}

static IOResult *
call_verb (const IOPlugin *plugin, const Request *request, const IOCall *call)
{
    const IOFetch fetch = {.url = request->url, .destination = request->path};

    switch (request->verb) {
    case VERB_EXPAND:
        return plugin->expand_url (request->url, call);
    case VERB_EXPAND_EACH:
        return expand_each (plugin, request, call);
    case VERB_FETCH:
        return plugin->fetch_url (request->url, request->path, call);
    case VERB_PUT:
        return plugin->put_url (request->path, request->url, call);
    case VERB_STAT:
        return plugin->stat_url (request->url, request->flags, call);
    case VERB_LIST:
        return plugin->list_url (request->url, request->flags, call);
    case VERB_REMOVE:
        return plugin->remove_url (request->url, call);
    case VERB_READ:
        return plugin->read_url (request->url, request->offset, request->length, request->take, request->take_data,
                                 call);
    case VERB_PLAN_FETCH:
        return plugin->plan_fetch (&fetch, 1, on_planned, NULL, request->plan, call);
    case VERB_PLAN_PUT:
        return plugin->plan_put (request->path, request->url, on_planned, request->plan, call);
    case VERB_PLAN_REMOVE:
        return plugin->plan_remove (request->url, on_planned, request->plan, call);
    case VERB_DIAGNOSE:
        return plugin->diagnose_url (request->url, request->told, request->told_data, call);
    }
    return NULL;
}

/* The plugins of before have no more than three verbs. */
static Outcome
fail_without_verb (const IOPlugin *plugin, Verb verb)
{
    g_autofree char *message = g_strdup_printf (
        "plugin %s cannot %s%s", plugin->name, verbs[verb].name,
        plugin->abi_minor < IOPLUGIN_ABI_MINOR ? ": it is older than this command; install a newer one" : "");

    return outcome_failed (IO_KIND_USAGE, message);
}

char *
operation_message (const IOResult *result)
{
    const char *message = result->message != NULL ? result->message : "the plugin gives no reason";

    if (result->server_words == NULL || result->server_words[0] == '\0' ||
        strstr (message, result->server_words) != NULL)
        return g_strdup (message);
    return g_strdup_printf ("%s (the server says: %s)", message, result->server_words);
}

static void
read_result (Outcome *outcome, Verb verb)
{
    const IOResult *result = outcome->result;

    if (result == NULL) {
        outcome->kind = IO_KIND_SERVER;
        outcome->message = g_strdup_printf ("plugin %s returned no result", outcome->plugin->name);
    } else if (result->kind != IO_KIND_OK) {
        outcome->kind = result->kind;
        outcome->message = operation_message (result);
    } else if (!verbs[verb].gives_many && result->n_items != 1) {
        outcome->kind = IO_KIND_SERVER;
        outcome->message = g_strdup_printf ("plugin %s returned %" G_GSIZE_FORMAT " results in place of one",
                                            outcome->plugin->name, result->n_items);
    }
}

Outcome
operation_run (const IOPluginHost *host, Progress *progress, const Request *request)
{
    Outcome outcome = {0};
    IOHostError error;
    ProgressSlot *slot;
    IOCall call;

    if (cancel_requested ())
        return outcome_failed (IO_KIND_CANCELLED, "stopped before it began");
    outcome.plugin = io_host_find (host, request->url, &error);
    if (outcome.plugin == NULL)
        return outcome_failed (IO_KIND_USAGE, error.message);
    if (!has_verb (outcome.plugin, request->verb))
        return fail_without_verb (outcome.plugin, request->verb);
    slot = progress_open (progress);
    call = operation_call (slot);
    outcome.result = call_verb (outcome.plugin, request, &call);
    read_result (&outcome, request->verb);
    progress_close (slot, outcome.kind == IO_KIND_OK);
    return outcome;
}
