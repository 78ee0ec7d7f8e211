/* SPDX-License-Identifier: Apache-2.0 */
/* Where log lines go: to the sink of the thread, or nowhere. Messages never hold secrets: who composes a line
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

/** Where lines go. */
typedef struct {
    XnLogFunc log;          /**< (nullable) NULL: nowhere */
    XnLogWantedFunc wanted; /**< (nullable) NULL: all levels are wanted */
    gpointer data;          /**< handed to both */
} XnLogSink;

/** From now on the calling thread's lines go to @sink (nullable: nowhere), and those of the threads that it starts by
 *  xn_thread_start(); borrowed for as long as one of them runs. Several hosts may be in one process, each with a log of its
 *  own. Returns: (nullable) where they went before. */
const XnLogSink *xn_log_use (const XnLogSink *sink);
/** Where the calling thread's lines go: (nullable). */
const XnLogSink *xn_log_used (void);

/** Whether a line of @level would be looked at. Thread: any. */
gboolean xn_log_wanted (XnLogLevel level);

/** Logs one printf-style line. Thread: any; the sink is called on the caller's thread, with no lock held. */
void xn_log (XnLogLevel level, const char *format, ...) G_GNUC_PRINTF (2, 3);
