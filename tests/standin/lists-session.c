/* SPDX-License-Identifier: Apache-2.0 */
/* Listings below a session: scans, assessors, reconstructions; of shares; of resources. */
#include "query.h"
#include "routes.h"
#include "shortcuts.h"
#include "target.h"

#include <string.h>

/* The session that a listing is of. @return NULL when answered. */
static Node *
parent_session (Ctx *ctx, const Route *route, gboolean strict)
{
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *session;

    if (route->project && !project) {
        page_status (ctx, strict ? 404 : 500, NULL);
        return NULL;
    }
    session = find_experiment (ctx, project, route->experiment);
    if (session && (strict || type_is (session->xsi, "xnat:imageSessionData")))
        return session;
    /* Without a project in the path the server stumbles over its absence. */
    if (project || strict)
        page_status (ctx, 404, NULL);
    else
        page_thrown (ctx);
    return NULL;
}

static void
list_children (Ctx *ctx, const Query *query, const GPtrArray *children, const Node *project)
{
    Table *table;
    guint label;

    if (query->broken) {
        page_status (ctx, 500, NULL);
        return;
    }
    table = query_table (query);
    for (guint i = 0; children && i < children->len; i++) {
        const Node *child = g_ptr_array_index (children, i);
        guint first = table->rows->len;

        if (!xsi_is (child->xsi, query->type))
            continue;
        query_row (query, table, child, node_uri (child));
        if (child->kind != NODE_ASSESSOR || !g_ptr_array_find (table->columns, S ("label"), &label))
            continue;
        for (guint j = first; j < table->rows->len; j++)
            ((const char **)g_ptr_array_index (table->rows, j))[label] = node_label_in (child, project);
    }
    reply_table (ctx, table);
}

void
list_scans (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = NULL;
    g_autoptr (Query) query = NULL;
    const char *columns = request_param (ctx->req, "columns");
    g_auto (GStrv) names = g_strsplit (columns ? columns : "ID", ",", -1);
    Node *session;

    if (method_is (ctx, "POST")) {
        post_scan (ctx, route);
        return;
    }
    if (request_param (ctx->req, "fields")) {
        reply_table (ctx, shortcut_table (LIST_SCANS));
        return;
    }
    locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    session = parent_session (ctx, route, FALSE);
    if (!session)
        return;
    /* The rows' addresses are made of that column. */
    if (columns && *columns && strcmp (columns, "DEFAULT") != 0 &&
        !g_strv_contains ((const char *const *)names, "ID") && !strstr (columns, "xnat:imageScanData/ID")) {
        page_status (ctx, 500, NULL);
        return;
    }
    query = query_new (ctx, LIST_SCANS, "xnat:imageScanData",
                       "xnat_imagescandata_id,ID,type,quality,xsiType,note,series_description", FALSE);
    list_children (ctx, query, session->scans, NULL);
}

void
list_assessors (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *session = parent_session (ctx, route, TRUE);

    if (!session)
        return;
    if (request_param (ctx->req, "fields")) {
        reply_table (ctx, shortcut_table (LIST_ASSESSORS));
        return;
    }
    query = query_new (ctx, LIST_ASSESSORS, "xnat:imageAssessorData",
                       "ID,project,label,date,xsiType,insert_date,session_ID,session_label", FALSE);
    list_children (ctx, query, session->assessors, project ? project : session->project);
}

void
list_recons (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Node *session = parent_session (ctx, route, FALSE);

    if (!session)
        return;
    query = query_new (ctx, LIST_RECONS, "xnat:reconstructedImageData",
                       "xnat_reconstructedimagedata_id,ID,type,baseScanType", FALSE);
    list_children (ctx, query, session->recons, NULL);
}

static void
share_row (Table *table, const Node *project, const char *label)
{
    const char **cells = table_row (table);

    cells[0] = label;
    cells[1] = project->id;
    cells[2] = node_field (project, "secondary_ID");
    cells[3] = project->label;
}

/* PUT .../projects/Q[?label=] shares the object into Q. */
static void
put_share (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *into = find_project (ctx, route->tail);
    Node *node = route->experiment ? find_experiment_item (ctx, project, route->experiment)
                                   : find_subject (ctx, project, route->subject);
    const char *label = request_param (ctx->req, "label");

    if (!node || !into)
        page_status (ctx, 404, NULL);
    else if (!may_edit (ctx->user, into) || !may_edit_node (ctx->user, node))
        page_status (ctx, 403, NULL);
    else if (node_in_project (node, into))
        page_status (ctx, 409, "Already assigned to this project.");
    else {
        node_share (node, into, label ? xml_escape (label) : NULL);
        /* An experiment answers with its ID, a subject with a page about itself. */
        if (route->experiment)
            reply_id (ctx, 200, node->id);
        else
            reply_text (ctx->reply, 200, "text/html", "<html><body></body></html>\n");
    }
}

void
list_shares (Ctx *ctx, const Route *route)
{
    static const char *const columns[] = {"label", "ID", "Secondary_ID", "Name", NULL};
    g_autoptr (GRWLockReaderLocker) locked = NULL;
    Node *project;
    Node *node;
    Table *table;

    if (!is_read (ctx)) {
        put_share (ctx, route);
        return;
    }
    locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    project = route->project ? find_project (ctx, route->project) : NULL;
    node = route->experiment ? find_experiment_item (ctx, project, route->experiment)
                             : find_subject (ctx, project, route->subject);
    if (!node) {
        page_status (ctx, 404, NULL);
        return;
    }
    table = table_new (columns);
    share_row (table, node->project, node->label);
    for (guint i = 0; node->shares && i < node->shares->len; i++) {
        const Share *share = &g_array_index (node->shares, Share, i);

        share_row (table, share->project, share->label ? share->label : node->label);
    }
    reply_table (ctx, table);
}

static const char *
number (gint64 value)
{
    g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

    return S (text);
}

static void
resource_row (Table *table, const Listed *listed)
{
    const Resource *resource = listed->resource;
    const char **cells = table_row (table);

    cells[0] = number (resource->id);
    cells[1] = resource->label;
    cells[2] = resource->element;
    cells[3] = S (listed->category);
    cells[4] = S (listed->cat_id);
    cells[5] = S (listed->cat_desc);
    cells[6] = resource->unstated ? NULL : number (resource->stated_count);
    cells[7] = resource->unstated ? NULL : number (resource->stated_size);
    cells[8] = resource->tags;
    cells[9] = resource->content;
    cells[10] = resource->format;
}

void
list_resources (Ctx *ctx, const Route *route)
{
    static const char *const columns[] = {"xnat_abstractresource_id",
                                          "label",
                                          "element_name",
                                          "category",
                                          "cat_id",
                                          "cat_desc",
                                          "file_count",
                                          "file_size",
                                          "tags",
                                          "content",
                                          "format",
                                          NULL};
    g_autoptr (GRWLockReaderLocker) locked = NULL;
    g_auto (Target) target = {0};
    Table *table;

    if (method_is (ctx, "POST") || method_is (ctx, "PUT")) {
        put_resource (ctx, route);
        return;
    }
    locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    if (!target_find (ctx, route, &target))
        return;
    if (!target.parent) {
        page_status (ctx, 404, NULL);
        return;
    }
    table = table_new (columns);
    table->title = "Resources";
    for (guint i = 0; i < target.listed->len; i++) {
        Listed *listed = &g_array_index (target.listed, Listed, i);

        /* Counts that were never made are made, and kept, when somebody asks so. */
        if (listed->resource->unstated && flag_param (ctx->req, "cache_file_stats", FALSE))
            resource_restate (ctx->archive, listed->resource);
        resource_row (table, listed);
    }
    reply_table (ctx, table);
}
