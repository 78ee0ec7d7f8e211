/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of a resource of which everything is to be brought: their archives hold nothing that is there already. Pure. */
#pragma once

#include <glib.h>

/**
 * The outermost directories all of whose files are to be brought, and that hold @least of them or more: (transfer full)
 * (element-type utf8), in the order of their paths.
 * @entries: (element-type XnEntry) all files of the resource, sorted by path
 * @missing: for each of them, whether it is to be brought
 */
GPtrArray *xn_folders_find (const GPtrArray *entries, const gboolean *missing, guint least);
