/* SPDX-License-Identifier: Apache-2.0 */
/* Claims by path. */
#include "fetch/claims.h"

#include "base/error.h"
#include "base/sync.h"

#include <string.h>

struct XnClaims {
    pthread_mutex_t mutex;
    GHashTable *paths; /* [mutex] (owned) Map<path, owner + 1>: files and trees */
    GHashTable *trees; /* [mutex] (owned) Map<path, owner + 1> */
    GHashTable
        *rooms; /* [mutex] (owned) Map<path, owner + 1>: directories that hold a claimed file, and whose the first is */
    GHashTable *held; /* [mutex] (owned) Map<owner + 1, path> */
};

XnClaims *
xn_claims_new (void)
{
    XnClaims *claims = g_new0 (XnClaims, 1);
    pthread_mutex_init (&claims->mutex, NULL);
    claims->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    claims->trees = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    claims->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    claims->held = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    return claims;
}

void
xn_claims_free (XnClaims *claims)
{
    g_hash_table_unref (claims->paths);
    g_hash_table_unref (claims->trees);
    g_hash_table_unref (claims->rooms);
    g_hash_table_unref (claims->held);
    pthread_mutex_destroy (&claims->mutex);
    g_free (claims);
}

/* Whether what @table says of @path is another's. */
static gboolean
is_others (GHashTable *table, const char *path, guint owner)
{
    const guint other = GPOINTER_TO_UINT (g_hash_table_lookup (table, path));
    return other != 0 && other != owner + 1;
}

/* What the claim @owner has made before is free again. */
static void
give_up (XnClaims *claims, guint owner)
{
    const char *path = g_hash_table_lookup (claims->held, GUINT_TO_POINTER (owner + 1));
    if (path == NULL)
        return;
    g_hash_table_remove (claims->paths, path);
    g_hash_table_remove (claims->trees, path);
    g_autofree char *room = g_path_get_dirname (path);
    if (!is_others (claims->rooms, room, owner))
        g_hash_table_remove (claims->rooms, room);
    g_hash_table_remove (claims->held, GUINT_TO_POINTER (owner + 1));
}

static void
note (GHashTable *table, const char *path, guint owner)
{
    if (!g_hash_table_contains (table, path))
        g_hash_table_insert (table, g_strdup (path), GUINT_TO_POINTER (owner + 1));
}

gboolean
xn_claims_take (XnClaims *claims, guint owner, const char *destination, const char *name, GError **error)
{
    const gboolean in_directory = g_str_has_suffix (destination, "/") || g_file_test (destination, G_FILE_TEST_IS_DIR);
    g_autofree char *joined =
        name != NULL && in_directory ? g_build_filename (destination, name, NULL) : g_strdup (destination);
    g_autofree char *path = g_canonicalize_filename (joined, NULL);
    g_autofree char *room = g_path_get_dirname (path);
    XN_LOCKED (&claims->mutex);
    give_up (claims, owner);
    const gboolean is_taken =
        is_others (claims->paths, path, owner) ||
        (name != NULL ? is_others (claims->trees, room, owner) : is_others (claims->rooms, path, owner));
    if (is_taken) {
        xn_error_set (error, XN_ERROR_CONFLICT,
                      "%s is where another one of the same fetch goes, too: each needs a destination of its own", path);
        return FALSE;
    }
    note (claims->paths, path, owner);
    note (name != NULL ? claims->rooms : claims->trees, name != NULL ? room : path, owner);
    g_hash_table_insert (claims->held, GUINT_TO_POINTER (owner + 1), g_steal_pointer (&path));
    return TRUE;
}
