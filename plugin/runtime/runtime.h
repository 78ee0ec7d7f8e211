/* SPDX-License-Identifier: Apache-2.0 */
/* What lives from the first use of the plugin to its cleanup: the engine, the sessions, the listings that are remembered. The one
 * place with static state. */
#pragma once

#include "find/listing-cache.h"
#include "runtime/write-locks.h"

/** The runtime as an operation sees it; borrowed from xn_runtime_enter() to xn_runtime_leave(). */
typedef struct {
    XnEngine *engine; /**< for questions that belong to no client */
    XnClients *clients;
    XnListingCache *listings;
    XnWriteLocks *writing; /**< one for each resource or container that is being changed */
} XnRuntime;

/** Takes part in the runtime, which is made at first use; in a forked child the inherited one is forgotten first.
 *  Thread: any. */
XnRuntime *xn_runtime_enter (void);
/** Ends taking part. */
void xn_runtime_leave (XnRuntime *runtime);

/** Ends sessions and connections once the last of the operations that have begun has left; waits for that. Those that begin
 *  meanwhile have a new runtime, which another cleanup ends. Thread: any that takes no part. */
void xn_runtime_cleanup (void);
