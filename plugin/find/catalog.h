/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a resource as the server lists them: the truth about names, sizes and digests. */
#pragma once

#include "find/item.h"
#include "find/listing.h"
#include "server/client.h"
#include "xnat/match.h"

/** One file. */
typedef struct {
    char *path;   /**< (owned) inside the resource */
    gint64 size;  /**< bytes, -1 if the server does not know; all together fit into 64 bits with room to spare */
    char *digest; /**< (owned) (nullable) MD5, lower-case hex */
} XnEntry;

/** The files of one resource. */
typedef struct {
    GPtrArray *entries;  /**< (owned) (element-type XnEntry) sorted by path */
    GHashTable *by_path; /**< (owned) Map<path, XnEntry> */
    gboolean of_several; /**< the server's rows belong to more than one resource */
    char *resource_id;   /**< (owned) (nullable) as the rows tell it */
    XnPace pace;         /**< how the server listed them */
} XnCatalog;

/** Lists the files of @item's resource, by its number or, if that is not known, its label: (transfer full). Never
 *  remembered. Errors: as xn_client_call(), SERVER. */
XnCatalog *xn_catalog_get (XnClient *client, const XnItem *item, XnOp *op, GError **error);
/** The same as xn_catalog_get(), but only the files whose path @files matches are among the entries: the others take no
 *  memory. Errors: USAGE for a runaway expression, too. */
XnCatalog *xn_catalog_search (XnClient *client, const XnItem *item, const XnMatcher *files, XnOp *op, GError **error);
/**
 * Lists the files at @path, a REST path ("/data/...") that names the resource by labels, in one try, while the login may still be
 * checked: (transfer full). XNAT may take it for another resource, or for several; so it counts only if the number of the rows
 * is that of the one that is meant. Errors: any failure, also where a row does not tell its resource; none says anything about
 * the server, the resource or the session, but CANCELLED.
 */
XnCatalog *xn_catalog_guess (XnClient *client, const char *path, XnOp *op, GError **error);
/** How long an answer to a guess is waited for. */
gint64 xn_guess_timeout_ms (const XnOp *op);
void xn_catalog_free (XnCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCatalog, xn_catalog_free)

/** What follows "resources/RESOURCE/files/" in a file's URI or a member's name; @resource NULL: whatever it is called. NULL
 *  if there is no such part. (transfer none) */
const char *xn_path_in_resource (const char *text, const char *resource);

/** The file at @path, or NULL. */
const XnEntry *xn_catalog_find (const XnCatalog *catalog, const char *path);

/** Whether some file lies below the directory @path. */
gboolean xn_catalog_has_directory (const XnCatalog *catalog, const char *path);

/** Whether both list the same of @path, be it a file or a directory (nullable: everything). */
gboolean xn_catalog_is_same (const XnCatalog *one, const XnCatalog *other, const char *path);

/** What is below the directory @path (nullable: everything): (transfer container) (element-type XnEntry). */
GPtrArray *xn_catalog_below (const XnCatalog *catalog, const char *path);

/**
 * The tail of a URL under which XNAT serves the file of that name, percent-encoded: (transfer full); NULL if no path
 * reaches it, as its firewall refuses what would have to be sent, or takes a part of the name for an archive.
 */
char *xn_entry_tail (const char *path);
/** Whether a PUT to its path stores a file under just this name, on every version: it needs no encoding. */
gboolean xn_entry_can_be_put (const char *path);
