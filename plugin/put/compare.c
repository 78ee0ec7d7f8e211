/* SPDX-License-Identifier: Apache-2.0 */
/* The listing before and after. */
#include "put/compare.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "find/catalog.h"
#include "http/retry.h"
#include "put/stored.h"

#include <string.h>

#define MAX_NAMED 5
/* For each question for one file XNAT reads the whole catalog, some 22 us an entry. So many entries may be read for files
 * that look identical (half a second); so few files are worth it whatever the catalog. */
#define CHECK_MAX_ENTRIES 20000
#define CHECK_ALWAYS 4

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
    if (was_there) {
        xn_op_add_kept (comparison->op, 1, (guint64)sending->file->size);
        return;
    }
    xn_op_add_done (comparison->op, 1, 0);
    if (sending->old_size >= 0)
        xn_op_add_replaced (comparison->op, 1);
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

/* What is listed, and what of it looks identical, or is in the way. */
typedef struct {
    const XnCatalog *catalog;
    GHashTable *directories;
    GPtrArray *same, *conflicts; /* (element-type XnSending) */
} Findings;

/* The file replaces what is listed as @entry, if it may. */
static void
add_replacement (const Comparison *comparison, Findings *findings, XnSending *sending, const XnEntry *entry)
{
    g_free (sending->old_digest);
    sending->old_digest = g_strdup (entry->digest);
    sending->old_size = entry->size;
    sending->replaces = TRUE;
    if (!comparison->overwrite)
        g_ptr_array_add (findings->conflicts, sending);
}

/* Compares one file with what is listed. */
static gboolean
compare_one (Comparison *comparison, Findings *findings, XnSending *sending, GError **error)
{
    const XnEntry *entry = xn_catalog_find (findings->catalog, sending->path);
    if (entry == NULL)
        return check_way (comparison, findings->catalog, findings->directories, sending->path, error);
    if (entry->digest != NULL && entry->size == sending->file->size) {
        if (!learn_md5 (comparison, sending, error))
            return FALSE;
        if (g_str_equal (sending->md5, entry->digest)) {
            g_ptr_array_add (findings->same, sending);
            return TRUE;
        }
    }
    add_replacement (comparison, findings, sending, entry);
    return TRUE;
}

/* A failure that is not about the one file. */
static gboolean
is_over (const GError *problem)
{
    return xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_AUTH) ||
           xn_server_is_away (problem);
}

/* XnTaskFunc: whether what is stored may be what is listed. A length alone proves nothing against it, as it is not always
 * XNAT who answers a HEAD. */
static gboolean
check_stored (gpointer item, gpointer data, GError **error)
{
    const Comparison *comparison = data;
    XnSending *sending = item;
    GError *problem = NULL;
    if (xn_stored_size (comparison->client, comparison->resource, sending->path, comparison->op, &sending->stored_size,
                        &problem)) {
        if (sending->stored_size == sending->file->size)
            return TRUE;
        g_autofree char *md5 =
            xn_stored_md5 (comparison->client, comparison->resource, sending->path, comparison->op, &problem);
        sending->damaged = g_strcmp0 (md5, sending->md5) != 0;
    }
    if (is_over (problem)) {
        g_propagate_error (error, problem);
        return FALSE;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "looking at what is stored: %s", problem->message);
    g_clear_error (&problem);
    return TRUE;
}

static int
by_size_falling (gconstpointer a, gconstpointer b)
{
    const gint64 one = (*(XnSending *const *)a)->file->size, two = (*(XnSending *const *)b)->file->size;
    return (one < two) - (one > two);
}

/* Of files that look identical, those whose stored length is asked for: an upload that takes long is likelier to have been
 * cut. (transfer container) */
static GPtrArray *
choose_checked (const Findings *findings)
{
    GPtrArray *chosen = g_ptr_array_new ();
    const guint most = MAX (CHECK_ALWAYS, CHECK_MAX_ENTRIES / MAX (findings->catalog->entries->len, 1));
    for (guint i = 0; i < findings->same->len; i++) {
        XnSending *sending = g_ptr_array_index (findings->same, i);
        if (sending->file->size > 0)
            g_ptr_array_add (chosen, sending);
    }
    g_ptr_array_sort (chosen, by_size_falling);
    if (chosen->len > most) {
        xn_log (XN_LOG_INFO, "%u files are there by the listing; what is stored is looked at for the %u largest",
                chosen->len, most);
        g_ptr_array_set_size (chosen, (gint)most);
    }
    return chosen;
}

/* What looks identical is done, unless what is stored is something else. */
static gboolean
settle_same (Comparison *comparison, Findings *findings, GError **error)
{
    g_autoptr (GPtrArray) chosen = choose_checked (findings);
    if (!xn_parallel_run (comparison->op, xn_op_settings (comparison->op)->jobs, chosen, check_stored, comparison,
                          XN_PARALLEL_STOP_AT_ERROR, NULL, error))
        return FALSE;
    for (guint i = 0; i < findings->same->len; i++) {
        XnSending *sending = g_ptr_array_index (findings->same, i);
        if (sending->damaged)
            add_replacement (comparison, findings, sending, xn_catalog_find (findings->catalog, sending->path));
        else
            set_done (comparison, sending, TRUE);
    }
    return TRUE;
}

/* "N of M bytes are stored": (transfer full). */
static char *
describe_stored (gint64 size, const XnSending *sending)
{
    if (size == XN_STORED_NOTHING)
        return g_strdup ("nothing is stored");
    return g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes are stored", size, sending->file->size);
}

/* Why a file is in the way: (transfer full). */
static char *
describe_conflict (const XnSending *sending)
{
    if (sending->damaged) {
        g_autofree char *stored = describe_stored (sending->stored_size, sending);
        return g_strdup_printf ("listed as identical, but %s: an upload seems to have broken off", stored);
    }
    const gboolean comparable = sending->old_digest != NULL || sending->old_size != sending->file->size;
    return g_strdup (comparable ? "different" : "of equal size, no MD5 listed to compare");
}

static void
set_conflict (Comparison *comparison, GPtrArray *conflicts, GError **error)
{
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < conflicts->len && i < MAX_NAMED; i++) {
        const XnSending *sending = g_ptr_array_index (conflicts, i);
        g_autofree char *why = describe_conflict (sending);
        g_string_append_printf (names, "%s%s (%s)", i > 0 ? ", " : "", sending->path, why);
    }
    if (conflicts->len > MAX_NAMED)
        g_string_append_printf (names, " and %u more", conflicts->len - MAX_NAMED);
    g_autofree char *where = xn_item_describe (comparison->resource);
    xn_error_set (error, XN_ERROR_CONFLICT, "already in %s: %s; to replace what is there add overwrite=true to the URL",
                  where, names->str);
}

/* What must be sent is what is not done afterwards. */
static gboolean
compare_all (Comparison *comparison, const XnCatalog *catalog, GError **error)
{
    g_autoptr (GHashTable) directories = listed_directories (catalog);
    g_autoptr (GPtrArray) same = g_ptr_array_new ();
    g_autoptr (GPtrArray) conflicts = g_ptr_array_new ();
    Findings findings = {catalog, directories, same, conflicts};
    for (guint i = 0; i < comparison->sendings->len; i++) {
        XnSending *sending = g_ptr_array_index (comparison->sendings, i);
        if (sending->done)
            continue;
        if (!xn_op_check (comparison->op, error) || !compare_one (comparison, &findings, sending, error))
            return FALSE;
    }
    if (!settle_same (comparison, &findings, error))
        return FALSE;
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
    /* A listing that had not noticed the damage cannot tell that it is mended. */
    const gboolean doubtful = *out_right ? sending->damaged : sent && entry_looks_old (sending, entry);
    if (!doubtful)
        return TRUE;
    g_autoptr (GError) problem = NULL;
    g_autofree char *md5 =
        xn_stored_md5 (comparison->client, comparison->resource, sending->path, comparison->op, &problem);
    if (md5 == NULL && xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    *out_right = g_strcmp0 (md5, sending->md5) == 0;
    if (*out_right && entry->digest != NULL && !sending->damaged)
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
xn_compare_before (XnClient *client, const XnItem *resource, const XnCatalog *listed, GPtrArray *sendings,
                   gboolean overwrite, XnOp *op, GError **error)
{
    Comparison comparison = {client, resource, sendings, overwrite, op};
    return compare_all (&comparison, listed, error);
}

gboolean
xn_compare_after (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean sent, guint *out_left,
                  XnOp *op, GError **error)
{
    Comparison comparison = {client, resource, sendings, FALSE, op};
    return verify_all (&comparison, sent, out_left, error);
}

/* What is left of a file whose replacement broke off: (transfer full); NULL: it is as it was. */
static char *
describe_loss (const Comparison *comparison, const XnSending *sending, gboolean ask)
{
    gint64 size = XN_STORED_NOTHING;
    if (!ask || !xn_stored_size (comparison->client, comparison->resource, sending->path, comparison->op, &size, NULL))
        return g_strdup ("perhaps; what is stored of it now is not known");
    return size == sending->old_size && !sending->damaged ? NULL : describe_stored (size, sending);
}

char *
xn_compare_losses (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean ask, XnOp *op)
{
    const Comparison comparison = {client, resource, sendings, TRUE, op};
    g_autoptr (GString) names = g_string_new ("; what was there before is gone: ");
    guint n_named = 0, n_more = 0;
    for (guint i = 0; i < sendings->len; i++) {
        const XnSending *sending = g_ptr_array_index (sendings, i);
        if (sending->done || !sending->broken || sending->old_size < 0)
            continue;
        if (n_named == MAX_NAMED) {
            n_more++;
            continue;
        }
        g_autofree char *left = describe_loss (&comparison, sending, ask);
        if (left != NULL)
            g_string_append_printf (names, "%s%s (%s)", n_named++ > 0 ? ", " : "", sending->path, left);
    }
    if (n_more > 0)
        g_string_append_printf (names, " and perhaps %u more", n_more);
    return n_named > 0 ? g_string_free (g_steal_pointer (&names), FALSE) : NULL;
}
