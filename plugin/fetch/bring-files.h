/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the files of a tree that are missing: singly or out of an archive, whichever costs less on this server. */
#pragma once

#include "fetch/download.h"

/**
 * Brings all of @wanted (element-type XnWanted, in the order of their paths), as many at a time as the setting `jobs` says.
 * The way is chosen by what is known of the server, and left for the other one when it turns out to be slower. A file
 * that fails does not stop the others.
 * @begun_us: when the operation began (monotonic)
 * Errors: as xn_bring_sum_up() and xn_download_file().
 */
gboolean xn_bring_files (const XnDownload *download, GPtrArray *wanted, gint64 begun_us, GError **error);

/**
 * The same, but each of @wanted has what came of it: done, or its problem.
 * Returns: FALSE with an error if the operation should stop, or something failed that ends it for all: those that have neither
 * were not brought for that reason.
 */
gboolean xn_bring_each (const XnDownload *download, GPtrArray *wanted, gint64 begun_us, GError **error);

/** What came of all @wanted, each of which has its problem or none. Errors: that of the first that failed, with how many there
 *  were; CONFLICT that names local files which stay, if nothing else failed. */
gboolean xn_bring_sum_up (const XnDownload *download, GPtrArray *wanted, GError **error);
