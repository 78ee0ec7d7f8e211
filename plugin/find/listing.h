/* SPDX-License-Identifier: Apache-2.0 */
/* A listing of the server, as a table of texts. */
#pragma once

#include "server/client.h"

/** How an answer came. */
typedef struct {
    gint64 wait_us; /**< until its header */
    gint64 body_us; /**< from then to its end */
    gint64 bytes;   /**< of its body; 0 where the time does not tell how fast they came */
} XnPace;

/** What to list; borrowed. */
typedef struct {
    const char *path;           /**< REST path, percent-encoded */
    const char *query;          /**< (nullable) without format=json, which is added */
    const char *const *columns; /**< as for xn_rows_new() */
    guint n_required;           /**< the first so many columns must be in every row */
    const char *what;           /**< for messages: "listing the scans of XNAT_E1" */
    XnRetry retry;
    gint64 answer_timeout_ms; /**< 0: the setting */
    gboolean early, ahead;    /**< as XnCall's */
    gboolean guess;           /**< as XnCall's */
    gboolean of_items; /**< the path is that of an item document: the rows are its items that have what is required */
    const char *experiment; /**< (nullable) accession ID: a 500 is settled by asking whether it exists at all */
    XnPace *pace;           /**< (nullable) out: of the answer that counted */
} XnListing;

/** Takes one row as it arrives; cells in the order of the columns, never NULL for required ones. */
typedef gboolean (*XnTableRowFunc) (const char *const *cells, gpointer data, GError **error);

/**
 * Lists, giving each row to @row. @restart is called before each try, so that rows of a broken one are dropped.
 * Errors: as xn_client_call(); SERVER for an answer that is no listing or lacks a required column.
 */
gboolean xn_listing_stream (XnClient *client, const XnListing *listing, XnTableRowFunc row, void (*restart) (gpointer),
                            gpointer data, XnOp *op, GError **error);

typedef struct XnTable XnTable;

/** Lists into a table: (transfer full). Errors as xn_listing_stream(). */
XnTable *xn_table_get (XnClient *client, const XnListing *listing, XnOp *op, GError **error);
XnTable *xn_table_ref (XnTable *table);
void xn_table_unref (XnTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnTable, xn_table_unref)

/** The rows that have @text in one of both columns, as a table: (transfer full). */
XnTable *xn_table_where (const XnTable *table, guint column, guint other, const char *text);

guint xn_table_n_rows (const XnTable *table);
/** A cell; "" for what was empty or missing. Owned by the table. */
const char *xn_table_cell (const XnTable *table, guint row, guint column);
