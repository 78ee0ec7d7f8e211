/* SPDX-License-Identifier: Apache-2.0 */
/* The zip writer, read back with this project's reader, Python's zipfile and unzip. */
#include "../rounds.h"
#include "archive/unpack.h"
#include "archive/zip-stream.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

/* Members whose content is worked out, not stored. */
typedef struct {
    guint64 size;   /* as told */
    gint64 differs; /* what it really has more or less */
    gboolean zeros;
    gboolean changes; /* told when it is closed */
} Made;

typedef struct {
    const Made *made;
    guint64 at;
} Open;

static int n_open;

static gpointer
made_open (guint index, gpointer data, GError **error)
{
    const Made *made = data;
    Open *open = g_new0 (Open, 1);
    open->made = &made[index];
    n_open++;
    return open;
}

static gssize
made_read (gpointer handle, guint8 *buffer, gsize size, GError **error)
{
    Open *open = handle;
    const guint64 end = open->made->size + (guint64)open->made->differs;
    const gsize part = (gsize)MIN (size, end - open->at);
    if (open->made->zeros)
        memset (buffer, 0, part);
    else
        for (gsize i = 0; i < part; i++)
            buffer[i] = (guint8)((open->at + i) * 7 % 251);
    open->at += part;
    return (gssize)part;
}

static gboolean
made_close (gpointer handle, GError **error)
{
    Open *open = handle;
    const gboolean changes = open->made->changes;
    n_open--;
    g_free (open);
    if (changes)
        xn_error_set (error, XN_ERROR_IO, "it has changed");
    return !changes;
}

static const XnZipSource source = {made_open, made_read, made_close};

static const Made some[] = {{.size = 6},     {.size = 0},     {.size = 65534},
                            {.size = 65535}, {.size = 65536}, {.size = 200000}};
static const char *const some_names[] = {"a.txt", "d/empty", "d/\xc3\xa9", "d/e\xcc\x81 x", "65536", "z"};

static XnZipStream *
some_zip (void)
{
    XnZipStream *zip = xn_zip_stream_new (&source, (gpointer)some);
    for (guint i = 0; i < G_N_ELEMENTS (some); i++)
        xn_zip_stream_add (zip, some_names[i], some[i].size, 1000000000 + i);
    return zip;
}

/* The whole archive, read @step bytes at a time; checks the length told before. */
static GByteArray *
read_zip (XnZipStream *zip, gsize step)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autofree guint8 *buffer = g_malloc (step);
    g_autoptr (GError) error = NULL;
    const guint64 length = xn_zip_stream_length (zip);
    gssize part;
    while ((part = xn_zip_stream_read (zip, buffer, step, &error)) > 0)
        g_byte_array_append (bytes, buffer, (guint)part);
    g_assert_no_error (error);
    g_assert_cmpint (part, ==, 0);
    g_assert_cmpint (xn_zip_stream_read (zip, buffer, step, &error), ==, 0);
    g_assert_cmpuint (bytes->len, ==, length);
    g_assert_cmpint (n_open, ==, 0);
    return g_steal_pointer (&bytes);
}

static void
assert_same (const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpmem (a->data, a->len, b->data, b->len);
}

static void
test_same (void)
{
    g_autoptr (XnZipStream) zip = some_zip ();
    g_autoptr (GByteArray) bytes = read_zip (zip, 1 << 20);
    static const gsize steps[] = {1, 3, 4096, 65535, 65540};
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
        xn_zip_stream_rewind (zip);
        g_autoptr (GByteArray) again = read_zip (zip, steps[i]);
        assert_same (bytes, again);
    }
    for (gsize cut = 1; cut < bytes->len; cut += 10007) {
        g_autofree guint8 *buffer = g_malloc (cut);
        xn_zip_stream_rewind (zip);
        g_assert_cmpint (xn_zip_stream_read (zip, buffer, cut, NULL), ==, (gssize)cut);
    }
    xn_zip_stream_rewind (zip);
    g_autoptr (GByteArray) again = read_zip (zip, 4096);
    assert_same (bytes, again);
    g_autoptr (XnZipStream) other = some_zip ();
    g_autoptr (GByteArray) others = read_zip (other, 4096);
    assert_same (bytes, others);
}

typedef struct {
    const GByteArray *bytes;
    gboolean done;
} Feed;

static gssize
feed_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    Feed *feed = data;
    const gboolean done = feed->done;
    feed->done = TRUE;
    *out_bytes = feed->bytes->data;
    return done ? 0 : (gssize)feed->bytes->len;
}

static void
check_member (XnUnpack *unpack, const char *wanted_name, guint64 wanted_size)
{
    g_autoptr (GError) error = NULL;
    XnMember member;
    const guint8 *bytes;
    gssize part;
    guint64 at = 0;
    g_assert_cmpint (xn_unpack_next (unpack, &member, &error), ==, 1);
    g_assert_cmpstr (member.name, ==, wanted_name);
    while ((part = xn_unpack_data (unpack, &bytes, &error)) > 0)
        for (gssize i = 0; i < part; i++, at++)
            g_assert_cmpuint (bytes[i], ==, at * 7 % 251);
    g_assert_no_error (error);
    g_assert_cmpuint (at, ==, wanted_size);
}

static void
check_end (XnUnpack *unpack)
{
    g_autoptr (GError) error = NULL;
    XnMember member;
    g_assert_cmpint (xn_unpack_next (unpack, &member, &error), ==, 0);
    g_assert_no_error (error);
}

static void
test_read_back (void)
{
    g_autoptr (XnZipStream) zip = some_zip ();
    g_autoptr (GByteArray) bytes = read_zip (zip, 4096);
    Feed feed = {.bytes = bytes};
    g_autoptr (XnUnpack) unpack = xn_unpack_new (feed_read, &feed, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (some); i++)
        check_member (unpack, some_names[i], some[i].size);
    check_end (unpack);
}

static void
run (const char *const *argv)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *output = NULL;
    int status = -1;
    g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
    g_assert_no_error (error);
    if (status != 0)
        g_test_message ("%s", output);
    g_assert_cmpint (status, ==, 0);
}

/* Has the archive judged by other programs. */
static void
judge (const GByteArray *bytes, const char *members)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    g_close (g_file_open_tmp ("zip-stream-XXXXXX.zip", &path, &error), NULL);
    g_assert_no_error (error);
    g_file_set_contents (path, (const char *)bytes->data, bytes->len, &error);
    g_assert_no_error (error);
    g_autofree char *script = g_test_build_filename (G_TEST_DIST, "judge-zip.py", NULL);
    run ((const char *[]){"python3", script, path, members, NULL});
    run ((const char *[]){"unzip", "-tqq", path, NULL});
    g_unlink (path);
}

static void
test_judges (void)
{
    g_autoptr (XnZipStream) zip = some_zip ();
    g_autoptr (GByteArray) bytes = read_zip (zip, 4096);
    judge (bytes, "6");
}

static void
test_empty (void)
{
    g_autoptr (XnZipStream) zip = xn_zip_stream_new (&source, NULL);
    g_autoptr (GByteArray) bytes = read_zip (zip, 4096);
    g_assert_cmpuint (bytes->len, ==, 22);
}

/* The counts around the one at which the end record becomes a zip64 one. */
static void
test_many (void)
{
    static const guint counts[] = {65534, 65535, 65536, 70000};
    g_autofree Made *made = g_new0 (Made, 70000);
    for (guint i = 0; i < 70000; i++)
        made[i].size = i % 3;
    for (gsize i = rounds (0, G_N_ELEMENTS (counts) - 1); i < G_N_ELEMENTS (counts); i++) {
        g_autoptr (XnZipStream) zip = xn_zip_stream_new (&source, made);
        for (guint j = 0; j < counts[i]; j++) {
            char name[32];
            g_snprintf (name, sizeof name, "d/%u", j);
            xn_zip_stream_add (zip, name, made[j].size, 0);
        }
        g_autoptr (GByteArray) bytes = read_zip (zip, 65536);
        Feed feed = {.bytes = bytes};
        g_autoptr (XnUnpack) unpack = xn_unpack_new (feed_read, &feed, NULL);
        for (guint j = 0; j < counts[i]; j++) {
            char name[32];
            g_snprintf (name, sizeof name, "d/%u", j);
            check_member (unpack, name, made[j].size);
        }
        check_end (unpack);
        g_autofree char *count = g_strdup_printf ("%u", counts[i]);
        if (counts[i] >= 65535)
            judge (bytes, count);
    }
}

static guint64
number (const guint8 *bytes, guint size)
{
    guint64 value = 0;
    for (guint i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* Reads the beginning of one that is left open. */
static void
read_some (XnZipStream *zip, gsize size)
{
    g_autofree guint8 *buffer = g_malloc (size);
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (xn_zip_stream_read (zip, buffer, size, &error), ==, (gssize)size);
    g_assert_no_error (error);
    g_assert_cmpint (n_open, ==, 1);
}

/* Reads all, keeps the last bytes, and notes where local headers begin. */
static guint64
read_huge (XnZipStream *zip, GByteArray *tail, guint64 *offsets)
{
    const gsize step = 1 << 20;
    g_autofree guint8 *buffer = g_malloc (step);
    g_autoptr (GError) error = NULL;
    guint64 at = 0;
    guint n = 0;
    gssize part;
    while ((part = xn_zip_stream_read (zip, buffer, step, &error)) > 0) {
        /* The members are zeros, so that a signature can be nothing else; none lies across two reads here. */
        const guint8 *end = buffer + part;
        for (const guint8 *p = buffer; (p = memmem (p, (gsize)(end - p), "PK\3\4", 4)) != NULL; p += 4)
            offsets[n++] = at + (guint64)(p - buffer);
        at += (guint64)part;
        g_byte_array_append (tail, buffer, (guint)part);
        if (tail->len > step)
            g_byte_array_remove_range (tail, 0, tail->len - (guint)step);
    }
    g_assert_no_error (error);
    g_assert_cmpuint (n, ==, 3);
    return at;
}

/* Over 4 GiB in all, nothing of it on a disk. */
static void
test_huge (void)
{
    static const Made huge[] = {
        {.size = XN_ZIP_STREAM_MAX_MEMBER, .zeros = TRUE}, {.size = 100000, .zeros = TRUE}, {.size = 5, .zeros = TRUE}};
    static const char *const names[] = {"huge", "second", "third"};
    g_autoptr (XnZipStream) zip = xn_zip_stream_new (&source, (gpointer)huge);
    for (guint i = 0; i < 3; i++)
        xn_zip_stream_add (zip, names[i], huge[i].size, 0);
    read_some (zip, 10 << 20);
    xn_zip_stream_rewind (zip);
    g_assert_cmpint (n_open, ==, 0);
    if (!rounds (TRUE, FALSE)) {
        read_some (zip, 10 << 20);
        g_clear_pointer (&zip, xn_zip_stream_free);
        g_assert_cmpint (n_open, ==, 0);
        return;
    }
    g_autoptr (GByteArray) tail = g_byte_array_new ();
    guint64 offsets[3] = {0};
    const guint64 length = read_huge (zip, tail, offsets);
    g_assert_cmpuint (length, ==, xn_zip_stream_length (zip));

    const guint8 *end = tail->data + tail->len - 22;
    g_assert_cmpmem (end, 4, "PK\5\6", 4);
    g_assert_cmpuint (number (end + 16, 4), ==, G_MAXUINT32);
    const guint8 *end64 = end - 20 - 56;
    g_assert_cmpmem (end64, 4, "PK\6\6", 4);
    g_assert_cmpuint (number (end64 + 32, 8), ==, 3);
    const guint64 directory = number (end64 + 48, 8);
    const guint8 *at = tail->data + (tail->len - (length - directory));
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpmem (at, 4, "PK\1\2", 4);
        const guint64 name = number (at + 28, 2), extra = number (at + 30, 2), offset = number (at + 42, 4);
        g_assert_cmpmem (at + 46, name, names[i], strlen (names[i]));
        g_assert_cmpuint (number (at + 24, 4), ==, huge[i].size);
        g_assert_cmpuint (extra, ==, offset == G_MAXUINT32 ? 12 : 0);
        g_assert_cmpuint (extra > 0 ? number (at + 46 + name + 4, 8) : offset, ==, offsets[i]);
        at += 46 + name + extra;
    }
    g_assert_true (at == end64);
    g_assert_cmpuint (offsets[2], >, G_MAXUINT32);
}

static void
check_failure (const Made *made, const char *name)
{
    g_autoptr (XnZipStream) zip = xn_zip_stream_new (&source, (gpointer)made);
    g_autofree guint8 *buffer = g_malloc (1 << 20);
    g_autoptr (GError) error = NULL;
    xn_zip_stream_add (zip, name, made->size, 0);
    g_assert_cmpint (xn_zip_stream_read (zip, buffer, 1 << 20, &error), ==, -1);
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_clear_pointer (&zip, xn_zip_stream_free);
    g_assert_cmpint (n_open, ==, 0);
}

static void
test_failures (void)
{
    check_failure (&(Made){.size = 100, .differs = -1}, "shorter");
    check_failure (&(Made){.size = 100, .differs = 1}, "longer");
    check_failure (&(Made){.size = 0, .differs = 1}, "no longer empty");
    check_failure (&(Made){.size = 100, .changes = TRUE}, "changed");
    check_failure (&(Made){.size = XN_ZIP_STREAM_MAX_MEMBER + 1}, "too large");
    g_autofree char *name = g_strnfill (65536, 'n');
    check_failure (&(Made){.size = 1}, name);
}

static void
test_times (void)
{
    const guint32 first = (1u << 21) | (1u << 16); /* 1980-01-01, the first that a zip can say */
    const struct {
        gint64 mtime;
        guint32 dos;
    } times[] = {
        {G_MININT64, first},
        {0, first},
        {315532799, first},
        {315532800, first},
        {1000000000, (21u << 25) | (9u << 21) | (9u << 16) | (1u << 11) | (46u << 5) | 20u}, /* 2001-09-09 01:46:40 */
        {2147483647, (58u << 25) | (1u << 21) | (19u << 16) | (3u << 11) | (14u << 5) | 3u}, /* 2038-01-19 03:14:07 */
    };
    for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
        static const Made made = {.size = 0};
        g_autoptr (XnZipStream) zip = xn_zip_stream_new (&source, (gpointer)&made);
        xn_zip_stream_add (zip, "a", 0, times[i].mtime);
        g_autoptr (GByteArray) bytes = read_zip (zip, 4096);
        g_assert_cmpuint (number (bytes->data + 10, 4), ==, times[i].dos);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/zip-stream/same", test_same);
    g_test_add_func ("/zip-stream/read-back", test_read_back);
    g_test_add_func ("/zip-stream/judges", test_judges);
    g_test_add_func ("/zip-stream/empty", test_empty);
    g_test_add_func ("/zip-stream/many", test_many);
    g_test_add_func ("/zip-stream/huge", test_huge);
    g_test_add_func ("/zip-stream/failures", test_failures);
    g_test_add_func ("/zip-stream/times", test_times);
    return g_test_run ();
}
