/* SPDX-License-Identifier: Apache-2.0 */
/* The set of loaded plugins: search path, schemes, look-up. Must not know what a scheme means. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hint.h"
#include "module.h"

/* Bytes of a message before a hint, beside the schemes that are known. */
#define HINT_BEFORE 128
/* Behind this member ends the table that hosts of minor version 0 had. */
#define FIRST_SERVICES (offsetof (IOHost, setting) + sizeof (((IOHost *)NULL)->setting))

struct IOPluginHost {
    IOHost services;
    Module **modules;
    size_t n_modules;
};

static void
report (const IOPluginHost *host, IOLogLevel level, const char *message)
{
    const IOHost *services = &host->services;

    if (services->log == NULL)
        return;
    if (services->log_wanted != NULL && !services->log_wanted (services->user_data, level))
        return;
    services->log (services->user_data, level, message);
}

/* How much of the program's table is there, and known here. */
static size_t
known_size (const IOHost *services)
{
    size_t size = services->struct_size != 0 ? services->struct_size : FIRST_SERVICES;

    return size < sizeof *services ? size : sizeof *services;
}

IOPluginHost *
io_host_new (const IOHost *services)
{
    IOPluginHost *host = calloc (1, sizeof *host);

    if (host == NULL)
        return NULL;
    if (services != NULL)
        memcpy (&host->services, services, known_size (services));
    host->services.abi_major = IOPLUGIN_ABI_MAJOR;
    host->services.abi_minor = IOPLUGIN_ABI_MINOR;
    host->services.struct_size = sizeof host->services;
    return host;
}

/* The module that serves the scheme of `length` bytes, or NULL. */
static const Module *
serving (const IOPluginHost *host, const char *scheme, size_t length)
{
    for (size_t i = 0; i < host->n_modules; i++)
        for (const char *const *known = host->modules[i]->plugin.schemes; *known != NULL; known++)
            if (strlen (*known) == length && strncasecmp (*known, scheme, length) == 0)
                return host->modules[i];
    return NULL;
}

static void
warn_of_taken_schemes (const IOPluginHost *host, const Module *module)
{
    for (const char *const *scheme = module->plugin.schemes; *scheme != NULL; scheme++) {
        const Module *first = serving (host, *scheme, strlen (*scheme));
        IOHostError text;

        if (first == NULL)
            continue;
        io_host_explain (&text, "%s:// stays with plugin %s (%s); %s (%s) serves it, too", *scheme, first->plugin.name,
                         first->file, module->plugin.name, module->file);
        report (host, IO_LOG_WARNING, text.message);
    }
}

static bool
is_loaded (const IOPluginHost *host, const Module *module)
{
    for (size_t i = 0; i < host->n_modules; i++)
        if (host->modules[i]->origin == module->origin)
            return true;
    return false;
}

bool
io_host_load (IOPluginHost *host, const char *file, IOHostError *error)
{
    Module *module = io_module_open (&host->services, file, error);
    Module **modules;

    if (module == NULL)
        return false;
    if (is_loaded (host, module)) {
        io_module_free (module);
        return true;
    }
    modules = realloc (host->modules, (host->n_modules + 1) * sizeof *modules);
    if (modules == NULL) {
        io_host_explain (error, "cannot load %s: out of memory", file);
        io_module_free (module);
        return false;
    }
    host->modules = modules;
    warn_of_taken_schemes (host, module);
    host->modules[host->n_modules++] = module;
    return true;
}

static int
is_module_name (const struct dirent *entry)
{
    size_t length = strlen (entry->d_name);

    return length > 3 && strcmp (entry->d_name + length - 3, ".so") == 0;
}

/* Byte order, so that the winner of a scheme does not depend on the locale. */
static int
by_name (const struct dirent **left, const struct dirent **right)
{
    return strcmp ((*left)->d_name, (*right)->d_name);
}

static void
load_entry (IOPluginHost *host, const char *directory, const char *name)
{
    size_t length = strlen (directory) + strlen (name) + 2;
    char *path = malloc (length);
    IOHostError error;

    if (path == NULL)
        return;
    snprintf (path, length, "%s/%s", directory, name);
    if (!io_host_load (host, path, &error))
        report (host, IO_LOG_WARNING, error.message);
    free (path);
}

static void
load_directory (IOPluginHost *host, const char *directory)
{
    struct dirent **entries = NULL;
    int n_entries = scandir (directory, &entries, is_module_name, by_name);

    if (n_entries < 0) {
        IOHostError text;

        io_host_explain (&text, "no plugins from %s: %s", directory, strerror (errno));
        report (host, IO_LOG_DEBUG, text.message);
        return;
    }
    for (int i = 0; i < n_entries; i++) {
        load_entry (host, directory, entries[i]->d_name);
        free (entries[i]);
    }
    free (entries);
}

size_t
io_host_add_search_path (IOPluginHost *host, const char *directories)
{
    size_t before = host->n_modules;
    char *copy = strdup (directories);
    char *rest = NULL;

    if (copy == NULL)
        return 0;
    for (char *part = strtok_r (copy, ":", &rest); part != NULL; part = strtok_r (NULL, ":", &rest))
        load_directory (host, part);
    free (copy);
    return host->n_modules - before;
}

/* The schemes that are served, as "a, b, c", into `text`. */
static void
list_schemes (const IOPluginHost *host, char *text, size_t size)
{
    size_t used = 0;

    snprintf (text, size, "none");
    for (size_t i = 0; i < host->n_modules; i++)
        for (const char *const *scheme = host->modules[i]->plugin.schemes; *scheme != NULL; scheme++) {
            if (serving (host, *scheme, strlen (*scheme)) != host->modules[i] || used >= size)
                continue;
            used += (size_t)snprintf (text + used, size - used, "%s%s", used > 0 ? ", " : "", *scheme);
        }
}

/* Length of the scheme in front of "://", or 0. */
static size_t
scheme_length (const char *url)
{
    size_t length = strspn (url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return strncmp (url + length, "://", 3) == 0 ? length : 0;
}

const IOPlugin *
io_host_find (const IOPluginHost *host, const char *url, IOHostError *error)
{
    size_t length = scheme_length (url);
    const Module *module = length > 0 ? serving (host, url, length) : NULL;
    char schemes[512];
    char hint[sizeof error->message];

    if (module != NULL)
        return &module->plugin;
    if (error == NULL)
        return NULL;
    list_schemes (host, schemes, sizeof schemes);
    io_host_hint (host, url, length, hint, sizeof hint - strlen (schemes) - HINT_BEFORE);
    /* Nothing else behind the scheme is repeated: it may hold a password. */
    if (length == 0)
        io_host_explain (error, "not a URL: it does not begin with SCHEME:// (known schemes: %s)%s", schemes, hint);
    else
        io_host_explain (error, "no plugin serves %.*s:// (known schemes: %s)%s", length > 64 ? 64 : (int)length, url,
                         schemes, hint);
    return NULL;
}

size_t
io_host_count (const IOPluginHost *host)
{
    return host->n_modules;
}

const IOPlugin *
io_host_plugin (const IOPluginHost *host, size_t index)
{
    return &host->modules[index]->plugin;
}

const char *
io_host_file (const IOPluginHost *host, size_t index)
{
    return host->modules[index]->file;
}

void
io_host_cleanup (const IOPluginHost *host)
{
    for (size_t i = 0; i < host->n_modules; i++)
        host->modules[i]->plugin.cleanup ();
}

void
io_host_free (IOPluginHost *host)
{
    if (host == NULL)
        return;
    io_host_cleanup (host);
    for (size_t i = 0; i < host->n_modules; i++)
        io_module_free (host->modules[i]);
    free (host->modules);
    free (host);
}
