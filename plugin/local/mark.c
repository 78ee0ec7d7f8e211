/* SPDX-License-Identifier: Apache-2.0 */
/* The mark of a directory. */
#include "local/mark.h"

#include "local/dir.h"
#include "local/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE "user.xnatstorage.partial"
#define FIRST_LINE "xnatstorage partial 1\n"

void
xn_mark_init (XnMark *mark)
{
    *mark = (XnMark){.in_file = FALSE};
    g_snprintf (mark->run, sizeof mark->run, "%08x%08x%08x%08x", g_random_int (), g_random_int (), g_random_int (),
                g_random_int ());
}

static char *
mark_text (const XnMark *mark)
{
    if (!mark->has_ended)
        return g_strdup_printf (FIRST_LINE "run %s\n", mark->run);
    return g_strdup_printf (FIRST_LINE "run %s\nended %" G_GINT64_FORMAT " %ld\n", mark->run,
                            (gint64)mark->ended.tv_sec, mark->ended.tv_nsec);
}

static gboolean
mark_parse (const char *text, XnMark *mark)
{
    gint64 seconds = 0;
    long nanoseconds = 0;
    *mark = (XnMark){.in_file = FALSE};
    /* NOLINTNEXTLINE(cert-err34-c): the widths bound the numbers */
    const int found = sscanf (text, FIRST_LINE "run %32[0-9a-f]\nended %18" G_GINT64_FORMAT " %9ld", mark->run,
                              &seconds, &nanoseconds);
    mark->has_ended = found == 3;
    mark->ended = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = nanoseconds};
    return found >= 1;
}

gboolean
xn_mark_set (int dir, XnMark *mark)
{
    g_autofree char *text = mark_text (mark);
    mark->in_file = fsetxattr (dir, ATTRIBUTE, text, strlen (text), 0) != 0;
    if (!mark->in_file)
        return TRUE;
    XN_AUTO_FD int file = openat (dir, XN_MARK_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return file >= 0 && xn_output_at (file, text, strlen (text), 0) == (gssize)strlen (text);
}

void
xn_mark_end (int dir, XnMark *mark)
{
    struct stat status;
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
    if (futimens (dir, times) != 0 || fstat (dir, &status) != 0)
        return;
    mark->has_ended = TRUE;
    mark->ended = status.st_ctim;
    xn_mark_set (dir, mark);
}

static gboolean
read_file (int dir, char *text, gsize size)
{
    struct stat above, status;
    XN_AUTO_FD int file = openat (dir, XN_MARK_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || fstat (dir, &above) != 0 || fstat (file, &status) != 0 || !S_ISREG (status.st_mode) ||
        status.st_uid != above.st_uid)
        return FALSE;
    const ssize_t got = read (file, text, size - 1);
    text[MAX (got, 0)] = '\0';
    return got > 0;
}

gboolean
xn_mark_get (int dir, XnMark *mark)
{
    char text[256];
    const ssize_t got = fgetxattr (dir, ATTRIBUTE, text, sizeof text - 1);
    text[MAX (got, 0)] = '\0';
    if (got > 0)
        return mark_parse (text, mark);
    if (!read_file (dir, text, sizeof text) || !mark_parse (text, mark))
        return FALSE;
    mark->in_file = TRUE;
    return TRUE;
}

void
xn_mark_remove (int dir, const XnMark *mark)
{
    char text[256];
    XnMark there;
    if (!mark->in_file)
        fremovexattr (dir, ATTRIBUTE);
    else if (read_file (dir, text, sizeof text) && mark_parse (text, &there) && strcmp (there.run, mark->run) == 0)
        unlinkat (dir, XN_MARK_FILE, 0);
}

gboolean
xn_mark_covers (const XnMark *mark, const struct stat *status)
{
    if (!mark->has_ended || status->st_ctim.tv_sec > mark->ended.tv_sec)
        return FALSE;
    return status->st_ctim.tv_sec < mark->ended.tv_sec || status->st_ctim.tv_nsec <= mark->ended.tv_nsec;
}
