/* SPDX-License-Identifier: Apache-2.0 */
/* Listings of projects, subjects and experiments. */
#include "query.h"
#include "routes.h"
#include "shortcuts.h"

#include <string.h>

#define EXPERIMENT_COLUMNS "ID,project,date,xsiType,label,insert_date"

/* Whether `fields=1` or a method that does not fit has been answered. */
static gboolean
answered (Ctx *ctx, Listing listing)
{
    if (!is_read (ctx)) {
        reply_not_allowed (ctx);
        return TRUE;
    }
    if (request_param (ctx->req, "fields")) {
        reply_table (ctx, shortcut_table (listing));
        return TRUE;
    }
    return FALSE;
}

/* A query that the database refuses: an error, or in some places nothing at all. */
static gboolean
refused (Ctx *ctx, const Query *query, gboolean silent)
{
    if (!query->broken)
        return FALSE;
    if (silent)
        reply_text (ctx->reply, 200, "application/json", "");
    else
        page_status (ctx, 500, NULL);
    return TRUE;
}

/* A question that joins scans, assessors or resources; some sites cannot answer it. @return TRUE when refused. */
static gboolean
bulk_refused (Ctx *ctx, const Query *query)
{
    const char *bulk = app.settings.bulk;

    if (!joins_multiply (query->joins) || strcmp (bulk, "true") == 0 || strcmp (bulk, "missing-key") == 0 ||
        (strcmp (bulk, "no-numbers") == 0 && !query->numbers))
        return FALSE;
    if (strcmp (bulk, "504") == 0)
        page_proxy (ctx, 504);
    else
        page_status (ctx, 500, NULL);
    return TRUE;
}

/* Long column names can get lost on the way. */
static void
drop_key (Table *table)
{
    if (strcmp (app.settings.bulk, "missing-key") != 0)
        return;
    for (guint i = 0; i < table->columns->len; i++) {
        g_autofree char *key = g_strdup (g_ptr_array_index (table->columns, i));

        if (g_str_has_suffix (key, "/file/label")) {
            key[strlen (key) - 1] = '\0';
            table->columns->pdata[i] = (gpointer)S (key);
        }
    }
}

/* Applies limit and offset. @return FALSE for a number that is none. */
static gboolean
page (Ctx *ctx, Table *table)
{
    const char *limit_text = request_param (ctx->req, "limit");
    const char *offset_text = request_param (ctx->req, "offset");
    guint64 limit = 100;
    guint64 offset = 0;

    if (!app.settings.paging || (!limit_text && !offset_text) || g_strcmp0 (limit_text, "*") == 0)
        return TRUE;
    if ((limit_text && !g_ascii_string_to_unsigned (limit_text, 10, 0, G_MAXUINT32, &limit, NULL)) ||
        (offset_text && !g_ascii_string_to_unsigned (offset_text, 10, 0, G_MAXUINT32, &offset, NULL)))
        return FALSE;
    if (limit == 0)
        return TRUE;
    table_page (table, offset, limit);
    table->total = FALSE;
    return TRUE;
}

static void
finish (Ctx *ctx, Query *query, Table *table, gboolean silent)
{
    /* The list of projects has no pages. */
    if (query->listing != LIST_PROJECTS && !page (ctx, table)) {
        table_free (table);
        query->broken = TRUE;
        (void)refused (ctx, query, silent);
        return;
    }
    reply_table (ctx, table);
}

/* The project list with access flags: another handler with keys of its own. */
static void
list_filtered_projects (Ctx *ctx)
{
    static const char *const columns[] = {
        "id", "name", "description", "secondary_id", "pi", "project_invs", "project_access", "user_role_1", NULL};
    Table *table = table_new (columns);
    const char *owner = request_param (ctx->req, "owner");
    const char *member = request_param (ctx->req, "member");
    gboolean writable = g_strcmp0 (request_param (ctx->req, "data"), "writable") == 0;
    static const char *const access[] = {"private", "protected", "public"};

    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        const Node *project = g_ptr_array_index (ctx->archive->projects, i);
        const char *role = ctx->user ? g_hash_table_lookup (project->roles, ctx->user->name) : NULL;
        const char **cells;

        if (!may_read (ctx->user, project) || (writable && !may_edit (ctx->user, project)) ||
            (owner && g_strcmp0 (role, "owner") != 0) || (member && g_strcmp0 (role, "member") != 0))
            continue;
        cells = table_row (table);
        cells[0] = project->id;
        cells[1] = project->label;
        cells[2] = node_field (project, "description");
        cells[3] = node_field (project, "secondary_ID");
        cells[6] = S (access[project->access]);
        cells[7] = role ? S (role) : NULL;
    }
    table->title = "Projects";
    reply_table (ctx, table);
}

void
list_projects (Ctx *ctx, const Route *route)
{
    static const char *const special[] = {"accessible",   "data",        "owner",  "member",
                                          "collaborator", "activeSince", "recent", "favorite",
                                          "admin",        "prearc_code", NULL};
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Table *table;
    gboolean admin = ctx->user && ctx->user->admin;

    if (answered (ctx, LIST_PROJECTS))
        return;
    for (guint i = 0; special[i]; i++) {
        if (request_param (ctx->req, special[i])) {
            list_filtered_projects (ctx);
            return;
        }
    }
    /* For anybody else the condition on rights takes the place of the filters. */
    query = query_new (ctx, LIST_PROJECTS, "xnat:projectData",
                       "ID,secondary_ID,name,description,pi_firstname,pi_lastname", admin);
    if (refused (ctx, query, FALSE))
        return;
    table = query_table (query);
    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        const Node *project = g_ptr_array_index (ctx->archive->projects, i);

        if (may_see (ctx->user, project))
            query_row (query, table, project, node_uri (project));
    }
    finish (ctx, query, table, FALSE);
}

/* Of a project that is not there, or known and nothing more. */
static void
refuse_project (Ctx *ctx, const Route *route, const Node *project, const char *what)
{
    g_autofree char *text = project ? g_strdup_printf ("Unable to read %s for Project: %s", what, project->id)
                                    : g_strdup_printf ("Unable to identify project %s", route->project);

    page_status (ctx, project ? 403 : 404, text);
}

static void
add_subject (const Query *query, Table *table, const Node *subject, const Node *project)
{
    guint first = table->rows->len;
    guint label;

    query_row (query, table, subject, node_uri (subject));
    if (!project || !g_ptr_array_find (table->columns, S ("label"), &label))
        return;
    for (guint i = first; i < table->rows->len; i++)
        ((const char **)g_ptr_array_index (table->rows, i))[label] = node_label_in (subject, project);
}

static void
add_subjects (Ctx *ctx, const Query *query, Table *table, const Node *project, gboolean guests)
{
    for (guint i = 0; project->subjects && i < project->subjects->len; i++) {
        const Node *subject = g_ptr_array_index (project->subjects, i);

        if (may_read_node (ctx->user, subject))
            add_subject (query, table, subject, guests ? project : NULL);
    }
    for (guint i = 0; guests && project->guests && i < project->guests->len; i++) {
        const Node *subject = g_ptr_array_index (project->guests, i);

        if (subject->kind == NODE_SUBJECT)
            add_subject (query, table, subject, project);
    }
}

static gboolean
any_readable (Ctx *ctx)
{
    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        if (may_read (ctx->user, g_ptr_array_index (ctx->archive->projects, i)))
            return TRUE;
    }
    return FALSE;
}

void
list_subjects (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Node *project = route->project ? find_project (ctx, route->project) : NULL;
    Table *table;

    if (answered (ctx, LIST_SUBJECTS))
        return;
    if (route->project && (!project || !may_read (ctx->user, project))) {
        refuse_project (ctx, route, project, "subjects");
        return;
    }
    query = query_new (ctx, LIST_SUBJECTS, "xnat:subjectData", "ID,project,label,insert_date,insert_user", TRUE);
    query->broken = query->broken || (!project && !any_readable (ctx));
    if (refused (ctx, query, FALSE) || bulk_refused (ctx, query))
        return;
    table = query_table (query);
    if (project)
        add_subjects (ctx, query, table, project, TRUE);
    for (guint i = 0; !project && i < ctx->archive->projects->len; i++)
        add_subjects (ctx, query, table, g_ptr_array_index (ctx->archive->projects, i), FALSE);
    finish (ctx, query, table, FALSE);
}

static void
add_experiment (Ctx *ctx, const Query *query, Table *table, const Node *experiment)
{
    if (xsi_is (experiment->xsi, query->type) && may_read_node (ctx->user, experiment))
        query_row (query, table, experiment, node_uri (experiment));
    if (!type_is ("xnat:imageAssessorData", query->type->name) &&
        !type_is (query->type->name, "xnat:imageAssessorData"))
        return;
    for (guint i = 0; experiment->assessors && i < experiment->assessors->len; i++) {
        const Node *assessor = g_ptr_array_index (experiment->assessors, i);

        if (xsi_is (assessor->xsi, query->type) && may_read_node (ctx->user, assessor))
            query_row (query, table, assessor, node_uri (assessor));
    }
}

void
list_experiments (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Table *table;

    if (answered (ctx, LIST_EXPERIMENTS))
        return;
    query = query_new (ctx, LIST_EXPERIMENTS, "xnat:experimentData", EXPERIMENT_COLUMNS, TRUE);
    if (refused (ctx, query, FALSE) || bulk_refused (ctx, query))
        return;
    table = query_table (query);
    table->title = "Matching experiments";
    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        const Node *project = g_ptr_array_index (ctx->archive->projects, i);

        for (guint j = 0; project->experiments && j < project->experiments->len; j++)
            add_experiment (ctx, query, table, g_ptr_array_index (project->experiments, j));
    }
    /* Only this form of the query is made of two halves, what is owned and what is shared, without repetitions. */
    if (query->filters->len == 0 && query->type->abstract_ && ctx->user && !ctx->user->admin)
        table_distinct (table);
    drop_key (table);
    finish (ctx, query, table, FALSE);
}

/* What a share replaces in the rows from @p first on. */
static void
patch_shared (const Query *query, Table *table, guint first, const Node *experiment, const Node *project)
{
    guint label = G_MAXUINT;
    guint owner = G_MAXUINT;
    guint subject_label = G_MAXUINT;
    const Node *subject = node_above (experiment, NODE_SUBJECT);

    /* Rows are found again by the path of their key, which has made way for a short name in some types. */
    if (experiment->project == project || !strchr (g_array_index (query->columns, Column, 0).key, '/'))
        return;
    g_ptr_array_find (table->columns, S ("label"), &label);
    g_ptr_array_find (table->columns, S ("project"), &owner);
    g_ptr_array_find (table->columns, S ("subject_label"), &subject_label);
    for (guint i = first; i < table->rows->len; i++) {
        const char **cells = g_ptr_array_index (table->rows, i);

        if (label < table->columns->len)
            cells[label] = node_label_in (experiment, project);
        if (owner < table->columns->len)
            cells[owner] = project->id;
        if (subject_label < table->columns->len)
            cells[subject_label] = node_label_in (subject, project);
    }
}

static void
add_in_project (const Query *query, Table *table, const Node *experiment, const Node *project)
{
    guint first = table->rows->len;

    if (experiment->kind == NODE_SUBJECT || !xsi_is (experiment->xsi, query->type))
        return;
    query_row (query, table, experiment, node_uri (experiment));
    patch_shared (query, table, first, experiment, project);
}

static void
add_all_in_project (const Query *query, Table *table, const Node *project, const Node *subject)
{
    for (guint i = 0; project->experiments && i < project->experiments->len; i++) {
        const Node *experiment = g_ptr_array_index (project->experiments, i);

        if (subject && experiment->parent != subject)
            continue;
        add_in_project (query, table, experiment, project);
        for (guint j = 0; experiment->assessors && j < experiment->assessors->len; j++)
            add_in_project (query, table, g_ptr_array_index (experiment->assessors, j), project);
    }
    for (guint i = 0; project->guests && i < project->guests->len; i++) {
        const Node *guest = g_ptr_array_index (project->guests, i);

        if (!subject || guest->parent == subject)
            add_in_project (query, table, guest, project);
    }
}

void
list_project_experiments (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_autoptr (Query) query = NULL;
    Node *project = find_project (ctx, route->project);
    Node *subject;
    Table *table;

    if (answered (ctx, LIST_EXPERIMENTS))
        return;
    if (!project || !may_read (ctx->user, project)) {
        refuse_project (ctx, route, project, "experiments");
        return;
    }
    subject = route->subject ? find_subject (ctx, project, route->subject) : NULL;
    if (route->subject && !subject) {
        page_status (ctx, 404, NULL);
        return;
    }
    query = query_new (ctx, LIST_EXPERIMENTS, "xnat:subjectAssessorData", EXPERIMENT_COLUMNS, TRUE);
    if (refused (ctx, query, TRUE) || bulk_refused (ctx, query))
        return;
    table = query_table (query);
    add_all_in_project (query, table, project, subject);
    /* As with the whole site: two halves without repetitions, unless there is more to ask than the project. */
    if (query->filters->len == 0 && !subject && query->type->abstract_ && ctx->user)
        table_distinct (table);
    drop_key (table);
    finish (ctx, query, table, TRUE);
}
