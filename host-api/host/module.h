/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file module.h
 * One plugin file: opening it, meeting its entry function and checking its table. Knows nothing of other plugins.
 */
#ifndef IOPLUGIN_MODULE_H
#define IOPLUGIN_MODULE_H

#include "ioplug/host.h"

/** Bytes of a plugin's table that are kept: more than the tables of today have, for programs newer than this library. */
#define ROOM_OF_TABLE 1024

/** A loaded plugin. */
typedef struct Module {
    char *file;             /**< the path it was loaded from */
    const IOPlugin *origin; /**< the plugin's own table; tells whether two files are one */
    union {
        IOPlugin plugin;          /**< its copy, zero where the plugin is older than this host */
        char room[ROOM_OF_TABLE]; /**< as much of it as programs may know that are newer than this library */
    };
} Module;

/**
 * Writes a sentence into `error`.
 * @param error may be NULL.
 * @param format as for printf().
 */
void io_host_explain (IOHostError *error, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/**
 * Opens a plugin and checks that it fits.
 * @param services the table that the plugin gets; complete.
 * @param file its path.
 * @param error receives the reason; may be NULL.
 * @return the module, given back with io_module_free(); NULL if it is no plugin or does not fit.
 */
Module *io_module_open (const IOHost *services, const char *file, IOHostError *error);

/** Frees the description of a module, which stays mapped; NULL is nothing. */
void io_module_free (Module *module);

#endif /* IOPLUGIN_MODULE_H */
