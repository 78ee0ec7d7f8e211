/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and loads the plugins of a run. Must not know any of them by name. */
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "kinds.h"
#include "loading.h"
#include "messages.h"

/* Known without any plugin: the command itself works on so many list entries at once. */
#define OWN_SETTING "jobs"

static void
on_log (void *user_data, IOLogLevel level, const char *message)
{
    message_log (level, message);
}

static int
on_log_wanted (void *user_data, IOLogLevel level)
{
    return messages_wanted (level);
}

static const char *
on_setting (void *user_data, const char *name)
{
    const Options *options = user_data;

    return g_hash_table_lookup (options->settings, name);
}

/* A program that was moved together with its plugins finds them beside it. */
static char *
installed_directory (const char *program_directory)
{
    g_autofree char *bin = g_strconcat ("/", IOPLUG_BINDIR, NULL);
    g_autofree char *prefix = NULL;

    if (g_path_is_absolute (IOPLUG_LIBDIR) || !g_str_has_suffix (program_directory, bin))
        return g_strdup (IOPLUG_PLUGIN_DIR);
    prefix = g_strndup (program_directory, strlen (program_directory) - strlen (bin));
    return g_build_filename (prefix, IOPLUG_LIBDIR, "ioplug", NULL);
}

/* The plugins of the build tree that the program runs from, or NULL when it is an installed one. */
static char *
built_directory (const char *program_directory)
{
    g_autofree char *top = g_path_get_dirname (program_directory);
    g_autofree char *marker = g_build_filename (top, "meson-info", NULL);
    g_autofree char *name = g_path_get_basename (program_directory);

    if (strcmp (name, "host-api") != 0 || !g_file_test (marker, G_FILE_TEST_IS_DIR))
        return NULL;
    return g_build_filename (top, "plugin", NULL);
}

/* Where the program lies; without /proc, as in a bare chroot, by the name that it was started with. */
static char *
program_file (void)
{
    char *file = g_file_read_link ("/proc/self/exe", NULL);
    const char *started = (const char *)getauxval (AT_EXECFN);

    return file != NULL || started == NULL ? file : realpath (started, NULL);
}

char *
loading_search_path (void)
{
    const char *named = g_getenv ("IOPLUG_PATH");
    g_autofree char *program = NULL;
    g_autofree char *directory = NULL;
    char *built;

    if (named != NULL && named[0] != '\0')
        return g_strdup (named);
    program = program_file ();
    if (program == NULL)
        return g_strdup (IOPLUG_PLUGIN_DIR);
    directory = g_path_get_dirname (program);
    built = built_directory (directory);
    return built != NULL ? built : installed_directory (directory);
}

static gboolean
load_files (IOPluginHost *host, char **files, GError **error)
{
    IOHostError reason;

    for (char **file = files; *file != NULL; file++)
        if (!io_host_load (host, *file, &reason)) {
            g_set_error_literal (error, IOPLUG_ERROR, KIND_PLUGIN, reason.message);
            return FALSE;
        }
    return TRUE;
}

static gboolean
load_directories (IOPluginHost *host, GError **error)
{
    g_autofree char *directories = loading_search_path ();

    if (io_host_add_search_path (host, directories) > 0)
        return TRUE;
    g_set_error (error, IOPLUG_ERROR, KIND_PLUGIN,
                 "no plugin found; looked in %s (name one with --plugin FILE, or its directory in IOPLUG_PATH)",
                 directories);
    return FALSE;
}

IOPluginHost *
loading_open (Options *options, GError **error)
{
    const IOHost services = {.user_data = options, .log = on_log, .log_wanted = on_log_wanted, .setting = on_setting};
    g_autoptr (IOPluginHost) host = io_host_new (&services);
    gboolean loaded;

    if (host == NULL) {
        g_set_error_literal (error, IOPLUG_ERROR, KIND_PLUGIN, "out of memory");
        return NULL;
    }
    if (options->plugins != NULL)
        loaded = load_files (host, options->plugins, error);
    else
        loaded = load_directories (host, error);
    return loaded ? g_steal_pointer (&host) : NULL;
}

/* The names of all settings, in the order of the plugins' tables. */
static GPtrArray *
known_settings (const IOPluginHost *host)
{
    GPtrArray *names = g_ptr_array_new ();

    for (size_t i = 0; i < io_host_count (host); i++) {
        const char *const *row = io_host_plugin (host, i)->settings;

        for (; row != NULL && row[0] != NULL; row += 3)
            if (!g_ptr_array_find_with_equal_func (names, row[0], g_str_equal, NULL))
                g_ptr_array_add (names, (gpointer)row[0]);
    }
    if (!g_ptr_array_find_with_equal_func (names, OWN_SETTING, g_str_equal, NULL))
        g_ptr_array_add (names, (gpointer)OWN_SETTING);
    g_ptr_array_add (names, NULL);
    return names;
}

gboolean
loading_check_keep_changed (const Options *options, const IOPluginHost *host, const char *url, GError **error)
{
    const char *value = g_hash_table_lookup (options->settings, KEEP_CHANGED_SETTING);
    const IOPlugin *plugin = io_host_find (host, url, NULL);
    const char *const *row = plugin != NULL ? plugin->settings : NULL;

    if (value == NULL || strcmp (value, "0") == 0 || g_ascii_strcasecmp (value, "false") == 0 || plugin == NULL)
        return TRUE;
    for (; row != NULL && row[0] != NULL; row += 3)
        if (strcmp (row[0], KEEP_CHANGED_SETTING) == 0)
            return TRUE;
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE,
                 "plugin %s has no setting %s, so it would replace files that were changed here; nothing was fetched",
                 plugin->name, KEEP_CHANGED_SETTING);
    return FALSE;
}

gboolean
loading_check_settings (const Options *options, const IOPluginHost *host, GError **error)
{
    g_autoptr (GPtrArray) names = known_settings (host);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init (&iter, options->settings);
    while (g_hash_table_iter_next (&iter, &key, NULL)) {
        g_autofree char *list = NULL;

        /* Of --keep-changed the plugin of each URL is asked. */
        if (g_strv_contains ((const char *const *)names->pdata, key) ||
            (options->keep_changed && strcmp (key, KEEP_CHANGED_SETTING) == 0))
            continue;
        list = g_strjoinv (", ", (char **)names->pdata);
        g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE, "no setting is called '%s'; there are: %s", (char *)key, list);
        return FALSE;
    }
    return TRUE;
}
