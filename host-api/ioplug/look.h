/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands that look: ls, stat, du. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Each does the work and tells its failures. Returns the kind of the first one, or IO_KIND_OK. */
int run_ls (const Options *options, const IOPluginHost *host);
int run_stat (const Options *options, const IOPluginHost *host);
int run_du (const Options *options, const IOPluginHost *host);
