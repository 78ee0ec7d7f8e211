/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a lock. */
#include "local/owner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_LINE "in use by xnatstorage\n"

/* A process id is given out again some day; together with its start it is not. */
static guint64
process_start (pid_t pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return 0;
    /* The second field, the command in parentheses, may hold blanks and parentheses; the start is the 22nd. */
    const char *after = strrchr (text, ')');
    g_auto (GStrv) fields = g_strsplit (after != NULL ? after + 1 : "", " ", 23);
    return g_strv_length (fields) > 20 ? g_ascii_strtoull (fields[20], NULL, 10) : 0;
}

void
xn_owner_self (XnOwner *owner)
{
    memset (owner, 0, sizeof *owner);
    if (gethostname (owner->host, sizeof owner->host - 1) != 0 || owner->host[0] == '\0')
        g_strlcpy (owner->host, "localhost", sizeof owner->host);
    owner->pid = getpid ();
    owner->start = process_start (owner->pid);
}

char *
xn_owner_text (const XnOwner *owner)
{
    static gint n_texts;
    return g_strdup_printf (FIRST_LINE "host %s\nprocess %d\nstart %" G_GUINT64_FORMAT "\nlock %d\n", owner->host,
                            (int)owner->pid, owner->start, g_atomic_int_add (&n_texts, 1));
}

gboolean
xn_owner_may_be (const char *text)
{
    return strncmp (text, FIRST_LINE, MIN (strlen (text), strlen (FIRST_LINE))) == 0;
}

gboolean
xn_owner_parse (const char *text, XnOwner *owner)
{
    int pid = 0;
    memset (owner, 0, sizeof *owner);
    /* NOLINTNEXTLINE(cert-err34-c): the widths bound the numbers */
    const int found = sscanf (text, FIRST_LINE "host %255s\nprocess %9d\nstart %19" G_GUINT64_FORMAT, owner->host, &pid,
                              &owner->start);
    owner->pid = pid;
    return found == 3 && pid > 0;
}

gboolean
xn_owner_is_here (const XnOwner *owner)
{
    XnOwner self;
    xn_owner_self (&self);
    return strcmp (self.host, owner->host) == 0;
}

gboolean
xn_owner_is_alive (const XnOwner *owner)
{
    if (kill (owner->pid, 0) != 0 && errno == ESRCH)
        return FALSE;
    const guint64 start = process_start (owner->pid);
    return start == 0 || owner->start == 0 || start == owner->start;
}
