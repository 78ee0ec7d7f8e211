/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file query.h
 * A listing's question to the database: columns, filters, the type of its rows.
 */
#pragma once

#include "filters.h"
#include "table.h"

typedef struct Query {
    Listing listing;
    const Type *type;   /**< of the rows */
    GArray *columns;    /**< of Column */
    GArray *joins;      /**< of Join: what the columns speak of */
    GArray *filters;    /**< of Filter */
    GArray *conditions; /**< of Join: what the filters speak of */
    guint empty_filters;
    gboolean numbers; /**< numbers, counts or sizes of resources are among the columns */
    gboolean broken;  /**< the database would refuse it */
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

/** @return a table with the query's columns and URI. */
Table *query_table (const Query *query);

/** Adds the rows of one root object, when the filters let it through. @p uri is the last cell. */
void query_row (const Query *query, Table *table, const Node *node, const char *uri);
