/* SPDX-License-Identifier: Apache-2.0 */
/* One operation, and one after the other. */
#include <string.h>

#include "run-one.h"

#include "cancel.h"
#include "messages.h"
#include "output.h"
#include "stopped.h"
#include "text.h"

/* (transfer full) (nullable) What is moved, in a word. */
static char *
name_of (const Request *request)
{
    g_autofree char *name = request->path != NULL ? g_path_get_basename (request->path) : NULL;

    if (name == NULL || strcmp (name, ".") == 0 || strcmp (name, "/") == 0)
        return NULL;
    return g_steal_pointer (&name);
}

/* Of one that was stopped: what is complete, and how to go on. */
static void
add_last_word (Outcome *outcome, Verb verb, Progress *progress)
{
    g_autofree char *reason = NULL;
    ProgressTally tally;

    if (outcome->kind != IO_KIND_CANCELLED || (verb != VERB_FETCH && verb != VERB_PUT))
        return;
    tally = progress_tally (progress);
    reason = g_steal_pointer (&outcome->message);
    outcome->message = stopped_sentence (reason, &tally, 0, 0);
}

Outcome
run_one (const Options *options, const IOPluginHost *host, const Request *request)
{
    g_autofree char *name = name_of (request);
    Progress *progress;
    Outcome outcome;

    /* The display's thread must not be the one that a signal wakes. */
    cancel_block_signals (TRUE);
    progress = progress_new (options, 1, operation_action (request->verb), name);
    cancel_block_signals (FALSE);
    outcome = operation_run (host, progress, request);
    add_last_word (&outcome, request->verb, progress);
    progress_free (progress);
    return outcome;
}

void
run_one_tell (const char *path, const char *url, gboolean name_url, const Outcome *outcome)
{
    g_autofree char *shown = text_without_password (url);

    output_failed (NULL, path, url, outcome->kind, outcome->message);
    if (name_url)
        message_error (outcome->kind, "%s: %s", shown, outcome->message);
    else
        message_error (outcome->kind, "%s", outcome->message);
}

int
run_one_by_one (const Options *options, const IOPluginHost *host,
                int (*each) (const Options *options, const IOPluginHost *host, const char *url))
{
    int first = IO_KIND_OK;

    for (char **url = options->arguments; *url != NULL; url++) {
        int kind = IO_KIND_CANCELLED;

        if (!cancel_requested ())
            kind = each (options, host, *url);
        else if (!messages_said_cancelled ())
            message_error (kind, "asked to stop before the last URL");

        if (first == IO_KIND_OK)
            first = kind;
        if (!output_flush (NULL))
            break;
    }
    return first;
}
