/* SPDX-License-Identifier: Apache-2.0 */
/* The log sink. */
#include "base/log.h"

static struct {
    XnLogFunc log;
    XnLogWantedFunc wanted;
    gpointer data;
} sink;

void
xn_log_set_sink (XnLogFunc log, XnLogWantedFunc wanted, gpointer data)
{
    sink.log = log;
    sink.wanted = wanted;
    sink.data = data;
}

gboolean
xn_log_wanted (XnLogLevel level)
{
    return sink.log != NULL && (sink.wanted == NULL || sink.wanted (sink.data, level));
}

void
xn_log (XnLogLevel level, const char *format, ...)
{
    if (!xn_log_wanted (level))
        return;
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    g_autofree char *line = g_utf8_make_valid (text, -1);
    for (char *c = line; *c != '\0'; c++)
        if (g_ascii_iscntrl (*c))
            *c = ' ';
    sink.log (sink.data, level, line);
}
