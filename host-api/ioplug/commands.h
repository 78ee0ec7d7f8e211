/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands. */
#pragma once

#include "host/host.h"
#include "options.h"

/** A subcommand. */
typedef struct {
    const char *name;
    /** Checks the arguments; FALSE with an error of kind usage. */
    gboolean (*check) (const Options *options, GError **error);
    /** Does the work and tells its failures. Returns the kind of the first one, or IO_KIND_OK. */
    int (*run) (const Options *options, const IOPluginHost *host);
} Command;

/** The subcommand called @name, or NULL. */
const Command *command_find (const char *name);
