/* SPDX-License-Identifier: Apache-2.0 */
/* The verb diagnose: step by step from a URL to what it names, each with what was found and what to do. */
#pragma once

#include "runtime/runtime.h"

/** How a step came out; equal in number to the host API's IOFindingState. */
typedef enum {
    XN_FINDING_OK,
    XN_FINDING_WARNING,
    XN_FINDING_FAILED,
    XN_FINDING_SKIPPED,
} XnFindingState;

/** What was found in a step. */
typedef struct {
    const char *step; /**< static: url, proxy, name, port, tls, ... */
    XnFindingState state;
    const char *text;
    const char *advice; /**< (nullable) what to do; never NULL after a warning or failure */
    int kind;           /**< of a failure: an XnErrorKind; else 0 */
} XnFinding;

/** Told each finding as soon as it is known, on the calling thread; @finding is borrowed for that moment. */
typedef void (*XnFindingFunc) (gpointer data, const XnFinding *finding);

/**
 * Looks at everything between here and what @text names, which may be of any level, the server, or a search. Changes nothing
 * on the server; a login is tried once at most. Steps that need one that failed are told as skipped.
 * @told: (nullable)
 * Returns: TRUE if no step failed; else FALSE with the error of the first that did, or CANCELLED. Thread: any.
 */
gboolean xn_diagnose (XnRuntime *runtime, XnOp *op, const char *text, XnFindingFunc told, gpointer data,
                      GError **error);
