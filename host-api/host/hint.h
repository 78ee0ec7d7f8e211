/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hint.h
 * What somebody may have meant by a URL that no plugin serves: an address from a browser, a slip in the scheme.
 */
#ifndef IOPLUGIN_HINT_H
#define IOPLUGIN_HINT_H

#include "ioplug/host.h"

/**
 * Writes what to write instead, as the end of a sentence that begins with "; ", into `text`; nothing if there is no idea.
 * A plugin that checks URLs is asked about what the URL would be with a scheme of its own. What stands behind the scheme is
 * repeated only if the plugin takes it, as it may hold a password.
 * @param scheme_length how long the URL's scheme is; 0: it has none.
 * @param size of `text`.
 */
void io_host_hint (const IOPluginHost *host, const char *url, size_t scheme_length, char *text, size_t size);

#endif /* IOPLUGIN_HINT_H */
