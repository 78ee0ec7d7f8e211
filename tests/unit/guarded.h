/* SPDX-License-Identifier: Apache-2.0 */
/* Text behind whose end nothing may be looked at: the process would end. */
#pragma once

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** A copy of @text at the end of a page before one that may not be read. Free it with guarded_free(). */
static inline char *
guarded_text (const char *text)
{
    const gsize page = (gsize)sysconf (_SC_PAGESIZE), size = strlen (text) + 1;
    char *pages = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true (pages != MAP_FAILED && size <= page);
    g_assert_cmpint (mprotect (pages + page, page, PROT_NONE), ==, 0);
    return memcpy (pages + page - size, text, size);
}

static inline void
guarded_free (char *text)
{
    const gsize page = (gsize)sysconf (_SC_PAGESIZE);
    g_assert_cmpint (munmap (text + strlen (text) + 1 - page, 2 * page), ==, 0);
}
