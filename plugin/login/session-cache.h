/* SPDX-License-Identifier: Apache-2.0 */
/* A server session that the processes of a user on a machine share through a file. Who holds the lock may look whether
 * the session in it still lives and put a new one there; others wait meanwhile, so many jobs that start at once log in
 * once. */
#pragma once

#include "login/login.h"

typedef struct XnSessionCache XnSessionCache;

/**
 * Locks the file of a server and login, waiting while another process has it.
 * @directory: of xn_private_directory()
 * Returns: (transfer full) NULL with an error: CANCELLED, or IO
 */
XnSessionCache *xn_session_cache_lock (const char *directory, const char *base, const char *login, gboolean verify,
                                       XnOp *op, GError **error);
/** Unlocks; NULL is nothing. */
void xn_session_cache_unlock (XnSessionCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnSessionCache, xn_session_cache_unlock)

/** The session in the file: (transfer full), with its user's name; NULL if there is none that can be understood. */
XnLogin *xn_session_cache_load (XnSessionCache *cache);
/** Whether that session was seen alive so lately that it very likely still is. */
gboolean xn_session_cache_is_recent (XnSessionCache *cache);
/** Notes that it was seen alive just now. */
void xn_session_cache_touch (XnSessionCache *cache);
/** Puts a session there. FALSE: it could not be, which is logged; there is none then. */
gboolean xn_session_cache_store (XnSessionCache *cache, const XnLogin *login);
