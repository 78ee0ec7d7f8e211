/* SPDX-License-Identifier: Apache-2.0 */
/* The listing before and after. */
#include "put/compare.h"

#include "base/error.h"
#include "base/log.h"
#include "find/catalog.h"
#include "put/stored.h"

#include <string.h>

#define MAX_NAMED 5

/* One comparison under way; all borrowed. */
typedef struct {
    XnClient *client;
    const XnItem *resource;
    GPtrArray *sendings; /* (element-type XnSending) */
    gboolean overwrite;
    XnOp *op;
} Comparison;

static gboolean
stop_hashing (gpointer data)
{
    return !xn_op_check (data, NULL);
}

static gboolean
learn_md5 (Comparison *comparison, XnSending *sending, GError **error)
{
    if (sending->md5 == NULL)
        sending->md5 = xn_tree_file_md5 (sending->file, stop_hashing, comparison->op, error);
    return sending->md5 != NULL;
}

static void
set_done (Comparison *comparison, XnSending *sending, gboolean was_there)
{
    sending->done = TRUE;
    xn_op_add_done (comparison->op, 1, was_there ? sending->file->size : 0);
}

/* Set of all directories in which something is listed. */
static GHashTable *
listed_directories (const XnCatalog *catalog)
{
    GHashTable *directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < catalog->entries->len; i++) {
        const char *path = ((const XnEntry *)g_ptr_array_index (catalog->entries, i))->path;
        for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
            g_hash_table_add (directories, g_strndup (path, (gsize)(slash - path)));
    }
    return directories;
}

/* A path that nothing is listed under may still meet a directory, or lead through a file; no option changes that. */
static gboolean
check_way (const Comparison *comparison, const XnCatalog *catalog, GHashTable *directories, const char *path,
           GError **error)
{
    g_autofree char *where = xn_item_describe (comparison->resource);
    if (g_hash_table_contains (directories, path)) {
        xn_error_set (error, XN_ERROR_CONFLICT, "%s is a directory in %s; a file cannot replace it", path, where);
        return FALSE;
    }
    for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/')) {
        g_autofree char *above = g_strndup (path, (gsize)(slash - path));
        if (xn_catalog_find (catalog, above) == NULL)
            continue;
        xn_error_set (error, XN_ERROR_CONFLICT, "%s is a file in %s; %s cannot be stored below it", above, where, path);
        return FALSE;
    }
    return TRUE;
}

/* Compares one file with what is listed: the same is done; else it is free, or in the way (*@out_conflict). */
static gboolean
compare_one (Comparison *comparison, const XnCatalog *catalog, GHashTable *directories, XnSending *sending,
             gboolean *out_conflict, GError **error)
{
    const XnEntry *entry = xn_catalog_find (catalog, sending->path);
    *out_conflict = FALSE;
    if (entry == NULL)
        return check_way (comparison, catalog, directories, sending->path, error);
    if (entry->digest != NULL && entry->size == sending->file->size) {
        if (!learn_md5 (comparison, sending, error))
            return FALSE;
        if (g_str_equal (sending->md5, entry->digest)) {
            set_done (comparison, sending, TRUE);
            return TRUE;
        }
    }
    g_free (sending->old_digest);
    sending->old_digest = g_strdup (entry->digest);
    sending->old_size = entry->size;
    *out_conflict = !comparison->overwrite;
    return TRUE;
}

static void
set_conflict (Comparison *comparison, GPtrArray *conflicts, GError **error)
{
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < conflicts->len && i < MAX_NAMED; i++) {
        const XnSending *sending = g_ptr_array_index (conflicts, i);
        const gboolean comparable = sending->old_digest != NULL || sending->old_size != sending->file->size;
        g_string_append_printf (names, "%s%s (%s)", i > 0 ? ", " : "", sending->path,
                                comparable ? "different" : "of equal size, no MD5 listed to compare");
    }
    if (conflicts->len > MAX_NAMED)
        g_string_append_printf (names, " and %u more", conflicts->len - MAX_NAMED);
    g_autofree char *where = xn_item_describe (comparison->resource);
    xn_error_set (error, XN_ERROR_CONFLICT, "already in %s: %s; to replace what is there add overwrite=true to the URL",
                  where, names->str);
}

/* What must be sent is what is not done afterwards. */
static gboolean
compare_all (Comparison *comparison, GError **error)
{
    g_autoptr (XnCatalog) catalog = xn_catalog_get (comparison->client, comparison->resource, comparison->op, error);
    g_autoptr (GPtrArray) conflicts = g_ptr_array_new ();
    if (catalog == NULL)
        return FALSE;
    g_autoptr (GHashTable) directories = listed_directories (catalog);
    for (guint i = 0; i < comparison->sendings->len; i++) {
        XnSending *sending = g_ptr_array_index (comparison->sendings, i);
        gboolean conflict = FALSE;
        if (sending->done)
            continue;
        if (!xn_op_check (comparison->op, error) ||
            !compare_one (comparison, catalog, directories, sending, &conflict, error))
            return FALSE;
        if (conflict)
            g_ptr_array_add (conflicts, sending);
    }
    if (conflicts->len == 0)
        return TRUE;
    set_conflict (comparison, conflicts, error);
    return FALSE;
}

/* An entry that looks as before the upload: some servers replace the file, but keep its MD5 in the catalog, or its size, too. */
static gboolean
entry_looks_old (const XnSending *sending, const XnEntry *entry)
{
    const gboolean known_size = entry->size == sending->old_size || entry->size == sending->file->size;
    return sending->old_size >= 0 && known_size && g_strcmp0 (entry->digest, sending->old_digest) == 0;
}

/* Whether the listing shows the file whole. */
static gboolean
verify_one (Comparison *comparison, const XnCatalog *catalog, XnSending *sending, gboolean sent, gboolean *out_right,
            GError **error)
{
    const XnEntry *entry = xn_catalog_find (catalog, sending->path);
    *out_right = FALSE;
    if (entry == NULL)
        return TRUE;
    if (!learn_md5 (comparison, sending, error))
        return FALSE;
    /* Where no MD5 is listed, a file of the same size as the one before it proves nothing. */
    const gboolean undigested_right = sending->old_size != sending->file->size;
    *out_right = entry->size == sending->file->size &&
                 (entry->digest == NULL ? undigested_right : g_str_equal (entry->digest, sending->md5));
    if (*out_right || !sent || !entry_looks_old (sending, entry))
        return TRUE;
    g_autoptr (GError) problem = NULL;
    g_autofree char *md5 =
        xn_stored_md5 (comparison->client, comparison->resource, sending->path, comparison->op, &problem);
    if (md5 == NULL && xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    *out_right = g_strcmp0 (md5, sending->md5) == 0;
    if (*out_right && entry->digest != NULL)
        xn_log (XN_LOG_WARNING, "%s was stored, but the server still lists the size and MD5 of the file before it",
                sending->path);
    return TRUE;
}

/* Marks what a fresh listing shows as done. @sent: an upload of it was answered well. *@out_left: how many are missing. */
static gboolean
verify_all (Comparison *comparison, gboolean sent, guint *out_left, GError **error)
{
    g_autoptr (XnCatalog) catalog = xn_catalog_get (comparison->client, comparison->resource, comparison->op, error);
    if (catalog == NULL)
        return FALSE;
    *out_left = 0;
    gboolean undigested = FALSE;
    for (guint i = 0; i < comparison->sendings->len; i++) {
        XnSending *sending = g_ptr_array_index (comparison->sendings, i);
        gboolean right = FALSE;
        if (sending->done)
            continue;
        if (!verify_one (comparison, catalog, sending, sent, &right, error))
            return FALSE;
        if (right) {
            const XnEntry *entry = xn_catalog_find (catalog, sending->path);
            undigested = undigested || entry->digest == NULL;
            set_done (comparison, sending, FALSE);
        } else {
            (*out_left)++;
        }
    }
    if (undigested)
        xn_log (XN_LOG_INFO, "the server lists no MD5; what was sent is compared by size only");
    return TRUE;
}

gboolean
xn_compare_before (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean overwrite, XnOp *op,
                   GError **error)
{
    Comparison comparison = {client, resource, sendings, overwrite, op};
    return compare_all (&comparison, error);
}

gboolean
xn_compare_after (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean sent, guint *out_left,
                  XnOp *op, GError **error)
{
    Comparison comparison = {client, resource, sendings, FALSE, op};
    return verify_all (&comparison, sent, out_left, error);
}
