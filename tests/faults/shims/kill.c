/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before the C library, and before other libraries that do (LD_PRELOAD), and counts the calls by which a process changes
 * files or speaks to a server.
 *
 *   KILL_AT     the process dies of SIGKILL just before this call; 1 is the first
 *   KILL_COUNT  the file that the number of calls is written to at the end
 */
#include "openat.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The function that this one stands before; with 64 bits for an offset some have another name. */
#define NEXT(function, name) ((__typeof__ (&(function)))dlsym (RTLD_NEXT, name))

static atomic_long calls;

static void
step (void)
{
    const char *at = getenv ("KILL_AT");
    if (atomic_fetch_add (&calls, 1) + 1 == (at != NULL ? atol (at) : 0))
        kill (getpid (), SIGKILL);
}

__attribute__ ((destructor)) static void
write_count (void)
{
    const char *path = getenv ("KILL_COUNT");
    FILE *file = path != NULL ? fopen (path, "w") : NULL;
    if (file != NULL && (fprintf (file, "%ld\n", atomic_load (&calls)) < 0 || fclose (file) != 0))
        abort ();
}

static int
makes (int flags)
{
    return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

static int
open_at (int dir, const char *path, int flags, mode_t mode)
{
    if (makes (flags))
        step ();
    return NEXT (openat, "openat64") (dir, path, flags, mode);
}

ssize_t
write (int fd, const void *bytes, size_t size)
{
    step ();
    return NEXT (write, "write") (fd, bytes, size);
}

ssize_t
pwrite (int fd, const void *bytes, size_t size, off_t offset)
{
    step ();
    return NEXT (pwrite, "pwrite64") (fd, bytes, size, offset);
}

int
ftruncate (int fd, off_t size)
{
    step ();
    return NEXT (ftruncate, "ftruncate64") (fd, size);
}

int
fsync (int fd)
{
    step ();
    return NEXT (fsync, "fsync") (fd);
}

int
renameat (int from, const char *path, int to, const char *name)
{
    step ();
    return NEXT (renameat, "renameat") (from, path, to, name);
}

int
renameat2 (int from, const char *path, int to, const char *name, unsigned int flags)
{
    step ();
    return NEXT (renameat2, "renameat2") (from, path, to, name, flags);
}

int
linkat (int from, const char *path, int to, const char *name, int flags)
{
    step ();
    return NEXT (linkat, "linkat") (from, path, to, name, flags);
}

int
unlinkat (int dir, const char *path, int flags)
{
    step ();
    return NEXT (unlinkat, "unlinkat") (dir, path, flags);
}

int
unlink (const char *path)
{
    step ();
    return NEXT (unlink, "unlink") (path);
}

int
mkdirat (int dir, const char *path, mode_t mode)
{
    step ();
    return NEXT (mkdirat, "mkdirat") (dir, path, mode);
}

int
fsetxattr (int fd, const char *name, const void *value, size_t size, int flags)
{
    step ();
    return NEXT (fsetxattr, "fsetxattr") (fd, name, value, size, flags);
}

int
fremovexattr (int fd, const char *name)
{
    step ();
    return NEXT (fremovexattr, "fremovexattr") (fd, name);
}

int
futimens (int fd, const struct timespec times[2])
{
    step ();
    return NEXT (futimens, "futimens") (fd, times);
}

ssize_t
send (int fd, const void *bytes, size_t size, int flags)
{
    step ();
    return NEXT (send, "send") (fd, bytes, size, flags);
}

ssize_t
recv (int fd, void *bytes, size_t size, int flags)
{
    step ();
    return NEXT (recv, "recv") (fd, bytes, size, flags);
}
