/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** A subcommand. */
typedef struct {
    const char *name;
    guint own;          /**< the options of its own that it takes: OwnOption, added up */
    gboolean changes;   /**< files or archives, not only looks */
    guint least, most;  /**< how many arguments */
    const char *wanted; /**< (nullable) which arguments, for a message; NULL: @check looks at their number */
    /** (nullable) Checks what is left to check; FALSE with an error of kind usage. */
    gboolean (*check) (const Options *options, GError **error);
    /** Does the work and tells its failures. Returns the kind of the first one, or IO_KIND_OK. */
    int (*run) (const Options *options, const IOPluginHost *host);
    const char
        *takes; /**< (nullable) what its arguments are, for a shell: a letter each, 'U' a URL, 'P' a local path */
} Command;

/** Checks the command line; FALSE with an error of kind usage. */
gboolean command_check (const Command *command, const Options *options, GError **error);

/** Sets the error of kind usage that there is no command @name, with the one that may be meant. */
void command_set_unknown (const char *name, GError **error);

/** Subcommand number @index; NULL behind the last one. */
const Command *command_at (guint index);

/** The subcommand called @name, or NULL. */
const Command *command_find (const char *name);
