/* SPDX-License-Identifier: Apache-2.0 */
/* One operation with a display of its own, as most subcommands run it. One thread. */
#pragma once

#include "operation.h"
#include "options.h"

/** Runs @request with a display; the outcome is to be cleared with outcome_clear(). */
Outcome run_one (const Options *options, const IOPluginHost *host, const Request *request);

/** Tells a failure: a line of JSON if that is wanted, and a message, which says which URL if @name_url. @path is that of a
 *  put (nullable). */
void run_one_tell (const char *path, const char *url, gboolean name_url, const Outcome *outcome);

/** Runs @each for each argument until the end or a signal. Returns the kind of the first failure, or IO_KIND_OK. */
int run_one_by_one (const Options *options, const IOPluginHost *host,
                    int (*each) (const Options *options, const IOPluginHost *host, const char *url));
