/* SPDX-License-Identifier: Apache-2.0 */
/* Resources that are one. XNAT lets several requests of one moment each make a resource of the same label; they list the
 * same files then, as all have the one catalog that lies where the label says. Only the item of their parent tells. */
#pragma once

#include "find/finder.h"

/**
 * Where the catalogs of the resources of a container (and of what is beside and below it) lie on the server.
 * Returns: (transfer full) Map<number, path>, both texts; NULL with an error, as xn_client_call().
 */
GHashTable *xn_catalog_places (XnFinder *finder, const XnItem *container, GError **error);

/**
 * Of @resources (element-type XnItem), all that are at @container, makes those one that have one label and one catalog: the
 * one with the lowest number stays. @ranks (element-type XnMatchRank) are theirs; the best of those that become one counts.
 * The server is asked only where a label that fits stands more than once; if it does not tell, they stay several.
 * Errors: NETWORK, CANCELLED.
 */
gboolean xn_unite_twins (XnFinder *finder, const XnItem *container, GPtrArray *resources, GArray *ranks,
                         GError **error);
