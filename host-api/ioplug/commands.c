/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands but for the fetch of a list. Must not know any scheme. */
#include <string.h>

#include "cancel.h"
#include "commands.h"
#include "fetch-list.h"
#include "kinds.h"
#include "messages.h"
#include "operation.h"
#include "output.h"
#include "text.h"

static gboolean
wants (const Options *options, guint n_arguments, const char *what, GError **error)
{
    if (options->n_arguments == n_arguments)
        return TRUE;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s wants %s, not %u argument%s", options->command, what,
                 options->n_arguments, options->n_arguments == 1 ? "" : "s");
    return FALSE;
}

static gboolean
has_no_list (const Options *options, GError **error)
{
    if (options->list == NULL)
        return TRUE;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s has no --list", options->command);
    return FALSE;
}

/* An empty path is a shell variable that was never set; it must not become the working directory. */
static gboolean
has_no_empty_argument (const Options *options, GError **error)
{
    for (char **argument = options->arguments; *argument != NULL; argument++)
        if ((*argument)[0] == '\0') {
            g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s got an empty argument", options->command);
            return FALSE;
        }
    return TRUE;
}

static gboolean
check_expand (const Options *options, GError **error)
{
    if (options->n_arguments == 0) {
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE, "expand wants one URL or more");
        return FALSE;
    }
    return has_no_list (options, error) && has_no_empty_argument (options, error);
}

static gboolean
check_fetch (const Options *options, GError **error)
{
    if (options->list != NULL)
        return wants (options, 1, "DESTINATION-DIR beside --list", error) && has_no_empty_argument (options, error);
    return wants (options, 2, "URL DESTINATION", error) && has_no_empty_argument (options, error);
}

static gboolean
check_put (const Options *options, GError **error)
{
    return has_no_list (options, error) && wants (options, 2, "PATH URL", error) &&
           has_no_empty_argument (options, error);
}

static gboolean
check_plugins (const Options *options, GError **error)
{
    return has_no_list (options, error) && wants (options, 0, "no argument", error);
}

/* Tells one failure; a command with several URLs says which. */
static void
tell_failure (const char *path, const char *url, gboolean name_url, const Outcome *outcome)
{
    g_autofree char *shown = text_without_password (url);

    output_failed (NULL, path, url, outcome->kind, outcome->message);
    if (name_url)
        message_error (outcome->kind, "%s: %s", shown, outcome->message);
    else
        message_error (outcome->kind, "%s", outcome->message);
}

static Outcome
run_alone (const Options *options, const IOPluginHost *host, Verb verb, const char *url, const char *path)
{
    Progress *progress;
    Outcome outcome;

    /* The display's thread must not be the one that a signal wakes. */
    cancel_block_signals (TRUE);
    progress = progress_new (options, 1);
    cancel_block_signals (FALSE);
    outcome = operation_run (host, progress, verb, url, path);
    progress_free (progress);
    return outcome;
}

static int
expand_one (const Options *options, const IOPluginHost *host, const char *url)
{
    g_auto (Outcome) outcome = run_alone (options, host, VERB_EXPAND, url, NULL);

    if (outcome.kind != IO_KIND_OK) {
        tell_failure (NULL, url, options->n_arguments > 1, &outcome);
        return outcome.kind;
    }
    for (size_t i = 0; i < outcome.result->n_items; i++)
        output_item (outcome.result->items[i]);
    return IO_KIND_OK;
}

static int
run_expand (const Options *options, const IOPluginHost *host)
{
    int first = IO_KIND_OK;

    for (char **url = options->arguments; *url != NULL; url++) {
        int kind = IO_KIND_CANCELLED;

        if (!cancel_requested ())
            kind = expand_one (options, host, *url);
        else if (!messages_said_cancelled ())
            message_error (kind, "asked to stop before all URLs were expanded");

        if (first == IO_KIND_OK)
            first = kind;
        if (!output_flush (NULL))
            break;
    }
    return first;
}

static int
run_fetch (const Options *options, const IOPluginHost *host)
{
    const char *url = options->arguments[0];
    const char *destination = options->arguments[1];
    g_auto (Outcome) outcome = {0};

    if (options->list != NULL)
        return fetch_list (options, host, options->arguments[0]);
    outcome = run_alone (options, host, VERB_FETCH, url, destination);
    if (outcome.kind == IO_KIND_OK)
        output_fetched (NULL, url, outcome.result->items[0]->value);
    else
        tell_failure (NULL, url, FALSE, &outcome);
    return outcome.kind;
}

static int
run_put (const Options *options, const IOPluginHost *host)
{
    const char *path = options->arguments[0];
    const char *url = options->arguments[1];
    g_auto (Outcome) outcome = run_alone (options, host, VERB_PUT, url, path);

    if (outcome.kind == IO_KIND_OK)
        output_put (path, outcome.result->items[0]->value);
    else
        tell_failure (path, url, FALSE, &outcome);
    return outcome.kind;
}

static int
run_plugins (const Options *options, const IOPluginHost *host)
{
    for (size_t i = 0; i < io_host_count (host); i++)
        output_plugin (io_host_plugin (host, i), io_host_file (host, i));
    return IO_KIND_OK;
}

const Command *
command_find (const char *name)
{
    static const Command commands[] = {
        {"expand", check_expand, run_expand},
        {"fetch", check_fetch, run_fetch},
        {"put", check_put, run_put},
        {"plugins", check_plugins, run_plugins},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        if (strcmp (commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
