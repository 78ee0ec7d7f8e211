/* SPDX-License-Identifier: Apache-2.0 */
/* File listings, and which file names a URL can carry. */
#include "find/catalog-private.h"

#include "base/error.h"
#include "base/log.h"

#include <string.h>

/* More than that no listing adds up to; so sums of sizes, with what files take beside, stay far from the end of 64 bits. */
#define MAX_SUM (G_MAXINT64 / 4)

/* What takes longer is asked for by number, with all the time that it needs. */
#define GUESS_TIMEOUT_MS (10 * 1000)

const char *const XN_CATALOG_COLUMNS[] = {"URI", "Size", "digest", "cat_ID", NULL};
#define SCANS "/scans/"
#define RESOURCES "resources/"
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

const char *
xn_path_in_resource (const char *text, const char *resource)
{
    const gsize length = resource != NULL ? strlen (resource) : 0;
    for (const char *at = text; (at = strstr (at, RESOURCES)) != NULL; at += strlen (RESOURCES)) {
        const char *id = at + strlen (RESOURCES);
        if (at != text && at[-1] != '/')
            continue;
        if (resource == NULL) {
            const char *files = strstr (id, FILES);
            return files != NULL ? files + strlen (FILES) : NULL;
        }
        if (strncmp (id, resource, length) == 0 && g_str_has_prefix (id + length, FILES))
            return id + length + strlen (FILES);
    }
    return NULL;
}

static char *
digest_of (const char *text)
{
    if (strlen (text) != 32 || strspn (text, "0123456789abcdefABCDEF") != 32)
        return NULL;
    return g_ascii_strdown (text, -1);
}

/* In a path the server takes a scan's type for its ID, too, and lists what both have; the URI tells the scan. Of a
 * single resource it tells all scans that the path named ("/scans/5,7/"), and only a number says whose it is.
 * @path: what is below the resource, in @uri */
static gboolean
is_of_another_scan (const XnCatalogReader *listing, const char *uri, const char *path)
{
    const char *own = listing->mark != NULL ? strstr (uri, listing->mark) : uri;
    if (own != NULL && own < path)
        return FALSE;
    g_autofree char *above = g_strndup (uri, (gsize)(path - uri));
    char *resource = g_strrstr (above, "/" RESOURCES);
    if (resource != NULL)
        *resource = '\0';
    const char *scan = g_strrstr (above, SCANS);
    if (scan == NULL || resource == NULL)
        return FALSE;
    scan += strlen (SCANS);
    /* The ID stands there as it is; what comes between may have encoded it. */
    g_autofree char *decoded = g_uri_unescape_string (scan, NULL);
    g_auto (GStrv) named = g_strsplit (decoded != NULL ? decoded : "", ",", -1);
    const gboolean is_several = named[0] != NULL && named[1] != NULL;
    return listing->item->scan_id == NULL || !g_strv_contains ((const char *const *)named, listing->item->scan_id) ||
           (is_several && listing->item->resource_id == NULL);
}

/* Numeric IDs, one of them perhaps not told. */
static gboolean
may_be_same_number (const char *one, const char *two)
{
    return *one == '\0' || *two == '\0' || g_str_equal (one + strspn (one, "0"), two + strspn (two, "0"));
}

/* Whether a row belongs to what was asked for; notes what does not. */
static gboolean
is_own_row (XnCatalogReader *listing, const char *const *cells, const char *path)
{
    XnCatalog *catalog = listing->catalog;
    const char *wanted = listing->item->resource_id;
    if (is_of_another_scan (listing, cells[XN_FILE_URI], path))
        return FALSE;
    if (catalog->resource_id == NULL)
        catalog->resource_id = g_strdup (wanted != NULL ? wanted : cells[XN_FILE_RESOURCE]);
    if (may_be_same_number (catalog->resource_id, cells[XN_FILE_RESOURCE]))
        return TRUE;
    catalog->of_several = TRUE;
    /* A number names the resource, and any other one that has it as its label. */
    return wanted == NULL;
}

/* The size that a row tells; -1 if it is none that a file can have. */
static gint64
listed_size (XnCatalogReader *listing, const char *text)
{
    char *end = NULL;
    const gint64 size = g_ascii_strtoll (text, &end, 10);
    if (*text == '\0' || *end != '\0' || size < 0 || size > MAX_SUM - listing->sum)
        return -1;
    listing->sum += size;
    return size;
}

gboolean
xn_catalog_read_row (const char *const *cells, gpointer data, GError **error)
{
    XnCatalogReader *listing = data;
    XnCatalog *catalog = listing->catalog;
    const char *path = xn_path_in_resource (cells[XN_FILE_URI], cells[XN_FILE_RESOURCE]);
    if (listing->is_a_guess && (*cells[XN_FILE_RESOURCE] == '\0' || path == NULL)) {
        xn_error_set (error, XN_ERROR_SERVER, "the server does not say whose file '%.200s' is", cells[XN_FILE_URI]);
        return FALSE;
    }
    if (path == NULL)
        path = xn_path_in_resource (cells[XN_FILE_URI], NULL);
    if (path == NULL || *path == '\0') {
        xn_error_set (error, XN_ERROR_SERVER, "the server lists a file without a path: '%.200s'", cells[XN_FILE_URI]);
        return FALSE;
    }
    if (!is_own_row (listing, cells, path)) {
        listing->n_left_out++;
        return TRUE;
    }
    GError *runaway = NULL;
    if (listing->files != NULL && !xn_matcher_matches (listing->files, path, &runaway)) {
        if (runaway != NULL)
            g_propagate_error (error, runaway);
        return runaway == NULL;
    }
    if (g_hash_table_contains (catalog->by_path, path))
        return TRUE;
    XnEntry *entry = g_new0 (XnEntry, 1);
    entry->path = g_strdup (path);
    entry->size = listed_size (listing, cells[XN_FILE_SIZE]);
    entry->digest = digest_of (cells[XN_FILE_DIGEST]);
    g_ptr_array_add (catalog->entries, entry);
    g_hash_table_insert (catalog->by_path, entry->path, entry);
    return TRUE;
}

void
xn_catalog_restart (gpointer data)
{
    XnCatalogReader *listing = data;
    XnCatalog *catalog = listing->catalog;
    listing->n_left_out = 0;
    listing->sum = 0;
    g_hash_table_remove_all (catalog->by_path);
    g_ptr_array_set_size (catalog->entries, 0);
    g_clear_pointer (&catalog->resource_id, g_free);
    catalog->of_several = FALSE;
}

/* Rows of another resource or scan are no surprise, but if there are no others, where there should be, the rows were not
 * understood. */
static gboolean
is_believable (const XnCatalogReader *listing, const char *name, GError **error)
{
    if (listing->n_left_out == 0)
        return TRUE;
    xn_log (XN_LOG_INFO, "%u files that the server lists for %s belong to another resource, and are left out",
            listing->n_left_out, name);
    if (listing->catalog->entries->len > 0 || listing->files != NULL || listing->item->files <= 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_SERVER,
                  "%s should have %" G_GINT64_FORMAT " files, but all of the %u that the server lists for it seem to "
                  "belong to another resource",
                  name, listing->item->files, listing->n_left_out);
    return FALSE;
}

XnCatalog *
xn_catalog_new (void)
{
    XnCatalog *catalog = g_new0 (XnCatalog, 1);
    catalog->entries = g_ptr_array_new_with_free_func (entry_free);
    catalog->by_path = g_hash_table_new (g_str_hash, g_str_equal);
    return catalog;
}

void
xn_catalog_sort (XnCatalog *catalog)
{
    g_ptr_array_sort (catalog->entries, entry_compare);
}

/* Streams the listing at @listing->path into a catalog. */
static XnCatalog *
catalog_read (XnClient *client, XnListing *listing, XnCatalogReader *under_way, XnOp *op, GError **error)
{
    g_autoptr (XnCatalog) catalog = xn_catalog_new ();
    listing->columns = XN_CATALOG_COLUMNS;
    listing->n_required = XN_FILE_N_COLUMNS;
    listing->pace = &catalog->pace;
    under_way->catalog = catalog;
    if (!xn_listing_stream (client, listing, xn_catalog_read_row, xn_catalog_restart, under_way, op, error))
        return NULL;
    xn_catalog_sort (catalog);
    return g_steal_pointer (&catalog);
}

static XnCatalog *
catalog_list (XnClient *client, const XnItem *item, const XnMatcher *files, XnOp *op, GError **error)
{
    g_autofree char *resource = xn_item_resource (item);
    g_autofree char *path = g_strdup_printf ("%s/files", resource);
    g_autofree char *name = xn_item_describe (item);
    g_autofree char *what = g_strdup_printf ("listing the files of %s", name);
    g_autofree char *mark = item->scan_id != NULL ? g_strdup_printf (SCANS "%s/" RESOURCES, item->scan_id) : NULL;
    XnListing listing = {.path = path,
                         .what = what,
                         .retry = XN_RETRY_READ,
                         .experiment = item->assessor_id != NULL ? item->assessor_id : item->experiment_id};
    XnCatalogReader under_way = {.item = item, .files = files, .mark = mark};
    g_autoptr (XnCatalog) catalog = catalog_read (client, &listing, &under_way, op, error);
    return catalog != NULL && is_believable (&under_way, name, error) ? g_steal_pointer (&catalog) : NULL;
}

XnCatalog *
xn_catalog_get (XnClient *client, const XnItem *item, XnOp *op, GError **error)
{
    return catalog_list (client, item, NULL, op, error);
}

gint64
xn_guess_timeout_ms (const XnOp *op)
{
    return MIN (xn_op_settings (op)->answer_timeout_ms, GUESS_TIMEOUT_MS);
}

XnCatalog *
xn_catalog_guess (XnClient *client, const char *path, XnOp *op, GError **error)
{
    XnListing listing = {.path = path,
                         .what = "listing the files by labels",
                         .retry = XN_RETRY_NONE,
                         .ahead = TRUE,
                         .guess = TRUE,
                         .answer_timeout_ms = xn_guess_timeout_ms (op)};
    g_autoptr (XnItem) unknown = xn_item_new ();
    XnCatalogReader under_way = {.item = unknown, .is_a_guess = TRUE};
    return catalog_read (client, &listing, &under_way, op, error);
}

XnCatalog *
xn_catalog_search (XnClient *client, const XnItem *item, const XnMatcher *files, XnOp *op, GError **error)
{
    return catalog_list (client, item, files, op, error);
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

static gboolean
entry_is_same (const XnEntry *one, const XnEntry *other)
{
    if (one == NULL || other == NULL)
        return one == other;
    return one->size == other->size && g_str_equal (one->path, other->path) &&
           g_strcmp0 (one->digest, other->digest) == 0;
}

gboolean
xn_catalog_is_same (const XnCatalog *one, const XnCatalog *other, const char *path)
{
    const XnEntry *my_file = path != NULL ? xn_catalog_find (one, path) : NULL;
    const XnEntry *other_file = path != NULL ? xn_catalog_find (other, path) : NULL;
    if (my_file != NULL || other_file != NULL)
        return entry_is_same (my_file, other_file);
    g_autoptr (GPtrArray) mine = xn_catalog_below (one, path);
    g_autoptr (GPtrArray) others = xn_catalog_below (other, path);
    if (mine->len != others->len)
        return FALSE;
    for (guint i = 0; i < mine->len; i++)
        if (!entry_is_same (g_ptr_array_index (mine, i), g_ptr_array_index (others, i)))
            return FALSE;
    return TRUE;
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
