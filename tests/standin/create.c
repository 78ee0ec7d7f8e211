/* SPDX-License-Identifier: Apache-2.0 */
/* Creating, changing and deleting objects. */
#include "routes.h"
#include "shortcuts.h"
#include "columns.h"

#include <stdio.h>
#include <string.h>

static const char *const not_fields[] = {
    "xsiType",          "format",    "req_format",  "subject_ID",        "event_reason", "event_action",
    "event_type",       "XNAT_CSRF", "inbody",      "allowDataDeletion", "loadExisting", "populateFromDB",
    "activate",         "gender_",   "removeFiles", "quarantine",        "fixScanTypes", "pullDataFromHeaders",
    "triggerPipelines", NULL};

static gboolean
good_name (const char *name)
{
    return *name && strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen (name);
}

void
reply_id (Ctx *ctx, int status, const char *id)
{
    reply_text (ctx->reply, status, id && *id ? "text/plain" : NULL, id ? id : "");
}

void
reply_created (Ctx *ctx, const char *name)
{
    const char *query = ctx->req->query;
    g_autofree char *url = g_strconcat (site_base (ctx, FALSE), ctx->path, "/", name, NULL);
    g_autofree char *location = g_strconcat (url, *query ? "?" : "", query, NULL);

    reply_text (ctx->reply, 200, "text/plain", url);
    reply_header (ctx->reply, "Location", location);
}

/* `fields/field[name=x]/field` as the field is kept. */
static char *
field_name (const char *path)
{
    const char *slash = strchr (path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *open = strstr (name, "fields/field[name=");
    g_auto (GStrv) halves = NULL;

    if (open) {
        const char *start = open + strlen ("fields/field[name=");

        return g_strdup_printf ("fields/field/%.*s", (int)strcspn (start, "]"), start);
    }
    halves = g_strsplit (name, "[", 2);
    if (!halves[0] || !halves[1] || !strchr (halves[1], ']'))
        return g_strdup (name);
    return g_strconcat (halves[0], strchr (halves[1], ']') + 1, NULL);
}

/* @return FALSE for a value that the schema does not take. */
static gboolean
set_field (Node *node, const char *path, const char *value)
{
    g_autofree char *name = field_name (path);
    g_autoptr (GDateTime) date = NULL;

    if (g_ascii_strcasecmp (name, "label") == 0 || g_ascii_strcasecmp (name, "ID") == 0 ||
        g_ascii_strcasecmp (name, "project") == 0)
        return TRUE;
    if (g_ascii_strcasecmp (name, "date") == 0 && *value) {
        guint a;
        guint b;
        guint c;
        g_autofree char *iso = NULL;

        if (sscanf (value, "%4u-%2u-%2u", &a, &b, &c) == 3 || sscanf (value, "%4u%2u%2u", &a, &b, &c) == 3)
            iso = g_strdup_printf ("%04u-%02u-%02u", a, b, c);
        else if (sscanf (value, "%2u/%2u/%4u", &b, &c, &a) == 3)
            iso = g_strdup_printf ("%04u-%02u-%02u", a, b, c);
        if (!iso || b < 1 || b > 12 || c < 1 || c > 31)
            return FALSE;
        node_set_field (node, "date", iso);
        return TRUE;
    }
    if (g_ascii_strcasecmp (name, "type") == 0 && (node->kind == NODE_SCAN || node->kind == NODE_RECON))
        node->label = xml_escape (value);
    else if (g_ascii_strcasecmp (name, "name") == 0 && node->kind == NODE_PROJECT)
        node->label = xml_escape (value);
    else
        /* The word for nothing takes a field away. */
        node_set_field (node, name, strcmp (value, "NULL") == 0 ? NULL : xml_escape (value));
    return TRUE;
}

/* Takes over all parameters that name a field. */
static gboolean
set_fields (Ctx *ctx, Node *node, guint listing)
{
    const GArray *params = ctx->req->params;

    for (guint i = 0; i < params->len; i++) {
        const Pair *pair = &g_array_index (params, Pair, i);
        const char *path = shortcut_path (listing, pair->name);

        if (g_strv_contains (not_fields, pair->name) || (!path && !strchr (pair->name, ':')))
            continue;
        if (!set_field (node, path ? path : pair->name, pair->value)) {
            page_status (ctx, 400, "Validation of the element failed: bad date");
            return FALSE;
        }
    }
    return TRUE;
}

/* The same with an object that may be new: one that cannot be filled is not made. */
static gboolean
fill (Ctx *ctx, Node *node, guint listing, gboolean fresh)
{
    if (set_fields (ctx, node, listing))
        return TRUE;
    if (fresh)
        archive_remove (ctx->archive, node);
    return FALSE;
}

static gboolean
project_clashes (Ctx *ctx, const char *id)
{
    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        const Node *other = g_ptr_array_index (ctx->archive->projects, i);

        if (g_ascii_strcasecmp (other->id, id) == 0 || g_ascii_strcasecmp (other->label, id) == 0)
            return TRUE;
    }
    return FALSE;
}

static Access
access_of (const char *level)
{
    if (level && strcmp (level, "public") == 0)
        return ACCESS_PUBLIC;
    return level && strcmp (level, "private") == 0 ? ACCESS_PRIVATE : ACCESS_PROTECTED;
}

static void
put_accessibility (Ctx *ctx, Node *project, const char *tail)
{
    const char *slash = strchr (tail, '/');
    const char *level = slash ? slash + 1 : "";

    project->access = access_of (level);
    reply_id (ctx, 200, level);
}

void
put_project (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = archive_project (ctx->archive, route->project);

    if (project && !may_edit (ctx->user, project)) {
        page_status (ctx, may_see (ctx->user, project) ? 403 : 409, NULL);
        return;
    }
    if (project && g_str_has_prefix (route->tail, "accessibility")) {
        put_accessibility (ctx, project, route->tail);
        return;
    }
    if (!ctx->user || g_hash_table_contains (ctx->archive->deleted, route->project)) {
        page_status (ctx, 403, NULL);
        return;
    }
    if (!project && !good_name (route->project)) {
        page_status (ctx, 417, "Invalid character in project ID.");
        return;
    }
    if (!project && project_clashes (ctx, route->project)) {
        page_status (ctx, 409, "Project ID is already in use.");
        return;
    }
    if (!project) {
        project = archive_add_project (ctx->archive, route->project, route->project,
                                       access_of (request_param (ctx->req, "accessibility")));
        node_set_field (project, "secondary_ID", route->project);
        g_hash_table_insert (project->roles, (gpointer)ctx->user->name, (gpointer) "owner");
    }
    if (set_fields (ctx, project, LIST_PROJECTS))
        reply_id (ctx, 200, "");
}

/* label= on an object that exists renames it, and that is all. @return TRUE when answered. */
static gboolean
renamed (Ctx *ctx, Node *node)
{
    const char *label = request_param (ctx->req, "label");
    Node *other;

    if (!label)
        return FALSE;
    label = xml_escape (label);
    other = project_by_label (node->project, node->kind, label);
    if (other && other != node) {
        page_status (ctx, 409, "Label already in use.");
    } else {
        node_rename (node, label);
        reply_id (ctx, 200, "");
    }
    return TRUE;
}

static const char *
new_label (Ctx *ctx, const char *segment)
{
    const char *label = request_param (ctx->req, "label");

    return xml_escape (label && *label ? label : segment);
}

/* Labels are looked at when the object is saved, which shows as a failure of the server. */
static gboolean
label_fails (Ctx *ctx, const char *label)
{
    if (good_name (label))
        return FALSE;
    page_status (ctx, 500, NULL);
    return TRUE;
}

void
put_subject (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *subject = find_subject (ctx, project, route->subject);
    gboolean fresh = !subject;
    const char *label = new_label (ctx, route->subject);

    if (!subject && !project) {
        page_status (ctx, 422, "Submitted subject record must include the project attribute.");
        return;
    }
    if (!may_edit (ctx->user, subject ? subject->project : project)) {
        page_status (ctx, 403, "Specified user account has insufficient privileges.");
        return;
    }
    if (subject && renamed (ctx, subject))
        return;
    if (fresh && label_fails (ctx, label))
        return;
    if (fresh) {
        subject = archive_add_subject (ctx->archive, project, NULL, label);
        subject->inserted_by = ctx->user->name;
    }
    if (fill (ctx, subject, LIST_SUBJECTS, fresh))
        reply_id (ctx, fresh ? 201 : 200, subject->id);
}

/* The subject under which an experiment is put, made when it is missing. NULL when answered. */
static Node *
subject_for (Ctx *ctx, const Route *route, Node *project)
{
    const char *name = route->subject ? route->subject : request_param (ctx->req, "subject_ID");
    Node *subject = name ? find_subject (ctx, project, name) : NULL;

    if (subject)
        return subject;
    if (!name) {
        page_status (ctx, 422, "Submitted experiment record must include the subject.");
        return NULL;
    }
    if (label_fails (ctx, xml_escape (name)))
        return NULL;
    return archive_add_subject (ctx->archive, project, NULL, xml_escape (name));
}

/* @return the type to create, NULL when answered. */
static const Type *
asked_type (Ctx *ctx, const char *family)
{
    const char *asked = request_param (ctx->req, "xsiType");
    const Type *type = asked ? type_find (asked) : NULL;

    if (!asked || !*asked)
        page_status (ctx, 417, "Need PUT Contents");
    else if (!type || !type_is (type->name, family))
        page_status (ctx, 400, "Unknown xsi:type");
    else if (type->abstract_)
        page_status (ctx, 400, "Please use a concrete type with a modality.");
    else
        return type;
    return NULL;
}

static void
change_experiment (Ctx *ctx, const Route *route, Node *project, Node *experiment)
{
    const char *name = route->subject ? route->subject : request_param (ctx->req, "subject_ID");
    Node *subject = project && name ? find_subject (ctx, project, name) : NULL;

    if (!may_edit (ctx->user, experiment->project)) {
        page_status (ctx, 403, "Specified user account has insufficient privileges.");
        return;
    }
    if (renamed (ctx, experiment))
        return;
    /* Under another subject that exists it moves there, silently. */
    if (subject && experiment->kind == NODE_EXPERIMENT && subject != experiment->parent &&
        experiment->project == subject->project)
        experiment_move (experiment, subject);
    if (set_fields (ctx, experiment, LIST_EXPERIMENTS))
        reply_id (ctx, 200, experiment->id);
}

void
put_experiment (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *experiment = find_experiment (ctx, project, route->experiment);
    const char *label = new_label (ctx, route->experiment);
    const Type *type;
    Node *subject;

    if (route->project && !project) {
        page_status (ctx, route->subject ? 404 : 422, "Experiment must include the project attribute.");
        return;
    }
    if (experiment) {
        change_experiment (ctx, route, project, experiment);
        return;
    }
    type = asked_type (ctx, "xnat:subjectAssessorData");
    if (!type)
        return;
    if (!project) {
        page_status (ctx, 422, "Submitted experiment record must include the project attribute.");
        return;
    }
    if (!may_edit (ctx->user, project)) {
        page_status (ctx, 403, "Specified user account has insufficient privileges.");
        return;
    }
    if (label_fails (ctx, label) || !(subject = subject_for (ctx, route, project)))
        return;
    experiment = archive_add_experiment (ctx->archive, subject, NULL, label, type->name);
    experiment->inserted_by = ctx->user->name;
    if (fill (ctx, experiment, LIST_EXPERIMENTS, TRUE))
        reply_id (ctx, 201, experiment->id);
}

/* The session of a scan, assessor or reconstruction to be put. NULL when answered. */
static Node *
session_for (Ctx *ctx, const Route *route, int missing)
{
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Node *session = find_experiment (ctx, project, route->experiment);

    if (!session || !type_is (session->xsi, "xnat:imageSessionData")) {
        page_status (ctx, missing, "The request must reference a valid image session.");
        return NULL;
    }
    if (!may_edit_node (ctx->user, session)) {
        page_status (ctx, 403, "Specified user account has insufficient privileges.");
        return NULL;
    }
    return session;
}

void
put_scan (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *session = session_for (ctx, route, 417);
    Node *scan = session ? session_scan (session, xml_escape (route->scan)) : NULL;
    const char *asked = request_param (ctx->req, "xsiType");
    const Type *type = NULL;
    gboolean fresh;

    if (!session)
        return;
    if (scan && asked && type_find (asked) && !type_is (scan->xsi, asked)) {
        page_status (ctx, 409, "Scan exists with another xsi:type.");
        return;
    }
    if (!scan && !(type = asked_type (ctx, "xnat:imageScanData")))
        return;
    if (!scan && label_fails (ctx, route->scan))
        return;
    fresh = !scan;
    if (fresh)
        scan = archive_add_scan (ctx->archive, session, route->scan, NULL, type->name);
    if (fill (ctx, scan, LIST_SCANS, fresh))
        reply_id (ctx, 200, "");
}

static const char *
free_scan_id (const Node *session)
{
    for (guint i = 1;; i++) {
        g_autofree char *id = g_strdup_printf ("%u", i);

        if (!session_scan (session, id))
            return S (id);
    }
}

void
post_scan (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *session = session_for (ctx, route, 417);
    const char *id = request_param (ctx->req, "ID");
    const Type *type = session ? asked_type (ctx, "xnat:imageScanData") : NULL;
    Node *scan;

    if (!type)
        return;
    if (id && session_scan (session, id)) {
        page_status (ctx, 409, "Specified scan already exists.");
        return;
    }
    scan = archive_add_scan (ctx->archive, session, id ? id : free_scan_id (session), NULL, type->name);
    if (fill (ctx, scan, LIST_SCANS, TRUE))
        reply_created (ctx, scan->id);
}

void
put_assessor (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *session = session_for (ctx, route, 404);
    Node *assessor = session ? find_assessor (ctx, NULL, session, route->assessor) : NULL;
    const char *label = new_label (ctx, route->assessor);
    const Type *type;

    if (!session)
        return;
    if (assessor) {
        if (!renamed (ctx, assessor) && set_fields (ctx, assessor, LIST_EXPERIMENTS))
            reply_id (ctx, 200, assessor->id);
        return;
    }
    type = asked_type (ctx, "xnat:imageAssessorData");
    if (!type)
        return;
    if (!route->project) {
        page_status (ctx, 422, "Submitted experiment record must include the project attribute.");
        return;
    }
    if (label_fails (ctx, label))
        return;
    if (project_by_label (session->project, NODE_ASSESSOR, label)) {
        page_status (ctx, 409, "Label already in use.");
        return;
    }
    assessor = archive_add_assessor (ctx->archive, session, NULL, label, type->name);
    assessor->inserted_by = ctx->user->name;
    if (fill (ctx, assessor, LIST_EXPERIMENTS, TRUE))
        reply_id (ctx, 201, assessor->id);
}

void
put_recon (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *session = session_for (ctx, route, 417);
    Node *recon;

    if (!session)
        return;
    /* These IDs are unique on the site: one in another session is the one that is meant. */
    recon = archive_recon (ctx->archive, route->recon);
    if (!recon)
        recon = archive_add_recon (ctx->archive, session, route->recon, NULL);
    if (set_fields (ctx, recon, LIST_RECONS))
        reply_id (ctx, 200, "");
}

void
delete_node (Ctx *ctx, const Route *route, Node *node)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    Node *project = node && route->project ? find_project (ctx, route->project) : NULL;
    gboolean shared = project && node != project && node_share_in (node, project);

    if (!node) {
        page_status (ctx, 404, "Unable to find the specified experiment.");
        return;
    }
    if (!may_delete (ctx->user, shared ? project : node->project)) {
        page_status (ctx, 403, "Specified user account has insufficient privileges.");
        return;
    }
    if (shared)
        node_unshare (node, project);
    else
        archive_remove (ctx->archive, node);
    reply_id (ctx, 200, "");
}
