/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of refused logins that all processes of a user on a machine share: a password that was refused is not
 * sent again for a while, so that many jobs with one stale password do not lock the account. Holds no password, only a
 * salted digest that is slow to compute. */
#pragma once

#include "server/credentials.h"

/**
 * Whether the login may be tried.
 * @directory: of xn_private_directory(); @base: the server; @guard_s: how long a refusal holds, 0: not at all; @now_s:
 * seconds since 1970
 * Returns: FALSE with an error of kind AUTH (since when, until when, what to do) if exactly these credentials were
 * refused less than @guard_s ago. A file that cannot be read or understood holds nothing.
 */
gboolean xn_guard_check (const char *directory, const char *base, const XnCredentials *credentials, gint64 guard_s,
                         gint64 now_s, GError **error);

/** Remembers that the server refused these credentials. A file that cannot be written is logged. */
void xn_guard_remember (const char *directory, const char *base, const XnCredentials *credentials, gint64 now_s);

/** Forgets a refusal: the login succeeded. */
void xn_guard_forget (const char *directory, const char *base, const XnCredentials *credentials);
