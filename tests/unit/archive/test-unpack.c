/* SPDX-License-Identifier: Apache-2.0 */
/* Archives, good and bad, read in pieces of several sizes and cut at every byte; run in several locales. */
#include "../rounds.h"
#include "archive/unpack.h"
#include "base/error.h"

#include <locale.h>
#include <string.h>

static char *directory;

typedef struct {
    guint8 *bytes; /* (owned) */
    gsize size, at, step;
    guint8 *lent; /* a copy of its own, so that a memory checker sees any use after the next read */
    gboolean fails;
} Feed;

static void
feed_clear (Feed *feed)
{
    g_free (feed->bytes);
    g_free (feed->lent);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Feed, feed_clear)

static Feed
feed_file (const char *name)
{
    Feed feed = {.step = 65536};
    g_autofree char *path = g_build_filename (directory, name, NULL);
    g_autoptr (GError) error = NULL;
    g_file_get_contents (path, (char **)&feed.bytes, &feed.size, &error);
    g_assert_no_error (error);
    return feed;
}

static gssize
feed_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    Feed *feed = data;
    const gsize part = MIN (feed->step, feed->size - feed->at);
    g_clear_pointer (&feed->lent, g_free);
    if (part == 0 && feed->fails) {
        xn_error_set (error, XN_ERROR_NETWORK, "the connection was closed");
        return -1;
    }
    feed->lent = g_memdup2 (feed->bytes + feed->at, part);
    feed->at += part;
    *out_bytes = feed->lent;
    return (gssize)part;
}

/* Reads one member to its end: its content's size and an MD5, or NULL with an error. */
static char *
read_member (XnUnpack *unpack, GError **error)
{
    g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
    const guint8 *bytes;
    gssize size;
    while ((size = xn_unpack_data (unpack, &bytes, error)) > 0)
        g_checksum_update (checksum, bytes, size);
    return size == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* All members as "name md5\n", or NULL with an error. */
static char *
read_all (Feed *feed, gint64 *out_sizes, GError **error)
{
    g_autoptr (XnUnpack) unpack = xn_unpack_new (feed_read, feed, error);
    if (unpack == NULL)
        return NULL;
    g_autoptr (GString) text = g_string_new (NULL);
    XnMember member;
    int more;
    while ((more = xn_unpack_next (unpack, &member, error)) == 1) {
        g_autofree char *kept = g_strdup (member.name);
        g_autofree char *md5 = read_member (unpack, error);
        if (md5 == NULL)
            return NULL;
        if (out_sizes != NULL)
            *out_sizes += member.size;
        g_string_append_printf (text, "%s %s\n", kept, md5);
    }
    if (more == 0)
        g_assert_cmpint (xn_unpack_next (unpack, &member, error), ==, 0);
    return more == 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static const struct {
    const char *name;
    gsize size;
} members[] = {{"a.txt", 6},
               {"dir/b.bin", 70000},
               {"dir/empty", 0},
               {"\xc3\xa4/\xc3\xa9.txt", 10},
               {"\xc3\xa4/e\xcc\x81.txt", 20}};

static char *
wanted_text (void)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
        g_autofree guint8 *bytes = g_malloc (members[i].size + 1);
        for (gsize j = 0; j < members[i].size; j++)
            bytes[j] = (guint8)(j * 7 % 251);
        g_autofree char *md5 = g_compute_checksum_for_data (G_CHECKSUM_MD5, bytes, members[i].size);
        g_string_append_printf (text, "%s %s\n", members[i].name, md5);
    }
    return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_good (gconstpointer data)
{
    static const gsize steps[] = {1, 7, 4096, 1 << 20};
    g_autofree char *wanted = wanted_text ();
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
        g_auto (Feed) feed = feed_file (data);
        g_autoptr (GError) error = NULL;
        feed.step = steps[i];
        g_autofree char *found = read_all (&feed, NULL, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (found, ==, wanted);
        g_assert_cmpuint (feed.at, ==, feed.size);
    }
}

static void
test_sizes (void)
{
    static const char *const told[] = {"stored.zip", "deflated.zip", "zip64.zip", "pax.tar", "pax.tar.gz"};
    for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
        g_auto (Feed) feed = feed_file (told[i]);
        g_autoptr (GError) error = NULL;
        gint64 sizes = 0;
        g_autofree char *found = read_all (&feed, &sizes, &error);
        g_assert_no_error (error);
        g_assert_cmpint (sizes, ==, 6 + 70000 + 10 + 20);
    }
    g_auto (Feed) feed = feed_file ("descriptors.zip");
    gint64 sizes = 0;
    g_autofree char *found = read_all (&feed, &sizes, NULL);
    g_assert_nonnull (found);
    g_assert_cmpint (sizes, ==, -5);
}

static void
check_broken (Feed *feed)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_all (feed, NULL, &error);
    g_assert_null (found);
    g_assert_error (error, XN_ERROR, XN_ERROR_INTEGRITY);
    g_assert_true (xn_error_is_retryable (error));
    g_assert_null (strchr (error->message, '\n'));
}

static void
test_cut (gconstpointer data)
{
    g_auto (Feed) whole = feed_file (data);
    /* A tar goes on with zeros after its last member, which may lack. */
    if (g_str_has_suffix (data, ".tar")) {
        while (whole.bytes[whole.size - 1] == 0)
            whole.size--;
        whole.size = (whole.size + 511) / 512 * 512 + 1;
    }
    /* Each byte of the records, and a sample of those within the one long member. */
    const gsize step = rounds (1, 17);
    for (gsize size = 0; size<whole.size; size += size> 2000 && size + 3000 < whole.size ? 997 * step : step) {
        g_auto (Feed) feed = {.bytes = g_memdup2 (whole.bytes, size), .size = size, .step = 4096};
        check_broken (&feed);
    }
}

static void
test_broken (gconstpointer data)
{
    g_auto (Feed) feed = feed_file (data);
    check_broken (&feed);
}

static void
test_final (gconstpointer data)
{
    g_auto (Feed) feed = feed_file (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_all (&feed, NULL, &error);
    g_assert_null (found);
    g_assert_error (error, XN_ERROR, XN_ERROR_INTEGRITY);
    g_assert_false (xn_error_is_retryable (error));
}

static void
test_empty (void)
{
    g_auto (Feed) feed = feed_file ("empty.zip");
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_all (&feed, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (found, ==, "");
}

static void
test_comment (void)
{
    g_auto (Feed) feed = feed_file ("comment.zip");
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_all (&feed, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (g_str_has_prefix (found, "a "));
}

static void
test_inner (void)
{
    g_auto (Feed) feed = feed_file ("inner.zip");
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_all (&feed, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (g_str_has_prefix (found, "inner.zip "));
    g_assert_nonnull (strstr (found, "\nmore "));
}

/* A transfer that fails is told by its own error, wherever it happens. */
static void
test_read_error (void)
{
    g_auto (Feed) whole = feed_file ("small.zip");
    for (gsize size = 0; size <= whole.size; size++) {
        g_auto (Feed) feed = {.bytes = g_memdup2 (whole.bytes, size), .size = size, .step = 8, .fails = TRUE};
        g_autoptr (GError) error = NULL;
        g_autofree char *found = read_all (&feed, NULL, &error);
        g_assert_null (found);
        g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
    }
}

/* Members that nobody reads are passed over. */
static void
test_skip (void)
{
    g_auto (Feed) feed = feed_file ("descriptors.zip");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnUnpack) unpack = xn_unpack_new (feed_read, &feed, &error);
    XnMember member;
    for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
        g_assert_cmpint (xn_unpack_next (unpack, &member, &error), ==, 1);
        g_assert_cmpstr (member.name, ==, members[i].name);
    }
    g_assert_cmpint (xn_unpack_next (unpack, &member, &error), ==, 0);
    g_assert_no_error (error);
}

static void
make_archives (void)
{
    g_autoptr (GError) error = NULL;
    directory = g_dir_make_tmp ("unpack-XXXXXX", &error);
    g_assert_no_error (error);
    g_autofree char *script = g_test_build_filename (G_TEST_DIST, "make-archives.py", NULL);
    char *argv[] = {(char *)"python3", script, directory, NULL};
    int status = -1;
    g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
}

static void
remove_archives (void)
{
    char *argv[] = {(char *)"rm", (char *)"-r", directory, NULL};
    g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free (directory);
}

static void
add_all (const char *group, const char *const *names, GTestDataFunc test)
{
    for (guint i = 0; names[i] != NULL; i++) {
        g_autofree char *path = g_strdup_printf ("/unpack/%s/%s", group, names[i]);
        g_test_add_data_func (path, names[i], test);
    }
}

int
main (int argc, char **argv)
{
    static const char *const good[] = {
        "stored.zip", "deflated.zip", "descriptors.zip", "zip64.zip",  "zip64-descriptors.zip",
        "pax.tar",    "gnu.tar",      "mode.tar",        "pax.tar.gz", NULL};
    static const char *const cut[] = {"small.zip",       "stored.zip", "deflated.zip",
                                      "descriptors.zip", "zip64.zip",  "comment.zip",
                                      "pax.tar",         "pax.tar.gz", NULL};
    static const char *const broken[] = {"page.html",           "page-with-zip.html", "no-directory.zip",
                                         "text-after.zip",      "bad-crc.zip",        "lost-member.zip",
                                         "cut-after-inner.zip", "latin1-marked.zip",  NULL};
    static const char *const final[] = {"symlink.tar", "hardlink.tar", "latin1.zip", "latin1.tar", NULL};

    setlocale (LC_ALL, "");
    g_autofree char *locale_before = g_strdup (setlocale (LC_ALL, NULL));
    g_test_init (&argc, &argv, NULL);
    make_archives ();
    add_all ("good", good, test_good);
    add_all ("cut", cut, test_cut);
    add_all ("broken", broken, test_broken);
    add_all ("final", final, test_final);
    g_test_add_func ("/unpack/sizes", test_sizes);
    g_test_add_func ("/unpack/empty", test_empty);
    g_test_add_func ("/unpack/comment", test_comment);
    g_test_add_func ("/unpack/inner", test_inner);
    g_test_add_func ("/unpack/read-error", test_read_error);
    g_test_add_func ("/unpack/skip", test_skip);
    const int result = g_test_run ();
    g_assert_cmpstr (setlocale (LC_ALL, NULL), ==, locale_before);
    g_assert_true (uselocale ((locale_t)0) == LC_GLOBAL_LOCALE);
    remove_archives ();
    return result;
}
