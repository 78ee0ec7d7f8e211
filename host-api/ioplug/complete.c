/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a command line that is not finished, out of the same tables as one that is. Must not know any scheme. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "complete-url.h"
#include "complete.h"
#include "loading.h"

/* The command line so far. */
typedef struct {
    GPtrArray *options;        /* (owned) words for the option parser: plugins and settings */
    const Command *command;    /* NULL: not there yet */
    gboolean is_help;          /* "help" was there */
    gboolean is_unknown;       /* there is no command that is called so */
    guint n_arguments;         /* of the command */
    guint own;                 /* OwnOption of the options that are there */
    const OptionInfo *waiting; /* the option whose value the last word is */
    gboolean options_ended;    /* by "--" */
} Line;

static void offer (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* One that a line cannot hold is left out. */
static void
offer (const char *format, ...)
{
    g_autofree char *word = NULL;
    va_list args;

    va_start (args, format);
    word = g_strdup_vprintf (format, args);
    va_end (args);
    if (strpbrk (word, "\r\n") == NULL)
        printf ("=%s\n", word);
}

static const OptionInfo *
find_option (const char *word, gsize length)
{
    const OptionInfo *info;

    for (guint i = 0; (info = options_info (i)) != NULL; i++) {
        gboolean is_long = length > 2 && strlen (info->name) == length - 2 && strncmp (word, "--", 2) == 0 &&
                           strncmp (word + 2, info->name, length - 2) == 0;

        if (is_long || (length == 2 && word[0] == '-' && word[1] != '-' && word[1] == info->letter))
            return info;
    }
    return NULL;
}

/* Whether the plugins or their settings depend on the option. */
static gboolean
is_of_loading (const OptionInfo *info)
{
    return info->value == VALUE_SETTING || strcmp (info->name, "plugin") == 0;
}

static void
read_option (Line *line, const char *word)
{
    gsize length = strcspn (word, "=");
    const OptionInfo *info = find_option (word, word[1] == '-' ? length : MIN (length, 2));
    gboolean has_value = word[1] == '-' ? word[length] == '=' : strlen (word) > 2;

    if (info == NULL)
        return;
    line->own |= info->own;
    if (info->value != VALUE_NONE && !has_value)
        line->waiting = info;
    else if (is_of_loading (info))
        g_ptr_array_add (line->options, g_strdup (word));
}

static void
read_word (Line *line, const char *word)
{
    if (line->waiting != NULL) {
        if (is_of_loading (line->waiting)) {
            g_ptr_array_add (line->options, g_strconcat ("--", line->waiting->name, NULL));
            g_ptr_array_add (line->options, g_strdup (word));
        }
        line->waiting = NULL;
    } else if (!line->options_ended && strcmp (word, "--") == 0) {
        line->options_ended = TRUE;
    } else if (!line->options_ended && word[0] == '-' && word[1] != '\0') {
        read_option (line, word);
    } else if (line->command != NULL) {
        line->n_arguments++;
    } else if (!line->is_help && strcmp (word, "help") == 0) {
        line->is_help = TRUE;
    } else {
        line->command = command_find (word);
        line->is_unknown = line->command == NULL;
    }
}

static void
offer_commands (const char *word, gboolean with_help)
{
    const Command *command;

    for (guint i = 0; (command = command_at (i)) != NULL; i++)
        if (g_str_has_prefix (command->name, word))
            offer ("%s", command->name);
    if (with_help && g_str_has_prefix ("help", word))
        offer ("help");
}

static void
offer_options (const Line *line, const char *word)
{
    const OptionInfo *info;

    for (guint i = 0; (info = options_info (i)) != NULL; i++) {
        g_autofree char *name = g_strconcat ("--", info->name, NULL);
        gboolean fits = info->own == 0 || (line->command != NULL && (line->command->own & info->own) != 0);

        if (fits && g_str_has_prefix (name, word))
            offer ("%s%s", name, info->value != VALUE_NONE ? "=" : "");
    }
}

/* The plugins that the line so far has, and its settings; NULL if they cannot be loaded. */
static IOPluginHost *
open_host (const Line *line, Options **options)
{
    g_autoptr (GPtrArray) words = g_ptr_array_new ();

    g_ptr_array_add (words, (gpointer) "ioplug");
    for (guint i = 0; i < line->options->len; i++)
        g_ptr_array_add (words, line->options->pdata[i]);
    g_ptr_array_add (words, NULL);
    *options = options_parse ((int)words->len - 1, (char **)words->pdata, NULL);
    return *options != NULL ? loading_open (*options, NULL) : NULL;
}

/* NAME=, and of one that is true or false the value; any other value may be a file. */
static void
offer_settings (const Line *line, const char *before, const char *word)
{
    g_autoptr (Options) options = NULL;
    g_autoptr (IOPluginHost) host = open_host (line, &options);
    gsize length = strcspn (word, "=");

    for (size_t i = 0; host != NULL && i < io_host_count (host); i++) {
        const char *const *row = io_host_plugin (host, i)->settings;

        for (; row != NULL && row[0] != NULL; row += 3) {
            gboolean is_switch = row[1] != NULL && (strcmp (row[1], "true") == 0 || strcmp (row[1], "false") == 0);

            if (word[length] != '=' && g_str_has_prefix (row[0], word))
                offer ("%s%s=", before, row[0]);
            if (word[length] != '=' || strlen (row[0]) != length || strncmp (row[0], word, length) != 0)
                continue;
            for (const char *value = "true\0false\0"; is_switch && *value != '\0'; value += strlen (value) + 1)
                if (g_str_has_prefix (value, word + length + 1))
                    offer ("%s%s=%s", before, row[0], value);
            if (!is_switch)
                puts (":files");
        }
    }
}

/* @before: what stands in the word before the value. */
static void
offer_value (const Line *line, OptionValue value, const char *before, const char *word)
{
    static const char *const modes[] = {"auto", "always", "never"};

    switch (value) {
    case VALUE_FILE:
        puts (":files");
        break;
    case VALUE_SETTING:
        offer_settings (line, before, word);
        break;
    case VALUE_PROGRESS:
        for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
            if (g_str_has_prefix (modes[i], word))
                offer ("%s%s", before, modes[i]);
        break;
    case VALUE_NONE:
    case VALUE_OTHER:
        break;
    }
}

static void
offer_url (const Line *line, const char *word)
{
    g_autoptr (Options) options = NULL;
    g_autoptr (IOPluginHost) host = open_host (line, &options);
    g_autoptr (GPtrArray) urls = host != NULL ? complete_url (options, host, word) : NULL;

    for (guint i = 0; urls != NULL && i < urls->len; i++)
        offer ("%s", (const char *)urls->pdata[i]);
}

static void
offer_argument (const Line *line, const char *word)
{
    /* A list has the URLs in it. */
    const char *takes = (line->own & OWN_LIST) != 0 ? "P" : line->command->takes;
    guint last = takes != NULL ? (guint)strlen (takes) : 0;

    if (last == 0 || (line->n_arguments >= last && line->command->most != G_MAXUINT))
        return;
    if (takes[MIN (line->n_arguments, last - 1)] == 'U')
        offer_url (line, word);
    else
        puts (":files");
}

static void
offer_word (const Line *line, const char *word)
{
    gsize length = strcspn (word, "=");
    const OptionInfo *info = NULL;

    if (line->waiting != NULL) {
        offer_value (line, line->waiting->value, "", word);
        return;
    }
    if (word[0] == '-' && !line->options_ended) {
        g_autofree char *before = g_strndup (word, length + 1);

        if (word[1] == '-' && word[length] == '=')
            info = find_option (word, length);
        if (info != NULL)
            offer_value (line, info->value, before, word + length + 1);
        else
            offer_options (line, word);
    } else if (line->is_unknown || (line->is_help && line->command != NULL)) {
        return;
    } else if (line->command == NULL) {
        offer_commands (word, !line->is_help);
    } else {
        offer_argument (line, word);
    }
}

void
complete_write (char **words)
{
    g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
    Line line = {.options = options};
    int nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);

    /* Nobody is to be asked or told anything in the midst of a line that is being written. */
    if (nothing < 0 || dup2 (nothing, STDIN_FILENO) < 0 || dup2 (nothing, STDERR_FILENO) < 0 || words[0] == NULL)
        return;
    for (; words[1] != NULL; words++)
        read_word (&line, words[0]);
    offer_word (&line, words[0]);
}
