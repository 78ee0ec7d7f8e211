/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line. Must not act on it. */
#include <string.h>

#include "kinds.h"
#include "host/nearest.h"
#include "options.h"

#define DEFAULT_JOBS 8
#define MOST_JOBS 256

static gboolean
add_setting (const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;
    const char *equals = strchr (value, '=');

    if (equals == NULL || equals == value) {
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s wants KEY=VALUE, not '%s'", name, value);
        return FALSE;
    }
    g_hash_table_insert (options->settings, g_strndup (value, (gsize)(equals - value)), g_strdup (equals + 1));
    return TRUE;
}

static gboolean
set_jobs (const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;

    g_hash_table_insert (options->settings, g_strdup ("jobs"), g_strdup (value));
    return TRUE;
}

static gboolean
set_progress (const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;

    if (strcmp (value, "auto") == 0)
        options->progress = PROGRESS_AUTO;
    else if (strcmp (value, "always") == 0)
        options->progress = PROGRESS_ALWAYS;
    else if (strcmp (value, "never") == 0)
        options->progress = PROGRESS_NEVER;
    else {
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s wants auto, always or never, not '%s'", name, value);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_level (const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;

    if (strcmp (name, "--debug") == 0)
        options->level = IO_LOG_DEBUG;
    else if (strcmp (name, "-v") == 0 || strcmp (name, "--verbose") == 0)
        options->level = IO_LOG_INFO;
    else
        options->level = IO_LOG_ERROR;
    return TRUE;
}

/* The option parser knows no value that is glued to a short option, as in -j4 and -oguest=true. */
static GPtrArray *
split_glued_values (int argc, char **argv)
{
    GPtrArray *split = g_ptr_array_new_with_free_func (g_free);
    gboolean options_end = FALSE;

    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];

        options_end = options_end || strcmp (word, "--") == 0;
        if (i > 0 && !options_end && (g_str_has_prefix (word, "-j") || g_str_has_prefix (word, "-o")) &&
            word[2] != '\0') {
            g_ptr_array_add (split, g_strndup (word, 2));
            word += 2;
        }
        g_ptr_array_add (split, g_strdup (word));
    }
    g_ptr_array_add (split, NULL);
    return split;
}

/* The option parser takes "--json=no" for "--json". */
static gboolean
check_switches (char **words, GError **error)
{
    static const char *const switches[] = {"--json", "--quiet", "--verbose", "--debug",     "--help", "--version",
                                           "--long", "--yes",   "--dry-run", "--recursive", NULL};

    for (char **word = words; *word != NULL && strcmp (*word, "--") != 0; word++) {
        g_autofree char *name = g_strndup (*word, strcspn (*word, "="));

        if (strlen (name) == strlen (*word) || !g_strv_contains (switches, name))
            continue;
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s takes no value", name);
        return FALSE;
    }
    return TRUE;
}

/* The parser's words, and the option that may be meant by one that it does not know. */
static void
set_wrong_words (char **words, const GError *wrong, GError **error)
{
    static const char *const known[] = {"--plugin",  "--set",   "--jobs",    "--json",    "--progress",  "--quiet",
                                        "--verbose", "--debug", "--list",    "--long",    "--recursive", "--range",
                                        "--yes",     "--help",  "--dry-run", "--version", "--layout",    NULL};
    const char *nearest = NULL;

    for (char **word = words; *word != NULL && strcmp (*word, "--") != 0 && nearest == NULL; word++) {
        g_autofree char *name = g_strndup (*word, strcspn (*word, "="));

        if (g_str_has_prefix (name, "--") && !g_strv_contains (known, name) && strstr (wrong->message, name) != NULL)
            nearest = io_nearest_word (name, known);
    }
    if (nearest != NULL)
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s; is %s meant?", wrong->message, nearest);
    else
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE, wrong->message);
}

static gboolean
read_words (Options *options, char ***words, char ***rest, GError **error)
{
    const GOptionEntry entries[] = {
        {"plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->plugins, NULL, NULL},
        {"set", 'o', G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)add_setting, NULL, NULL},
        {"jobs", 'j', G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)set_jobs, NULL, NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, NULL, NULL},
        {"progress", 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer)set_progress, NULL, NULL},
        {"quiet", 'q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)set_level, NULL, NULL},
        {"verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)set_level, NULL, NULL},
        {"debug", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)set_level, NULL, NULL},
        {"list", 0, 0, G_OPTION_ARG_FILENAME, &options->list, NULL, NULL},
        {"long", 'l', 0, G_OPTION_ARG_NONE, &options->long_form, NULL, NULL},
        {"recursive", 'R', 0, G_OPTION_ARG_NONE, &options->recursive, NULL, NULL},
        {"range", 0, 0, G_OPTION_ARG_FILENAME, &options->range, NULL, NULL},
        {"layout", 0, 0, G_OPTION_ARG_FILENAME, &options->layout, NULL, NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options->yes, NULL, NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->dry_run, NULL, NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &options->help, NULL, NULL},
        {"version", 'V', 0, G_OPTION_ARG_NONE, &options->version, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    GOptionGroup *group = g_option_group_new ("ioplug", "", "", options, NULL);

    g_option_group_add_entries (group, entries);
    g_option_context_set_main_group (context, group);
    g_option_context_set_help_enabled (context, FALSE);
    return g_option_context_parse_strv (context, words, error);
}

static gboolean
check_jobs (Options *options, GError **error)
{
    const char *text = g_hash_table_lookup (options->settings, "jobs");
    guint64 jobs = DEFAULT_JOBS;

    if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, MOST_JOBS, &jobs, NULL)) {
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "jobs must be a number from 1 to %d, not '%s'", MOST_JOBS,
                     text);
        return FALSE;
    }
    options->jobs = (guint)jobs;
    return TRUE;
}

const char *
options_own_name (OwnOption option)
{
    switch (option) {
    case OWN_LIST:
        return "--list";
    case OWN_LONG:
        return "-l";
    case OWN_RECURSIVE:
        return "-R";
    case OWN_RANGE:
        return "--range";
    case OWN_YES:
        return "--yes";
    case OWN_DRY_RUN:
        return "--dry-run";
    case OWN_LAYOUT:
        return "--layout";
    }
    return "option";
}

static void
note_own (Options *options)
{
    options->own = (options->list != NULL ? OWN_LIST : 0u) | (options->range != NULL ? OWN_RANGE : 0u) |
                   (options->layout != NULL ? OWN_LAYOUT : 0u) | (options->long_form ? OWN_LONG : 0u) |
                   (options->recursive ? OWN_RECURSIVE : 0u) | (options->yes ? OWN_YES : 0u) |
                   (options->dry_run ? OWN_DRY_RUN : 0u);
}

/* `help`, and `help COMMAND`. */
static char **
skip_help (Options *options, char **rest)
{
    if (rest == NULL || rest[0] == NULL || strcmp (rest[0], "help") != 0)
        return rest;
    options->help = TRUE;
    return rest + 1;
}

static void
take_command (Options *options, char **rest)
{
    rest = skip_help (options, rest);
    if (rest == NULL || rest[0] == NULL) {
        options->arguments = g_new0 (char *, 1);
        return;
    }
    options->command = g_strdup (rest[0]);
    options->arguments = g_strdupv (rest + 1);
    options->n_arguments = g_strv_length (options->arguments);
}

Options *
options_parse (int argc, char **argv, GError **error)
{
    g_autoptr (Options) options = g_new0 (Options, 1);
    g_autoptr (GPtrArray) split = split_glued_values (argc, argv);
    g_auto (GStrv) words = g_strdupv ((char **)split->pdata);
    g_auto (GStrv) rest = NULL;
    g_autoptr (GError) wrong = NULL;

    options->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    options->level = IO_LOG_WARNING;
    if (!check_switches (words, error))
        return NULL;
    if (!read_words (options, &words, &rest, &wrong)) {
        set_wrong_words ((char **)split->pdata, wrong, error);
        return NULL;
    }
    note_own (options);
    take_command (options, rest);
    if (!check_jobs (options, error))
        return NULL;
    return g_steal_pointer (&options);
}

void
options_free (Options *options)
{
    if (options == NULL)
        return;
    g_strfreev (options->plugins);
    g_clear_pointer (&options->settings, g_hash_table_unref);
    g_free (options->list);
    g_free (options->range);
    g_free (options->layout);
    g_free (options->command);
    g_strfreev (options->arguments);
    g_free (options);
}
