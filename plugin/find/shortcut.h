/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a URL of plain IDs and labels below a project: the session, its scans and its resources in one question. */
#pragma once

#include "find/finder.h"

/**
 * Tries the short way to the one scan's (or session's) resource that @url names.
 * Returns: (transfer full) the item with its numeric resource ID; NULL without an error where the short way does not apply
 * or does not settle it (there is none, or there are several that fit): then go the long way. NULL with an error only if
 * the operation should stop.
 */
XnItem *xn_shortcut (XnFinder *finder, const XnUrl *url, GError **error);

/**
 * The same for what is to be written to: only if there is just one scan that the URL could mean, with resources or without,
 * and none that XNAT could take for it. The item has its resource only if there is just one of that label.
 */
XnItem *xn_shortcut_to_write (XnFinder *finder, const XnUrl *url, GError **error);
