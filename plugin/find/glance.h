/* SPDX-License-Identifier: Apache-2.0 */
/* The first look at a server: what else would be asked one after the other is asked at once. */
#pragma once

#include "find/catalog.h"
#include "find/finder.h"

/**
 * Where nothing was asked of the server before, and @url names one resource by plain IDs and labels from the project down: asks
 * what it names, by the short way, and at the same time which files there are where its path leads, both while the login is
 * being checked. The second is a guess that may be of something else, as the server takes a scan's type for its ID, and so
 * counts only if all its rows are of the resource that the short way tells. The time of the file that @url names is a third
 * one, if the finder wants it, which counts with the second.
 * @out_tried: whether the short way was tried, so that it need not be again
 * @out_item, @out_catalog: (transfer full) (nullable) what came of it; no catalog without an item
 * Returns: FALSE with an error only if the operation should stop, as xn_shortcut()
 */
gboolean xn_glance (XnFinder *finder, const XnUrl *url, gboolean *out_tried, XnItem **out_item, XnCatalog **out_catalog,
                    GError **error);

/**
 * The same for what is to be written to, whoever asks first: what the server has now.
 * @out_item: what holds the resource, as xn_shortcut_to_write(); the resource only if it is not known to be empty
 * @out_catalog: only with a resource, and with files
 */
gboolean xn_glance_to_write (XnFinder *finder, const XnUrl *url, XnItem **out_item, XnCatalog **out_catalog,
                             GError **error);
