/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, read into a struct. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** When the progress of transfers is shown. */
typedef enum {
    PROGRESS_AUTO,
    PROGRESS_ALWAYS,
    PROGRESS_NEVER,
} ProgressMode;

/** What the command line says. */
typedef struct {
    char **plugins;        /**< (nullable) the --plugin files */
    GHashTable *settings;  /**< setting name to value */
    guint jobs;            /**< list entries at once */
    gboolean json;         /**< --json */
    gboolean help;         /**< --help */
    gboolean version;      /**< --version */
    ProgressMode progress; /**< --progress */
    IOLogLevel level;      /**< -q, -v, --debug; the last one counts */
    char *list;            /**< (nullable) the --list file */
    char *command;         /**< (nullable) the subcommand */
    char **arguments;      /**< what follows the subcommand; never NULL */
    guint n_arguments;     /**< how many these are */
} Options;

/** Reads the command line; options may stand anywhere, until "--".
 *  Returns (transfer full): the options; NULL with an error of kind usage. */
Options *options_parse (int argc, char **argv, GError **error);

/** Frees @options; NULL is nothing. */
void options_free (Options *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_free)
