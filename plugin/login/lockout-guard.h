/* SPDX-License-Identifier: Apache-2.0 */
/* What all processes of a user on a machine share about a login: a password that was refused is not sent again for a
 * while, so that many jobs with one stale password do not lock the account. For jobs that start at once, logins take
 * turns until one was accepted. Holds no password, only a salted digest that is slow to compute. */
#pragma once

#include "base/op.h"
#include "login/credentials.h"

/** One login under the guard. Thread: one at a time. */
typedef struct XnGuard XnGuard;

/** Makes the guard of a login, which does nothing yet. @directory: of xn_private_directory(); @base: the server, and
 *  @credentials: borrowed; @guard_s: how long a refusal holds, 0: not at all. Returns: (transfer full) */
XnGuard *xn_guard_new (const char *directory, const char *base, const XnCredentials *credentials, gint64 guard_s);
/** Frees, and gives the turn to others. NULL is nothing. */
void xn_guard_free (XnGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnGuard, xn_guard_free)

/**
 * Whether the login may be tried.
 * @now_s: seconds since 1970
 * Returns: FALSE with an error of kind AUTH (since when, until when, what to do) if exactly these credentials were
 * refused less than guard_s ago. A file that cannot be read or understood holds nothing.
 */
gboolean xn_guard_check (XnGuard *guard, gint64 now_s, GError **error);

/**
 * Waits for the turn to log in, which is kept until xn_guard_free(), and checks. It is not waited for when exactly these
 * credentials were accepted a short time ago, nor for longer than two minutes or the answer timeout. Does nothing if
 * guard_s is 0.
 * Returns: FALSE with an error: as xn_guard_check(), or CANCELLED
 */
gboolean xn_guard_enter (XnGuard *guard, XnOp *op, GError **error);

/** The server refused these credentials: others are told, if guard_s is not 0. A file that cannot be written is logged. */
void xn_guard_refused (XnGuard *guard, gint64 now_s);

/** The login succeeded: a refusal is forgotten, however long it would hold here, and those who wait are told. */
void xn_guard_accepted (XnGuard *guard, gint64 now_s);
