/* SPDX-License-Identifier: Apache-2.0 */
/* The hosts of this process, each with services of its own: its log, its settings. */
#pragma once

#include "ioplugin.h"

#include "base/log.h"

/** How many hosts with different services can be in one process. Each has functions of its own in its table, which are
 *  there from the start. */
#define XN_MAX_HOSTS 16

/** One host. Never freed, as a host has no way to say that it is gone. */
typedef struct {
    IOHost services; /**< copied: what an older host lacks is NULL */
    XnLogSink sink;  /**< its log */
} XnHost;

/** The number of the host with these services (nullable: a host that offers nothing), which is the same for the same
 *  services; -1 if there are too many. Thread: any. */
int xn_host_number (const IOHost *services);
/** The host of that number. */
const XnHost *xn_host (int number);
