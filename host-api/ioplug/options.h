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

/** Options that only some commands have. */
typedef enum {
    OWN_LIST = 1,
    OWN_LONG = 2,
    OWN_RECURSIVE = 4,
    OWN_RANGE = 8,
    OWN_YES = 16,
    OWN_DRY_RUN = 32,
    OWN_LAYOUT = 64,
    OWN_KEEP_CHANGED = 128,
} OwnOption;

/** The setting behind --keep-changed. */
#define KEEP_CHANGED_SETTING "keep_changed"

/** "--list" and so on; static. */
const char *options_own_name (OwnOption option);

/** What the value of an option is. */
typedef enum {
    VALUE_NONE,     /**< it has none */
    VALUE_FILE,     /**< a local file */
    VALUE_SETTING,  /**< NAME=VALUE */
    VALUE_PROGRESS, /**< auto, always, never */
    VALUE_OTHER,
} OptionValue;

/** An option, for those who tell of them. */
typedef struct {
    const char *name;  /**< without "--" */
    char letter;       /**< as in "-v", or 0 */
    OptionValue value; /**< its value */
    guint own;         /**< the OwnOption that it is, or 0: every command takes it */
} OptionInfo;

/** Option number @index; NULL behind the last one. */
const OptionInfo *options_info (guint index);

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
    guint own;             /**< which options that belong to some commands only are given: OwnOption, added up */
    char *list;            /**< (nullable) the --list file */
    char *range;           /**< (nullable) --range */
    char *layout;          /**< (nullable) --layout */
    gboolean long_form;    /**< -l */
    gboolean recursive;    /**< -R */
    gboolean yes;          /**< --yes */
    gboolean dry_run;      /**< --dry-run */
    gboolean keep_changed; /**< --keep-changed: the setting of that name is set, too */
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
