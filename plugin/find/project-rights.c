/* SPDX-License-Identifier: Apache-2.0 */
/* The list of projects by right. */
#include "find/project-rights.h"

#include "find/listing.h"

GHashTable *
xn_projects_with_right (XnClient *client, const char *right, XnOp *op, GError **error)
{
    static const char *const COLUMNS[] = {"ID", NULL};
    g_autofree char *query = g_strdup_printf ("data=%s", right);
    const XnListing listing = {.path = "/data/projects",
                               .query = query,
                               .columns = COLUMNS,
                               .n_required = 1,
                               .what = "asking for rights on projects",
                               .retry = XN_RETRY_FEW};
    g_autoptr (XnTable) table = xn_table_get (client, &listing, op, error);
    if (table == NULL)
        return NULL;
    GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint row = 0; row < xn_table_n_rows (table); row++)
        g_hash_table_add (ids, g_strdup (xn_table_cell (table, row, 0)));
    return ids;
}
