/* SPDX-License-Identifier: Apache-2.0 */
/* What lives from the first use of the plugin to its cleanup: the engine, the sessions, the memory of listings. The one place
 * with static state. */
#pragma once

#include "ops/memory.h"
#include "xnat/match.h"

/** The runtime as an operation sees it; borrowed from xn_runtime_enter() to xn_runtime_leave(). */
typedef struct {
    XnClients *clients;
    XnMemory *memory;
    GHashTable *writing; /**< [runtime] keys of resources being written; see xn_runtime_lock_resource() */
} XnRuntime;

/** Takes part in the runtime, which is made at first use; in a forked child the inherited one is forgotten first.
 *  Thread: any. */
XnRuntime *xn_runtime_enter (void);
/** Ends taking part. */
void xn_runtime_leave (XnRuntime *runtime);

/** Ends sessions and connections once the last operation has left; waits for that. Thread: any that takes no part. */
void xn_runtime_cleanup (void);

/** Waits until no other operation of this process writes into the resource called @key, and claims it. FALSE with an error
 *  when cancelled. */
gboolean xn_runtime_lock_resource (XnRuntime *runtime, const char *key, XnOp *op, GError **error);
void xn_runtime_unlock_resource (XnRuntime *runtime, const char *key);
