/* SPDX-License-Identifier: Apache-2.0 */
/* From data URLs of one resource to what is in it. */
#pragma once

#include "find/catalog.h"
#include "find/finder.h"
#include "find/search.h"

/** A resource and its files, as a fresh listing tells them. Strings of the item belong to the finder's pool. */
typedef struct {
    XnItem *item;       /**< (owned) with the resource's number */
    XnCatalog *catalog; /**< (owned) */
} XnLocated;

void xn_located_clear (XnLocated *located);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnLocated, xn_located_clear)

/** Reads a URL that names one resource or something in it, and compiles its selectors, as a bad expression is the user's to
 *  mend before anybody is asked. @verb: what a search cannot be used for. Returns: (transfer full). Errors: USAGE. */
XnUrl *xn_locate_parse (const char *text, const char *verb, GError **error);

/** The item of the one resource of @url, by the short way if that settles it: (transfer full). Nothing in it is listed. */
XnItem *xn_locate_item (XnFinder *finder, const XnUrl *url, GError **error);

/**
 * Finds the one resource of @urls (element-type XnUrl; at least one; they differ in what they name inside it only), the short
 * way if that settles it, and lists its files. Levels may be as they are remembered; if these lead to nothing they are asked
 * for again. That the resource is empty, or lacks what one of @urls names, is told only once the session was confirmed.
 * Errors: NOT_FOUND, AMBIGUOUS as xn_resolve(), and as xn_catalog_get().
 */
gboolean xn_locate_all (const XnFinder *finder, const GPtrArray *urls, XnLocated *out, GError **error);

/** Whether files are listed, and all that @urls (element-type XnUrl) name is among them: an empty listing may be all that a guest
 *  is shown. */
gboolean xn_located_shows_all (const XnLocated *located, const GPtrArray *urls);

/** Whether a fetch that failed with @problem (nullable) may have been overtaken by somebody who changed the resource after it
 *  was listed. */
gboolean xn_locate_may_be_late (const GError *problem);

/**
 * Lists the files of @located's resource once more, for those of @urls that may have been overtaken; @out gets the item, too.
 * Returns: FALSE if that fails, which is logged: what it was asked for stays as it is
 */
gboolean xn_locate_anew (const XnFinder *finder, const GPtrArray *urls, const XnLocated *located, XnLocated *out);

/** Both for one URL: whether what failed with @problem is listed otherwise by now, as in @out. */
gboolean xn_locate_is_overtaken (const XnFinder *finder, const XnUrl *url, const GError *problem,
                                 const XnLocated *located, XnLocated *out);

/** What @url names inside the resource: one file (*@out_file), or a directory or everything (NULL). Errors: NOT_FOUND. */
gboolean xn_located_named (const XnLocated *located, const XnUrl *url, const XnEntry **out_file, GError **error);

/** Both for one URL. @out_file: the one file that it names; NULL if it names a directory, or all of the resource */
gboolean xn_locate (const XnFinder *finder, const XnUrl *url, XnLocated *out, const XnEntry **out_file, GError **error);
