/* SPDX-License-Identifier: Apache-2.0 */
/* The list of projects by right. */
#include "find/project-rights.h"

#include "json/rows.h"

/* XnRowFunc: notes a project's ID. */
static gboolean
take_project (const char *const *values, gpointer data, GError **error)
{
    if (values[0] != NULL)
        g_hash_table_add (data, g_strdup (values[0]));
    return TRUE;
}

/* XnConsumeFunc */
static gboolean
take_projects (const XnAnswer *answer, gpointer data, GError **error)
{
    static const char *const columns[] = {"ID", NULL};
    g_autoptr (XnRows) rows = xn_rows_new (columns, take_project, data);
    const guint8 *bytes = NULL;
    gssize count;
    g_hash_table_remove_all (data);
    while ((count = xn_transfer_next (answer->transfer, &bytes, error)) > 0)
        if (!xn_rows_feed (rows, bytes, (gsize)count, error))
            return FALSE;
    return count == 0 && xn_rows_finish (rows, error);
}

GHashTable *
xn_projects_with_right (XnClient *client, const char *right, XnOp *op, GError **error)
{
    g_autofree char *query = g_strdup_printf ("data=%s&format=json", right);
    g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    const XnCall call = {.method = "GET",
                         .path = "/data/projects",
                         .query = query,
                         .what = "asking for rights on projects",
                         .expect = XN_EXPECT_JSON,
                         .retry = XN_RETRY_FEW,
                         .consume = take_projects,
                         .consume_data = ids};
    return xn_client_call (client, &call, op, error) ? g_steal_pointer (&ids) : NULL;
}
