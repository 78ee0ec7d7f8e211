/* SPDX-License-Identifier: Apache-2.0 */
/* The files of several resources of one session in one answer. XNAT takes numbers of resources, separated by commas, below a
 * session, and with all=true looks for them at its scans, too; each row tells the number, and where the resource is. */
#pragma once

#include "find/catalog.h"

/** So many resources are asked for together at most: their numbers have to fit into a path, and all their files, until the last
 *  one is done, into memory. */
#define XN_SESSION_MOST_RESOURCES 32

/** Whether the resource of @item can be asked for together with others of its session: it is known by its number, and is the
 *  session's own or a scan's. */
gboolean xn_session_files_fit (const XnItem *item);

/** REST path of the files of all @items (element-type XnItem): (transfer full). */
char *xn_session_files_path (const GPtrArray *items);

/**
 * Lists the files of @items (element-type XnItem), different resources of one session that fit, with one request, which is
 * tried only once.
 * Returns: (transfer full) (element-type XnCatalog) in the order of @items; NULL in the place of one of which the rows do not
 * clearly tell, which may have no files. NULL with an error if the answer is of no use for any: as xn_client_call(); SERVER
 * if it tells of something that was not asked for, or too much.
 */
GPtrArray *xn_session_files (XnClient *client, const GPtrArray *items, XnOp *op, GError **error);
