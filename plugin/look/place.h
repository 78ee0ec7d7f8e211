/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL of any level names, and what is below it. */
#pragma once

#include "find/catalog.h"
#include "find/finder.h"
#include "find/pairs.h"
#include "runtime/runtime.h"

/** What a server is called where the levels have their names. */
#define XN_TYPE_SERVER "server"

/** One look at a URL. */
typedef struct {
    XnOp *op;
    XnUrl *url;       /**< (owned) */
    XnPairs *pairs;   /**< (owned) the result, whose pool has all texts */
    XnClient *client; /**< (borrowed) held until the look is cleared */
    XnFinder finder;
    XnItem *item;       /**< (owned) (nullable) what the URL names; its type says what that is */
    XnCatalog *catalog; /**< (owned) (nullable) the files of its resource, where they were asked for */
} XnLook;

/** Begins with a URL that has been read (transfer full) (nullable with an error). @verb: for the message about a search. FALSE
 *  with an error; to be cleared either way. */
gboolean xn_look_begin (XnLook *look, XnRuntime *runtime, XnOp *op, XnUrl *url, const char *verb, GError **error);
void xn_look_clear (XnLook *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnLook, xn_look_clear)

/** Finds what the URL names. @with_files: lists the files of a resource. Errors: as xn_resolve() and xn_locate(). */
gboolean xn_look_find (XnLook *look, gboolean with_files, GError **error);

/** What is directly below @parent, which is no resource, sorted: @out (element-type XnItem, owning). Thread: any. */
gboolean xn_look_below (XnFinder *finder, const XnItem *parent, GPtrArray *out, GError **error);
/** The same for one level; of a project also all its experiments. */
gboolean xn_look_level (XnFinder *finder, const XnItem *parent, XnLevel level, GPtrArray *out, GError **error);
/** What is directly below the directory @path (nullable: the top) of @resource, sorted. */
void xn_look_files_below (XnPool *pool, const XnItem *resource, const XnCatalog *catalog, const char *path,
                          GPtrArray *out);

/** The item of the file, or of the directory at @path (nullable: the resource itself): (transfer full) */
XnItem *xn_look_file_item (XnPool *pool, const XnItem *resource, const XnEntry *file);
XnItem *xn_look_directory_item (XnPool *pool, const XnItem *resource, const XnCatalog *catalog, const char *path);

/** What it is called within its parent; of the pool. */
const char *xn_look_name (const XnItem *item);
