/* SPDX-License-Identifier: Apache-2.0 */
/* How rows become the files of a resource: what the listing of one resource and that of several share. */
#pragma once

#include "find/catalog.h"

/** The columns of a listing of files, and their order in a row. */
extern const char *const XN_CATALOG_COLUMNS[];
enum { XN_FILE_URI, XN_FILE_SIZE, XN_FILE_DIGEST, XN_FILE_RESOURCE, XN_FILE_N_COLUMNS };

/** A resource whose rows come in; borrowed. */
typedef struct {
    XnCatalog *catalog;
    const XnItem *item;
    const XnMatcher *files; /**< (nullable) which ones are wanted */
    const char *mark;       /**< (nullable) what a URI holds if it is of the scan that was asked for */
    guint n_left_out;       /**< rows of something else */
    gint64 sum;             /**< of the sizes */
    gboolean is_a_guess;    /**< each row must say whose it is */
} XnCatalogReader;

/** XnTableRowFunc over an XnCatalogReader: takes a row, or counts that it is of something else. Errors: SERVER for a file
 *  without a path, USAGE for a runaway expression. */
gboolean xn_catalog_read_row (const char *const *cells, gpointer data, GError **error);
/** Drops what has come. */
void xn_catalog_restart (gpointer data);

/** One without files: (transfer full). */
XnCatalog *xn_catalog_new (void);
/** Brings the files into their order, once all have come. */
void xn_catalog_sort (XnCatalog *catalog);
