/* SPDX-License-Identifier: Apache-2.0 */
/* The log's sinks. */
#include "base/log.h"

static _Thread_local const XnLogSink *used;

const XnLogSink *
xn_log_use (const XnLogSink *sink)
{
    const XnLogSink *before = used;
    used = sink;
    return before;
}

const XnLogSink *
xn_log_used (void)
{
    return used;
}

gboolean
xn_log_wanted (XnLogLevel level)
{
    return used != NULL && used->log != NULL && (used->wanted == NULL || used->wanted (used->data, level));
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
    used->log (used->data, level, line);
}
