/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommand rm: says what would go, asks, and removes it. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Does the work and tells its failures. Returns the kind of the first one, or IO_KIND_OK. */
int run_rm (const Options *options, const IOPluginHost *host);
