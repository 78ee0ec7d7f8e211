/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file world.h
 * What the threads of a soak work on: resources on the server of which each file's version is known, and the calls of the plugin
 * with the outcomes that are counted.
 */
#pragma once

#include <glib.h>

#include "ioplugin.h"

#define N_SHARED 4
#define N_COMMON 3

typedef enum {
    VERB_FETCH_FILE,
    VERB_FETCH_TREE,
    VERB_FETCH_MANY,
    VERB_PUT_FILE,
    VERB_PUT_TREE,
    VERB_PUT_COMMON,
    VERB_REMOVE,
    VERB_EXPAND,
    VERB_STAT,
    VERB_LIST,
    VERB_READ,
    N_VERBS
} Verb;

typedef enum { OUTCOME_OK, OUTCOME_FAILED, OUTCOME_CANCELLED, OUTCOME_WRONG, N_OUTCOMES } Outcome;

/** A resource, and what is known of its files. Used by one thread at a time. */
typedef struct {
    char *label, *url;
    GHashTable *files; /**< path -> version: what the server has */
    GHashTable *doubt; /**< path -> version (0: none): what it may have instead, as a write did not succeed */
    GString *said;     /**< what the messages of such writes were */
    GHashTable *left;  /**< directories whose fetch did not succeed */
} Resource;

/** One thread: its resource, those of which something is in doubt, and its directory. */
typedef struct {
    const IOPlugin *plugin;
    const char *base, *scratch;
    guint number;
    gboolean faulty; /**< faults are about: failures of some kinds are none of the plugin's */
    GRand *random;
    Resource *own;      /**< (nullable) */
    GPtrArray *retired; /**< of Resource */
    GHashTable *common; /**< path -> version, in the resource of all */
    char *directory;
    /* (atomic) the call that runs: its verb, and since when in monotonic seconds; 0: none */
    gint verb, since_s;
} Worker;

/** A call that may be cancelled in the middle. */
typedef struct {
    IOCall call;
    Worker *worker;
    Verb verb;
    gint64 cancel_at_us;  /**< 0: not by time */
    guint stop_at_report; /**< 0: not by progress */
    guint reports;
    volatile gint32 stop;
    gint asked; /**< (atomic) it was told to stop */
} Running;

/** Resources that nobody changes; filled in before the threads start. */
extern Resource *world_shared[N_SHARED];

/** A resource of that scan, with no files yet. @return (transfer full). */
Resource *resource_new (const char *base, const char *scan, const char *label);
void resource_free (gpointer resource);
/** The version of a file that the server has; 0: none. */
guint resource_version (const Resource *resource, const char *path);
/** A random path of those that it has, NULL if there is none: (transfer none). */
const char *resource_any_path (const Resource *resource, GRand *random);
/** A version that no file had before. Thread: any. */
guint world_next_version (void);

/** Begins a call, which is cancelled in the middle now and then where faults are about. @return its IOCall. */
const IOCall *call_begin (Running *running, Worker *worker, Verb verb);
/** Judges and counts what came of it, tells of a wrong one, and gives the result back. @wanted: the kind of success.
 *  @said: (nullable) the message is added to it. */
Outcome call_end (Running *running, IOResult *result, const char *what, IOKind wanted, GString *said);
/** Says what is wrong with what a call did, and counts it. Thread: any. */
void world_wrong (Verb verb, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** How many calls of a verb had that outcome. Thread: any. */
guint world_count (Verb verb, Outcome outcome);
const char *verb_name (Verb verb);
/** Removes a file or a directory with all that is in it. */
void world_remove (const char *path);
