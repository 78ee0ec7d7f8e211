/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which role in a project, as the project's owners see and change it. Must not know what a role allows. */
#include "routes.h"
#include "table.h"

#include <string.h>

/* The groups that each project has, and the role of their members. */
static const struct {
    const char *group;
    const char *role;
} groups[] = {{"Owners", "owner"}, {"Members", "member"}, {"Collaborators", "collaborator"}};

static void
list_members (Ctx *ctx, const Node *project)
{
    static const char *const columns[] = {"GROUP_ID", "displayname", "login", NULL};
    Table *table = table_new (columns);
    GHashTableIter iter;
    gpointer user;
    gpointer role;

    g_hash_table_iter_init (&iter, project->roles);
    while (g_hash_table_iter_next (&iter, &user, &role)) {
        const char **cells = table_row (table);
        g_autofree char *id = g_strdup_printf ("%s_%s", project->id, (const char *)role);

        cells[0] = S (id);
        for (guint i = 0; i < G_N_ELEMENTS (groups); i++) {
            if (strcmp (groups[i].role, role) == 0)
                cells[1] = groups[i].group;
        }
        cells[2] = user;
    }
    reply_table (ctx, table);
}

/* The role of a group, named as it is shown or by its ID; NULL: there is none. */
static const char *
role_of_group (const Node *project, const char *group)
{
    for (guint i = 0; i < G_N_ELEMENTS (groups); i++) {
        g_autofree char *id = g_strdup_printf ("%s_%s", project->id, groups[i].role);

        if (strcmp (group, groups[i].group) == 0 || strcmp (group, id) == 0)
            return groups[i].role;
    }
    return NULL;
}

void
project_users (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = find_project (ctx, route->project);
    g_auto (GStrv) names = g_strsplit (route->tail, "/", -1);
    guint count = g_strv_length (names);
    const char *role = project && count > 0 ? role_of_group (project, names[0]) : NULL;
    const User *user = count > 1 ? user_find (names[1]) : NULL;

    if (!project) {
        page_status (ctx, 404, NULL);
    } else if (!may_delete (ctx->user, project)) {
        page_status (ctx, 403, NULL);
    } else if (is_read (ctx)) {
        list_members (ctx, project);
    } else if (count != 2 || !role || !user) {
        page_status (ctx, 404, NULL);
    } else if (method_is (ctx, "PUT")) {
        g_hash_table_insert (project->roles, (gpointer)user->name, (gpointer)role);
        list_members (ctx, project);
    } else if (method_is (ctx, "DELETE")) {
        g_hash_table_remove (project->roles, user->name);
        list_members (ctx, project);
    } else {
        reply_not_allowed (ctx);
    }
}
