/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of chunks. */
#include "net/ring.h"

#include <string.h>

static guint
most_of (const XnRing *ring)
{
    return ring->most > 0 ? ring->most : XN_RING_CHUNKS;
}

XnRingResult
xn_ring_take_empty (XnRing *ring, gsize size, XnChunk **out_chunk)
{
    *out_chunk = NULL;
    if (ring->spare != NULL && ring->spare->size >= size) {
        *out_chunk = ring->spare;
        ring->spare = ring->spare->next;
        (*out_chunk)->next = NULL;
        return XN_RING_TAKEN;
    }
    if (ring->chunks >= most_of (ring))
        return XN_RING_FULL;
    XnChunk *chunk = (XnChunk *)g_try_malloc (sizeof (XnChunk) + size);
    if (chunk == NULL)
        return XN_RING_NO_MEMORY;
    *chunk = (XnChunk){.size = size};
    ring->chunks++;
    *out_chunk = chunk;
    return XN_RING_TAKEN;
}

void
xn_ring_push (XnRing *ring, XnChunk *chunk)
{
    if (ring->last != NULL)
        ring->last->next = chunk;
    else
        ring->first = chunk;
    ring->last = chunk;
}

XnRingResult
xn_ring_append (XnRing *ring, const void *bytes, gsize size)
{
    XnChunk *tail = ring->last;
    const gsize room = tail != NULL ? MIN (tail->size - tail->end, size) : 0;
    XnChunk *fresh = NULL;
    if (room < size) {
        const gsize fresh_size = ring->chunks == 0 ? XN_RING_FIRST_SIZE : XN_RING_CHUNK_SIZE;
        const XnRingResult result = xn_ring_take_empty (ring, fresh_size, &fresh);
        if (result != XN_RING_TAKEN)
            return result;
    }
    if (room > 0) {
        memcpy (tail->bytes + tail->end, bytes, room);
        tail->end += room;
    }
    if (fresh != NULL) {
        memcpy (fresh->bytes, (const guint8 *)bytes + room, size - room);
        fresh->end = size - room;
        xn_ring_push (ring, fresh);
    }
    return XN_RING_TAKEN;
}

XnChunk *
xn_ring_pop (XnRing *ring)
{
    XnChunk *chunk = ring->first;
    if (chunk == NULL)
        return NULL;
    ring->first = chunk->next;
    if (ring->first == NULL)
        ring->last = NULL;
    chunk->next = NULL;
    return chunk;
}

void
xn_ring_give_back (XnRing *ring, XnChunk *chunk)
{
    if (chunk == NULL)
        return;
    if (chunk->size < XN_RING_CHUNK_SIZE) {
        ring->chunks--;
        g_free (chunk);
        return;
    }
    chunk->start = chunk->end = 0;
    chunk->next = ring->spare;
    ring->spare = chunk;
}

gboolean
xn_ring_is_empty (const XnRing *ring)
{
    return ring->first == NULL;
}

gboolean
xn_ring_is_roomy (const XnRing *ring)
{
    guint filled = 0;
    for (const XnChunk *chunk = ring->first; chunk != NULL; chunk = chunk->next)
        filled++;
    /* One more is in the reader's hands. */
    return filled + 1 <= most_of (ring) / 2;
}

static void
free_chunks (XnChunk *chunk)
{
    while (chunk != NULL) {
        XnChunk *next = chunk->next;
        g_free (chunk);
        chunk = next;
    }
}

void
xn_ring_clear (XnRing *ring)
{
    free_chunks (ring->first);
    free_chunks (ring->spare);
    *ring = (XnRing){.chunks = 0};
}
