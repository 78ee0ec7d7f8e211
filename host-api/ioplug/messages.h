/* SPDX-License-Identifier: Apache-2.0 */
/* What the command says on standard error. Any thread. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** Sets how much is said; the default is IO_LOG_WARNING. Call it before other threads start. */
void messages_set_level (IOLogLevel level);

/** Whether lines of @level are said. */
gboolean messages_wanted (IOLogLevel level);

/** Says `ioplug: KIND: MESSAGE`; errors are said at every level. */
void message_error (int kind, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** Whether message_error() has said that something was cancelled. */
gboolean messages_said_cancelled (void);

/** Says `ioplug: LEVEL: MESSAGE` if @level is wanted; a warning once. */
void message_log (IOLogLevel level, const char *message);
