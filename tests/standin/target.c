/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the parent and the resources of a route, fall-backs included. Must not know how they are shown. */
#include "target.h"
#include "types.h"

#include <string.h>

void
target_clear (Target *target)
{
    g_clear_pointer (&target->sessions, g_ptr_array_unref);
    g_clear_pointer (&target->parents, g_ptr_array_unref);
    g_clear_pointer (&target->listed, g_array_unref);
}

/* `[SLASH]` and `[COMMA]` stand for themselves in scan types. */
static char *
unescape_word (const char *word)
{
    g_auto (GStrv) slashes = g_strsplit (word, "[SLASH]", -1);
    g_autofree char *joined = g_strjoinv ("/", slashes);
    g_auto (GStrv) commas = g_strsplit (joined, "[COMMA]", -1);

    return g_strjoinv (",", commas);
}

static gboolean
scan_fits (const Node *scan, const char *word)
{
    g_autofree char *plain = unescape_word (word);
    const char *escaped = xml_escape (plain);

    if (strcmp (word, "ALL") == 0 || strcmp (word, "*") == 0)
        return TRUE;
    return strcmp (scan->id, escaped) == 0 || g_strcmp0 (scan->label, escaped) == 0 ||
           g_strcmp0 (scan->label, plain) == 0;
}

/* What a comma-separated word of a path is compared with. */
typedef struct Level {
    NodeKind kind;
    const Node *project;
} Level;

static gboolean
child_fits (const Level *level, const Node *child, const char *word)
{
    if (level->kind == NODE_SCAN)
        return scan_fits (child, word);
    if (strcmp (word, "ALL") == 0 || strcmp (word, "*") == 0)
        return TRUE;
    if (level->kind == NODE_ASSESSOR)
        return assessor_is (child, level->project, word) || g_ascii_strcasecmp (child->xsi, word) == 0;
    return strcmp (child->id, word) == 0 || g_strcmp0 (child->label, word) == 0;
}

/* Adds the children that one of the comma-separated words fits. */
static void
add_children (const Level *level, GPtrArray *found, const GPtrArray *children, const char *words)
{
    g_auto (GStrv) list = g_strsplit (words, ",", -1);

    /* Meant for what has no type; the query that is made of it is refused by the database, whatever else is named. */
    if (level->kind != NODE_ASSESSOR && g_strv_contains ((const char *const *)list, "NULL"))
        return;
    for (guint i = 0; children && i < children->len; i++) {
        Node *child = g_ptr_array_index (children, i);

        for (guint j = 0; list[j]; j++) {
            if (child_fits (level, child, list[j])) {
                g_ptr_array_add (found, child);
                break;
            }
        }
    }
}

static void
find_sessions (Ctx *ctx, const Route *route, const Node *project, GPtrArray *found)
{
    g_auto (GStrv) names = g_strsplit (route->experiment, is_read (ctx) ? "," : "\n", -1);

    for (guint i = 0; names[i]; i++) {
        Node *node = find_experiment (ctx, project, names[i]);

        if (node)
            g_ptr_array_add (found, node);
    }
}

/* Goes below the sessions, where the route does. */
static void
find_below (const Route *route, const Target *target, GPtrArray *found)
{
    const GPtrArray *sessions = target->sessions;
    Level level = {route->scan ? NODE_SCAN : route->recon ? NODE_RECON : NODE_ASSESSOR, target->project};
    const char *name = route->scan ? route->scan : route->recon ? route->recon : route->assessor;
    g_autofree char *decoded = name ? http_decode (name, -1, TRUE) : NULL;

    for (guint i = 0; i < sessions->len; i++) {
        const Node *session = g_ptr_array_index (sessions, i);

        if (route->scan)
            add_children (&level, found, session->scans, decoded);
        else if (route->recon)
            add_children (&level, found, session->recons, decoded);
        else if (route->assessor)
            add_children (&level, found, session->assessors, route->assessor);
        else
            g_ptr_array_add (found, (gpointer)session);
    }
}

/* @return FALSE when answered. */
static gboolean
find_parents (Ctx *ctx, const Route *route, Target *target)
{
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *subject = NULL;

    target->sessions = g_ptr_array_new ();
    target->parents = g_ptr_array_new ();
    target->project = project;
    if (route->project && !project) {
        page_status (ctx, 404, "Unable to identify project");
        return FALSE;
    }
    if (route->subject) {
        subject = find_subject (ctx, project, route->subject);
        if (!subject) {
            page_status (ctx, 404, "Unable to identify subject");
            return FALSE;
        }
    }
    if (route->experiment) {
        find_sessions (ctx, route, project, target->sessions);
        find_below (route, target, target->parents);
        target->fell_back = target->parents->len == 0;
    } else if (subject || project) {
        g_ptr_array_add (target->parents, subject ? subject : project);
    }
    /* What is not found is read from the subject, else from the project. */
    if (target->parents->len == 0 && is_read (ctx) && (subject || project))
        g_ptr_array_add (target->parents, subject ? subject : project);
    if (target->parents->len > 0)
        target->parent = g_ptr_array_index (target->parents, 0);
    return TRUE;
}

static const char *
singular (const Node *node)
{
    const Type *type = type_find (node->xsi);

    return type && type->singular ? type->singular : node->xsi;
}

static void
describe (const Node *node, gboolean with_all, Listed *listed)
{
    listed->category = "resources";
    listed->cat_id = "";
    listed->cat_desc = " ";
    switch (node->kind) {
    case NODE_SCAN:
        listed->category = "scans";
        listed->cat_id = node->id;
        listed->cat_desc = node->label ? node->label : "";
        break;
    case NODE_ASSESSOR:
        listed->category = "assessors";
        listed->cat_id = node->id;
        listed->cat_desc = with_all ? "" : singular (node);
        break;
    case NODE_RECON:
        listed->category = "reconstructions";
        listed->cat_id = node->id;
        listed->cat_desc = node->label ? node->label : "";
        break;
    case NODE_EXPERIMENT:
        listed->cat_id = with_all ? "" : node->id;
        listed->cat_desc = with_all ? "" : " ";
        break;
    default:
        break;
    }
}

static void
add_resources (Target *target, const Node *node, char way, gboolean with_all)
{
    gboolean ways = node->kind == NODE_ASSESSOR || node->kind == NODE_RECON;

    for (guint i = 0; node->resources && i < node->resources->len; i++) {
        Resource *resource = g_ptr_array_index (node->resources, i);
        Listed listed = {.resource = resource};

        if (ways && resource->way != (way ? way : 'o'))
            continue;
        describe (node, with_all, &listed);
        g_array_append_val (target->listed, listed);
    }
}

static void
add_everything (Ctx *ctx, Target *target, const Node *session)
{
    add_resources (target, session, 0, TRUE);
    for (guint i = 0; session->scans && i < session->scans->len; i++)
        add_resources (target, g_ptr_array_index (session->scans, i), 0, TRUE);
    for (guint i = 0; session->recons && i < session->recons->len; i++)
        add_resources (target, g_ptr_array_index (session->recons, i), 0, TRUE);
    for (guint i = 0; session->assessors && i < session->assessors->len; i++) {
        const Node *assessor = g_ptr_array_index (session->assessors, i);

        if (may_read_node (ctx->user, assessor))
            add_resources (target, assessor, 0, TRUE);
    }
}

static gboolean
label_fits (const Resource *resource, const char *word)
{
    if (strcmp (word, "NULL") == 0)
        return !resource->label || !*resource->label;
    return g_strcmp0 (resource->label, xml_escape (word)) == 0;
}

static gboolean
is_number (const char *word)
{
    return *word && strspn (word, "0123456789") == strlen (word);
}

static gboolean
is_listed (const Target *target, const Resource *resource)
{
    for (guint i = 0; i < target->listed->len; i++) {
        if (g_array_index (target->listed, Listed, i).resource == resource)
            return TRUE;
    }
    return FALSE;
}

/* Keeps the resources that the comma-separated words name; numbers are looked up in the whole archive. */
static gboolean
choose (Ctx *ctx, const Route *route, Target *target)
{
    g_auto (GStrv) words = g_strsplit (route->resource, ",", -1);
    GArray *chosen = g_array_new (FALSE, FALSE, sizeof (Listed));
    gboolean unknown = FALSE;

    for (guint i = 0; words[i]; i++) {
        const char *word = g_strstrip (words[i]);
        guint before = chosen->len;
        Resource *numbered = is_number (word)
                                 ? g_hash_table_lookup (ctx->archive->resources,
                                                        GUINT_TO_POINTER ((guint)g_ascii_strtoull (word, NULL, 10)))
                                 : NULL;

        if (numbered && may_read_node (ctx->user, numbered->parent)) {
            Listed listed = {.resource = numbered, .elsewhere = !is_listed (target, numbered)};

            describe (numbered->parent, FALSE, &listed);
            g_array_append_val (chosen, listed);
            target->by_number = TRUE;
        }
        for (guint j = 0; j < target->listed->len; j++) {
            Listed *listed = &g_array_index (target->listed, Listed, j);

            if (listed->resource != numbered && label_fits (listed->resource, word))
                g_array_append_val (chosen, *listed);
        }
        unknown = unknown || (is_number (word) && chosen->len == before);
    }
    g_array_unref (target->listed);
    target->listed = chosen;
    /* Old servers take such a number for a label that is not there. */
    if (!unknown || app.settings.version < 8)
        return TRUE;
    page_status (ctx, 404, NULL);
    return FALSE;
}

/* What of the path leads nowhere, as a writer is told. */
static const char *
missing_word (const Route *route, const Target *target)
{
    if (route->scan && target->sessions->len == 1)
        return "Unable to identify scan";
    if (route->assessor && target->sessions->len == 1)
        return "Unable to identify assessor";
    if (route->recon && target->sessions->len == 1)
        return "Unable to identify reconstruction";
    return route->experiment ? "Unable to identify experiment" : "Unable to identify subject";
}

gboolean
target_find (Ctx *ctx, const Route *route, Target *target)
{
    gboolean everything = flag_param (ctx->req, "all", FALSE);

    *target = (Target){.listed = g_array_new (FALSE, FALSE, sizeof (Listed)), .way = route->way};
    if (!find_parents (ctx, route, target))
        return FALSE;
    if (!is_read (ctx) && target->parents->len != 1) {
        page_status (ctx, 404, missing_word (route, target));
        return FALSE;
    }
    for (guint i = 0; i < target->parents->len; i++) {
        const Node *parent = g_ptr_array_index (target->parents, i);

        if (everything && parent->kind == NODE_EXPERIMENT)
            add_everything (ctx, target, parent);
        else
            add_resources (target, parent, route->way, FALSE);
    }
    return !route->resource || choose (ctx, route, target);
}

Resource *
target_own (const Target *target)
{
    for (guint i = 0; i < target->listed->len; i++) {
        Resource *resource = g_array_index (target->listed, Listed, i).resource;

        if (resource->parent == target->parent)
            return resource;
    }
    return NULL;
}

char *
resource_uri (const Resource *resource)
{
    const Node *node = resource->parent;
    const char *way = resource->way == 'i' ? "in" : "out";

    switch (node->kind) {
    case NODE_PROJECT:
        return g_strdup_printf ("/data/projects/%s/resources/%u", node->id, resource->id);
    case NODE_SUBJECT:
        return g_strdup_printf ("/data/projects/%s/subjects/%s/resources/%u", node->project->id, node->id,
                                resource->id);
    case NODE_SCAN:
        return g_strdup_printf ("/data/experiments/%s/scans/%s/resources/%u", node->parent->id, node->id, resource->id);
    case NODE_ASSESSOR:
        return g_strdup_printf ("/data/experiments/%s/assessors/%s/%s/resources/%u", node->parent->id, node->id, way,
                                resource->id);
    case NODE_RECON:
        return g_strdup_printf ("/data/experiments/%s/reconstructions/%s/%s/resources/%u", node->parent->id, node->id,
                                way, resource->id);
    default:
        return g_strdup_printf ("/data/experiments/%s/resources/%u", node->id, resource->id);
    }
}

static void
append_ids (GString *out, const char *level, const GPtrArray *nodes)
{
    for (guint i = 0; i < nodes->len; i++) {
        const Node *node = g_ptr_array_index (nodes, i);

        g_string_append_printf (out, "%s%s", i == 0 ? level : ",", node->id);
    }
}

/* The request's own path, in IDs of what it found: several where it named several. */
static char *
request_uri (const Route *route, const Target *target, const Resource *resource)
{
    GString *out = g_string_new ("/data");
    const Node *first = target->parent;
    const Node *subject = node_above (first, NODE_SUBJECT);
    const char *level = first->kind == NODE_SCAN    ? "/scans/"
                        : first->kind == NODE_RECON ? "/reconstructions/"
                                                    : "/assessors/";

    if (first->kind == NODE_PROJECT)
        g_string_append_printf (out, "/projects/%s", first->id);
    else if (first->kind == NODE_SUBJECT || (route->project && route->subject))
        g_string_append_printf (out, "/projects/%s/subjects/%s",
                                target->project ? target->project->id : first->project->id, subject->id);
    if (first->kind == NODE_EXPERIMENT || (first->kind == NODE_ASSESSOR && !route->assessor)) {
        append_ids (out, "/experiments/", target->parents);
    } else if (first->kind != NODE_PROJECT && first->kind != NODE_SUBJECT) {
        append_ids (out, "/experiments/", target->sessions);
        append_ids (out, level, target->parents);
        if (first->kind != NODE_SCAN)
            g_string_append (out, route->way == 'i' ? "/in" : "/out");
    }
    g_string_append_printf (out, "/resources/%u", resource->id);
    return g_string_free (out, FALSE);
}

char *
listed_uri (const Route *route, const Target *target, const Listed *listed)
{
    if (route->resource && target->parent && (target->listed->len == 1 || listed->elsewhere))
        return request_uri (route, target, listed->resource);
    return resource_uri (listed->resource);
}
