/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of several resources, sorted by the number of the resource. */
#include "find/session-files.h"

#include "base/error.h"
#include "find/catalog-private.h"

#include <string.h>

/* Resources whose files are more than that are better listed each by itself: a server makes the whole answer before its first
 * byte, and several such answers at a time. */
#define MOST_ROWS 20000

/* One resource. */
typedef struct {
    XnCatalogReader reader;
    char *place; /* (owned) what stands before the path in the URI of each of its files */
    gboolean is_unclear;
} Part;

typedef struct {
    Part *parts; /* (owned) */
    guint n;
    GHashTable *by_number; /* (owned) Map<number, Part> */
    guint n_rows;
    gboolean is_foreign; /* rows of something else */
} Together;

static void
together_clear (Together *together)
{
    for (guint i = 0; i < together->n; i++) {
        xn_catalog_free (together->parts[i].reader.catalog);
        g_free (together->parts[i].place);
    }
    g_free (together->parts);
    g_hash_table_unref (together->by_number);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Together, together_clear)

gboolean
xn_session_files_fit (const XnItem *item)
{
    return item->experiment_id != NULL && item->resource_id != NULL && item->assessor_id == NULL &&
           item->reconstruction_id == NULL && strspn (item->resource_id, "0123456789") == strlen (item->resource_id);
}

char *
xn_session_files_path (const GPtrArray *items)
{
    const XnItem *first = g_ptr_array_index (items, 0);
    g_autofree char *experiment = xn_encode_segment (first->experiment_id);
    GString *path = g_string_new (NULL);
    g_string_append_printf (path, "/data/experiments/%s/resources/", experiment);
    for (guint i = 0; i < items->len; i++)
        g_string_append_printf (path, "%s%s", i > 0 ? "," : "",
                                ((const XnItem *)g_ptr_array_index (items, i))->resource_id);
    g_string_append (path, "/files");
    return g_string_free (path, FALSE);
}

static void
together_init (Together *together, const GPtrArray *items)
{
    together->parts = g_new0 (Part, items->len);
    together->n = items->len;
    together->by_number = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < items->len; i++) {
        const XnItem *item = g_ptr_array_index (items, i);
        Part *part = &together->parts[i];
        g_autofree char *scan = item->scan_id != NULL ? g_strdup_printf ("scans/%s/", item->scan_id) : g_strdup ("");
        part->reader = (XnCatalogReader){.catalog = xn_catalog_new (), .item = item};
        part->place =
            g_strdup_printf ("/experiments/%s/%sresources/%s/files/", item->experiment_id, scan, item->resource_id);
        g_hash_table_insert (together->by_number, (gpointer)item->resource_id, part);
    }
}

/* XnTableRowFunc */
static gboolean
together_row (const char *const *cells, gpointer data, GError **error)
{
    Together *together = data;
    Part *part = g_hash_table_lookup (together->by_number, cells[XN_FILE_RESOURCE]);
    together->is_foreign |= part == NULL;
    if (part == NULL || ++together->n_rows > MOST_ROWS)
        return TRUE;
    /* What is said to be somewhere else would have another name in an archive, too. */
    const char *place = strstr (cells[XN_FILE_URI], part->place);
    if (place == NULL ||
        place + strlen (part->place) != xn_path_in_resource (cells[XN_FILE_URI], part->reader.item->resource_id)) {
        part->is_unclear = TRUE;
        return TRUE;
    }
    return xn_catalog_read_row (cells, &part->reader, error);
}

static void
together_restart (gpointer data)
{
    Together *together = data;
    together->n_rows = 0;
    together->is_foreign = FALSE;
    for (guint i = 0; i < together->n; i++) {
        xn_catalog_restart (&together->parts[i].reader);
        together->parts[i].is_unclear = FALSE;
    }
}

/* What of the pace is @catalog's, so that it tells what this one would have taken. */
static void
share_pace (XnCatalog *catalog, const XnPace *pace, guint n_rows, gint64 latency_us)
{
    const double share = (double)catalog->entries->len / MAX (n_rows, 1);
    const gint64 work_us = MAX (pace->wait_us - latency_us, 0);
    catalog->pace = (XnPace){.wait_us = latency_us + (gint64)((double)work_us * share),
                             .body_us = (gint64)((double)pace->body_us * share),
                             .bytes = (gint64)((double)pace->bytes * share)};
}

static void
catalog_free (gpointer catalog)
{
    xn_catalog_free (catalog);
}

GPtrArray *
xn_session_files (XnClient *client, const GPtrArray *items, XnOp *op, GError **error)
{
    const XnItem *first = g_ptr_array_index (items, 0);
    g_auto (Together) together = {0};
    g_autofree char *path = xn_session_files_path (items);
    g_autofree char *what =
        g_strdup_printf ("listing the files of %u resources of %s", items->len, first->experiment_id);
    XnPace pace = {0};
    const XnListing listing = {.path = path,
                               .query = "all=true",
                               .columns = XN_CATALOG_COLUMNS,
                               .n_required = XN_FILE_N_COLUMNS,
                               .what = what,
                               .retry = XN_RETRY_NONE,
                               .pace = &pace};
    together_init (&together, items);
    if (!xn_listing_stream (client, &listing, together_row, together_restart, &together, op, error))
        return NULL;
    if (together.is_foreign || together.n_rows > MOST_ROWS) {
        xn_error_set (error, XN_ERROR_SERVER, "%s: the server lists %s", what,
                      together.is_foreign ? "files of another one" : "too many files");
        return NULL;
    }
    const gint64 latency_us = MAX (xn_client_least_wait_us (client), 0);
    GPtrArray *catalogs = g_ptr_array_new_full (together.n, catalog_free);
    for (guint i = 0; i < together.n; i++) {
        Part *part = &together.parts[i];
        XnCatalog *catalog = part->reader.catalog;
        if (part->is_unclear || part->reader.n_left_out > 0 || catalog->of_several || catalog->entries->len == 0) {
            g_ptr_array_add (catalogs, NULL);
            continue;
        }
        xn_catalog_sort (catalog);
        share_pace (catalog, &pace, together.n_rows, latency_us);
        g_ptr_array_add (catalogs, g_steal_pointer (&part->reader.catalog));
    }
    return catalogs;
}
