/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files: by which path each is asked for, and which may be the path of a PUT; and directories of a catalog. */
#include "find/catalog.h"

static const struct {
    const char *path;
    const char *tail; /* NULL: no path reaches it */
    gboolean can_be_put;
} entries[] = {
    /* Plain ones, which every version reads alike. */
    {"a", "a", TRUE},
    {"0001.dcm", "0001.dcm", TRUE},
    {"a-b_c.D9", "a-b_c.D9", TRUE},
    {"sub/dir/x.nii.gz", "sub/dir/x.nii.gz", TRUE},
    {".hidden/...", ".hidden/...", TRUE},
    {"a..b/c.", "a..b/c.", TRUE},
    {"files/files", "files/files", TRUE},
    /* Reached as they are, but not stored so by every version. */
    {"a~b", "a~b", FALSE},
    {"a=b,c@d:e", "a=b,c@d:e", FALSE},
    {"it's(1)!$*", "it's(1)!$*", FALSE},
    {"a&b", "a&b", FALSE},
    /* Reached encoded. */
    {"a b", "a%20b", FALSE},
    {"a+b", "a%2Bb", FALSE},
    {"a#b?c", "a%23b%3Fc", FALSE},
    {"d r/\xc3\xa9.txt", "d%20r/%C3%A9.txt", FALSE},
    {"[a]{b}|^\"<>`", "%5Ba%5D%7Bb%7D%7C%5E%22%3C%3E%60", FALSE},
    /* Refused by the firewall. */
    {"a;b", NULL, FALSE},
    {"a\\b", NULL, FALSE},
    {"", NULL, FALSE},
    {"/a", NULL, FALSE},
    {"a//b", NULL, FALSE},
    {".", NULL, FALSE},
    {"..", NULL, FALSE},
    {"./a", NULL, FALSE},
    {"a/./b", NULL, FALSE},
    {"a/../b", NULL, FALSE},
    {"../../x", NULL, FALSE},
    {"a/..", NULL, FALSE},
    /* Percent signs: as an encoded name was stored, or not at all. */
    {"%C3%A9.txt", "%C3%A9.txt", FALSE},
    {"sub/a%23b~", "sub/a%23b~", FALSE},
    {"50%", NULL, FALSE},
    {"50%.txt", NULL, FALSE},
    {"a%2", NULL, FALSE},
    {"a%zz", NULL, FALSE},
    {"a%2Fb", NULL, FALSE},
    {"a%2fb", NULL, FALSE},
    {"a%25b", NULL, FALSE},
    {"a%5Cb", NULL, FALSE},
    {"a%3bb", NULL, FALSE},
    {"a%2Eb", NULL, FALSE},
    {"a%20b", NULL, FALSE},
    {"a%2Bb", NULL, FALSE},
    {"a%C3%A9 b", NULL, FALSE},
    {"a%C3%A9+b", NULL, FALSE},
    {"a%C3%A9/x.zip/y", NULL, FALSE},
    /* Archives, and what looks as if inside one. */
    {"x.zip", "x.zip", TRUE},
    {"d.zipped/y", "d.zipped/y", TRUE},
    {"xzip/y", "xzip/y", TRUE},
    {"x.tar/y", "x.tar/y", TRUE},
    {"x.zip/y", NULL, FALSE},
    {"x.zip!y", NULL, FALSE},
    {"a/X.ZIP/y", NULL, FALSE},
    {".zip/y", NULL, FALSE},
    {"x.zip.zip/y", NULL, FALSE},
    {"x.zip.d/a.jar!b", NULL, FALSE},
    {"x.jar/y", NULL, FALSE},
    {"x.rar/y", NULL, FALSE},
    {"x.ear/y", NULL, FALSE},
    {"x.gar/y", NULL, FALSE},
    {"x.mrb/y", NULL, FALSE},
};

static void
test_tail (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
        g_autofree char *tail = xn_entry_tail (entries[i].path);
        g_test_message ("%s", entries[i].path);
        g_assert_cmpstr (tail, ==, entries[i].tail);
    }
}

static void
test_can_be_put (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
        g_test_message ("%s", entries[i].path);
        g_assert_cmpint (xn_entry_can_be_put (entries[i].path), ==, entries[i].can_be_put);
        /* What is put is read back under the same path. */
        if (entries[i].can_be_put)
            g_assert_cmpstr (entries[i].tail, ==, entries[i].path);
    }
}

static void
entry_free (gpointer data)
{
    XnEntry *entry = data;
    g_free (entry->path);
    g_free (entry->digest);
    g_free (entry);
}

static XnCatalog *
catalog_of (const char *const *paths)
{
    XnCatalog *catalog = g_new0 (XnCatalog, 1);
    catalog->entries = g_ptr_array_new_with_free_func (entry_free);
    catalog->by_path = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; paths[i] != NULL; i++) {
        XnEntry *entry = g_new0 (XnEntry, 1);
        entry->path = g_strdup (paths[i]);
        g_ptr_array_add (catalog->entries, entry);
        g_hash_table_insert (catalog->by_path, entry->path, entry);
    }
    return catalog;
}

static void
test_directories (void)
{
    static const char *const paths[] = {"a/b/1", "a/b/2", "a/c", "ab", "ab.d/x", NULL};
    const struct {
        const char *directory; /* NULL: everything */
        guint below;
    } cases[] = {{NULL, 5}, {"a", 3}, {"a/b", 2}, {"a/c", 0}, {"ab", 0}, {"ab.d", 1}, {"A", 0}, {"b", 0}};
    g_autoptr (XnCatalog) catalog = catalog_of (paths);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GPtrArray) below = xn_catalog_below (catalog, cases[i].directory);
        g_test_message ("%s", cases[i].directory != NULL ? cases[i].directory : "everything");
        g_assert_cmpuint (below->len, ==, cases[i].below);
        if (cases[i].directory != NULL)
            g_assert_cmpint (xn_catalog_has_directory (catalog, cases[i].directory), ==, cases[i].below > 0);
    }
    g_assert_cmpstr (xn_catalog_find (catalog, "a/b/2")->path, ==, "a/b/2");
    g_assert_null (xn_catalog_find (catalog, "a/b"));
    g_assert_null (xn_catalog_find (catalog, "a/b/2/"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/entry/tail", test_tail);
    g_test_add_func ("/entry/can-be-put", test_can_be_put);
    g_test_add_func ("/entry/directories", test_directories);
    return g_test_run ();
}
