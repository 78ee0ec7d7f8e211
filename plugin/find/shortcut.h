/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a URL of plain IDs and labels: to the files of its resource in one listing, without listing resources first. */
#pragma once

#include "find/catalog.h"
#include "find/finder.h"

/**
 * Tries the short way to the one scan's (or session's) resource that @url names.
 * @out_catalog: (transfer full) its files
 * Returns: (transfer full) the item with its numeric resource ID; NULL without an error where the short way does not
 * apply or does not settle it (nothing is listed: is the resource empty, or missing?): then go the long way. NULL with
 * an error only if the operation should stop.
 */
XnItem *xn_shortcut (XnFinder *finder, const XnUrl *url, XnCatalog **out_catalog, GError **error);
