/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before all that opens a file in a directory: whoever includes this says in open_at() what becomes of it. */
#pragma once

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

static int open_at (int dir, const char *path, int flags, mode_t mode);

int __openat64_2 (int dir, const char *path, int flags);

int
openat (int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start (args, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (args, mode_t) : 0;
    va_end (args);
    return open_at (dir, path, flags, mode);
}

int
__openat64_2 (int dir, const char *path, int flags)
{
    return open_at (dir, path, flags, 0);
}
