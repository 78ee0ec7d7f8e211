/* SPDX-License-Identifier: Apache-2.0 */
/* Small valid DICOM Part-10 files of an exact size. Must not know the archive. */
#include "model.h"

#include <string.h>

#define SOP_CLASS "1.2.840.10008.5.1.4.1.1.7"
#define UID_ROOT "1.2.826.0.1.3680043.8.498"

static void
put_element (GByteArray *out, guint group, guint element, const char *vr, const void *value, gsize len)
{
    gboolean wide = strcmp (vr, "OB") == 0 || strcmp (vr, "OW") == 0;
    guint8 head[12] = {(guint8)group,          (guint8)(group >> 8), (guint8)element,
                       (guint8)(element >> 8), (guint8)vr[0],        (guint8)vr[1]};

    if (wide) {
        for (guint i = 0; i < 4; i++)
            head[8 + i] = (guint8)(len >> (8 * i));
    } else {
        head[6] = (guint8)len;
        head[7] = (guint8)(len >> 8);
    }
    g_byte_array_append (out, head, wide ? 12 : 8);
    g_byte_array_append (out, value, (guint)len);
}

static void
put_text (GByteArray *out, guint group, guint element, const char *vr, const char *text)
{
    gboolean uid = strcmp (vr, "UI") == 0;
    g_autofree char *padded = g_strdup_printf ("%s%s", text, uid ? "" : " ");
    gsize len = strlen (text);

    /* Even lengths: a NUL for UIDs (g_strdup_printf ends with one), a blank for text. */
    put_element (out, group, element, vr, padded, len + len % 2);
}

static void
put_short (GByteArray *out, guint group, guint element, guint value)
{
    guint8 bytes[2] = {(guint8)value, (guint8)(value >> 8)};

    put_element (out, group, element, "US", bytes, 2);
}

static GByteArray *
meta_group (const char *uid)
{
    g_autoptr (GByteArray) meta = g_byte_array_new ();
    GByteArray *out = g_byte_array_new ();
    guint8 preamble[132] = {0};
    guint8 length[4];

    put_element (meta, 0x0002, 0x0001, "OB", "\0\1", 2);
    put_text (meta, 0x0002, 0x0002, "UI", SOP_CLASS);
    put_text (meta, 0x0002, 0x0003, "UI", uid);
    put_text (meta, 0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1");
    put_text (meta, 0x0002, 0x0012, "UI", UID_ROOT ".1");
    memcpy (preamble + 128, "DICM", 4);
    g_byte_array_append (out, preamble, sizeof preamble);
    for (guint i = 0; i < 4; i++)
        length[i] = (guint8)(meta->len >> (8 * i));
    put_element (out, 0x0002, 0x0000, "UL", length, 4);
    g_byte_array_append (out, meta->data, meta->len);
    return out;
}

static void
put_patient (GByteArray *out, const char *uid, guint64 seed)
{
    g_autofree char *number = g_strdup_printf ("%u", (guint)(seed % 1000000));

    put_text (out, 0x0008, 0x0016, "UI", SOP_CLASS);
    put_text (out, 0x0008, 0x0018, "UI", uid);
    put_text (out, 0x0008, 0x0020, "DA", "20240102");
    put_text (out, 0x0008, 0x0030, "TM", "101112");
    put_text (out, 0x0008, 0x0050, "SH", "");
    put_text (out, 0x0008, 0x0060, "CS", "OT");
    put_text (out, 0x0008, 0x0064, "CS", "WSD");
    put_text (out, 0x0008, 0x0090, "PN", "");
    put_text (out, 0x0008, 0x103e, "LO", "stand-in series");
    put_text (out, 0x0010, 0x0010, "PN", "Sample^Subject");
    put_text (out, 0x0010, 0x0020, "LO", "SAMPLE");
    put_text (out, 0x0010, 0x0030, "DA", "");
    put_text (out, 0x0010, 0x0040, "CS", "O");
    put_text (out, 0x0020, 0x000d, "UI", UID_ROOT ".2");
    put_text (out, 0x0020, 0x000e, "UI", UID_ROOT ".3");
    put_text (out, 0x0020, 0x0010, "SH", "1");
    put_text (out, 0x0020, 0x0011, "IS", "1");
    put_text (out, 0x0020, 0x0013, "IS", number);
}

/* Monochrome rows of bytes; what is over goes into the trailing padding, so that the size is exact. */
static void
put_pixels (GByteArray *out, guint64 seed, gint64 size)
{
    gint64 left = MAX (size - (gint64)out->len - 7 * 10 - 20 - 12 - 12, 2);
    guint rows = (guint)(left / 2048 + 1);
    guint columns = MAX ((guint)(left / rows) & ~1u, 2);
    gsize pixels = (gsize)rows * columns;
    gsize pad = (gsize)MAX (left - (gint64)pixels, 0);
    g_autofree guint8 *data = g_malloc0 (MAX (pixels, pad));
    guint64 state = seed + 88172645463325252u;

    put_short (out, 0x0028, 0x0002, 1);
    put_text (out, 0x0028, 0x0004, "CS", "MONOCHROME2");
    put_short (out, 0x0028, 0x0010, rows);
    put_short (out, 0x0028, 0x0011, columns);
    put_short (out, 0x0028, 0x0100, 8);
    put_short (out, 0x0028, 0x0101, 8);
    put_short (out, 0x0028, 0x0102, 7);
    put_short (out, 0x0028, 0x0103, 0);
    for (gsize i = 0; i < pixels; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data[i] = (guint8)state;
    }
    put_element (out, 0x7fe0, 0x0010, "OB", data, pixels);
    memset (data, 0, pad);
    put_element (out, 0xfffc, 0xfffc, "OB", data, pad);
}

GBytes *
sample_dicom (guint64 seed, gint64 size)
{
    g_autofree char *uid = g_strdup_printf (UID_ROOT ".4.%" G_GUINT64_FORMAT, seed);
    GByteArray *out = meta_group (uid);

    put_patient (out, uid, seed);
    put_pixels (out, seed, size);
    return g_byte_array_free_to_bytes (out);
}
