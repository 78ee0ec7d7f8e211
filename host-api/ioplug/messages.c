/* SPDX-License-Identifier: Apache-2.0 */
/* The form of the lines on standard error. Must not know what they are about. */
#include <stdarg.h>

#include "kinds.h"
#include "messages.h"
#include "screen.h"

#define MOST_REMEMBERED 1000

static IOLogLevel wanted = IO_LOG_WARNING;
static gint said_cancelled;

void
messages_set_level (IOLogLevel level)
{
    wanted = level;
}

gboolean
messages_wanted (IOLogLevel level)
{
    return level <= wanted;
}

void
message_error (int kind, const char *format, ...)
{
    g_autofree char *message = NULL;
    g_autofree char *line = NULL;
    va_list arguments;

    if (kind == IO_KIND_CANCELLED)
        g_atomic_int_set (&said_cancelled, TRUE);
    va_start (arguments, format);
    message = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    line = g_strdup_printf ("ioplug: %s: %s", kind_name (kind), message);
    screen_print (line);
}

gboolean
messages_said_cancelled (void)
{
    return g_atomic_int_get (&said_cancelled);
}

/* A command that asks twice about one URL is told twice what is odd about it. */
static gboolean
is_said (const char *warning)
{
    static GMutex lock;
    static GHashTable *said;
    gboolean before;

    g_mutex_lock (&lock);
    if (said == NULL)
        said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    before = g_hash_table_contains (said, warning);
    if (!before && g_hash_table_size (said) < MOST_REMEMBERED)
        g_hash_table_add (said, g_strdup (warning));
    g_mutex_unlock (&lock);
    return before;
}

void
message_log (IOLogLevel level, const char *message)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    g_autofree char *line = NULL;

    if (!messages_wanted (level) || (level == IO_LOG_WARNING && is_said (message)))
        return;
    line = g_strdup_printf ("ioplug: %s: %s", names[MIN ((guint)level, G_N_ELEMENTS (names) - 1)], message);
    screen_print (line);
}
