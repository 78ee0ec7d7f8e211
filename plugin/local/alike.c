/* SPDX-License-Identifier: Apache-2.0 */
/* Finding them among many paths takes sixteen bytes for each file, not a table of all names: two numbers for each path,
 * one of the name as it is and one of what it may be taken for, sorted. Only where these show something are the paths
 * looked at a second time. */
#include "local/alike.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define FNV_BASIS G_GUINT64_CONSTANT (0xcbf29ce484222325)
#define FNV_PRIME G_GUINT64_CONSTANT (0x100000001b3)

typedef struct {
    guint64 folded, exact;
} Prefix;

static guint64
hash_byte (guint64 hash, char byte)
{
    return (hash ^ (guchar)byte) * FNV_PRIME;
}

/* The length of a part without what some file systems drop at its end. */
static gsize
kept_length (const char *part, gsize length)
{
    gsize kept = length;
    while (kept > 0 && (part[kept - 1] == '.' || part[kept - 1] == ' '))
        kept--;
    return kept > 0 ? kept : length;
}

/* (transfer full) What a part may be taken for. */
static char *
fold_part (const char *part, gsize length)
{
    g_autofree char *composed = xn_utf8_normalize (part, (gssize)kept_length (part, length), G_NORMALIZE_NFD);
    if (composed == NULL)
        return g_strndup (part, length);
    g_autofree char *folded = g_utf8_casefold (composed, -1);
    return g_utf8_normalize (folded, -1, G_NORMALIZE_NFD);
}

static gboolean
is_ascii (const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if ((guchar)text[i] >= 0x80)
            return FALSE;
    return TRUE;
}

static guint64
hash_part (guint64 hash, const char *part, gsize length)
{
    if (is_ascii (part, length)) {
        const gsize kept = kept_length (part, length);
        for (gsize i = 0; i < kept; i++)
            hash = hash_byte (hash, g_ascii_tolower (part[i]));
        return hash;
    }
    g_autofree char *folded = fold_part (part, length);
    for (const char *at = folded; *at != '\0'; at++)
        hash = hash_byte (hash, *at);
    return hash;
}

/* Called for a path and each directory above it: @length bytes of @path. */
typedef void (*PrefixFunc) (const char *path, gsize length, const Prefix *prefix, gpointer data);

static void
for_each_prefix (const char *path, PrefixFunc function, gpointer data)
{
    Prefix prefix = {FNV_BASIS, FNV_BASIS};
    for (const char *part = path;;) {
        const gsize length = strcspn (part, "/");
        prefix.folded = hash_part (prefix.folded, part, length);
        for (gsize i = 0; i < length; i++)
            prefix.exact = hash_byte (prefix.exact, part[i]);
        function (path, (gsize)(part - path) + length, &prefix, data);
        part += length;
        if (*part == '\0')
            return;
        part++;
        prefix.folded = hash_byte (prefix.folded, '/');
        prefix.exact = hash_byte (prefix.exact, '/');
    }
}

typedef struct {
    GArray *prefixes;
    const char *previous; /* path, whose directories need not be added again */
} Collecting;

static void
collect (const char *path, gsize length, const Prefix *prefix, gpointer data)
{
    Collecting *collecting = data;
    const gboolean is_directory = path[length] != '\0';
    if (!is_directory || collecting->previous == NULL || strncmp (collecting->previous, path, length + 1) != 0)
        g_array_append_vals (collecting->prefixes, prefix, 1);
}

static int
compare_prefixes (gconstpointer a, gconstpointer b)
{
    const Prefix *left = a, *right = b;
    if (left->folded != right->folded)
        return left->folded < right->folded ? -1 : 1;
    return left->exact == right->exact ? 0 : (left->exact < right->exact ? -1 : 1);
}

/* (transfer full) A set of the folded numbers that stand for several names, or NULL: there are none. */
static GHashTable *
find_shared (GPtrArray *paths)
{
    g_autoptr (GArray) prefixes = g_array_sized_new (FALSE, FALSE, sizeof (Prefix), paths->len);
    Collecting collecting = {.prefixes = prefixes};
    for (guint i = 0; i < paths->len; i++) {
        for_each_prefix (paths->pdata[i], collect, &collecting);
        collecting.previous = paths->pdata[i];
    }
    g_array_sort (prefixes, compare_prefixes);
    GHashTable *shared = NULL;
    for (guint i = 1; i < prefixes->len; i++) {
        const Prefix *one = &g_array_index (prefixes, Prefix, i - 1), *other = &g_array_index (prefixes, Prefix, i);
        if (one->folded != other->folded || one->exact == other->exact)
            continue;
        if (shared == NULL)
            shared = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
        g_hash_table_add (shared, g_memdup2 (&one->folded, sizeof one->folded));
    }
    return shared;
}

typedef struct {
    GHashTable *shared; /* see find_shared() */
    GHashTable *names;  /* (owned) a set of the paths that these stand for */
} Naming;

static void
name_shared (const char *path, gsize length, const Prefix *prefix, gpointer data)
{
    const Naming *naming = data;
    if (g_hash_table_contains (naming->shared, &prefix->folded))
        g_hash_table_add (naming->names, g_strndup (path, length));
}

static void
alike_free (gpointer data)
{
    XnAlike *alike = data;
    g_free (alike->one);
    g_free (alike->other);
    g_free (alike);
}

/* A name, and what its last part may be taken for where it stands. */
typedef struct {
    char *key;        /* (owned) */
    const char *path; /* (borrowed) */
} Keyed;

static void
keyed_clear (gpointer data)
{
    g_free (((Keyed *)data)->key);
}

static int
compare_keyed (gconstpointer a, gconstpointer b)
{
    const Keyed *left = a, *right = b;
    const int order = strcmp (left->key, right->key);
    return order != 0 ? order : strcmp (left->path, right->path);
}

/* Of files in directories that are alike nothing is told, but of the directories. */
static GPtrArray *
pair_names (GHashTable *names)
{
    GPtrArray *pairs = g_ptr_array_new_with_free_func (alike_free);
    g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Keyed));
    g_array_set_clear_func (all, keyed_clear);
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init (&iter, names);
    while (g_hash_table_iter_next (&iter, &path, NULL)) {
        const char *slash = strrchr (path, '/');
        const char *last = slash != NULL ? slash + 1 : path;
        g_autofree char *folded = fold_part (last, strlen (last));
        const Keyed keyed = {g_strdup_printf ("%.*s%s", (int)(last - (const char *)path), (const char *)path, folded),
                             path};
        g_array_append_val (all, keyed);
    }
    g_array_sort (all, compare_keyed);
    for (guint i = 1; i < all->len; i++) {
        const Keyed *one = &g_array_index (all, Keyed, i - 1), *other = &g_array_index (all, Keyed, i);
        if (strcmp (one->key, other->key) != 0)
            continue;
        XnAlike *alike = g_new (XnAlike, 1);
        *alike = (XnAlike){g_strdup (one->path), g_strdup (other->path)};
        g_ptr_array_add (pairs, alike);
    }
    return pairs;
}

GPtrArray *
xn_alike_find (GPtrArray *paths)
{
    g_autoptr (GHashTable) shared = find_shared (paths);
    g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    Naming naming = {.shared = shared, .names = names};
    for (guint i = 0; shared != NULL && i < paths->len; i++)
        for_each_prefix (paths->pdata[i], name_shared, &naming);
    return pair_names (names);
}

gboolean
xn_alike (const char *one, const char *other)
{
    g_autofree char *left = fold_part (one, strlen (one));
    g_autofree char *right = fold_part (other, strlen (other));
    return strcmp (left, right) == 0;
}

gboolean
xn_alike_but_for_form (const char *one, const char *other)
{
    g_autofree char *left = xn_utf8_normalize (one, -1, G_NORMALIZE_NFD);
    g_autofree char *right = xn_utf8_normalize (other, -1, G_NORMALIZE_NFD);
    return left != NULL && right != NULL ? strcmp (left, right) == 0 : strcmp (one, other) == 0;
}

char *
xn_alike_in_other_case (const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!g_ascii_isalpha (*at))
            continue;
        char *other = g_strdup (name);
        other[at - name] = (char)(*at ^ 0x20);
        return other;
    }
    return NULL;
}

char *
xn_alike_in_other_form (const char *name)
{
    static const GNormalizeMode modes[] = {G_NORMALIZE_NFC, G_NORMALIZE_NFD};
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
        char *other = xn_utf8_normalize (name, -1, modes[i]);
        if (other != NULL && strcmp (other, name) != 0)
            return other;
        g_free (other);
    }
    return NULL;
}
