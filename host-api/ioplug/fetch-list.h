/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching a list of URLs, many at a time. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Fetches @entries (element-type ListEntry) into directories below @destination and tells their failures. Returns the kind of
 *  the first one in list order, or IO_KIND_OK. */
int fetch_entries (const Options *options, const IOPluginHost *host, const char *destination, GPtrArray *entries);

/** Fetches the list @options->list below @destination and writes the results in list order. Failures are told on
 *  standard error, and summed up there at the end.
 *  Returns the kind of the first failure in list order, or IO_KIND_OK. */
int fetch_list (const Options *options, const IOPluginHost *host, const char *destination);
