/* SPDX-License-Identifier: Apache-2.0 */
/* Many fetches at a time. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** Fetches one; may be called on any thread. */
typedef IOResult *(*FetchFunc) (const char *url, const char *destination, const IOCall *call);

/** Where the result of one will stand: (transfer full), NULL if that cannot be said. */
typedef char *(*PlaceFunc) (const char *url, const char *destination);

/** The verb `fetch_many` by means of @fetch, at most @jobs at a time. One whose result would stand where an earlier one's
 *  does, by @place, is a conflict. */
IOResult *file_many (FetchFunc fetch, PlaceFunc place, guint jobs, const IOFetch *fetches, size_t n,
                     void (*finished) (void *, size_t, const IOResult *), void *finished_data, const IOCall *call);
