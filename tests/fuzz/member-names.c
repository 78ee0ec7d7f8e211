/* SPDX-License-Identifier: Apache-2.0 */
/* Which listed file a member of an archive is: lines of a listing (path, or path and size), an empty line, then members. What
 * is taken has the size that is told, and a guess is taken once, and only where a digest can prove it. */
#include "fuzz.h"

#include "fetch/member-names.h"

#include <string.h>

#define MOST 64

static void
entry_free (gpointer data)
{
    XnEntry *entry = data;
    g_free (entry->path);
    g_free (entry->digest);
    g_free (entry);
}

/* "NAME" or "NAME|SIZE", where a size is one byte. */
static char *
cut_size (char *line, gint64 *out_size)
{
    char *bar = strrchr (line, '|');
    *out_size = bar != NULL ? (gint64)(guint8)bar[1] : -1;
    if (bar != NULL)
        *bar = '\0';
    return line;
}

static int
by_path (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(XnEntry *const *)a)->path, (*(XnEntry *const *)b)->path);
}

/* In an archive of two resources each member has to say whose it is: nothing is guessed, and who is not named has nothing. */
static void
find_in_two (char **lines, const XnShare *share)
{
    XnItem other = *share->download->item;
    other.resource_label = NULL;
    other.resource_id = "18";
    const XnDownload empty = {.item = &other, .catalog = share->download->catalog};
    g_autoptr (GPtrArray) none = g_ptr_array_new ();
    const XnShare shares[] = {*share, {&empty, none}};
    g_autoptr (XnMemberNames) names = xn_member_names_new_of_several (shares, G_N_ELEMENTS (shares));
    for (guint i = 0; lines[i] != NULL && i < MOST; i++) {
        gboolean by_name;
        const XnWanted *found = xn_member_names_find (names, lines[i], -1, &by_name);
        if (found == NULL)
            continue;
        const char *inside = strchr (lines[i], '/');
        FUZZ_CHECK (by_name && inside != NULL && g_str_has_suffix (inside, found->entry->path));
        FUZZ_CHECK (g_str_has_prefix (inside, "/scans/4/resources/DICOM/files/") ||
                    g_str_has_prefix (inside, "/scans/4/resources/17/files/"));
    }
}

static void
find_members (char **lines, const XnCatalog *catalog)
{
    XnItem item = {.experiment_id = "XNAT_E00001",
                   .experiment_label = "MR1",
                   .scan_id = "4",
                   .scan_type = "T1",
                   .resource_label = "DICOM",
                   .resource_id = "17"};
    const XnDownload download = {.item = &item, .catalog = catalog};
    g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < catalog->entries->len; i++) {
        XnWanted *one = g_new0 (XnWanted, 1);
        one->entry = g_ptr_array_index (catalog->entries, i);
        one->relative = one->entry->path;
        g_ptr_array_add (wanted, one);
    }
    g_autoptr (XnMemberNames) names = xn_member_names_new (&download, NULL, wanted);
    for (guint i = 0; lines[i] != NULL && i < MOST; i++) {
        gint64 size;
        gboolean by_name;
        const char *name = cut_size (lines[i], &size);
        XnWanted *found = xn_member_names_find (names, name, size, &by_name);
        if (found == NULL)
            continue;
        FUZZ_CHECK (size < 0 || found->entry->size < 0 || size == found->entry->size);
        FUZZ_CHECK (by_name || (!found->taken && found->entry->digest != NULL));
        found->taken = TRUE;
    }
    find_in_two (lines, &(XnShare){&download, wanted});
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup ((const char *)data, MIN (size, 64 * 1024));
    char *members = strstr (text, "\n\n");
    if (members == NULL || !g_utf8_validate (text, -1, NULL))
        return 0;
    *members = '\0';
    g_auto (GStrv) listed = g_strsplit (text, "\n", MOST);
    g_auto (GStrv) lines = g_strsplit (members + 2, "\n", MOST);
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
    g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; listed[i] != NULL; i++) {
        gint64 bytes;
        const char *path = cut_size (listed[i], &bytes);
        if (*path == '\0' || g_hash_table_contains (paths, path))
            continue;
        XnEntry *entry = g_new0 (XnEntry, 1);
        entry->path = g_strdup (path);
        entry->size = bytes;
        entry->digest = bytes % 2 == 0 ? g_strdup ("0123") : NULL;
        g_ptr_array_add (entries, entry);
        g_hash_table_insert (paths, entry->path, entry);
    }
    g_ptr_array_sort (entries, by_path);
    const XnCatalog catalog = {.entries = entries, .by_path = paths};
    find_members (lines, &catalog);
    return 0;
}
