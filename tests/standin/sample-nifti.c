/* SPDX-License-Identifier: Apache-2.0 */
/* Small valid NIFTI-1 files of an exact size, gzipped without compression. Must not know the archive. */
#include "model.h"

#include <string.h>
#include <zlib.h>

/* Header, four bytes without extensions, then the volume. */
#define NIFTI_HEAD 352
#define GZ_HEAD 10
#define GZ_TAIL 8
#define STORED_MAX 65535

static void
put16 (guint8 *at, guint value)
{
    at[0] = (guint8)value;
    at[1] = (guint8)(value >> 8);
}

static void
put32 (guint8 *at, guint32 value)
{
    put16 (at, value & 0xffff);
    put16 (at + 2, value >> 16);
}

static void
put_float (guint8 *at, float value)
{
    guint32 bits;

    memcpy (&bits, &value, sizeof bits);
    put32 (at, bits);
}

/* One row of voxels, as long as asked for; columns of at most 32767 as the header's numbers are short. */
static void
nifti_header (guint8 *head, gint64 voxels)
{
    guint rows = (guint)(voxels / 32767 + 1);
    guint columns = (guint)(voxels / rows);

    put32 (head, 348);
    put16 (head + 40, 3);
    put16 (head + 42, MAX (columns, 1));
    put16 (head + 44, rows);
    put16 (head + 46, 1);
    for (guint i = 4; i < 8; i++)
        put16 (head + 40 + 2 * i, 1);
    put16 (head + 70, 2); /* unsigned bytes */
    put16 (head + 72, 8);
    for (guint i = 0; i < 8; i++)
        put_float (head + 76 + 4 * i, 1.0f);
    put_float (head + 108, NIFTI_HEAD);
    put_float (head + 112, 1.0f);
    memcpy (head + 344, "n+1", 4);
}

static void
noise (guint8 *at, gsize len, guint64 seed)
{
    guint64 state = seed * 6364136223846793005u + 1442695040888963407u;

    for (gsize i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        at[i] = (guint8)(state >> 56);
    }
}

static gsize
stored_size (gsize raw)
{
    return GZ_HEAD + GZ_TAIL + raw + 5 * MAX ((raw + STORED_MAX - 1) / STORED_MAX, 1);
}

static GBytes *
gzip_stored (const guint8 *raw, gsize len, gsize pad)
{
    gsize size = stored_size (len) + pad;
    guint8 *out = g_malloc0 (size);
    gsize at = GZ_HEAD;
    gsize done = 0;

    /* A file comment takes up what the blocks' heads leave over. */
    memcpy (out, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", GZ_HEAD);
    if (pad > 0) {
        out[3] = 0x10;
        memset (out + at, 'x', pad - 1);
        at += pad;
    }
    do {
        gsize n = MIN (len - done, STORED_MAX);

        out[at] = done + n == len;
        put16 (out + at + 1, (guint)n);
        put16 (out + at + 3, (guint)~n);
        memcpy (out + at + 5, raw + done, n);
        at += 5 + n;
        done += n;
    } while (done < len);
    put32 (out + at, (guint32)crc32_z (0, raw, len));
    put32 (out + at + 4, (guint32)len);
    return g_bytes_new_take (out, size);
}

GBytes *
sample_nifti_gz (guint64 seed, gint64 size)
{
    gsize target = (gsize)MAX (size, (gint64)stored_size (NIFTI_HEAD + 1));
    gsize raw = target - GZ_HEAD - GZ_TAIL;
    g_autofree guint8 *data = NULL;

    while (stored_size (raw) > target)
        raw--;
    /* Whole rows only. */
    while (raw > NIFTI_HEAD + 1 && (raw - NIFTI_HEAD) % ((raw - NIFTI_HEAD) / 32767 + 1) != 0)
        raw--;
    data = g_malloc0 (raw);
    nifti_header (data, (gint64)raw - NIFTI_HEAD);
    noise (data + NIFTI_HEAD, raw - NIFTI_HEAD, seed);
    return gzip_stored (data, raw, target - stored_size (raw));
}
