/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a file. */
#include "local/output.h"

#include "base/error.h"
#include "base/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { WORTH_RESERVING = 1024 * 1024 };

typedef struct {
    sigset_t before;
    gboolean is_set;      /* the mask is to be set back */
    gboolean was_pending; /* the host has raised the signal itself, and not taken it yet */
} Shield;

/* A write beyond the process's size limit raises SIGXFSZ, which would end a host that knows nothing of it. Threads of ours
 * have all signals blocked, and do without. */
static void
shield_begin (Shield *shield)
{
    sigset_t signals;
    *shield = (Shield){.is_set = !xn_thread_is_ours ()};
    if (!shield->is_set)
        return;
    sigemptyset (&signals);
    sigaddset (&signals, SIGXFSZ);
    pthread_sigmask (SIG_BLOCK, &signals, &shield->before);
    if (sigismember (&shield->before, SIGXFSZ) == 1) {
        sigpending (&signals);
        shield->was_pending = sigismember (&signals, SIGXFSZ) == 1;
    }
}

static void
shield_end (const Shield *shield, gboolean raised)
{
    const int errnum = errno;
    if (raised && !shield->was_pending) {
        sigset_t signals;
        sigemptyset (&signals);
        sigaddset (&signals, SIGXFSZ);
        const struct timespec now = {0};
        while (sigtimedwait (&signals, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    if (shield->is_set)
        pthread_sigmask (SIG_SETMASK, &shield->before, NULL);
    errno = errnum;
}

gssize
xn_output_at (int fd, gconstpointer bytes, gsize size, gint64 at)
{
    Shield shield;
    shield_begin (&shield);
    const ssize_t done = at >= 0 ? pwrite (fd, bytes, size, (off_t)at) : write (fd, bytes, size);
    shield_end (&shield, done < 0 && errno == EFBIG);
    return done;
}

void
xn_output_error (int errnum, const char *path, GError **error)
{
    const char *advice = "";
    if (errnum == ENOSPC)
        advice = "; free some space on its disk and run it again";
    else if (errnum == EDQUOT)
        advice = "; free some of your quota and run it again";
    else if (errnum == EFBIG)
        advice = "; it is over the size limit of this process (ulimit -f) or of the file system";
    xn_error_set (error, XN_ERROR_IO, "cannot write %s: %s%s", path, g_strerror (errnum), advice);
}

gboolean
xn_output_write (int fd, const guint8 *bytes, gsize size, gint64 at, const char *path, GError **error)
{
    while (size > 0) {
        const gssize done = xn_output_at (fd, bytes, size, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            xn_output_error (done < 0 ? errno : ENOSPC, path, error);
            return FALSE;
        }
        bytes += done;
        size -= (gsize)done;
        at += at >= 0 ? done : 0;
    }
    return TRUE;
}

static gboolean
does_not_fit (int fd, gint64 size, const char *path, int errnum, GError **error)
{
    struct statvfs disk;
    if (errnum == EFBIG || fstatvfs (fd, &disk) != 0 || disk.f_frsize == 0) {
        xn_output_error (errnum, path, error);
        return FALSE;
    }
    g_autofree char *needed = g_format_size_full ((guint64)size, G_FORMAT_SIZE_LONG_FORMAT);
    g_autofree char *is_free = g_format_size_full ((guint64)disk.f_bavail * disk.f_frsize, G_FORMAT_SIZE_LONG_FORMAT);
    xn_error_set (error, XN_ERROR_IO, "%s needs %s, but %s is free on its disk%s: %s", path, needed, is_free,
                  errnum == EDQUOT ? " (and your quota is used up)" : "", g_strerror (errnum));
    return FALSE;
}

gboolean
xn_output_reserve (int fd, gint64 size, const char *path, gboolean *out_is_doubtful, GError **error)
{
    *out_is_doubtful = FALSE;
    if (size <= WORTH_RESERVING)
        return TRUE;
    struct rlimit limit; /* which a reservation is not measured by */
    if (getrlimit (RLIMIT_FSIZE, &limit) == 0 && (rlim_t)size > limit.rlim_cur)
        return does_not_fit (fd, size, path, EFBIG, error);
    int result;
    do
        result = fallocate (fd, FALLOC_FL_KEEP_SIZE, 0, size);
    while (result != 0 && errno == EINTR);
    if (result == 0)
        return TRUE;
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return does_not_fit (fd, size, path, errno, error);
    /* No reservation is to be had here. What a file system says of itself is an estimate; the write decides. */
    struct statvfs disk;
    *out_is_doubtful = fstatvfs (fd, &disk) == 0 && disk.f_blocks > 0 && disk.f_frsize > 0 &&
                       (guint64)size / disk.f_frsize >= disk.f_bavail;
    return TRUE;
}
