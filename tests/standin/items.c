/* SPDX-License-Identifier: Apache-2.0 */
/* One object as a document: the nested JSON form, or a page. */
#include "routes.h"
#include "shortcuts.h"
#include "table.h"
#include "types.h"

#include <string.h>

static const char *const item_types[] = {"text/html", "text/xml", NULL};
static const char *const number_fields[] = {"frames", "age", "yob", "height", "weight", NULL};
/* Parts of an object that are objects themselves: their fields form a child. */
static const struct {
    const char *part;
    const char *xsi;
} parts[] = {
    {"demographics", "xnat:demographicData"},
    {"PI", "xnat:investigatorData"},
    {"aliases/alias", "xnat:projectData_alias"},
};

static void write_node (GString *out, const Node *node);

static void
begin_item (GString *out, const char *xsi)
{
    if (g_str_has_suffix (out->str, "}"))
        g_string_append_c (out, ',');
    g_string_append (out, "{\"meta\":{\"isHistory\":false,\"start_date\":\"Tue Jan 02 10:11:12 UTC 2024\"");
    json_member (out, "xsi:type", xsi);
    json_member_int (out, "create_event_id", 12);
    g_string_append (out, "},\"data_fields\":{");
}

static void
begin_children (GString *out)
{
    g_string_append (out, "},\"children\":[");
}

static void
end_item (GString *out)
{
    g_string_append (out, "]}");
}

static void
begin_field (GString *out, const char *field)
{
    if (g_str_has_suffix (out->str, "}"))
        g_string_append_c (out, ',');
    g_string_append (out, "{");
    json_member (out, "field", field);
    g_string_append (out, ",\"items\":[");
}

static void
end_field (GString *out)
{
    g_string_append (out, "]}");
}

static void
member (GString *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    if (g_strv_contains (number_fields, name) && strspn (value, "0123456789.") == strlen (value)) {
        g_autofree char *quoted =
            g_strdup_printf ("%s\"%s\":%s", g_str_has_suffix (out->str, "{") ? "" : ",", name, value);

        g_string_append (out, quoted);
        return;
    }
    json_member (out, name, value);
}

static void
write_resource (GString *out, const Resource *resource)
{
    begin_item (out, resource->element);
    json_member_int (out, "xnat_abstractresource_id", resource->id);
    member (out, "label", resource->label);
    member (out, "format", resource->format);
    member (out, "content", resource->content);
    member (out, "description", resource->description);
    if (!resource->unstated) {
        json_member_int (out, "file_count", resource->stated_count);
        json_member_int (out, "file_size", resource->stated_size);
    }
    g_autofree char *uri = g_strconcat (ARCHIVE_DIR, resource->catalog->path, NULL);
    json_member (out, "URI", uri);
    begin_children (out);
    end_item (out);
}

static void
write_resources (GString *out, const Node *node, const char *field, char way)
{
    gboolean open = FALSE;

    for (guint i = 0; node->resources && i < node->resources->len; i++) {
        const Resource *resource = g_ptr_array_index (node->resources, i);

        if (resource->way != way)
            continue;
        if (!open)
            begin_field (out, field);
        open = TRUE;
        write_resource (out, resource);
    }
    if (open)
        end_field (out);
}

static void
write_nodes (GString *out, const GPtrArray *nodes, const char *field)
{
    if (!nodes || nodes->len == 0)
        return;
    begin_field (out, field);
    for (guint i = 0; i < nodes->len; i++)
        write_node (out, g_ptr_array_index (nodes, i));
    end_field (out);
}

static void
write_shares (GString *out, const Node *node)
{
    if (!node->shares || node->shares->len == 0)
        return;
    begin_field (out, "sharing/share");
    for (guint i = 0; i < node->shares->len; i++) {
        const Share *share = &g_array_index (node->shares, Share, i);

        begin_item (out, "xnat:experimentData_share");
        member (out, "project", share->project->id);
        member (out, "label", share->label);
        begin_children (out);
        end_item (out);
    }
    end_field (out);
}

static gboolean
is_part (const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
        if (g_str_has_prefix (name, parts[i].part) && name[strlen (parts[i].part)] == '/')
            return TRUE;
    }
    return g_str_has_prefix (name, "fields/field/");
}

static void
write_part (GString *out, const Node *node, const char *part, const char *xsi)
{
    gsize len = strlen (part);
    gboolean open = FALSE;

    for (guint i = 0; node->fields && i < node->fields->len; i++) {
        const Field *field = &g_array_index (node->fields, Field, i);

        if (strncmp (field->name, part, len) != 0 || field->name[len] != '/')
            continue;
        if (!open) {
            begin_field (out, part);
            begin_item (out, xsi);
        }
        open = TRUE;
        member (out, field->name + len + 1, field->value);
    }
    if (open) {
        begin_children (out);
        end_item (out);
        end_field (out);
    }
}

/* Custom variables: one item each, with name and field. */
static void
write_variables (GString *out, const Node *node)
{
    gboolean open = FALSE;

    for (guint i = 0; node->fields && i < node->fields->len; i++) {
        const Field *field = &g_array_index (node->fields, Field, i);

        if (!g_str_has_prefix (field->name, "fields/field/"))
            continue;
        if (!open)
            begin_field (out, "fields/field");
        open = TRUE;
        begin_item (out, "xnat:experimentData_field");
        member (out, "name", field->name + strlen ("fields/field/"));
        member (out, "field", field->value);
        begin_children (out);
        end_item (out);
    }
    if (open)
        end_field (out);
}

static void
write_fields (GString *out, const Node *node)
{
    const Node *subject = node_above (node, NODE_SUBJECT);

    member (out, "ID", node->id);
    if (node->kind == NODE_PROJECT)
        member (out, "name", node->label);
    else if (node->kind == NODE_SCAN || node->kind == NODE_RECON)
        member (out, "type", node->label);
    else
        member (out, "label", node->label);
    if (node->kind != NODE_PROJECT && node->kind != NODE_RECON)
        member (out, "project", node->project->id);
    if (node->kind == NODE_EXPERIMENT && subject)
        member (out, "subject_ID", subject->id);
    if (node->kind == NODE_SCAN || node->kind == NODE_RECON)
        member (out, "image_session_ID", node->parent->id);
    if (node->kind == NODE_ASSESSOR)
        member (out, "imageSession_ID", node->parent->id);
    if (node->kind == NODE_SCAN)
        json_member_int (out, "xnat_imagescandata_id", node->pk);
    if (node->kind == NODE_RECON)
        json_member_int (out, "xnat_reconstructedimagedata_id", node->pk);
    for (guint i = 0; node->fields && i < node->fields->len; i++) {
        const Field *field = &g_array_index (node->fields, Field, i);

        if (!is_part (field->name))
            member (out, field->name, field->value);
    }
}

static void
write_node (GString *out, const Node *node)
{
    begin_item (out, node->xsi);
    write_fields (out, node);
    begin_children (out);
    for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        write_part (out, node, parts[i].part, parts[i].xsi);
    write_variables (out, node);
    if (node->kind == NODE_SCAN) {
        write_resources (out, node, "file", 0);
    } else if (node->kind == NODE_ASSESSOR || node->kind == NODE_RECON) {
        write_resources (out, node, "out/file", 'o');
        write_resources (out, node, "in/file", 'i');
    } else {
        write_resources (out, node, "resources/resource", 0);
    }
    write_shares (out, node);
    write_nodes (out, node->kind == NODE_SUBJECT ? node->experiments : NULL, "experiments/experiment");
    write_nodes (out, node->scans, "scans/scan");
    write_nodes (out, node->recons, "reconstructions/reconstructedImage");
    write_nodes (out, node->assessors, "assessors/assessor");
    end_item (out);
}

static void
append_xml_field (GString *out, const char *name, const char *value)
{
    if (value && *value && !strpbrk (name, "/[]"))
        g_string_append_printf (out, "<xnat:%s>%s</xnat:%s>\n", name, xml_escape (value), name);
}

static void
reply_xml (Ctx *ctx, const Node *node)
{
    g_autoptr (GString) out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    const char *local = strchr (node->xsi, ':') + 1;
    g_autofree char *element = g_strndup (local, strlen (local) - (g_str_has_suffix (local, "Data") ? 4 : 0));

    g_string_append_printf (out, "<xnat:%s ID=\"%s\" xmlns:xnat=\"http://nrg.wustl.edu/xnat\">\n", element, node->id);
    append_xml_field (out, "label", node->label);
    for (guint i = 0; node->fields && i < node->fields->len; i++) {
        const Field *field = &g_array_index (node->fields, Field, i);

        append_xml_field (out, field->name, field->value);
    }
    g_string_append_printf (out, "</xnat:%s>\n", element);
    reply_text (ctx->reply, 200, "text/xml", out->str);
}

/* Answers with an object in the form that is asked for; a page when none is. */
static void
reply_item (Ctx *ctx, const Node *node)
{
    const char *accepted = accept_best (ctx->req, item_types);
    const char *format = request_param (ctx->req, "format");

    if (!accepted) {
        page_status (ctx, 406, NULL);
        return;
    }
    if (format && strstr (format, "json")) {
        GString *out = g_string_new ("{\"items\":[");

        write_node (out, node);
        g_string_append (out, "]}");
        reply_bytes (ctx->reply, 200, "application/json", g_string_free_to_bytes (out));
        ctx->reply->chunked = TRUE;
        return;
    }
    if (strcmp (format ? format : accepted, "xml") == 0 || strcmp (accepted, "text/xml") == 0) {
        reply_xml (ctx, node);
        return;
    }
    g_autofree char *page = g_strdup_printf ("<html><head><title>%s</title></head><body>%s</body></html>\n", node->id,
                                             node->label ? node->label : node->id);
    reply_text (ctx->reply, 200, "text/html", page);
}

/* What all item routes do once they know their object. */
static void
serve (Ctx *ctx, Node *node, RouteFunc put, const Route *route)
{
    if (is_read (ctx)) {
        if (node)
            reply_item (ctx, node);
        else
            page_status (ctx, 404, NULL);
    } else if (method_is (ctx, "PUT") || (method_is (ctx, "POST") && node)) {
        put (ctx, route);
    } else if (method_is (ctx, "DELETE")) {
        delete_node (ctx, route, node);
    } else {
        reply_not_allowed (ctx);
    }
}

typedef Node *(*Finder) (Ctx *ctx, const Route *route);

/* Looks under the read lock, answers reads under it, and hands writes on without it. */
static void
item_handle (Ctx *ctx, const Route *route, Finder finder, RouteFunc put)
{
    g_rw_lock_reader_lock (&ctx->archive->lock);
    Node *node = finder (ctx, route);
    if (is_read (ctx))
        serve (ctx, node, put, route);
    g_rw_lock_reader_unlock (&ctx->archive->lock);
    if (!is_read (ctx))
        serve (ctx, node, put, route);
}

static Node *
get_project (Ctx *ctx, const Route *route)
{
    return find_project (ctx, route->project);
}

static Node *
get_subject (Ctx *ctx, const Route *route)
{
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *node = find_subject (ctx, NULL, route->subject);

    if (route->project && !project)
        return NULL;
    return node ? node : project ? find_subject (ctx, project, route->subject) : NULL;
}

static Node *
get_experiment (Ctx *ctx, const Route *route)
{
    return find_experiment_item (ctx, route->project ? find_project (ctx, route->project) : NULL, route->experiment);
}

static Node *
get_scan (Ctx *ctx, const Route *route)
{
    Node *session = get_experiment (ctx, route);

    return session ? session_scan (session, route->scan) : NULL;
}

static Node *
get_assessor (Ctx *ctx, const Route *route)
{
    const Node *project = route->project ? find_project (ctx, route->project) : NULL;

    return find_assessor (ctx, project, get_experiment (ctx, route), route->assessor);
}

static Node *
get_recon (Ctx *ctx, const Route *route)
{
    return archive_recon (ctx->archive, route->recon);
}

void
item_project (Ctx *ctx, const Route *route)
{
    if (*route->tail && !g_str_has_prefix (route->tail, "accessibility") && is_read (ctx)) {
        page_status (ctx, 400, NULL);
        return;
    }
    item_handle (ctx, route, get_project, put_project);
}

void
item_subject (Ctx *ctx, const Route *route)
{
    item_handle (ctx, route, get_subject, put_subject);
}

void
item_experiment (Ctx *ctx, const Route *route)
{
    if (!is_read (ctx) && *route->tail) {
        page_status (ctx, 400, NULL);
        return;
    }
    item_handle (ctx, route, get_experiment, put_experiment);
}

void
item_scan (Ctx *ctx, const Route *route)
{
    item_handle (ctx, route, get_scan, put_scan);
}

void
item_assessor (Ctx *ctx, const Route *route)
{
    item_handle (ctx, route, get_assessor, put_assessor);
}

void
item_recon (Ctx *ctx, const Route *route)
{
    item_handle (ctx, route, get_recon, put_recon);
}
