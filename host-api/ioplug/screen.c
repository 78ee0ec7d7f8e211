/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error as lines and one live bar. The only file that writes there. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"
#include "text.h"

#define ERASE_LINE "\r\033[K"

static GMutex lock;
static char *bar_shown;

/* A standard error that cannot be written to has nobody left to be told. */
static void
write_all (const char *bytes, gsize length)
{
    while (length > 0) {
        gssize written = write (STDERR_FILENO, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes += written;
        length -= (gsize)written;
    }
}

gboolean
screen_is_terminal (void)
{
    return isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

int
screen_width (void)
{
    struct winsize size;

    if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void
screen_print (const char *line)
{
    g_autofree char *clean = text_one_line (line);
    g_autofree char *whole = NULL;

    g_mutex_lock (&lock);
    if (bar_shown != NULL)
        whole = g_strdup_printf (ERASE_LINE "%s\n%s", clean, bar_shown);
    else
        whole = g_strdup_printf ("%s\n", clean);
    write_all (whole, strlen (whole));
    g_mutex_unlock (&lock);
}

void
screen_ask (const char *question)
{
    g_autofree char *clean = text_one_line (question);

    g_mutex_lock (&lock);
    if (bar_shown != NULL)
        write_all (ERASE_LINE, strlen (ERASE_LINE));
    write_all (clean, strlen (clean));
    g_mutex_unlock (&lock);
}

void
screen_set_bar (const char *bar)
{
    g_mutex_lock (&lock);
    if (bar != NULL) {
        g_autofree char *whole = g_strdup_printf (ERASE_LINE "%s", bar);

        write_all (whole, strlen (whole));
    } else if (bar_shown != NULL) {
        write_all (ERASE_LINE, strlen (ERASE_LINE));
    }
    g_free (bar_shown);
    bar_shown = g_strdup (bar);
    g_mutex_unlock (&lock);
}

void
screen_pause (void)
{
    g_mutex_lock (&lock);
    if (bar_shown != NULL)
        write_all (ERASE_LINE, strlen (ERASE_LINE));
}

void
screen_resume (void)
{
    if (bar_shown != NULL)
        write_all (bar_shown, strlen (bar_shown));
    g_mutex_unlock (&lock);
}
