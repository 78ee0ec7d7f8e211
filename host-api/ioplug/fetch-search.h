/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching all that a search finds. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Whether @url is a search, as its plugin says; FALSE where that cannot say it. */
gboolean fetch_search_is_one (const IOPluginHost *host, const char *url);

/** Expands @url and fetches each result into a directory of its own below @destination, named by its id or by --layout, and
 *  tells their failures. Returns the kind of the first one, or IO_KIND_OK. */
int fetch_search (const Options *options, const IOPluginHost *host, const char *url, const char *destination);
