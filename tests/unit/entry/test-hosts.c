/* SPDX-License-Identifier: Apache-2.0 */
/* Several hosts in one process, and what a host hands to a call; asks no server. Run with the plugin's file. */
#include <dlfcn.h>
#include <glib.h>
#include <string.h>

#include "ioplugin.h"

#define URL "xnat+http://127.0.0.1:1/data/projects/p/resources/r"

static IOPluginEntry entry;

static void
keep_line (void *user_data, IOLogLevel level, const char *message)
{
    g_string_append_printf (user_data, "%d %s\n", (int)level, message);
}

static const IOPlugin *
plugin_for (GString *log)
{
    const IOHost host = {.abi_major = IOPLUGIN_ABI_MAJOR,
                         .abi_minor = IOPLUGIN_ABI_MINOR,
                         .struct_size = sizeof (IOHost),
                         .user_data = log,
                         .log = keep_line};
    return entry (&host, NULL);
}

/* Each host's table logs to that host, whichever was there first. */
static void
test_two_hosts (void)
{
    g_autoptr (GString) one = g_string_new (NULL), two = g_string_new (NULL);
    const IOPlugin *first = plugin_for (one), *second = plugin_for (two);
    g_assert_true (first != second && plugin_for (one) == first);
    first->free_result (first->check_url ("xnat://h/data/projects/p/resources/r", NULL));
    g_assert_nonnull (strstr (one->str, "xnat+https"));
    g_assert_cmpstr (two->str, ==, "");
    g_string_truncate (one, 0);
    second->free_result (second->check_url ("xnat://h/data/projects/p/resources/r", NULL));
    g_assert_nonnull (strstr (two->str, "xnat+https"));
    g_assert_cmpstr (one->str, ==, "");
}

static void
test_too_many_hosts (void)
{
    g_autoptr (GPtrArray) logs = g_ptr_array_new ();
    const char *reason = NULL;
    guint n = 0;
    IOHost host = {.abi_major = IOPLUGIN_ABI_MAJOR, .struct_size = sizeof (IOHost)};
    for (; n < 100; n++) {
        host.user_data = GUINT_TO_POINTER (n + 1);
        if (entry (&host, &reason) == NULL)
            break;
    }
    g_assert_cmpuint (n, >=, 10);
    g_assert_cmpuint (n, <, 100);
    g_assert_nonnull (strstr (reason, "hosts"));
    /* Those that are there go on. */
    host.user_data = GUINT_TO_POINTER (1);
    g_assert_nonnull (entry (&host, &reason));
}

static const char *
call_setting (void *user_data, const char *name)
{
    return strcmp (name, "jobs") == 0 ? user_data : NULL;
}

static void
test_call (void)
{
    g_autoptr (GString) log = g_string_new (NULL);
    const IOPlugin *plugin = plugin_for (log);
    IOCall call = {.struct_size = sizeof (IOCall), .user_data = (void *)"many", .setting = call_setting};
    IOResult *result = plugin->fetch_url (URL, "/nonexistent/x", &call);
    g_assert_cmpint (result->kind, ==, IO_KIND_USAGE);
    g_assert_nonnull (strstr (result->message, "jobs"));
    plugin->free_result (result);

    volatile int32_t stop = 1;
    call = (IOCall){.struct_size = sizeof (IOCall), .stop = &stop};
    result = plugin->expand_url ("xnat+http://127.0.0.1:1/search?projects=p", &call);
    g_assert_cmpint (result->kind, !=, IO_KIND_OK);
    plugin->free_result (result);

    /* An older host's call ends before both. */
    call = (IOCall){.struct_size = offsetof (IOCall, stop), .user_data = (void *)"many", .setting = call_setting};
    result = plugin->fetch_url (URL "?nonsense=1&overwrite=maybe", "/nonexistent/x", &call);
    g_assert_cmpint (result->kind, ==, IO_KIND_USAGE);
    g_assert_null (strstr (result->message, "jobs"));
    plugin->free_result (result);
}

static const char *
attribute (const IOItem *item, const char *name)
{
    for (const char *const *pair = item->attributes; pair[0] != NULL; pair += 2)
        if (strcmp (pair[0], name) == 0)
            return pair[1];
    return NULL;
}

static void
test_check (void)
{
    g_autoptr (GString) log = g_string_new (NULL);
    const IOPlugin *plugin = plugin_for (log);
    IOResult *result =
        plugin->check_url ("XNAT+https://h/data/projects/a b/resources/r/files/x/y?overwrite=1&regex=true", NULL);
    g_assert_cmpint (result->kind, ==, IO_KIND_OK);
    g_assert_cmpuint (result->n_items, ==, 1);
    const IOItem *item = result->items[0];
    g_assert_cmpstr (item->value, ==, "xnat+https://h/data/archive/projects/a%20b/resources/r/files/x/y?regex=true");
    g_assert_cmpstr (attribute (item, "search"), ==, "false");
    g_assert_cmpstr (attribute (item, "project"), ==, "a b");
    g_assert_cmpstr (attribute (item, "path"), ==, "x/y");
    g_assert_cmpstr (attribute (item, "option_overwrite"), ==, "true");
    plugin->free_result (result);
    result = plugin->check_url ("xnat+https://h/search?projects=p*", NULL);
    g_assert_cmpstr (attribute (result->items[0], "search"), ==, "true");
    plugin->free_result (result);
    result = plugin->check_url ("xnat+https://h/data/nonsense", NULL);
    g_assert_cmpint (result->kind, ==, IO_KIND_USAGE);
    plugin->free_result (result);
    result = plugin->check_url (NULL, NULL);
    g_assert_cmpint (result->kind, ==, IO_KIND_USAGE);
    plugin->free_result (result);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    void *module = dlopen (argv[1], RTLD_NOW | RTLD_LOCAL);
    void *symbol = module != NULL ? dlsym (module, IOPLUGIN_ENTRY_SYMBOL) : NULL;
    if (symbol == NULL)
        g_error ("cannot load %s: %s", argv[1], dlerror ());
    memcpy (&entry, &symbol, sizeof entry);
    g_test_add_func ("/hosts/two", test_two_hosts);
    g_test_add_func ("/hosts/call", test_call);
    g_test_add_func ("/hosts/check", test_check);
    g_test_add_func ("/hosts/too-many", test_too_many_hosts);
    return g_test_run ();
}
