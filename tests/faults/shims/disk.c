/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before the C library (LD_PRELOAD): a disk below $DISK_BELOW on which reading or writing goes well for so many bytes,
 * and fails from then on. A value is the number of the error, a colon, and the bytes.
 *
 *   DISK_WRITE  writing, as over a quota or on a broken disk
 *   DISK_READ   reading
 */
#include "below.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long read_so_far, written_so_far;

static int
concerns (int fd)
{
    const char *below = getenv ("DISK_BELOW");
    return below != NULL && is_below (below, fd);
}

/* How many of @size bytes still go well; -1 with errno: none. */
static ssize_t
share (const char *name, int fd, atomic_long *so_far, size_t size)
{
    const char *value = getenv (name), *colon = value != NULL ? strchr (value, ':') : NULL;
    if (colon == NULL || size == 0 || !concerns (fd))
        return (ssize_t)size;
    const long left = atol (colon + 1) - atomic_load (so_far);
    const long now = left < (long)size ? left : (long)size;
    if (now > 0) {
        atomic_fetch_add (so_far, now);
        return now;
    }
    errno = atoi (value);
    return -1;
}

ssize_t
write (int fd, const void *bytes, size_t size)
{
    const ssize_t now = share ("DISK_WRITE", fd, &written_so_far, size);
    return now < 0 ? -1 : syscall (SYS_write, fd, bytes, (size_t)now);
}

ssize_t
pwrite (int fd, const void *bytes, size_t size, off_t offset)
{
    const ssize_t now = share ("DISK_WRITE", fd, &written_so_far, size);
    return now < 0 ? -1 : syscall (SYS_pwrite64, fd, bytes, (size_t)now, offset);
}

ssize_t
read (int fd, void *bytes, size_t size)
{
    const ssize_t now = share ("DISK_READ", fd, &read_so_far, size);
    return now < 0 ? -1 : syscall (SYS_read, fd, bytes, (size_t)now);
}

ssize_t
pread (int fd, void *bytes, size_t size, off_t offset)
{
    const ssize_t now = share ("DISK_READ", fd, &read_so_far, size);
    return now < 0 ? -1 : syscall (SYS_pread64, fd, bytes, (size_t)now, offset);
}
