/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a plugin's verb, with progress and cancellation. Any thread. */
#pragma once

#include "ioplug/host.h"
#include "plan.h"
#include "progress.h"

/** What a plugin can be asked for. */
typedef enum {
    VERB_EXPAND,
    VERB_EXPAND_EACH,
    VERB_FETCH,
    VERB_PUT,
    VERB_STAT,
    VERB_LIST,
    VERB_REMOVE,
    VERB_READ,
    VERB_PLAN_FETCH,
    VERB_PLAN_PUT,
    VERB_PLAN_REMOVE,
    VERB_DIAGNOSE,
} Verb;

/** What it is called while it is done: "fetching"; static. */
const char *operation_action (Verb verb);

/** What is asked of a plugin; borrowed for the call. */
typedef struct {
    Verb verb;
    const char *url;
    const char *path;       /**< the destination of a fetch, the source of a put */
    uint32_t flags;         /**< of a stat or list, as the plugin's verb has them */
    guint64 offset, length; /**< of a read */
    int (*take) (void *take_data, const void *bytes, size_t size); /**< of a read: receives the bytes */
    int (*take_item) (void *take_data, const IOItem *item);        /**< of an expand item by item: receives them */
    void *take_data;
    GPtrArray *plan; /**< of a plan: receives the steps (element-type PlanStep) */
    void (*told) (void *told_data, const IOFinding *finding); /**< of a diagnosis: is told each finding */
    void *told_data;
} Request;

/** How a call ended. */
typedef struct {
    int kind;               /**< an IOKind */
    char *message;          /**< (owned) one line; NULL after success */
    const IOPlugin *plugin; /**< who made the result */
    IOResult *result;       /**< (nullable) the plugin's result */
} Outcome;

/** Does what @request asks for. A plugin that is too old for it is a failure of usage, but an expand item by item is made of
 *  the whole then.
 *  Returns the outcome, to be cleared with outcome_clear(); after success of anything but an expand (any number, or none if they
 *  were taken one by one) or list it has one item. */
Outcome operation_run (const IOPluginHost *host, Progress *progress, const Request *request);

/** What a call is handed whose progress is that of @slot (nullable). */
IOCall operation_call (ProgressSlot *slot);

/** The sentence of a result that is a failure: the plugin's, and the server's own words if it did not work them in. */
char *operation_message (const IOResult *result);

/** An outcome that is a failure without a call. */
Outcome outcome_failed (int kind, const char *message);

/** Gives back what @outcome holds. */
void outcome_clear (Outcome *outcome);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)
