/* SPDX-License-Identifier: Apache-2.0 */
/* An archive, read in pieces: a byte for their size, then the archive. No more comes out than bounded memory holds. */
#include "fuzz.h"

#include "archive/unpack.h"

#include <string.h>

/* A member that swells is read so far: what is more is the caller's bound, by the listing. */
#define MAX_BYTES (4 * 1024 * 1024)

typedef struct {
    FuzzBytes bytes;
    gsize step;
    guint8 *lent; /* (owned) so that a use after the next read shows */
} Feed;

static gssize
feed_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    Feed *feed = data;
    const gsize size = MIN (feed->step, feed->bytes.left);
    g_clear_pointer (&feed->lent, g_free);
    if (size == 0)
        return 0;
    feed->lent = g_malloc (size);
    memcpy (feed->lent, feed->bytes.at, size);
    feed->bytes.at += size;
    feed->bytes.left -= size;
    *out_bytes = feed->lent;
    return (gssize)size;
}

static void
read_members (XnUnpack *unpack)
{
    XnMember member;
    gsize total = 0;
    while (total < MAX_BYTES && xn_unpack_next (unpack, &member, NULL) == 1) {
        const guint8 *bytes;
        gssize size;
        FUZZ_CHECK (g_utf8_validate (member.name, -1, NULL) && member.size >= -1);
        while (total < MAX_BYTES && (size = xn_unpack_data (unpack, &bytes, NULL)) > 0)
            total += (gsize)size;
        total += 64;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    Feed feed = {.bytes = {data, size}};
    feed.step = 1 + 16 * (gsize)fuzz_byte (&feed.bytes);
    XnUnpack *unpack = xn_unpack_new (feed_read, &feed, NULL);
    if (unpack != NULL)
        read_members (unpack);
    xn_unpack_free (unpack);
    g_free (feed.lent);
    return 0;
}
