/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands, what each of them takes, and those that move one thing. Must not know any scheme. */
#include <string.h>
#include <unistd.h>

#include "cancel.h"
#include "cat.h"
#include "commands.h"
#include "doctor.h"
#include "dry-run.h"
#include "fetch-list.h"
#include "fetch-search.h"
#include "kinds.h"
#include "layout.h"
#include "loading.h"
#include "look.h"
#include "host/nearest.h"
#include "output.h"
#include "remove.h"
#include "run-one.h"

static gboolean
wants (const Options *options, guint least, guint most, const char *what, GError **error)
{
    if (options->n_arguments >= least && options->n_arguments <= most)
        return TRUE;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s wants %s, not %u argument%s", options->command, what,
                 options->n_arguments, options->n_arguments == 1 ? "" : "s");
    return FALSE;
}

static gboolean
has_no_foreign_option (const Command *command, const Options *options, GError **error)
{
    const guint foreign = options->own & ~command->own;

    if (foreign == 0)
        return TRUE;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s has no %s", options->command,
                 options_own_name ((OwnOption)(foreign & -foreign)));
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
check_fetch (const Options *options, GError **error)
{
    if (options->list != NULL && options->layout != NULL) {
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE,
                             "--layout names the results of a search, of which more is known than a list tells: fetch "
                             "the search itself");
        return FALSE;
    }
    if (options->layout != NULL && !layout_check (options->layout, error))
        return FALSE;
    if (options->list != NULL)
        return wants (options, 1, 1, "DESTINATION-DIR beside --list", error);
    return wants (options, 2, 2, "URL DESTINATION", error);
}

static gboolean
check_cat (const Options *options, GError **error)
{
    guint64 offset, length;

    if (options->json) {
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE, "cat writes the bytes of a file, and has no --json");
        return FALSE;
    }
    return cat_read_range (options->range, &offset, &length, error);
}

/* Where nobody can be asked, the command line must say it. */
static gboolean
check_rm (const Options *options, GError **error)
{
    if (options->yes || options->dry_run || isatty (STDIN_FILENO))
        return TRUE;
    g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE,
                         "rm asks before it removes, and standard input is no terminal: add --yes");
    return FALSE;
}

/* Printed at once: a search may have a million results. */
static int
take_item (void *unused, const IOItem *item)
{
    output_item (item);
    return cancel_requested ();
}

static int
expand_one (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_EXPAND_EACH, .url = url, .take_item = take_item};
    g_auto (Outcome) outcome = run_one (options, host, &request);

    if (outcome.kind != IO_KIND_OK)
        run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
    return outcome.kind;
}

static int
run_expand (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, expand_one);
}

static int
run_fetch (const Options *options, const IOPluginHost *host)
{
    const Request request = {.verb = VERB_FETCH, .url = options->arguments[0], .path = options->arguments[1]};
    g_auto (Outcome) outcome = {0};
    g_autoptr (GError) error = NULL;

    if (options->list != NULL)
        return fetch_list (options, host, options->arguments[0]);
    if (fetch_search_is_one (host, request.url))
        return fetch_search (options, host, request.url, request.path);
    if (!loading_check_keep_changed (options, host, request.url, &error)) {
        outcome = outcome_failed (error->code, error->message);
        run_one_tell (NULL, request.url, FALSE, &outcome);
        return outcome.kind;
    }
    if (options->layout == NULL && options->dry_run)
        return dry_run (options, host, &request);
    if (options->layout != NULL) {
        outcome = outcome_failed (IO_KIND_USAGE, "--layout is for a search, and the URL names one thing");
        run_one_tell (NULL, request.url, FALSE, &outcome);
        return outcome.kind;
    }
    outcome = run_one (options, host, &request);
    if (outcome.kind == IO_KIND_OK)
        output_fetched (NULL, request.url, outcome.result->items[0]->value);
    else
        run_one_tell (NULL, request.url, FALSE, &outcome);
    return outcome.kind;
}

static int
run_put (const Options *options, const IOPluginHost *host)
{
    const Request request = {.verb = VERB_PUT, .path = options->arguments[0], .url = options->arguments[1]};
    g_auto (Outcome) outcome = {0};

    if (options->dry_run)
        return dry_run (options, host, &request);
    outcome = run_one (options, host, &request);
    if (outcome.kind == IO_KIND_OK)
        output_put (request.path, outcome.result->items[0]->value);
    else
        run_one_tell (request.path, request.url, FALSE, &outcome);
    return outcome.kind;
}

static int
run_plugins (const Options *options, const IOPluginHost *host)
{
    for (size_t i = 0; i < io_host_count (host); i++)
        output_plugin (io_host_plugin (host, i), io_host_file (host, i));
    return IO_KIND_OK;
}

static const Command commands[] = {
    {"expand", 0, FALSE, 1, G_MAXUINT, "one URL or more", NULL, run_expand, "U"},
    {"fetch", OWN_LIST | OWN_LAYOUT | OWN_DRY_RUN | OWN_KEEP_CHANGED, TRUE, 0, 0, NULL, check_fetch, run_fetch, "UP"},
    {"put", OWN_DRY_RUN, TRUE, 2, 2, "PATH URL", NULL, run_put, "PU"},
    {"ls", OWN_LONG | OWN_RECURSIVE, FALSE, 1, G_MAXUINT, "one URL or more", NULL, run_ls, "U"},
    {"stat", 0, FALSE, 1, G_MAXUINT, "one URL or more", NULL, run_stat, "U"},
    {"cat", OWN_RANGE, FALSE, 1, 1, "one URL", check_cat, run_cat, "U"},
    {"du", 0, FALSE, 1, G_MAXUINT, "one URL or more", NULL, run_du, "U"},
    {"rm", OWN_YES | OWN_DRY_RUN, TRUE, 1, G_MAXUINT, "one URL or more", check_rm, run_rm, "U"},
    {"doctor", 0, FALSE, 1, G_MAXUINT, "one URL or more", NULL, run_doctor, "U"},
    {"plugins", 0, FALSE, 0, 0, "no argument", NULL, run_plugins},
};

gboolean
command_check (const Command *command, const Options *options, GError **error)
{
    return has_no_foreign_option (command, options, error) &&
           (command->wanted == NULL || wants (options, command->least, command->most, command->wanted, error)) &&
           has_no_empty_argument (options, error) && (command->check == NULL || command->check (options, error));
}

void
command_set_unknown (const char *name, GError **error)
{
    const char *names[G_N_ELEMENTS (commands) + 1] = {NULL};
    const char *nearest;

    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        names[i] = commands[i].name;
    nearest = io_nearest_word (name, names);
    if (nearest != NULL)
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "there is no command '%s'; is '%s' meant?", name, nearest);
    else
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "there is no command '%s'", name);
}

const Command *
command_at (guint index)
{
    return index < G_N_ELEMENTS (commands) ? &commands[index] : NULL;
}

const Command *
command_find (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
        if (strcmp (commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
