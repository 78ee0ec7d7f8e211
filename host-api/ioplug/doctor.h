/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommand `doctor`. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Tells what stands between here and each URL, step by step. Returns the kind of the first failure, or IO_KIND_OK. */
int run_doctor (const Options *options, const IOPluginHost *host);
