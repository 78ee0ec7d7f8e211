/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line. Must not act on it. */
#include <stddef.h>
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

/* An option: what is told of it, and how the parser reads it: into the member at @member, or with @read. */
typedef struct {
    OptionInfo info;
    GOptionFlags flags;
    GOptionArg arg;
    gsize member;
    GOptionArgFunc read;
} Row;

#define SWITCH(name, letter, member, own)                                                                        \
    {                                                                                                            \
        {name, letter, VALUE_NONE, own}, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, offsetof (Options, member), NULL \
    }
#define TEXT(name, value, member, own)                                                                     \
    {                                                                                                      \
        {name, 0, value, own}, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, offsetof (Options, member), NULL \
    }
#define CALL(name, letter, value, flag, function)                                                            \
    {                                                                                                        \
        {name, letter, value, 0}, G_OPTION_FLAG_##flag, G_OPTION_ARG_CALLBACK, 0, (GOptionArgFunc)(function) \
    }

static const Row rows[] = {
    {{"plugin", 0, VALUE_FILE, 0}, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, offsetof (Options, plugins), NULL},
    CALL ("set", 'o', VALUE_SETTING, FILENAME, add_setting),
    CALL ("jobs", 'j', VALUE_OTHER, FILENAME, set_jobs),
    SWITCH ("json", 0, json, 0),
    CALL ("progress", 0, VALUE_PROGRESS, FILENAME, set_progress),
    CALL ("quiet", 'q', VALUE_NONE, NO_ARG, set_level),
    CALL ("verbose", 'v', VALUE_NONE, NO_ARG, set_level),
    CALL ("debug", 0, VALUE_NONE, NO_ARG, set_level),
    TEXT ("list", VALUE_FILE, list, OWN_LIST),
    SWITCH ("long", 'l', long_form, OWN_LONG),
    SWITCH ("recursive", 'R', recursive, OWN_RECURSIVE),
    TEXT ("range", VALUE_OTHER, range, OWN_RANGE),
    TEXT ("layout", VALUE_OTHER, layout, OWN_LAYOUT),
    SWITCH ("yes", 'y', yes, OWN_YES),
    SWITCH ("dry-run", 'n', dry_run, OWN_DRY_RUN),
    SWITCH ("keep-changed", 0, keep_changed, OWN_KEEP_CHANGED),
    SWITCH ("help", 'h', help, 0),
    SWITCH ("version", 'V', version, 0),
};

const OptionInfo *
options_info (guint index)
{
    return index < G_N_ELEMENTS (rows) ? &rows[index].info : NULL;
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
    for (char **word = words; *word != NULL && strcmp (*word, "--") != 0; word++) {
        g_autofree char *name = g_strndup (*word, strcspn (*word, "="));
        gboolean is_switch = FALSE;

        for (guint i = 0; i < G_N_ELEMENTS (rows) && g_str_has_prefix (name, "--"); i++)
            is_switch |= rows[i].info.value == VALUE_NONE && g_str_equal (name + 2, rows[i].info.name);
        if (!is_switch || strlen (name) == strlen (*word))
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
    const char *known[G_N_ELEMENTS (rows) + 1] = {NULL};
    const char *nearest = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        known[i] = rows[i].info.name;
    for (char **word = words; *word != NULL && strcmp (*word, "--") != 0 && nearest == NULL; word++) {
        g_autofree char *name = g_strndup (*word, strcspn (*word, "="));

        if (g_str_has_prefix (name, "--") && !g_strv_contains (known, name + 2) &&
            strstr (wrong->message, name) != NULL)
            nearest = io_nearest_word (name + 2, known);
    }
    if (nearest != NULL)
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "%s; is --%s meant?", wrong->message, nearest);
    else
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_USAGE, wrong->message);
}

static gboolean
read_words (Options *options, char ***words, char ***rest, GError **error)
{
    GOptionEntry entries[G_N_ELEMENTS (rows) + 2] = {{0}};
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    GOptionGroup *group = g_option_group_new ("ioplug", "", "", options, NULL);

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        gpointer into = rows[i].read != NULL ? (gpointer)rows[i].read : (gpointer)((char *)options + rows[i].member);

        entries[i] =
            (GOptionEntry){rows[i].info.name, rows[i].info.letter, rows[i].flags, rows[i].arg, into, NULL, NULL};
    }
    entries[G_N_ELEMENTS (rows)] =
        (GOptionEntry){G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL, NULL};
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
    case OWN_KEEP_CHANGED:
        return "--keep-changed";
    }
    return "option";
}

static void
note_own (Options *options)
{
    options->own = (options->list != NULL ? OWN_LIST : 0u) | (options->range != NULL ? OWN_RANGE : 0u) |
                   (options->layout != NULL ? OWN_LAYOUT : 0u) | (options->long_form ? OWN_LONG : 0u) |
                   (options->recursive ? OWN_RECURSIVE : 0u) | (options->yes ? OWN_YES : 0u) |
                   (options->dry_run ? OWN_DRY_RUN : 0u) | (options->keep_changed ? OWN_KEEP_CHANGED : 0u);
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
    if (options->keep_changed)
        g_hash_table_insert (options->settings, g_strdup (KEEP_CHANGED_SETTING), g_strdup ("true"));
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
