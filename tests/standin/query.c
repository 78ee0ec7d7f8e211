/* SPDX-License-Identifier: Apache-2.0 */
/* Columns and filters of a request, and the rows that they make. Must not know routes or rights. */
#include "query.h"

#include <string.h>

static const char *const not_filters[] = {"format",    "columns", "xsiType",   "limit",    "offset",      "sortBy",
                                          "sortOrder", "fields",  "XNAT_CSRF", "all",      "rowsPerPage", "recent",
                                          "media",     "charset", "encoding",  "language", "method",      NULL};

void
query_free (Query *query)
{
    for (guint i = 0; i < query->filters->len; i++)
        g_strfreev (g_array_index (query->filters, Filter, i).wanted);
    g_array_unref (query->columns);
    g_array_unref (query->joins);
    g_array_unref (query->filters);
    g_array_unref (query->conditions);
    g_free (query);
}

/* Unknown names are dropped. */
static void
add_column (Query *query, const char *name)
{
    Column column;

    if (strcmp (name, "URI") == 0 || !column_find (&column, query->listing, name))
        return;
    for (guint i = 0; i < query->columns->len; i++) {
        if (g_array_index (query->columns, Column, i).key == column.key)
            return;
    }
    g_array_append_val (query->columns, column);
}

static void
add_list (Query *query, const char *list)
{
    g_auto (GStrv) names = g_strsplit (list, ",", -1);

    for (guint i = 0; names[i]; i++)
        add_column (query, g_strstrip (names[i]));
}

static void
read_filters (Ctx *ctx, Query *query)
{
    const GArray *params = ctx->req->params;

    for (guint i = 0; i < params->len; i++) {
        const Pair *pair = &g_array_index (params, Pair, i);
        Filter filter;

        /* A repeated parameter: the first value wins. */
        if (g_strv_contains (not_filters, pair->name) || request_param (ctx->req, pair->name) != pair->value)
            continue;
        if (!column_find (&filter.column, query->listing, pair->name)) {
            query->empty_filters += strchr (pair->name, '/') != NULL;
            continue;
        }
        filter.wanted = g_strsplit (xml_escape (pair->value), ",", -1);
        g_array_append_val (query->filters, filter);
    }
}

/* Columns and filters of a sub-type narrow the listing to it. */
static const Type *
narrowed (const Type *root, const Column *column)
{
    return type_is (column->type->name, root->name) ? column->type : root;
}

static void
find_type (Ctx *ctx, Query *query, const char *root)
{
    const char *asked = request_param (ctx->req, "xsiType");

    query->type = type_find (root);
    if (asked && *asked && !strchr (asked, ',')) {
        const Type *type = type_find (asked);

        query->broken = !type;
        query->type = type ? type : query->type;
        return;
    }
    for (guint i = 0; i < query->columns->len; i++)
        query->type = narrowed (query->type, &g_array_index (query->columns, Column, i));
    for (guint i = 0; i < query->filters->len; i++)
        query->type = narrowed (query->type, &g_array_index (query->filters, Filter, i).column);
}

/* The key of the rows' type comes along unasked, and first. */
static void
add_key (Query *query)
{
    const char *field = query->listing == LIST_SCANS    ? "xnat_imagescandata_id"
                        : query->listing == LIST_RECONS ? "xnat_reconstructedimagedata_id"
                                                        : "ID";
    g_autofree char *path = g_strconcat (query->type->name, "/", field, NULL);
    Column column;

    if (!column_find (&column, query->listing, path))
        return;
    for (guint i = 0; i < query->columns->len; i++) {
        if (g_array_index (query->columns, Column, i).key == column.key) {
            g_array_remove_index (query->columns, i);
            break;
        }
    }
    g_array_prepend_val (query->columns, column);
}

/* Default columns that only some types of rows have. */
static void
extend_defaults (Query *query)
{
    if (type_is (query->type->name, "xnat:subjectAssessorData"))
        add_list (query, "subject_ID,subject_label");
    if (type_is (query->type->name, "xnat:imageAssessorData"))
        add_list (query, "session_ID,session_label");
}

static void
bind_columns (Query *query)
{
    for (guint i = 0; i < query->columns->len; i++) {
        Column *column = &g_array_index (query->columns, Column, i);

        if (column_bind (column, query->joins))
            query->numbers =
                query->numbers || (column->special >= SPECIAL_FILE_ID && column->special <= SPECIAL_FILE_SIZE);
        else
            query->broken = TRUE;
    }
}

static gboolean
has_field (const Column *column)
{
    g_autoptr (GArray) joins = joins_new (column->type);
    Column alone = *column;

    return column_bind (&alone, joins);
}

/* A filter without a value, or on an unknown field, is an empty condition: harmless alone, not beside another one. */
static void
bind_filters (Query *query)
{
    for (guint i = query->filters->len; i > 0; i--) {
        Filter *filter = &g_array_index (query->filters, Filter, i - 1);

        if (filter->wanted[0] && column_bind (&filter->column, query->conditions))
            continue;
        if (filter->wanted[0] && has_field (&filter->column))
            query->broken = TRUE;
        g_strfreev (filter->wanted);
        g_array_remove_index (query->filters, i - 1);
        query->empty_filters++;
    }
    if (query->empty_filters > 0 && query->filters->len > 0)
        query->broken = TRUE;
}

Query *
query_new (Ctx *ctx, Listing listing, const char *root, const char *defaults, gboolean filters)
{
    Query *query = g_new0 (Query, 1);
    const char *columns = request_param (ctx->req, "columns");
    gboolean by_default = !columns || !*columns || strcmp (columns, "DEFAULT") == 0;
    g_autofree char *twice = by_default ? NULL : http_decode (columns, -1, TRUE);

    query->listing = listing;
    query->columns = g_array_new (FALSE, FALSE, sizeof (Column));
    query->filters = g_array_new (FALSE, FALSE, sizeof (Filter));
    if (filters)
        read_filters (ctx, query);
    add_list (query, by_default ? defaults : twice);
    find_type (ctx, query, root);
    if (by_default && strcmp (root, "xnat:experimentData") == 0)
        extend_defaults (query);
    add_key (query);
    /* Of abstract types also what tells the rows apart. */
    if (listing == LIST_EXPERIMENTS && query->type->abstract_)
        add_list (query, "xsiType,project");
    query->joins = joins_new (query->type);
    query->conditions = joins_new (query->type);
    bind_columns (query);
    bind_filters (query);
    if (listing == LIST_EXPERIMENTS)
        ctx->work_us += (gint64)app.settings.bulk_ms * 1000;
    return query;
}

Table *
query_table (const Query *query)
{
    Table *table = table_new (NULL);

    for (guint i = 0; i < query->columns->len; i++)
        table_column (table, g_array_index (query->columns, Column, i).key);
    table_column (table, "URI");
    if (query->numbers)
        table->us_per_row += app.settings.bulk_us_per_number;
    return table;
}

typedef struct Emit {
    const Query *query;
    Table *table;
    const char *uri;
} Emit;

static gboolean
emit_row (gconstpointer const *objects, gpointer data)
{
    Emit *emit = data;
    const GArray *columns = emit->query->columns;
    const char **cells = table_row (emit->table);

    for (guint i = 0; i < columns->len; i++)
        cells[i] = column_value (&g_array_index (columns, Column, i), objects);
    cells[columns->len] = S (emit->uri);
    return TRUE;
}

void
query_row (const Query *query, Table *table, const Node *node, const char *uri)
{
    Emit emit = {query, table, uri};

    if (filters_fit (query->filters, query->conditions, node))
        (void)joins_each (query->joins, node, emit_row, &emit);
}
