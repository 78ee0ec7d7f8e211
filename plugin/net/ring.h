/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue of byte chunks between two threads. It has no lock: the owner's guards every call. Chunks are
 * allocated when needed and used again, so a small answer costs little and a large one a fixed amount. */
#pragma once

#include <glib.h>

/** How many chunks a ring may have, the ones taken out included, and how large they are. */
#define XN_RING_CHUNKS 4
#define XN_RING_CHUNK_SIZE (256 * 1024)
/** The size of a first chunk: most answers fit. Also the most that xn_ring_append() takes at once. */
#define XN_RING_FIRST_SIZE (16 * 1024)

typedef struct XnChunk XnChunk;
struct XnChunk {
    XnChunk *next;
    gsize start; /**< bytes already consumed */
    gsize end;   /**< bytes filled, from the beginning */
    gsize size;  /**< bytes that fit */
    guint8 bytes[];
};

typedef struct {
    XnChunk *first, *last; /**< (owned) filled, in order */
    XnChunk *spare;        /**< (owned) (nullable) empty */
    guint chunks;          /**< all that exist */
    guint most;            /**< as many as there may be; 0: XN_RING_CHUNKS */
} XnRing;

typedef enum {
    XN_RING_TAKEN,
    XN_RING_FULL,
    XN_RING_NO_MEMORY,
} XnRingResult;

/** Makes room for an empty chunk of at least @size bytes and gives it in @out_chunk (transfer full, to be pushed or
 *  given back). */
XnRingResult xn_ring_take_empty (XnRing *ring, gsize size, XnChunk **out_chunk);

/** Appends a filled chunk. @chunk: (transfer full) */
void xn_ring_push (XnRing *ring, XnChunk *chunk);

/** Appends all of the @size bytes (at most XN_RING_FIRST_SIZE) or none. */
XnRingResult xn_ring_append (XnRing *ring, const void *bytes, gsize size);

/** The first filled chunk, or NULL; (transfer full) to be given back. */
XnChunk *xn_ring_pop (XnRing *ring);

/** Gives back a chunk whose content is not needed any more. @chunk: (transfer full) (nullable) */
void xn_ring_give_back (XnRing *ring, XnChunk *chunk);

/** Whether no chunk is filled. */
gboolean xn_ring_is_empty (const XnRing *ring);

/** Whether there is so much room again that a stopped writer should go on. */
gboolean xn_ring_is_roomy (const XnRing *ring);

/** Frees all chunks in the ring. */
void xn_ring_clear (XnRing *ring);
