/* SPDX-License-Identifier: Apache-2.0 */
/* The fetch of a list under way: what those who work on it and who tells of it share. */
#pragma once

#include "ioplug/host.h"
#include "list.h"
#include "options.h"
#include "plan.h"
#include "progress.h"

/** How far an entry is. */
typedef enum {
    STATE_WAITING,
    STATE_ENDED,
    STATE_NOT_STARTED,
} State;

/** An entry. */
typedef struct {
    const ListEntry *entry;
    State state;
    int kind;        /**< an IOKind, once it has ended */
    char *message;   /**< (owned) (nullable) of a failure */
    char *path;      /**< (owned) (nullable) of a success */
    gboolean kept;   /**< all of a success was there already */
    GPtrArray *plan; /**< (owned) of a dry run: its steps (element-type PlanStep) */
} Item;

/** Entries without an id all go to the destination itself, where a file can stand beside a file but a tree can share with
 *  nobody. Which of both a URL is shows when it has come; until then they go one at a time. */
typedef enum {
    BARE_UNKNOWN,
    BARE_FILES,
    BARE_TREE,
} Bare;

/** The run. */
typedef struct {
    const Options *options;
    const IOPluginHost *host;
    Progress *progress;
    char *destination; /**< as given, with a '/' at its end */
    char *canonical;   /**< absolute, without one */
    Item *items;
    guint n_items;
    GMutex lock;
    GCond changed;
    guint next_named; /**< where the search for an entry with an id goes on */
    guint next_bare;  /**< the same for one without */
    Bare bare;
    gboolean bare_running;
    GHashTable *paths; /**< what was written so far, for the main thread */
    GHashTable
        *planned; /**< of a dry run: where entries without an id would bring what, as a URL, for the main thread */
    guint n_failed;
    guint n_fetched;
    guint n_kept;
    guint n_interrupted;
    guint n_not_started;
    PlanCounts counts; /**< of a dry run */
    int first_kind;
} Run;

/** Why an entry without an id cannot be fetched once the destination is a tree's. */
#define BARE_REFUSED "an earlier entry without an id fills the destination itself; give the lines ids"

/** Ends an entry that waits: @message of a failure, @done, the item, of a success (copied); any thread. */
void fetch_run_end (Run *run, Item *item, State state, int kind, const char *message, const IOItem *done);
