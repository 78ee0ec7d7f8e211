/* SPDX-License-Identifier: Apache-2.0 */
/* From the names in a path to the archive's objects, in the order in which each route looks. */
#include "routes.h"

#include <string.h>

Node *
find_project (Ctx *ctx, const char *id)
{
    Node *project = archive_project (ctx->archive, xml_escape (id));

    return project && may_see (ctx->user, project) ? project : NULL;
}

/* A protected project may be known, and still nothing in it. */
static Node *
readable (Ctx *ctx, Node *node)
{
    return node && may_read_node (ctx->user, node) ? node : NULL;
}

static Node *
by_id (Ctx *ctx, const char *id, NodeKind kind)
{
    Node *node = archive_by_id (ctx->archive, xml_escape (id));

    if (!node || (node->kind == NODE_SUBJECT) != (kind == NODE_SUBJECT) || !may_read_node (ctx->user, node))
        return NULL;
    return node;
}

Node *
find_subject (Ctx *ctx, const Node *project, const char *name)
{
    Node *node;

    if (!project)
        return by_id (ctx, name, NODE_SUBJECT);
    node = project_by_label (project, NODE_SUBJECT, xml_escape (name));
    if (node)
        return readable (ctx, node);
    node = by_id (ctx, name, NODE_SUBJECT);
    return node && node_in_project (node, project) ? node : NULL;
}

Node *
find_experiment (Ctx *ctx, const Node *project, const char *name)
{
    Node *node = by_id (ctx, name, NODE_EXPERIMENT);

    if (node && (!project || node_in_project (node, project)))
        return node;
    return project ? readable (ctx, project_by_label (project, NODE_EXPERIMENT, xml_escape (name))) : NULL;
}

Node *
find_experiment_item (Ctx *ctx, const Node *project, const char *name)
{
    Node *node = by_id (ctx, name, NODE_EXPERIMENT);

    return node || !project ? node : readable (ctx, project_by_label (project, NODE_EXPERIMENT, xml_escape (name)));
}

gboolean
assessor_is (const Node *assessor, const Node *project, const char *name)
{
    if (strcmp (assessor->id, name) == 0 || g_strcmp0 (assessor->label, name) == 0)
        return TRUE;
    return project && g_strcmp0 (node_label_in (assessor, project), name) == 0;
}

Node *
find_assessor (Ctx *ctx, const Node *project, const Node *session, const char *name)
{
    const char *escaped = xml_escape (name);

    for (guint i = 0; session && session->assessors && i < session->assessors->len; i++) {
        Node *assessor = g_ptr_array_index (session->assessors, i);

        if (assessor_is (assessor, project, escaped))
            return assessor;
    }
    return NULL;
}

const char *
node_uri (const Node *node)
{
    g_autofree char *uri = NULL;

    switch (node->kind) {
    case NODE_PROJECT:
        uri = g_strconcat ("/data/projects/", node->id, NULL);
        break;
    case NODE_SUBJECT:
        uri = g_strconcat ("/data/subjects/", node->id, NULL);
        break;
    case NODE_SCAN:
        uri = g_strconcat ("/data/experiments/", node->parent->id, "/scans/", node->id, NULL);
        break;
    case NODE_RECON:
        uri = g_strconcat ("/data/experiments/", node->parent->id, "/reconstructions/", node->id, NULL);
        break;
    default:
        uri = g_strconcat ("/data/experiments/", node->id, NULL);
    }
    return S (uri);
}
