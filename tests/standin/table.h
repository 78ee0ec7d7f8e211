/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file table.h
 * Tables as listings answer them: rows of strings, and the forms in which they go out.
 */
#pragma once

#include "app.h"

/** Cells are interned strings; NULL is the database's NULL. */
typedef struct Table {
    GPtrArray *columns; /**< of interned names */
    GPtrArray *rows;    /**< of arrays of cells, as many as columns */
    const char *title;  /**< NULL: none */
    gboolean total;     /**< totalRecords is told */
    gboolean head;      /**< Columns stand before the rows */
    gint us_per_row;    /**< what making a row costs; that of a query unless it is set */
} Table;

/** @return an empty table with a NULL-terminated list of columns. */
Table *table_new (const char *const *columns);
/** Adds a column. @return its index; the one it had when it was there. */
guint table_column (Table *table, const char *name);
/** Appends a row of NULLs. @return its cells, for the caller to fill in. */
const char **table_row (Table *table);
/** Frees a table; the cells are not its own. */
void table_free (Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, table_free)

/** Equal rows become one. */
void table_distinct (Table *table);
/** Keeps one page. */
void table_page (Table *table, guint64 offset, guint64 limit);

/**
 * Answers with a table: sorted or in some order, in the form that the request asks for. Takes the table over.
 * @param ctx the request; the answer is complete, or a refusal when no form fits.
 */
void reply_table (Ctx *ctx, Table *table);

/** Judges the Accept header. @param offers NULL-terminated types, best first. @return the winner, NULL: none. */
const char *accept_best (const Request *req, const char *const *offers);
