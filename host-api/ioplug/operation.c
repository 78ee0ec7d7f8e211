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

static gboolean
has_verb (const IOPlugin *plugin, Verb verb)
{
    return (verb == VERB_EXPAND && plugin->expand_url != NULL) || (verb == VERB_FETCH && plugin->fetch_url != NULL) ||
           (verb == VERB_PUT && plugin->put_url != NULL);
}

static IOResult *
call_verb (const IOPlugin *plugin, Verb verb, const char *url, const char *path, const IOCall *call)
{
    if (verb == VERB_EXPAND)
        return plugin->expand_url (url, call);
    if (verb == VERB_FETCH)
        return plugin->fetch_url (url, path, call);
    return plugin->put_url (path, url, call);
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
    } else if (verb != VERB_EXPAND && result->n_items != 1) {
        outcome->kind = IO_KIND_SERVER;
        outcome->message = g_strdup_printf ("plugin %s returned %" G_GSIZE_FORMAT " results in place of one",
                                            outcome->plugin->name, result->n_items);
    }
}

Outcome
operation_run (const IOPluginHost *host, Progress *progress, Verb verb, const char *url, const char *path)
{
    static const char *const names[] = {"expand", "fetch", "put"};
    Outcome outcome = {0};
    IOHostError error;
    ProgressSlot *slot;
    IOCall call;

    if (cancel_requested ())
        return outcome_failed (IO_KIND_CANCELLED, "stopped before it began");
    outcome.plugin = io_host_find (host, url, &error);
    if (outcome.plugin == NULL)
        return outcome_failed (IO_KIND_USAGE, error.message);
    if (!has_verb (outcome.plugin, verb)) {
        g_autofree char *message = g_strdup_printf ("plugin %s cannot %s", outcome.plugin->name, names[verb]);

        return outcome_failed (IO_KIND_USAGE, message);
    }
    slot = progress_open (progress);
    call = operation_call (slot);
    outcome.result = call_verb (outcome.plugin, verb, url, path, &call);
    progress_close (slot);
    read_result (&outcome, verb);
    return outcome;
}
