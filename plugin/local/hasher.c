/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of a stream, on a thread of its own once the file turns out to be large. */
#include "local/hasher.h"

#include "base/sync.h"

enum {
    ALONE_BYTES = 8 * 1024 * 1024, /* up to here a thread is not worth starting */
    SMALL_CHUNK = 16 * 1024,       /* nor waking */
};

struct XnHasher {
    GChecksum *checksum;
    guint64 hashed;
    gboolean has_thread, no_thread;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    const guint8 *bytes; /* (guarded) NULL: nothing to do */
    gsize size;          /* (guarded) */
    gboolean quit;       /* (guarded) */
};

XnHasher *
xn_hasher_new (void)
{
    XnHasher *hasher = g_new0 (XnHasher, 1);
    hasher->checksum = g_checksum_new (G_CHECKSUM_MD5);
    pthread_mutex_init (&hasher->mutex, NULL);
    xn_cond_init (&hasher->changed);
    return hasher;
}

static void *
run (void *data)
{
    XnHasher *hasher = data;
    XN_LOCKED (&hasher->mutex);
    for (;;) {
        while (hasher->bytes == NULL && !hasher->quit)
            pthread_cond_wait (&hasher->changed, &hasher->mutex);
        if (hasher->quit)
            return NULL;
        const guint8 *bytes = hasher->bytes;
        const gsize size = hasher->size;
        pthread_mutex_unlock (&hasher->mutex);
        g_checksum_update (hasher->checksum, bytes, (gssize)size);
        pthread_mutex_lock (&hasher->mutex);
        hasher->bytes = NULL;
        pthread_cond_broadcast (&hasher->changed);
    }
}

void
xn_hasher_free (XnHasher *hasher)
{
    if (hasher == NULL)
        return;
    if (hasher->has_thread) {
        pthread_mutex_lock (&hasher->mutex);
        hasher->quit = TRUE;
        pthread_cond_broadcast (&hasher->changed);
        pthread_mutex_unlock (&hasher->mutex);
        pthread_join (hasher->thread, NULL);
    }
    pthread_cond_destroy (&hasher->changed);
    pthread_mutex_destroy (&hasher->mutex);
    g_checksum_free (hasher->checksum);
    g_free (hasher);
}

void
xn_hasher_begin (XnHasher *hasher, const guint8 *bytes, gsize size)
{
    hasher->hashed += size;
    if (hasher->hashed > ALONE_BYTES && !hasher->has_thread && !hasher->no_thread) {
        hasher->has_thread = xn_thread_start (&hasher->thread, run, hasher);
        hasher->no_thread = !hasher->has_thread;
    }
    if (!hasher->has_thread || size < SMALL_CHUNK) {
        g_checksum_update (hasher->checksum, bytes, (gssize)size);
        return;
    }
    XN_LOCKED (&hasher->mutex);
    hasher->bytes = bytes;
    hasher->size = size;
    pthread_cond_broadcast (&hasher->changed);
}

void
xn_hasher_end (XnHasher *hasher)
{
    if (!hasher->has_thread)
        return;
    XN_LOCKED (&hasher->mutex);
    while (hasher->bytes != NULL)
        pthread_cond_wait (&hasher->changed, &hasher->mutex);
}

void
xn_hasher_reset (XnHasher *hasher)
{
    g_checksum_reset (hasher->checksum);
    hasher->hashed = 0;
}

const char *
xn_hasher_text (XnHasher *hasher)
{
    return g_checksum_get_string (hasher->checksum);
}
