/* SPDX-License-Identifier: Apache-2.0 */
/* File listings, and which file names a URL can carry. */
#include "ops/catalog.h"

#include "base/error.h"
#include "ops/table.h"

#include <string.h>

enum { FILE_URI, FILE_SIZE, FILE_DIGEST, FILE_RESOURCE };
static const char *const COLUMNS[] = {"URI", "Size", "digest", "cat_ID", NULL};
#define RESOURCES "/resources/"
#define FILES "/files/"

static void
entry_free (gpointer data)
{
    XnEntry *entry = data;
    g_free (entry->path);
    g_free (entry->digest);
    g_free (entry);
}

static int
entry_compare (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(XnEntry *const *)a)->path, (*(XnEntry *const *)b)->path);
}

void
xn_catalog_free (XnCatalog *catalog)
{
    if (catalog == NULL)
        return;
    g_hash_table_unref (catalog->by_path);
    g_ptr_array_unref (catalog->entries);
    g_free (catalog->resource_id);
    g_free (catalog);
}

/* The name is what follows the first "/resources/ID/files/": a file may lie in a directory called "files" itself. */
static const char *
path_in_uri (const char *uri, const char *resource)
{
    const gsize length = strlen (resource);
    const char *first = strstr (uri, RESOURCES);
    for (const char *found = first; found != NULL; found = strstr (found + 1, RESOURCES)) {
        const char *id = found + strlen (RESOURCES);
        if (strncmp (id, resource, length) == 0 && g_str_has_prefix (id + length, FILES))
            return id + length + strlen (FILES);
    }
    const char *files = first != NULL ? strstr (first, FILES) : NULL;
    return files != NULL ? files + strlen (FILES) : NULL;
}

static char *
digest_of (const char *text)
{
    if (strlen (text) != 32 || strspn (text, "0123456789abcdefABCDEF") != 32)
        return NULL;
    return g_ascii_strdown (text, -1);
}

/* A listing under way. */
typedef struct {
    XnCatalog *catalog;
    const XnItem *item;
    const XnMatcher *files; /* (nullable) which ones are wanted */
} Listing;

/* In a path the server takes a scan's type for its ID, too, and lists what both have; the URI tells the scan. */
static gboolean
is_of_another_scan (const XnItem *item, const char *uri)
{
    const char *scan = item->scan_id != NULL ? strstr (uri, "/scans/") : NULL;
    if (scan == NULL)
        return FALSE;
    scan += strlen ("/scans/");
    const gsize length = strlen (item->scan_id);
    return strncmp (scan, item->scan_id, length) != 0 || !g_str_has_prefix (scan + length, "/resources/");
}

/* XnTableRowFunc */
static gboolean
catalog_row (const char *const *cells, gpointer data, GError **error)
{
    const Listing *listing = data;
    XnCatalog *catalog = listing->catalog;
    const char *wanted = listing->item->resource_id;
    const char *path = path_in_uri (cells[FILE_URI], cells[FILE_RESOURCE]);
    if (path == NULL || *path == '\0') {
        xn_error_set (error, XN_ERROR_SERVER, "the server lists a file without a path: '%.200s'", cells[FILE_URI]);
        return FALSE;
    }
    if (is_of_another_scan (listing->item, cells[FILE_URI])) {
        catalog->elsewhere = TRUE;
        return TRUE;
    }
    if (catalog->resource_id == NULL)
        catalog->resource_id = g_strdup (wanted != NULL ? wanted : cells[FILE_RESOURCE]);
    const gboolean of_another = !g_str_equal (catalog->resource_id, cells[FILE_RESOURCE]);
    catalog->of_several = catalog->of_several || of_another;
    /* A number names the resource, and any other one that has it as its label. */
    if (of_another && wanted != NULL)
        return TRUE;
    GError *runaway = NULL;
    if (listing->files != NULL && !xn_matcher_matches (listing->files, path, &runaway)) {
        if (runaway != NULL)
            g_propagate_error (error, runaway);
        return runaway == NULL;
    }
    if (g_hash_table_contains (catalog->by_path, path))
        return TRUE;
    char *end = NULL;
    XnEntry *entry = g_new0 (XnEntry, 1);
    entry->path = g_strdup (path);
    entry->size = g_ascii_strtoll (cells[FILE_SIZE], &end, 10);
    if (*cells[FILE_SIZE] == '\0' || *end != '\0' || entry->size < 0 || entry->size == G_MAXINT64)
        entry->size = -1;
    entry->digest = digest_of (cells[FILE_DIGEST]);
    g_ptr_array_add (catalog->entries, entry);
    g_hash_table_insert (catalog->by_path, entry->path, entry);
    return TRUE;
}

static void
catalog_restart (gpointer data)
{
    XnCatalog *catalog = ((const Listing *)data)->catalog;
    g_hash_table_remove_all (catalog->by_path);
    g_ptr_array_set_size (catalog->entries, 0);
    g_clear_pointer (&catalog->resource_id, g_free);
    catalog->of_several = catalog->elsewhere = FALSE;
}

static XnCatalog *
catalog_list (XnClient *client, const XnItem *item, const XnMatcher *files, gboolean once, XnOp *op, GError **error)
{
    const char *experiment = item->assessor_id != NULL ? item->assessor_id : item->experiment_id;
    g_autofree char *resource = xn_item_resource (item);
    g_autofree char *path = g_strdup_printf ("%s/files", resource);
    g_autofree char *name = xn_item_describe (item);
    g_autofree char *what = g_strdup_printf ("listing the files of %s", name);
    const XnListing listing = {.path = path,
                               .columns = COLUMNS,
                               .n_required = 4,
                               .what = what,
                               .retry = once ? XN_RETRY_BUSY : XN_RETRY_READ,
                               .experiment = once ? NULL : experiment};
    g_autoptr (XnCatalog) catalog = g_new0 (XnCatalog, 1);
    catalog->entries = g_ptr_array_new_with_free_func (entry_free);
    catalog->by_path = g_hash_table_new (g_str_hash, g_str_equal);
    Listing under_way = {catalog, item, files};
    if (!xn_listing_stream (client, &listing, catalog_row, catalog_restart, &under_way, op, error))
        return NULL;
    g_ptr_array_sort (catalog->entries, entry_compare);
    return g_steal_pointer (&catalog);
}

XnCatalog *
xn_catalog_get (XnClient *client, const XnItem *item, XnOp *op, GError **error)
{
    return catalog_list (client, item, NULL, FALSE, op, error);
}

XnCatalog *
xn_catalog_try (XnClient *client, const XnItem *item, XnOp *op, GError **error)
{
    return catalog_list (client, item, NULL, TRUE, op, error);
}

XnCatalog *
xn_catalog_search (XnClient *client, const XnItem *item, const XnMatcher *files, XnOp *op, GError **error)
{
    return catalog_list (client, item, files, FALSE, op, error);
}

const XnEntry *
xn_catalog_find (const XnCatalog *catalog, const char *path)
{
    return g_hash_table_lookup (catalog->by_path, path);
}

static gboolean
is_below (const char *path, const char *directory)
{
    const gsize length = strlen (directory);
    return strncmp (path, directory, length) == 0 && path[length] == '/';
}

gboolean
xn_catalog_has_directory (const XnCatalog *catalog, const char *path)
{
    for (guint i = 0; i < catalog->entries->len; i++)
        if (is_below (((const XnEntry *)g_ptr_array_index (catalog->entries, i))->path, path))
            return TRUE;
    return FALSE;
}

GPtrArray *
xn_catalog_below (const XnCatalog *catalog, const char *path)
{
    GPtrArray *below = g_ptr_array_new ();
    for (guint i = 0; i < catalog->entries->len; i++) {
        XnEntry *entry = g_ptr_array_index (catalog->entries, i);
        if (path == NULL || is_below (entry->path, path))
            g_ptr_array_add (below, entry);
    }
    return below;
}

/* "x.zip/y" and "x.zip!y" are read as something inside an archive. */
static gboolean
looks_inside_archive (const char *path)
{
    static const char *const ENDINGS[] = {".zip", ".jar", ".rar", ".ear", ".gar", ".mrb"};
    g_autofree char *lower = g_ascii_strdown (path, -1);
    for (gsize i = 0; i < G_N_ELEMENTS (ENDINGS); i++)
        for (const char *at = strstr (lower, ENDINGS[i]); at != NULL; at = strstr (at + 1, ENDINGS[i]))
            if (at[strlen (ENDINGS[i])] == '/' || at[strlen (ENDINGS[i])] == '!')
                return TRUE;
    return FALSE;
}

/* "a//b", "a/./b" and "a/../b" are refused by the server's firewall, or become another path on the way. */
static gboolean
has_odd_segment (const char *path)
{
    const gsize length = strlen (path);
    g_autofree char *framed = g_strdup_printf ("/%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/");
    return strstr (framed, "//") != NULL || strstr (framed, "/./") != NULL || strstr (framed, "/../") != NULL;
}

/* A name that holds percent signs because it was stored as it came in a URL is asked for in just that form. */
static gboolean
is_stored_encoded (const char *path)
{
    static const char *const REFUSED[] = {"25", "2F", "5C", "3B", "2E", "20", "2B"};
    for (const char *c = path; *c != '\0'; c++) {
        if (*c != '%')
            continue;
        if (!g_ascii_isxdigit (c[1]) || !g_ascii_isxdigit (c[2]))
            return FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS (REFUSED); i++)
            if (g_ascii_strncasecmp (c + 1, REFUSED[i], 2) == 0)
                return FALSE;
    }
    return path[strspn (path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~/%")] == '\0';
}

char *
xn_entry_tail (const char *path)
{
    if (strpbrk (path, ";\\") != NULL || looks_inside_archive (path) || has_odd_segment (path))
        return NULL;
    if (strchr (path, '%') != NULL)
        return is_stored_encoded (path) ? g_strdup (path) : NULL;
    return xn_encode_path (path);
}

gboolean
xn_entry_can_be_put (const char *path)
{
    return path[strspn (path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._/")] == '\0' &&
           !looks_inside_archive (path) && !has_odd_segment (path);
}
