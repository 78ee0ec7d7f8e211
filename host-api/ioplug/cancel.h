/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping: SIGINT, SIGTERM and SIGHUP, and the command's own reasons. Any thread. */
#pragma once

#include <glib.h>

/** Installs the handlers: the first signal asks the operations to stop, a second one ends the process at once.
 *  One that is ignored already stays so. SIGPIPE and SIGXFSZ are ignored, so that a closed pipe or a size limit is an
 *  error of the write. */
void cancel_install (void);

/** Asks the operations to stop for a reason that is no signal. */
void cancel_request (void);

/** Whether the operations are to stop. */
gboolean cancel_requested (void);

/** The signal that came, or 0. */
int cancel_signal (void);

/** Waits until @fd can be read, or has come to its end. FALSE if the operations are to stop; a signal at any moment ends the
 *  wait. For the thread that the signals wake. */
gboolean cancel_wait_readable (int fd);

/** Keeps the signals from the calling thread and those that it starts (@blocked), or lets them in again: only the
 *  main thread is to be woken by them. */
void cancel_block_signals (gboolean blocked);
