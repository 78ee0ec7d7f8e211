/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what. */
#include "app.h"

#include <string.h>

static const char *
role_of (const User *user, const Node *project)
{
    return user ? g_hash_table_lookup (project->roles, user->name) : NULL;
}

gboolean
is_member (const User *user, const Node *project)
{
    return role_of (user, project) != NULL;
}

gboolean
may_read (const User *user, const Node *project)
{
    return (user && user->admin) || project->access == ACCESS_PUBLIC || role_of (user, project);
}

gboolean
may_see (const User *user, const Node *project)
{
    return project->access == ACCESS_PROTECTED || may_read (user, project);
}

gboolean
may_edit (const User *user, const Node *project)
{
    const char *role = role_of (user, project);

    return (user && user->admin) || (role && strcmp (role, "collaborator") != 0);
}

gboolean
may_delete (const User *user, const Node *project)
{
    return (user && user->admin) || g_strcmp0 (role_of (user, project), "owner") == 0;
}

/* What is shared: the object, or the session that it belongs to. */
static const Node *
shared_part (const Node *node)
{
    while (node->parent && node->kind != NODE_EXPERIMENT && node->kind != NODE_SUBJECT && !node->shares)
        node = node->parent;
    return node;
}

gboolean
may_read_node (const User *user, const Node *node)
{
    const Node *shared = shared_part (node);

    if (may_read (user, node->project))
        return TRUE;
    for (guint i = 0; shared->shares && i < shared->shares->len; i++) {
        if (may_read (user, g_array_index (shared->shares, Share, i).project))
            return TRUE;
    }
    return FALSE;
}

gboolean
may_edit_node (const User *user, const Node *node)
{
    return may_edit (user, node->project);
}
