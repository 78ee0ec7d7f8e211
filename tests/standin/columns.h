/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file columns.h
 * Columns and filters of listings: shortcut names, full paths, the keys under which they come back, their values.
 */
#pragma once

#include "table.h"
#include "types.h"

typedef enum Listing {
    LIST_PROJECTS = 1,
    LIST_SUBJECTS = 2,
    LIST_EXPERIMENTS = 4, /**< experiments and assessors, in whatever route */
    LIST_SCANS = 8,
    LIST_RECONS = 16
} Listing;

/** What one row is about; NULL where a join has nothing. */
typedef struct Row {
    const Node *node; /**< project, subject, experiment or assessor, scan or reconstruction: the root of the listing */
    const Node *scan;
    const Resource *file;
    const Share *share;
    const Node *assessor; /**< of a session, when the session is the root */
} Row;

/** Which object of a row a column speaks of. */
typedef enum Place { PLACE_PROJECT, PLACE_SUBJECT, PLACE_EXPERIMENT, PLACE_SCAN, PLACE_ROW } Place;

/** Values that are not kept as fields; those of files last. */
typedef enum Special {
    SPECIAL_NONE,
    SPECIAL_ID,
    SPECIAL_PROJECT,
    SPECIAL_XSI,
    SPECIAL_INSERTED,
    SPECIAL_INSERTED_BY,
    SPECIAL_PK,
    SPECIAL_SUBJECT,
    SPECIAL_PARENT,
    SPECIAL_LABEL,
    SPECIAL_SHARE_PROJECT,
    SPECIAL_SHARE_LABEL,
    SPECIAL_FILE_LABEL,
    SPECIAL_FILE_FORMAT,
    SPECIAL_FILE_CONTENT,
    SPECIAL_FILE_ID,
    SPECIAL_FILE_COUNT,
    SPECIAL_FILE_SIZE
} Special;

typedef struct Column {
    const char *key;   /**< under which it comes back */
    const Type *type;  /**< the element that the path begins with */
    const char *field; /**< the path below it, without conditions */
    const char *name;  /**< of the field in its object; this and the rest are set by column_prepare() */
    Place place;
    Special special;
    gboolean any_scan; /**< speaks of scans of all types */
} Column;

/** Works out where a column's values come from. Needs type and field. */
void column_prepare (Column *column);

typedef struct Filter {
    Column column;
    char **wanted;   /**< the values, escaped as XML; any of them will do */
    gboolean joined; /**< speaks of something that rows multiply by */
} Filter;

typedef struct Query {
    Listing listing;
    const char *root; /**< type of the rows */
    const Type *type; /**< the same */
    GArray *columns;  /**< of Column */
    GArray *filters;  /**< of Filter */
    guint empty_filters;
    gboolean by_scan;     /**< rows multiply by scans, */
    gboolean by_file;     /**< by the scans' resources, */
    gboolean by_share;    /**< by shares, */
    gboolean by_assessor; /**< by assessors */
    gboolean broken;      /**< the database would refuse it */
} Query;

/**
 * Reads columns and filters of a request.
 * @param defaults comma list of the default columns. @param root the type of rows unless the request narrows it.
 * @param filters whether filters work here. @return owned by the caller.
 */
Query *query_new (Ctx *ctx, Listing listing, const char *root, const char *defaults, gboolean filters);
/** Frees a query. */
void query_free (Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Query, query_free)

/** Adds a column by shortcut or path; unknown ones are dropped. */
void query_add (Query *query, const char *name);

/** @return a table with the query's columns and URI. */
Table *query_table (const Query *query);

/** Adds the rows of one root object: joined, filtered. @p uri is the last cell. */
void query_row (const Query *query, Table *table, const Node *node, const char *uri);

/** @return the value of a column, or NULL. */
const char *column_value (const Column *column, const Row *row);
