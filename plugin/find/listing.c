/* SPDX-License-Identifier: Apache-2.0 */
/* Listings: the call, the stream of rows, and tables made of them. */
#include "find/listing.h"

#include "base/error.h"
#include "json/items.h"
#include "json/rows.h"

typedef struct {
    const XnListing *listing;
    XnTableRowFunc row;
    void (*restart) (gpointer);
    gpointer data;
} Stream;

static gboolean
stream_row (const char *const *values, gpointer data, GError **error)
{
    Stream *stream = data;
    const char *cells[32];
    guint i = 0;
    for (; stream->listing->columns[i] != NULL && i < G_N_ELEMENTS (cells); i++) {
        if (values[i] == NULL && i < stream->listing->n_required) {
            if (stream->listing->of_items)
                return TRUE;
            xn_error_set (error, XN_ERROR_SERVER, "%s: the server's listing lacks the column %s", stream->listing->what,
                          stream->listing->columns[i]);
            return FALSE;
        }
        cells[i] = values[i] != NULL ? values[i] : "";
    }
    return stream->row (cells, stream->data, error);
}

static gboolean
stream_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Stream *stream = data;
    const XnListing *listing = stream->listing;
    g_autoptr (XnRows) rows = listing->of_items ? NULL : xn_rows_new (listing->columns, stream_row, stream);
    g_autoptr (XnItems) items = listing->of_items ? xn_items_new (listing->columns, stream_row, stream) : NULL;
    const gint64 begun_us = g_get_monotonic_time ();
    XnPace pace = {.wait_us = xn_transfer_waited_us (answer->transfer)};
    if (stream->restart != NULL)
        stream->restart (stream->data);
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            return FALSE;
        pace.bytes += answer->held ? 0 : MAX (n, 0);
        pace.body_us = g_get_monotonic_time () - begun_us;
        if (n == 0 && stream->listing->pace != NULL)
            *stream->listing->pace = pace;
        if (n == 0)
            return rows != NULL ? xn_rows_finish (rows, error) : xn_items_finish (items, error);
        if (rows != NULL ? !xn_rows_feed (rows, bytes, (gsize)n, error)
                         : !xn_items_feed (items, bytes, (gsize)n, error))
            return FALSE;
    }
}

/* XNAT answers 500 where an experiment that does not exist is asked for its scans, reconstructions or files; only the
 * experiment's own address tells the truth. */
static gboolean
experiment_exists (XnClient *client, const char *experiment, XnOp *op, GError **error)
{
    g_autofree char *id = xn_encode_segment (experiment);
    g_autofree char *path = g_strdup_printf ("/data/experiments/%s", id);
    g_autofree char *what = g_strdup_printf ("looking for experiment %s", experiment);
    const XnCall call = {.method = "GET",
                         .path = path,
                         .query = "format=json",
                         .what = what,
                         .expect = XN_EXPECT_JSON,
                         .retry = XN_RETRY_READ};
    return xn_client_call (client, &call, op, error);
}

gboolean
xn_listing_stream (XnClient *client, const XnListing *listing, XnTableRowFunc row, void (*restart) (gpointer),
                   gpointer data, XnOp *op, GError **error)
{
    Stream stream = {listing, row, restart, data};
    g_autofree char *query = listing->query != NULL ? g_strdup_printf ("format=json&%s", listing->query) : NULL;
    XnCall call = {
        .method = "GET",
        .path = listing->path,
        .query = query != NULL ? query : "format=json",
        .what = listing->what,
        .expect = XN_EXPECT_JSON,
        .retry = listing->experiment != NULL ? XN_RETRY_FEW : listing->retry,
        .answer_timeout_ms = listing->answer_timeout_ms,
        .early = listing->early,
        .ahead = listing->ahead,
        .guess = listing->guess,
        .consume = stream_consume,
        .consume_data = &stream,
    };
    g_autoptr (GError) first = NULL;
    if (xn_client_call (client, &call, op, &first))
        return TRUE;
    if (listing->experiment == NULL || xn_error_http_status (first) != 500) {
        g_propagate_error (error, g_steal_pointer (&first));
        return FALSE;
    }
    if (!experiment_exists (client, listing->experiment, op, error))
        return FALSE;
    call.retry = listing->retry;
    return xn_client_call (client, &call, op, error);
}

struct XnTable {
    gint references; /* (atomic); counted in line, so that ThreadSanitizer sees what it orders */
    guint n_columns;
    GStringChunk *texts; /* (owned) */
    GPtrArray *cells;    /* (owned) (element-type utf8) row by row; the texts are in the chunk */
};

static XnTable *
table_new (guint n_columns)
{
    XnTable *table = g_new0 (XnTable, 1);
    g_atomic_int_set (&table->references, 1);
    table->n_columns = n_columns;
    table->texts = g_string_chunk_new (1024);
    table->cells = g_ptr_array_new ();
    return table;
}

static void
table_restart (gpointer data)
{
    XnTable *table = data;
    g_ptr_array_set_size (table->cells, 0);
    g_string_chunk_clear (table->texts);
}

static gboolean
table_row (const char *const *cells, gpointer data, GError **error)
{
    XnTable *table = data;
    for (guint i = 0; i < table->n_columns; i++)
        g_ptr_array_add (table->cells, *cells[i] != '\0' ? g_string_chunk_insert_const (table->texts, cells[i]) : NULL);
    return TRUE;
}

XnTable *
xn_table_get (XnClient *client, const XnListing *listing, XnOp *op, GError **error)
{
    g_autoptr (XnTable) table = table_new (g_strv_length ((char **)listing->columns));
    if (!xn_listing_stream (client, listing, table_row, table_restart, table, op, error))
        return NULL;
    return g_steal_pointer (&table);
}

XnTable *
xn_table_ref (XnTable *table)
{
    g_atomic_int_inc (&table->references);
    return table;
}

void
xn_table_unref (XnTable *table)
{
    if (table == NULL || !g_atomic_int_dec_and_test (&table->references))
        return;
    g_string_chunk_free (table->texts);
    g_ptr_array_unref (table->cells);
    g_free (table);
}

guint
xn_table_n_rows (const XnTable *table)
{
    return table->n_columns > 0 ? table->cells->len / table->n_columns : 0;
}

const char *
xn_table_cell (const XnTable *table, guint row, guint column)
{
    const char *cell = g_ptr_array_index (table->cells, (gsize)row * table->n_columns + column);
    return cell != NULL ? cell : "";
}

XnTable *
xn_table_where (const XnTable *table, guint column, guint other, const char *text)
{
    XnTable *found = table_new (table->n_columns);
    for (guint row = 0; row < xn_table_n_rows (table); row++) {
        if (!g_str_equal (xn_table_cell (table, row, column), text) &&
            !g_str_equal (xn_table_cell (table, row, other), text))
            continue;
        for (guint i = 0; i < table->n_columns; i++) {
            const char *cell = xn_table_cell (table, row, i);
            g_ptr_array_add (found->cells, *cell != '\0' ? g_string_chunk_insert_const (found->texts, cell) : NULL);
        }
    }
    return found;
}
