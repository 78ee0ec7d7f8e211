/* SPDX-License-Identifier: Apache-2.0 */
/* The first look at where something is to be put: what needs no other's answer is asked at once. */
#pragma once

#include "find/catalog.h"
#include "find/finder.h"
#include "xnat/url.h"

/** What it told. */
typedef struct {
    XnItem *container;  /**< (owned) (nullable) what holds the resource */
    XnItem *resource;   /**< (owned) (nullable) the resource, not known to be empty */
    XnCatalog *catalog; /**< (owned) (nullable) its files, if there are any */
    gint64 asked_us;    /**< no later than when it was listed (monotonic) */
} XnFirstLook;
void xn_first_look_clear (XnFirstLook *look);

/**
 * Looks at what @url names, as the server has it now. What is not told is not missing for that. Errors: as xn_shortcut().
 * @out: (out) to be cleared, whatever comes
 */
gboolean xn_first_look (XnFinder *finder, const XnUrl *url, XnFirstLook *out, GError **error);
