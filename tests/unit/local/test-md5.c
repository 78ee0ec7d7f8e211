/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of many texts at once, against GLib's of each. */
#include "local/md5-many.h"

#include <string.h>

static void
check (XnMd5Text *texts, guint n)
{
    xn_md5_many (texts, n);
    for (guint i = 0; i < n; i++) {
        g_autofree char *wanted = g_compute_checksum_for_data (G_CHECKSUM_MD5, texts[i].bytes, texts[i].size);
        g_assert_cmpstr (texts[i].md5, ==, wanted);
    }
}

static guint8 *
noise (gsize size)
{
    guint8 *bytes = g_malloc (size);
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)g_test_rand_int ();
    return bytes;
}

static void
test_rfc (void)
{
    static const char *const CASES[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    XnMd5Text texts[G_N_ELEMENTS (CASES)];
    for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
        texts[i] = (XnMd5Text){.bytes = (const guint8 *)CASES[i][0], .size = strlen (CASES[i][0])};
    xn_md5_many (texts, G_N_ELEMENTS (texts));
    for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
        g_assert_cmpstr (texts[i].md5, ==, CASES[i][1]);
}

/* Around each boundary of blocks and padding, all lanes at different places. */
static void
test_lengths (void)
{
    enum { N = 3 * 64 + 2 };
    g_autofree guint8 *bytes = noise (N);
    XnMd5Text texts[N];
    for (guint i = 0; i < N; i++)
        texts[i] = (XnMd5Text){.bytes = bytes, .size = i};
    check (texts, N);
}

static void
test_numbers (void)
{
    enum { N = 2 * XN_MD5_LANES + 1, SIZE = 100000 };
    g_autofree guint8 *bytes = noise (SIZE);
    for (guint n = 0; n <= N; n++) {
        XnMd5Text texts[N];
        for (guint i = 0; i < n; i++)
            texts[i] = (XnMd5Text){.bytes = bytes + i, .size = (gsize)g_test_rand_int_range (0, SIZE - N)};
        check (texts, n);
    }
}

static void
test_no_bytes (void)
{
    XnMd5Text texts[5] = {0};
    for (guint n = 0; n <= G_N_ELEMENTS (texts); n++) {
        memset (texts, 0, sizeof texts);
        xn_md5_many (texts, n);
        for (guint i = 0; i < n; i++)
            g_assert_cmpstr (texts[i].md5, ==, "d41d8cd98f00b204e9800998ecf8427e");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/md5/rfc", test_rfc);
    g_test_add_func ("/md5/lengths", test_lengths);
    g_test_add_func ("/md5/numbers", test_numbers);
    g_test_add_func ("/md5/no-bytes", test_no_bytes);
    return g_test_run ();
}
