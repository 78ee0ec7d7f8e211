/* SPDX-License-Identifier: Apache-2.0 */
/* Columns and filters of a request, and the rows that they make. Must not know routes or rights. */
#include "columns.h"
#include "shortcuts.h"

#include <stdio.h>
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
    g_array_unref (query->filters);
    g_free (query);
}

/* A path without its conditions: `demographics[@xsi:type=...]/gender`. */
static char *
plain_path (const char *path)
{
    GString *out = g_string_new (NULL);
    guint depth = 0;

    for (const char *p = path; *p; p++) {
        depth += *p == '[';
        if (depth == 0)
            g_string_append_c (out, *p);
        depth -= *p == ']' && depth > 0;
    }
    return g_string_free (out, FALSE);
}

/* @return FALSE when there is no such thing. */
static gboolean
find_column (Query *query, const char *name, Column *column)
{
    const char *known = shortcut_path (query->listing, name);
    g_autofree char *path = plain_path (known ? known : name);
    char *slash = strchr (path, '/');
    g_autofree char *element = slash ? g_strndup (path, (gsize)(slash - path)) : NULL;
    const char *key = shortcut_key (query->listing, path);
    g_autofree char *lower = g_ascii_strdown (path, -1);

    if (!slash)
        return FALSE;
    column->type = type_find (element);
    if (!column->type)
        return FALSE;
    column->field = S (slash + 1);
    column->key = S (key ? key : lower);
    if (!type_has_field (column->type, column->field))
        query->broken = TRUE;
    column_prepare (column);
    return TRUE;
}

static void
note_joins (Query *query, const Column *column)
{
    gboolean scan = type_is (column->type->name, "xnat:imageScanData");
    gboolean below = g_ascii_strncasecmp (column->field, "scans/scan/", 11) == 0;

    if ((scan || below) && query->listing == LIST_EXPERIMENTS)
        query->by_scan = TRUE;
    if ((scan || below) && strstr (column->field, "file/"))
        query->by_file = TRUE;
    if (g_ascii_strncasecmp (column->field, "sharing/", 8) == 0)
        query->by_share = TRUE;
    if (type_is (column->type->name, "xnat:imageAssessorData") && type_is (query->root, "xnat:imageSessionData"))
        query->by_assessor = TRUE;
}

static void
add_column (Query *query, const Column *column)
{
    note_joins (query, column);
    for (guint i = 0; i < query->columns->len; i++) {
        if (g_array_index (query->columns, Column, i).key == column->key)
            return;
    }
    g_array_append_val (query->columns, *column);
}

void
query_add (Query *query, const char *name)
{
    Column column;

    if (strcmp (name, "URI") != 0 && find_column (query, name, &column))
        add_column (query, &column);
}

static void
add_list (Query *query, const char *list)
{
    g_auto (GStrv) names = g_strsplit (list, ",", -1);

    for (guint i = 0; names[i]; i++)
        query_add (query, g_strstrip (names[i]));
}

/* Filters on the row's own object are judged once, not for each joined row. */
static gboolean
is_joined (const Query *query, const Column *column)
{
    return query->listing == LIST_EXPERIMENTS &&
           (type_is (column->type->name, "xnat:imageScanData") || strchr (column->field, '/') ||
            type_is (column->type->name, "xnat:imageAssessorData"));
}

static void
read_filters (Ctx *ctx, Query *query)
{
    const GArray *params = ctx->req->params;

    for (guint i = 0; i < params->len; i++) {
        const Pair *pair = &g_array_index (params, Pair, i);
        Filter filter;
        gboolean was_broken = query->broken;

        /* A repeated parameter: the first value wins. */
        if (g_strv_contains (not_filters, pair->name) || request_param (ctx->req, pair->name) != pair->value)
            continue;
        if (!find_column (query, pair->name, &filter.column)) {
            query->empty_filters += strchr (pair->name, '/') != NULL;
            continue;
        }
        if (query->broken && !was_broken) {
            query->broken = FALSE;
            query->empty_filters++;
            continue;
        }
        if (!*pair->value) {
            query->empty_filters++;
            continue;
        }
        filter.wanted = g_strsplit (xml_escape (pair->value), ",", -1);
        filter.joined = is_joined (query, &filter.column);
        g_array_append_val (query->filters, filter);
    }
}

/* Columns and filters of a sub-type narrow the listing to it. */
static void
narrow (Query *query, const Column *column)
{
    const char *name = column->type->name;

    if (type_is (name, query->root))
        query->root = name;
}

static void
find_root (Ctx *ctx, Query *query)
{
    const char *asked = request_param (ctx->req, "xsiType");

    if (asked && *asked && !strchr (asked, ',')) {
        const Type *type = type_find (asked);

        query->broken = query->broken || !type;
        query->root = type ? type->name : query->root;
        return;
    }
    for (guint i = 0; i < query->columns->len; i++)
        narrow (query, &g_array_index (query->columns, Column, i));
    for (guint i = 0; i < query->filters->len; i++)
        narrow (query, &g_array_index (query->filters, Filter, i).column);
}

/* The key of the rows' type comes along, and for abstract ones what tells them apart. */
static void
add_key_columns (Query *query)
{
    g_autofree char *key = g_strconcat (query->root, "/ID", NULL);
    const Type *type = type_find (query->root);

    if (query->listing == LIST_EXPERIMENTS) {
        query_add (query, key);
        if (type->abstract_) {
            query_add (query, "xsiType");
            query_add (query, "project");
        }
    }
}

static void
extend_defaults (Query *query)
{
    if (type_is (query->root, "xnat:subjectAssessorData"))
        add_list (query, "subject_ID,subject_label");
    if (type_is (query->root, "xnat:imageAssessorData"))
        add_list (query, "session_ID,session_label");
}

Query *
query_new (Ctx *ctx, Listing listing, const char *root, const char *defaults, gboolean filters)
{
    Query *query = g_new0 (Query, 1);
    const char *columns = request_param (ctx->req, "columns");
    gboolean by_default = !columns || !*columns || strcmp (columns, "DEFAULT") == 0;

    query->listing = listing;
    query->root = root;
    query->columns = g_array_new (FALSE, FALSE, sizeof (Column));
    query->filters = g_array_new (FALSE, FALSE, sizeof (Filter));
    if (filters)
        read_filters (ctx, query);
    if (by_default) {
        add_list (query, defaults);
        find_root (ctx, query);
        if (strcmp (root, "xnat:experimentData") == 0)
            extend_defaults (query);
    } else {
        g_autofree char *twice = http_decode (columns, -1, TRUE);

        add_list (query, twice);
        find_root (ctx, query);
    }
    for (guint i = 0; i < query->columns->len; i++)
        note_joins (query, &g_array_index (query->columns, Column, i));
    for (guint i = 0; i < query->filters->len; i++)
        note_joins (query, &g_array_index (query->filters, Filter, i).column);
    query->type = type_find (query->root);
    add_key_columns (query);
    if (query->empty_filters > 0 && query->filters->len > 0)
        query->broken = TRUE;
    return query;
}

Table *
query_table (const Query *query)
{
    Table *table = table_new (NULL);

    for (guint i = 0; i < query->columns->len; i++)
        table_column (table, g_array_index (query->columns, Column, i).key);
    table_column (table, "URI");
    return table;
}

static gboolean
like (const char *pattern, const char *text)
{
    for (; *pattern; pattern++) {
        if (*pattern == '%' || *pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (like (pattern + 1, rest))
                    return TRUE;
                if (!*rest)
                    return FALSE;
            }
        }
        if (!*text || (*pattern != '_' && g_ascii_tolower (*pattern) != g_ascii_tolower (*text)))
            return FALSE;
        text++;
    }
    return *text == '\0';
}

/* Wildcards at the ends are dropped, the rest may stand anywhere. */
static gboolean
contains (const char *pattern, const char *text)
{
    g_autofree char *middle = g_strdup (pattern);
    g_autofree char *wrapped = NULL;
    char *from = middle + strspn (middle, "*%");
    gsize len = strlen (from);

    while (len > 0 && strchr ("*%", from[len - 1]))
        from[--len] = '\0';
    wrapped = g_strdup_printf ("%%%s%%", from);
    return like (wrapped, text);
}

/* MM/DD/YYYY as ISO, or NULL. */
static char *
iso_date (const char *text)
{
    guint month;
    guint day;
    guint year;
    char rest;

    if (sscanf (text, "%2u/%2u/%4u%c", &month, &day, &year, &rest) != 3)
        return NULL;
    return g_strdup_printf ("%04u-%02u-%02u", year, month, day);
}

static gboolean
date_fits (const char *wanted, const char *value)
{
    g_auto (GStrv) ends = g_strsplit (wanted, "-", 2);
    g_autofree char *first = iso_date (ends[0]);
    g_autofree char *last = ends[0] && ends[1] ? iso_date (ends[1]) : g_strdup (first);

    return first && last && strcmp (value, first) >= 0 && strcmp (value, last) <= 0;
}

static gboolean
filter_fits (const Filter *filter, const Row *row)
{
    const char *value = column_value (&filter->column, row);
    char **wanted = filter->wanted;
    gboolean date = g_ascii_strcasecmp (filter->column.field, "date") == 0;

    for (guint i = 0; value && wanted[i]; i++) {
        if (date                        ? date_fits (wanted[i], value)
            : strpbrk (wanted[i], "*%") ? contains (wanted[i], value)
                                        : strcmp (wanted[i], value) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
filters_fit (const Query *query, const Row *row, gboolean joined)
{
    for (guint i = 0; i < query->filters->len; i++) {
        const Filter *filter = &g_array_index (query->filters, Filter, i);

        if (filter->joined == joined && !filter_fits (filter, row))
            return FALSE;
    }
    return TRUE;
}

static void
emit (const Query *query, Table *table, const Row *row, const char *uri)
{
    const char **cells;

    if (!filters_fit (query, row, TRUE))
        return;
    cells = table_row (table);
    for (guint i = 0; i < query->columns->len; i++)
        cells[i] = column_value (&g_array_index (query->columns, Column, i), row);
    cells[table->columns->len - 1] = S (uri);
}

static void
by_file (const Query *query, Table *table, Row *row, const char *uri)
{
    const GPtrArray *files = query->by_file && row->scan ? row->scan->resources : NULL;

    row->file = NULL;
    if (!files || files->len == 0)
        emit (query, table, row, uri);
    for (guint i = 0; files && i < files->len; i++) {
        row->file = g_ptr_array_index (files, i);
        emit (query, table, row, uri);
    }
}

static void
by_scan (const Query *query, Table *table, Row *row, const char *uri)
{
    const GPtrArray *scans = query->by_scan ? row->node->scans : NULL;

    if (!scans || scans->len == 0)
        by_file (query, table, row, uri);
    for (guint i = 0; scans && i < scans->len; i++) {
        row->scan = g_ptr_array_index (scans, i);
        by_file (query, table, row, uri);
    }
}

static void
by_assessor (const Query *query, Table *table, Row *row, const char *uri)
{
    const GPtrArray *assessors = query->by_assessor ? row->node->assessors : NULL;

    if (!assessors || assessors->len == 0)
        by_scan (query, table, row, uri);
    for (guint i = 0; assessors && i < assessors->len; i++) {
        row->assessor = g_ptr_array_index (assessors, i);
        by_scan (query, table, row, uri);
    }
}

void
query_row (const Query *query, Table *table, const Node *node, const char *uri)
{
    Row row = {.node = node};

    if (query->listing == LIST_SCANS)
        row.scan = node;
    if (!filters_fit (query, &row, FALSE))
        return;
    if (!query->by_share || !node->shares || node->shares->len == 0)
        by_assessor (query, table, &row, uri);
    for (guint i = 0; query->by_share && node->shares && i < node->shares->len; i++) {
        row.share = &g_array_index (node->shares, Share, i);
        by_assessor (query, table, &row, uri);
    }
}
