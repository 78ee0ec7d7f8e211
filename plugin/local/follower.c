/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that reads behind the writers; the hasher may have another one, which works while this one reads. */
#include "local/follower.h"

#include "base/sync.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

struct XnFollower {
    XnHasher *hasher; /* (borrowed) the thread's */
    int fd;
    guint8 *buffers[2]; /* (owned) the thread's: what is hashed, what is read */
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    gint64 hashed; /* (guarded) */
    gint64 end;    /* (guarded) */
    int errnum;    /* (guarded) why it has ended before its time, 0: it has not */
    gboolean quit; /* (guarded) */
};

static gboolean
has_bytes (XnFollower *follower, gint64 at)
{
    XN_LOCKED (&follower->mutex);
    return follower->end > at;
}

/* Waits for bytes at @at: how many can be read at once, 0: it should end. */
static gsize
wait_for_bytes (XnFollower *follower, gint64 at)
{
    XN_LOCKED (&follower->mutex);
    while (!follower->quit && follower->end <= at)
        pthread_cond_wait (&follower->changed, &follower->mutex);
    return follower->quit ? 0 : (gsize)MIN (follower->end - at, CHUNK);
}

static gssize
read_at (int fd, guint8 *bytes, gsize size, gint64 at)
{
    for (;;) {
        const ssize_t got = pread (fd, bytes, size, (off_t)at);
        if (got > 0)
            return got;
        if (got == 0)
            errno = EIO;
        if (errno != EINTR)
            return -1;
    }
}

static void
note (XnFollower *follower, gint64 hashed, int errnum)
{
    XN_LOCKED (&follower->mutex);
    follower->hashed = hashed;
    follower->errnum = errnum;
}

static void *
run (void *data)
{
    XnFollower *follower = data;
    gint64 at = follower->hashed;
    for (guint turn = 0;; turn ^= 1) {
        /* Where nothing more is there yet, somebody may wait for just what is being hashed. */
        if (!has_bytes (follower, at)) {
            xn_hasher_end (follower->hasher);
            note (follower, at, 0);
        }
        const gsize size = wait_for_bytes (follower, at);
        if (size == 0)
            break;
        const gssize got = read_at (follower->fd, follower->buffers[turn], size, at);
        const int errnum = got < 0 ? errno : 0;
        xn_hasher_end (follower->hasher);
        note (follower, at, errnum);
        if (got < 0)
            break;
        xn_hasher_begin (follower->hasher, follower->buffers[turn], (gsize)got);
        at += got;
    }
    xn_hasher_end (follower->hasher);
    return NULL;
}

XnFollower *
xn_follower_new (XnHasher *hasher, int fd, gint64 hashed)
{
    XnFollower *follower = g_new0 (XnFollower, 1);
    follower->hasher = hasher;
    follower->fd = fd;
    follower->hashed = follower->end = hashed;
    for (guint i = 0; i < 2; i++)
        follower->buffers[i] = g_malloc (CHUNK);
    pthread_mutex_init (&follower->mutex, NULL);
    xn_cond_init (&follower->changed);
    if (xn_thread_start (&follower->thread, run, follower))
        return follower;
    follower->quit = TRUE;
    xn_follower_free (follower);
    return NULL;
}

void
xn_follower_free (XnFollower *follower)
{
    if (follower == NULL)
        return;
    pthread_mutex_lock (&follower->mutex);
    const gboolean runs = !follower->quit;
    follower->quit = TRUE;
    pthread_cond_broadcast (&follower->changed);
    pthread_mutex_unlock (&follower->mutex);
    if (runs)
        pthread_join (follower->thread, NULL);
    pthread_cond_destroy (&follower->changed);
    pthread_mutex_destroy (&follower->mutex);
    for (guint i = 0; i < 2; i++)
        g_free (follower->buffers[i]);
    g_free (follower);
}

void
xn_follower_reach (XnFollower *follower, gint64 end)
{
    XN_LOCKED (&follower->mutex);
    if (end <= follower->end)
        return;
    follower->end = end;
    pthread_cond_signal (&follower->changed);
}

gint64
xn_follower_hashed (XnFollower *follower, int *out_errnum)
{
    XN_LOCKED (&follower->mutex);
    *out_errnum = follower->errnum;
    return follower->errnum != 0 ? -1 : follower->hashed;
}
