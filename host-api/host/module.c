/* SPDX-License-Identifier: Apache-2.0 */
/* Opens one plugin file and negotiates with it. Must not know of schemes, search paths or other plugins. */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

/* The first version of the table ends behind this member; a shorter table is damaged. */
#define SMALLEST_TABLE (offsetof (IOPlugin, cleanup) + sizeof (((IOPlugin *)NULL)->cleanup))

void
io_host_explain (IOHostError *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL)
        return;
    va_start (arguments, format);
    (void)vsnprintf (error->message, sizeof error->message, format, arguments);
    va_end (arguments);
}

/* dlopen() looks for a bare name in the library path, where a plugin has no business. */
static char *
with_directory (const char *file)
{
    size_t length = strlen (file) + sizeof "./";
    char *path = malloc (length);

    if (path != NULL)
        snprintf (path, length, "%s%s", strchr (file, '/') == NULL ? "./" : "", file);
    return path;
}

/* The loader's words, without the path that they begin with. */
static const char *
loader_words (const char *path)
{
    const char *words = dlerror ();
    size_t length = strlen (path);

    if (words == NULL)
        return "the loader gives no reason";
    if (strncmp (words, path, length) == 0 && strncmp (words + length, ": ", 2) == 0)
        return words + length + 2;
    return words;
}

static IOPluginEntry
open_entry (const char *path, IOHostError *error)
{
    void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
    void *symbol;
    IOPluginEntry entry;

    if (library == NULL) {
        io_host_explain (error, "cannot load %s: %s", path, loader_words (path));
        return NULL;
    }
    symbol = dlsym (library, IOPLUGIN_ENTRY_SYMBOL);
    if (symbol == NULL) {
        io_host_explain (error, "cannot load %s: no %s symbol: not a plugin", path, IOPLUGIN_ENTRY_SYMBOL);
        dlclose (library);
        return NULL;
    }
    memcpy (&entry, &symbol, sizeof entry);
    return entry;
}

static const char *
missing_member (const IOPlugin *plugin)
{
    if (plugin->name == NULL || plugin->name[0] == '\0')
        return "name";
    if (plugin->version == NULL)
        return "version";
    if (plugin->schemes == NULL || plugin->schemes[0] == NULL)
        return "schemes";
    if (plugin->fetch_url == NULL && plugin->put_url == NULL && plugin->expand_url == NULL)
        return "fetch_url, put_url or expand_url";
    if (plugin->free_result == NULL)
        return "free_result";
    if (plugin->cleanup == NULL)
        return "cleanup";
    return NULL;
}

/* Copies the table into `module`, and says no to one that cannot be used. */
static bool
negotiate (const char *path, const IOPlugin *table, Module *module, IOHostError *error)
{
    const char *missing;
    size_t size;

    if (table->abi_major != IOPLUGIN_ABI_MAJOR) {
        io_host_explain (error, "cannot load %s: it was made for plugin ABI %u.%u, this host has %u.%u", path,
                         table->abi_major, table->abi_minor, IOPLUGIN_ABI_MAJOR, IOPLUGIN_ABI_MINOR);
        return false;
    }
    if (table->struct_size < SMALLEST_TABLE) {
        io_host_explain (error, "cannot load %s: its table has %zu bytes, the smallest one has %zu", path,
                         table->struct_size, SMALLEST_TABLE);
        return false;
    }
    size = table->struct_size < sizeof module->room ? table->struct_size : sizeof module->room;
    memcpy (module->room, table, size);
    module->plugin.struct_size = size;
    missing = missing_member (&module->plugin);
    if (missing != NULL) {
        io_host_explain (error, "cannot load %s: its table has no %s", path, missing);
        return false;
    }
    return true;
}

Module *
io_module_open (const IOHost *services, const char *file, IOHostError *error)
{
    const char *reason = NULL;
    Module *module = calloc (1, sizeof *module);
    IOPluginEntry entry;

    if (module == NULL || (module->file = with_directory (file)) == NULL) {
        io_host_explain (error, "cannot load %s: out of memory", file);
        io_module_free (module);
        return NULL;
    }
    entry = open_entry (module->file, error);
    if (entry == NULL) {
        io_module_free (module);
        return NULL;
    }
    module->origin = entry (services, &reason);
    if (module->origin == NULL)
        io_host_explain (error, "cannot load %s: the plugin refuses: %s", module->file,
                         reason != NULL ? reason : "it gives no reason");
    if (module->origin == NULL || !negotiate (module->file, module->origin, module, error)) {
        io_module_free (module);
        return NULL;
    }
    return module;
}

void
io_module_free (Module *module)
{
    if (module == NULL)
        return;
    free (module->file);
    free (module);
}
