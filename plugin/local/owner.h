/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a lock: host, process and the process's start, as text and back. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    char host[256];
    pid_t pid;
    guint64 start; /**< when the process began, in the kernel's ticks since it booted; 0: not known */
} XnOwner;

/** This process. */
void xn_owner_self (XnOwner *owner);

/** (transfer full) The text that is written into a lock; no two are the same. */
char *xn_owner_text (const XnOwner *owner);

/** Reads such a text; FALSE if it is none (a lock that is being written, or is no lock of ours). */
gboolean xn_owner_parse (const char *text, XnOwner *owner);

/** Whether @text is the beginning of such a text, be it empty, or goes on after one. */
gboolean xn_owner_may_be (const char *text);

/** Whether @owner is of this host. */
gboolean xn_owner_is_here (const XnOwner *owner);

/** Whether the process of @owner, which is of this host, still runs. */
gboolean xn_owner_is_alive (const XnOwner *owner);
