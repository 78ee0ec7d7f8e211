/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file host.h
 * The host library: finds plugins, loads them, checks that they fit and picks the one for a URL. It needs libc alone
 * and knows nothing of any scheme, of transfers or of a user interface.
 *
 * Threads. Load everything first, from one thread. After that every function that takes a const host may be called
 * from any thread, and so may the plugins' functions.
 *
 * The shared library (libioplughost.so.1) goes with programs that were built with older headers, and with newer ones: their
 * tables may be shorter or longer than its own.
 */
#ifndef IOPLUGIN_HOST_H
#define IOPLUGIN_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "ioplugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A set of loaded plugins. */
typedef struct IOPluginHost IOPluginHost;

/** Why a call failed: one line, cut off if it is longer than the buffer. */
typedef struct IOHostError {
    char message[1024];
} IOHostError;

/**
 * Makes an empty host.
 * @param services what the plugins may use, or NULL for nothing. Copied: as much as its `struct_size` says, which is
 *        sizeof (IOHost) or, for what minor version 0 had, 0. The other version fields are filled in here; the functions
 *        and `user_data` must stay valid until the process ends or nothing calls the plugins any more.
 * @return the host, given back with io_host_free(); NULL without memory.
 */
IOPLUGIN_EXPORT IOPluginHost *io_host_new (const IOHost *services);

/**
 * Loads one plugin file. A file that is loaded already is a success without effect. A scheme that an earlier plugin
 * serves stays with that one, with a warning.
 * @param file its path; one without a slash is taken from the working directory, never from the library path.
 * @param error receives the reason; may be NULL.
 * @return false if the file is no plugin or does not fit this host.
 */
IOPLUGIN_EXPORT bool io_host_load (IOPluginHost *host, const char *file, IOHostError *error);

/**
 * Loads every plugin (`*.so`, in the order of their names) of some directories. A file that is none is a warning, a
 * directory that cannot be read a line for the debug log.
 * @param directories colon-separated; empty parts are skipped.
 * @return how many plugins were added.
 */
IOPLUGIN_EXPORT size_t io_host_add_search_path (IOPluginHost *host, const char *directories);

/**
 * Finds the plugin for a URL by its scheme, in any case of letters.
 * @param error receives the reason, with the schemes that are known, and what may be meant; may be NULL. For that a plugin's
 *        `check_url` may be called.
 * @return the plugin's table: what an older plugin lacks is NULL, also where this library is older than the program's
 *         headers. Owned by the host. NULL if the URL has no scheme or nobody serves it.
 */
IOPLUGIN_EXPORT const IOPlugin *io_host_find (const IOPluginHost *host, const char *url, IOHostError *error);

/** Returns how many plugins are loaded. */
IOPLUGIN_EXPORT size_t io_host_count (const IOPluginHost *host);

/** Returns the table of plugin `index` (below io_host_count()), owned by the host. */
IOPLUGIN_EXPORT const IOPlugin *io_host_plugin (const IOPluginHost *host, size_t index);

/** Returns the path that plugin `index` (below io_host_count()) was loaded from, owned by the host. */
IOPLUGIN_EXPORT const char *io_host_file (const IOPluginHost *host, size_t index);

/** Calls the `cleanup` of every plugin; they can be used again afterwards. Waits for running operations. */
IOPLUGIN_EXPORT void io_host_cleanup (const IOPluginHost *host);

/** Cleans up and frees the host; NULL is nothing. No operation may run. The modules themselves stay mapped, as a
 *  library inside them may have left a thread or a handler behind. */
IOPLUGIN_EXPORT void io_host_free (IOPluginHost *host);

#ifdef __cplusplus
}
#endif

#endif /* IOPLUGIN_HOST_H */
