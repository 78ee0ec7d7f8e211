/* SPDX-License-Identifier: Apache-2.0 */
/* The last bytes of a stream, kept in one buffer that is moved down when it is full. */
#include "archive/tail.h"
#include "base/utf8.h"

#include <string.h>

enum {
    KEPT_BYTES = 192 * 1024, /* a local header is at most 128 KiB, an end record with its comment 64 KiB */
    LOCAL_BYTES = 30,
    END_BYTES = 22,
    END_ZIP64_BYTES = 56,
    LOCATOR_BYTES = 20,
    TAR_END_BYTES = 1024,
    /* A member's header is the first thing that looks like one, but for what a data descriptor before it holds by chance. */
    MAX_HEADERS = 4,
};

struct XnTail {
    guint8 bytes[2 * KEPT_BYTES];
    gsize size;
    guint64 start;       /* position of bytes[0] in the stream */
    const guint8 *shown; /* what follows them */
    gsize shown_size;
};

XnTail *
xn_tail_new (void)
{
    return g_new0 (XnTail, 1);
}

void
xn_tail_free (XnTail *tail)
{
    g_free (tail);
}

void
xn_tail_show (XnTail *tail, const guint8 *bytes, gsize size)
{
    xn_tail_keep (tail);
    tail->shown = bytes;
    tail->shown_size = size;
}

void
xn_tail_keep (XnTail *tail)
{
    const guint8 *bytes = tail->shown;
    gsize size = tail->shown_size;
    tail->shown = NULL;
    tail->shown_size = 0;
    if (size == 0)
        return;
    if (size > KEPT_BYTES) {
        const gsize passed = size - KEPT_BYTES;
        tail->start += tail->size + passed;
        tail->size = 0;
        bytes += passed;
        size = KEPT_BYTES;
    }
    if (tail->size + size > sizeof (tail->bytes)) {
        const gsize dropped = tail->size - KEPT_BYTES;
        memmove (tail->bytes, tail->bytes + dropped, KEPT_BYTES);
        tail->start += dropped;
        tail->size = KEPT_BYTES;
    }
    memcpy (tail->bytes + tail->size, bytes, size);
    tail->size += size;
}

static guint64
number (const guint8 *bytes, guint size)
{
    guint64 value = 0;
    for (guint i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* The name among @bytes, which begin before or at the member's local header. */
static char *
find_name (const guint8 *bytes, gsize size, const char *normalized)
{
    g_autofree char *wanted = xn_utf8_normalize (normalized, -1, G_NORMALIZE_NFC);
    const guint8 *at = bytes;
    for (guint i = 0; i < MAX_HEADERS; i++) {
        at = memmem (at, (gsize)(bytes + size - at), "PK\003\004", 4);
        if (at == NULL)
            break;
        const gsize left = (gsize)(bytes + size - at);
        const gsize length = left < LOCAL_BYTES ? 0 : (gsize)number (at + 26, 2);
        if (length > 0 && left - LOCAL_BYTES >= length) {
            g_autofree char *name = g_strndup ((const char *)at + LOCAL_BYTES, length);
            g_autofree char *composed = xn_utf8_normalize (name, -1, G_NORMALIZE_NFC);
            if (strcmp (name, normalized) == 0 || (composed != NULL && g_strcmp0 (composed, wanted) == 0))
                return g_steal_pointer (&name);
        }
        at += 4;
    }
    return NULL;
}

char *
xn_tail_zip_name (const XnTail *tail, gint64 position, const char *normalized)
{
    const guint64 shown = tail->start + tail->size; /* its position */
    if (position < 0 || (guint64)position < tail->start || (guint64)position > shown + tail->shown_size)
        return NULL;
    if ((guint64)position >= shown) {
        const gsize skipped = (gsize)((guint64)position - shown);
        return find_name (tail->shown + skipped, tail->shown_size - skipped, normalized);
    }
    const gsize skipped = (gsize)((guint64)position - tail->start);
    g_autoptr (GByteArray) both = g_byte_array_new ();
    g_byte_array_append (both, tail->bytes + skipped, (guint)(tail->size - skipped));
    g_byte_array_append (both, tail->shown, (guint)MIN (tail->shown_size, KEPT_BYTES));
    return find_name (both->data, both->len, normalized);
}

static const guint8 *
find_end (const XnTail *tail)
{
    for (gsize comment = 0; comment <= G_MAXUINT16 && comment + END_BYTES <= tail->size; comment++) {
        const guint8 *end = tail->bytes + tail->size - comment - END_BYTES;
        if (memcmp (end, "PK\005\006", 4) == 0 && number (end + 20, 2) == comment)
            return end;
    }
    return NULL;
}

/* The zip64 end record that goes with @end, or NULL. */
static const guint8 *
find_end_zip64 (const XnTail *tail, const guint8 *end)
{
    if (end - tail->bytes < LOCATOR_BYTES + END_ZIP64_BYTES || memcmp (end - LOCATOR_BYTES, "PK\006\007", 4) != 0)
        return NULL;
    const guint64 position = number (end - LOCATOR_BYTES + 8, 8);
    const guint64 latest = tail->start + (guint64)(end - tail->bytes) - LOCATOR_BYTES - END_ZIP64_BYTES;
    if (position < tail->start || position > latest)
        return NULL;
    const guint8 *end64 = tail->bytes + (position - tail->start);
    return memcmp (end64, "PK\006\006", 4) == 0 ? end64 : NULL;
}

gboolean
xn_tail_is_zip_end (const XnTail *tail, guint64 members, const char **out_why)
{
    *out_why = "its end record is missing";
    const guint8 *end = find_end (tail);
    if (end == NULL)
        return FALSE;
    const guint8 *end64 = find_end_zip64 (tail, end);
    const guint8 *first = end64 != NULL ? end64 : end; /* the directory ends here */
    const guint64 size = end64 != NULL ? number (end64 + 40, 8) : number (end + 12, 4);
    const guint64 offset = end64 != NULL ? number (end64 + 48, 8) : number (end + 16, 4);
    const guint64 position = tail->start + (guint64)(first - tail->bytes);
    *out_why = "its end record does not fit its length";
    if (size > position || offset != position - size)
        return FALSE;
    /* A writer without zip64 lets the count of members wrap around. */
    *out_why = "its end record counts other members than it has";
    return end64 != NULL ? number (end64 + 32, 8) == members : number (end + 10, 2) == (members & G_MAXUINT16);
}

gboolean
xn_tail_is_tar_end (const XnTail *tail)
{
    if (tail->size < TAR_END_BYTES)
        return FALSE;
    const guint8 *end = tail->bytes + tail->size - TAR_END_BYTES;
    return end[0] == 0 && memcmp (end, end + 1, TAR_END_BYTES - 1) == 0;
}
