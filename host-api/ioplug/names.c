/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are alike are rare, and tried out only then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kinds.h"
#include "list.h"
#include "names.h"

#define LONGEST_NAME 255 /* bytes, that file systems take */
#define SHORTEST_NAME 64 /* no file system takes less */

/* (transfer full) The directory nearest to @path that exists. */
static char *
existing_above (const char *path)
{
    char *at = g_canonicalize_filename (path, NULL);

    while (strcmp (at, "/") != 0 && !g_file_test (at, G_FILE_TEST_IS_DIR)) {
        char *above = g_path_get_dirname (at);

        g_free (at);
        at = above;
    }
    return at;
}

gsize
names_longest (const char *destination)
{
    g_autofree char *directory = existing_above (destination);
    long longest = pathconf (directory, _PC_NAME_MAX);

    return longest > 0 ? (gsize)CLAMP (longest, SHORTEST_NAME, LONGEST_NAME) : LONGEST_NAME;
}

/* (transfer full) What all names have in common that may be one. */
static char *
fold (const char *name)
{
    /* Of what is no UTF-8 GLib reads what lies behind its end. */
    g_autofree char *plain = g_utf8_validate (name, -1, NULL) ? g_utf8_normalize (name, -1, G_NORMALIZE_NFD) : NULL;
    g_autofree char *folded = plain != NULL ? g_utf8_casefold (plain, -1) : NULL;

    return folded != NULL ? g_utf8_normalize (folded, -1, G_NORMALIZE_NFD) : g_strdup (name);
}

static gboolean
are_one (int directory, const char *one, const char *other)
{
    struct stat status;
    int file = openat (directory, one, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    gboolean same;

    /* What is too long to be tried is not said to differ. */
    if (file < 0)
        return errno == ENAMETOOLONG;
    close (file);
    same = fstatat (directory, other, &status, AT_SYMLINK_NOFOLLOW) == 0;
    unlinkat (directory, one, 0);
    return same;
}

/* (transfer full) (nullable) @name with the case of its first ASCII letter turned. */
static char *
in_other_case (const char *name)
{
    char *other = g_strdup (name);

    for (char *at = other; *at != '\0'; at++)
        if (g_ascii_isalpha (*at)) {
            *at = (char)(*at ^ 0x20);
            return other;
        }
    g_free (other);
    return NULL;
}

/* Whether a name that is there, or of a directory on the way, is found in another case as well. */
static gboolean
seems_to_fold (const char *destination)
{
    g_autofree char *above = existing_above (destination);
    g_autoptr (GDir) names = g_dir_open (above, 0, NULL);
    g_autofree char *place = g_path_get_dirname (above);
    g_autofree char *itself = g_path_get_basename (above);
    const char *name = names != NULL ? g_dir_read_name (names) : NULL;
    const char *directory = name != NULL ? above : place;
    g_autofree char *other = in_other_case (name != NULL ? name : itself);
    g_autofree char *first = g_build_filename (directory, name != NULL ? name : itself, NULL);
    g_autofree char *second = other != NULL ? g_build_filename (directory, other, NULL) : NULL;
    struct stat one, two;

    return second != NULL && lstat (first, &one) == 0 && lstat (second, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

/* In a directory of its own, which inherits what the file system does with names. */
static gboolean
are_one_below (const char *destination, const char *one, const char *other)
{
    g_autofree char *above = existing_above (destination);
    g_autofree char *scratch = g_build_filename (above, ".ioplug-names-XXXXXX", NULL);
    gboolean same = FALSE;
    int directory;

    if (mkdtemp (scratch) == NULL)
        return FALSE;
    directory = open (scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        same = are_one (directory, one, other);
        close (directory);
    }
    rmdir (scratch);
    return same;
}

static void
refuse (ListEntry *entry, const char *earlier, const char *destination)
{
    entry->kind = IO_KIND_CONFLICT;
    entry->reason =
        g_strdup_printf ("the file system of %s takes “%s” and “%s”, an earlier entry's, for one name; give them "
                         "names that differ more",
                         destination, entry->name, earlier);
}

/* An earlier one of @names that is one with @name, or NULL. */
static const char *
find_same (GPtrArray *names, const char *name, const char *destination, gboolean only_look)
{
    /* What a file system makes of letters it makes of those of each directory on the way. */
    g_autofree char *flat = g_strdelimit (g_strdup (name), "/", '.');

    for (guint i = 0; i < names->len; i++) {
        g_autofree char *other = g_strdelimit (g_strdup (names->pdata[i]), "/", '.');

        if (only_look ? seems_to_fold (destination) : are_one_below (destination, other, flat))
            return names->pdata[i];
    }
    return NULL;
}

void
names_refuse_same (GPtrArray *entries, const char *destination, gboolean only_look)
{
    g_autoptr (GHashTable) alike =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < entries->len; i++) {
        ListEntry *entry = entries->pdata[i];
        g_autofree char *folded = entry->name != NULL && entry->reason == NULL ? fold (entry->name) : NULL;
        GPtrArray *names = folded != NULL ? g_hash_table_lookup (alike, folded) : NULL;
        const char *same = names != NULL ? find_same (names, entry->name, destination, only_look) : NULL;

        if (same != NULL) {
            refuse (entry, same, destination);
        } else if (folded != NULL) {
            if (names == NULL)
                g_hash_table_insert (alike, g_steal_pointer (&folded), names = g_ptr_array_new ());
            g_ptr_array_add (names, entry->name);
        }
    }
}
