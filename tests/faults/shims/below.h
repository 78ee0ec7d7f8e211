/* SPDX-License-Identifier: Apache-2.0 */
/* Where a descriptor leads. */
#pragma once

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether @fd is open below @below, a path without links. */
static inline int
is_below (const char *below, int fd)
{
    char link[64], path[PATH_MAX];
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = fd >= 0 ? readlink (link, path, sizeof path - 1) : -1;
    return length >= (ssize_t)strlen (below) && memcmp (path, below, strlen (below)) == 0;
}
