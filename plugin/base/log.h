/* SPDX-License-Identifier: Apache-2.0 */
/* Where log lines go: to whatever the entry room has set, or nowhere. Messages never hold secrets: who composes a line
 * from a URL or a header redacts it first. */
#pragma once

#include <glib.h>

/** Levels, equal in number to the host API's IOLogLevel. */
typedef enum {
    XN_LOG_ERROR = 0,
    XN_LOG_WARNING = 1,
    XN_LOG_INFO = 2,
    XN_LOG_DEBUG = 3,
} XnLogLevel;

typedef void (*XnLogFunc) (gpointer data, XnLogLevel level, const char *message);
typedef gboolean (*XnLogWantedFunc) (gpointer data, XnLogLevel level);

/** Sets where lines go from now on; @wanted may be NULL (all are). Called once, before any thread logs. */
void xn_log_set_sink (XnLogFunc log, XnLogWantedFunc wanted, gpointer data);

/** Whether a line of @level would be looked at. Thread: any. */
gboolean xn_log_wanted (XnLogLevel level);

/** Logs one printf-style line. Thread: any; the sink is called on the caller's thread, with no lock held. */
void xn_log (XnLogLevel level, const char *format, ...) G_GNUC_PRINTF (2, 3);
