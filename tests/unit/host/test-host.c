/* SPDX-License-Identifier: Apache-2.0 */
/* The host library with real modules: what it loads, what it refuses and how it says so. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ioplug/host.h"

typedef struct {
    IOPluginHost *host;
    GPtrArray *lines; /* "LEVEL MESSAGE" */
    char *directory;
} Fixture;

static void
on_log (void *user_data, IOLogLevel level, const char *message)
{
    g_ptr_array_add (user_data, g_strdup_printf ("%d %s", (int)level, message));
}

static const char *
on_setting (void *user_data, const char *name)
{
    return strcmp (name, "chunk_delay") == 0 ? "0" : NULL;
}

static void
set_up (Fixture *self, gconstpointer data)
{
    IOHost services = {.log = on_log, .setting = on_setting};

    self->lines = g_ptr_array_new_with_free_func (g_free);
    services.user_data = self->lines;
    self->host = io_host_new (&services);
    self->directory = g_dir_make_tmp ("host-XXXXXX", NULL);
    g_assert_nonnull (self->host);
    g_assert_nonnull (self->directory);
}

static void
remove_directory (const char *path)
{
    GDir *directory = g_dir_open (path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name (directory)) != NULL) {
        g_autofree char *below = g_build_filename (path, name, NULL);

        g_assert_cmpint (g_remove (below), ==, 0);
    }
    g_dir_close (directory);
    g_assert_cmpint (g_rmdir (path), ==, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
    io_host_free (self->host);
    g_ptr_array_unref (self->lines);
    remove_directory (self->directory);
    g_free (self->directory);
}

static char *
module_path (const char *name)
{
    const char *directory = g_getenv ("TEST_PLUGINS");

    g_assert_nonnull (directory);
    return g_build_filename (directory, name, NULL);
}

static void
assert_loads (Fixture *self, const char *name)
{
    g_autofree char *path = module_path (name);
    IOHostError error = {""};

    if (!io_host_load (self->host, path, &error))
        g_error ("%s", error.message);
}

static void
assert_refused (Fixture *self, const char *name, const char *words)
{
    g_autofree char *path = module_path (name);
    IOHostError error = {""};

    g_assert_false (io_host_load (self->host, path, &error));
    g_assert_nonnull (strstr (error.message, path));
    if (strstr (error.message, words) == NULL)
        g_error ("\"%s\" lacks \"%s\"", error.message, words);
    g_assert_cmpuint (io_host_count (self->host), ==, 0);
}

static void
link_module (Fixture *self, const char *name, const char *as)
{
    g_autofree char *from = module_path (name);
    g_autofree char *to = g_build_filename (self->directory, as, NULL);

    g_assert_cmpint (symlink (from, to), ==, 0);
}

static gboolean
was_logged (Fixture *self, IOLogLevel level, const char *words)
{
    for (guint i = 0; i < self->lines->len; i++) {
        const char *line = self->lines->pdata[i];

        if (line[0] == '0' + (char)level && strstr (line, words) != NULL)
            return TRUE;
    }
    return FALSE;
}

static void
test_load (Fixture *self, gconstpointer data)
{
    const IOPlugin *plugin;

    assert_loads (self, "file.so");
    g_assert_cmpuint (io_host_count (self->host), ==, 1);
    plugin = io_host_plugin (self->host, 0);
    g_assert_cmpstr (plugin->name, ==, "file");
    g_assert_true (g_str_has_suffix (io_host_file (self->host, 0), "/file.so"));
    g_assert_true (io_host_find (self->host, "file:///x", NULL) == plugin);
    g_assert_true (io_host_find (self->host, "FiLe:///x", NULL) == plugin);
}

static void
test_load_twice (Fixture *self, gconstpointer data)
{
    link_module (self, "file.so", "other-name.so");
    assert_loads (self, "file.so");
    g_assert_cmpuint (io_host_add_search_path (self->host, self->directory), ==, 0);
    g_assert_cmpuint (io_host_count (self->host), ==, 1);
    g_assert_cmpuint (self->lines->len, ==, 0);
}

static void
test_bare_name (Fixture *self, gconstpointer data)
{
    g_autofree char *before = g_get_current_dir ();
    IOHostError error = {""};
    gboolean loaded;

    link_module (self, "file.so", "here.so");
    g_assert_cmpint (g_chdir (self->directory), ==, 0);
    loaded = io_host_load (self->host, "here.so", &error);
    g_assert_cmpint (g_chdir (before), ==, 0);
    g_assert_cmpstr (error.message, ==, "");
    g_assert_true (loaded);
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
    assert_refused (self, "wrong-major.so", "made for plugin ABI 42.0, this host has 1.2");
    assert_refused (self, "wrong-symbol.so", "no ioplugin_entry symbol: not a plugin");
    assert_refused (self, "wrong-members.so", "has no free_result");
    assert_refused (self, "wrong-verbs.so", "has no fetch_url, put_url or expand_url");
    assert_refused (self, "wrong-size.so", "the smallest one has");
    assert_refused (self, "wrong-refusal.so", "the plugin refuses: it is not in the mood");
    assert_refused (self, "there-is-none.so", "No such file");
}

static void
test_text_file (Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_build_filename (self->directory, "text.so", NULL);
    g_autofree char *notes = g_build_filename (self->directory, "notes.txt", NULL);
    IOHostError error = {""};

    g_assert_true (g_file_set_contents (path, "this is only a text, though not a short one\n", -1, NULL));
    g_assert_true (g_file_set_contents (notes, "no module\n", -1, NULL));
    g_assert_false (io_host_load (self->host, path, &error));
    g_assert_nonnull (strstr (error.message, "text.so: "));
    g_assert_null (strstr (strstr (error.message, path) + 1, path));
    link_module (self, "file.so", "a-file.so");
    g_assert_cmpuint (io_host_add_search_path (self->host, self->directory), ==, 1);
    g_assert_true (was_logged (self, IO_LOG_WARNING, "text.so"));
    g_assert_cmpuint (self->lines->len, ==, 1);
}

/* What lies behind the end of an older plugin's table must not be read. */
static void
test_older_minor (Fixture *self, gconstpointer data)
{
    assert_loads (self, "wrong-old.so");
    g_assert_null (io_host_plugin (self->host, 0)->settings);
    g_assert_nonnull (io_host_plugin (self->host, 0)->expand_url);
    g_assert_null (io_host_plugin (self->host, 0)->fetch_url);
}

static void
test_newer_minor (Fixture *self, gconstpointer data)
{
    assert_loads (self, "wrong-new.so");
    g_assert_cmpuint (io_host_plugin (self->host, 0)->abi_minor, ==, IOPLUGIN_ABI_MINOR + 1);
    g_assert_true (io_host_find (self->host, "newer://x", NULL) == io_host_plugin (self->host, 0));
}

/* A program that was built with newer headers than the host library finds what a newer plugin has, or NULL. */
static void
test_newer_program (Fixture *self, gconstpointer data)
{
    typedef struct {
        IOPlugin plugin;
        const char *tail;
        void *not_even_the_plugin_knows;
    } NewerPlugin;
    const NewerPlugin *plugin;

    assert_loads (self, "wrong-new.so");
    plugin = (const NewerPlugin *)io_host_plugin (self->host, 0);
    g_assert_cmpstr (plugin->tail, ==, "newer");
    g_assert_null (plugin->not_even_the_plugin_knows);
    g_assert_cmpuint (plugin->plugin.struct_size, ==, offsetof (NewerPlugin, not_even_the_plugin_knows));
}

/* Of a program's table as much is read as it says: here the page ends behind that. */
static void
test_older_program (void)
{
    const size_t page = (size_t)sysconf (_SC_PAGESIZE);
    const size_t size = offsetof (IOHost, setting);
    char *pages = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
    const IOHost services = {.struct_size = size, .user_data = lines, .log = on_log};
    IOPluginHost *host;

    g_assert_true (pages != MAP_FAILED);
    g_assert_cmpint (mprotect (pages + page, page, PROT_NONE), ==, 0);
    memcpy (pages + page - size, &services, size);
    host = io_host_new ((const IOHost *)(pages + page - size));
    g_assert_cmpuint (io_host_add_search_path (host, "/nonexistent"), ==, 0);
    g_assert_cmpuint (lines->len, ==, 1);
    io_host_free (host);
    munmap (pages, 2 * page);
}

static void
test_first_scheme_wins (Fixture *self, gconstpointer data)
{
    assert_loads (self, "file.so");
    assert_loads (self, "wrong-new.so");
    g_assert_true (was_logged (self, IO_LOG_WARNING, "FILE:// stays with plugin file"));
    g_assert_true (io_host_find (self->host, "file:///x", NULL) == io_host_plugin (self->host, 0));
    g_assert_true (io_host_find (self->host, "newer:///x", NULL) == io_host_plugin (self->host, 1));
}

static void
test_search_path (Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_strconcat (":/there/is/none::", self->directory, ":", NULL);

    link_module (self, "fault.so", "b.so");
    link_module (self, "file.so", "c.so");
    link_module (self, "wrong-major.so", "a.so");
    link_module (self, "wrong-old.so", "module.so.1");
    g_assert_cmpuint (io_host_add_search_path (self->host, path), ==, 2);
    g_assert_cmpstr (io_host_plugin (self->host, 0)->name, ==, "fault");
    g_assert_cmpstr (io_host_plugin (self->host, 1)->name, ==, "file");
    g_assert_true (was_logged (self, IO_LOG_WARNING, "a.so"));
    g_assert_true (was_logged (self, IO_LOG_DEBUG, "/there/is/none"));
}

static void
assert_unknown (Fixture *self, const char *url, const char *words)
{
    IOHostError error = {""};

    g_assert_null (io_host_find (self->host, url, &error));
    if (strstr (error.message, words) == NULL)
        g_error ("\"%s\" lacks \"%s\"", error.message, words);
    g_assert_null (strstr (error.message, "secret"));
}

static void
test_unknown_scheme (Fixture *self, gconstpointer data)
{
    g_autofree char *long_scheme = g_strnfill (5000, 'a');
    g_autofree char *long_url = g_strconcat (long_scheme, "://x", NULL);

    assert_unknown (self, "file:///x", "known schemes: none");
    assert_loads (self, "file.so");
    assert_loads (self, "fault.so");
    assert_unknown (self, "http://me:secret@x", "no plugin serves http:// (known schemes: file, fault)");
    assert_unknown (self, "fil:///x", "no plugin serves fil://");
    assert_unknown (self, "fil:///x", "; write file:///x");
    assert_unknown (self, "FALUT://me:secret@x", "fault://");
    assert_unknown (self, "file+x:///x", "no plugin serves file+x://");
    assert_unknown (self, "me:secret@x", "not a URL");
    assert_unknown (self, "file:/x", "not a URL");
    assert_unknown (self, "://x", "not a URL");
    assert_unknown (self, "", "not a URL");
    assert_unknown (self, long_url, "known schemes: file, fault");
    g_assert_null (io_host_find (self->host, "http://x", NULL));
}

static void
test_log_wanted (void)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
    IOHost services = {.user_data = lines, .log = on_log};
    IOPluginHost *host = io_host_new (&services);
    IOPluginHost *silent = io_host_new (NULL);

    g_assert_cmpuint (io_host_add_search_path (host, "/there/is/none"), ==, 0);
    g_assert_cmpuint (lines->len, ==, 1);
    g_assert_cmpuint (io_host_add_search_path (silent, "/there/is/none"), ==, 0);
    io_host_free (host);
    io_host_free (silent);
    io_host_free (NULL);
    g_ptr_array_unref (lines);
}

static void
test_cleanup (Fixture *self, gconstpointer data)
{
    assert_loads (self, "file.so");
    assert_loads (self, "fault.so");
    io_host_cleanup (self->host);
    g_assert_true (was_logged (self, IO_LOG_DEBUG, "file plugin: cleaned up"));
    g_assert_true (was_logged (self, IO_LOG_WARNING, "fault plugin: cleaned up"));
}

static gpointer
find_often (gpointer data)
{
    const IOPluginHost *host = data;
    IOHostError error;
    gsize found = 0;

    for (int i = 0; i < 2000; i++) {
        found += io_host_find (host, "FAULT://x", &error) == io_host_plugin (host, 1);
        found += io_host_find (host, "none://x", &error) == NULL;
    }
    return GSIZE_TO_POINTER (found);
}

static void
test_threads (Fixture *self, gconstpointer data)
{
    GThread *threads[4];

    assert_loads (self, "file.so");
    assert_loads (self, "fault.so");
    for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("find", find_often, self->host);
    for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
        g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (threads[i])), ==, 4000);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/host/load", test_load);
    ADD ("/host/load-twice", test_load_twice);
    ADD ("/host/bare-name", test_bare_name);
    ADD ("/host/refusals", test_refusals);
    ADD ("/host/text-file", test_text_file);
    ADD ("/host/older-minor", test_older_minor);
    ADD ("/host/newer-minor", test_newer_minor);
    ADD ("/host/newer-program", test_newer_program);
    g_test_add_func ("/host/older-program", test_older_program);
    ADD ("/host/first-scheme-wins", test_first_scheme_wins);
    ADD ("/host/search-path", test_search_path);
    ADD ("/host/unknown-scheme", test_unknown_scheme);
    g_test_add_func ("/host/log-wanted", test_log_wanted);
    ADD ("/host/cleanup", test_cleanup);
    ADD ("/host/threads", test_threads);
    return g_test_run ();
}
