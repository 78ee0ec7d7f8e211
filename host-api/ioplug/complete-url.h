/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL may become, out of the archive itself: one list of what is there, which is kept for a minute. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/**
 * Tells what @word may become: schemes, then what there is, level by level. @options and @host are those of the line, and
 * get short limits of time.
 * Returns: (transfer full) (element-type utf8) URLs, percent-encoded; empty if nobody knows, or may be asked now.
 */
GPtrArray *complete_url (Options *options, const IOPluginHost *host, const char *word);
