/* SPDX-License-Identifier: Apache-2.0 */
/* Many fetches at a time. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** Fetches one; may be called on any thread. */
typedef IOResult *(*FetchFunc) (const char *url, const char *destination, const IOCall *call);

/** The verb `fetch_many` by means of @fetch, at most @jobs at a time. */
IOResult *file_many (FetchFunc fetch, guint jobs, const IOFetch *fetches, size_t n,
                     void (*finished) (void *, size_t, const IOResult *), void *finished_data, const IOCall *call);
