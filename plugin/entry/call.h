/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a verb: between a host's services and what the inner rooms understand. */
#pragma once

#include "entry/host.h"
#include "runtime/runtime.h"

/** A call under way. */
typedef struct {
    const XnHost *host;
    IOCall services;        /**< copied: what an older host lacks is NULL */
    const XnLogSink *outer; /**< the log of the thread before */
    XnOp *op;               /**< (owned) (nullable) */
    XnRuntime *runtime;     /**< while there is an operation */
    gint64 begun_us;
} XnVerbCall;

/** Begins a call of the host number @host; @services: (nullable) what the host hands to it. No function of it may be called
 *  before, not even for its log. */
void xn_verb_begin (XnVerbCall *call, int host, const IOCall *services);
/** Begins the operation: reads the settings. FALSE with an error of kind USAGE. */
gboolean xn_verb_operate (XnVerbCall *call, GError **error);
/** Ends the call; one line says what was done, if an operation was begun. @error: (nullable) its failure; @what: what a line
 *  of the log calls the URL or path that it was about */
void xn_verb_end (XnVerbCall *call, const char *verb, const char *what, const GError *error);
