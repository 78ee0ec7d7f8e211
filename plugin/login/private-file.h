/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that only the user can read, in a directory of the user's own. Must not know what they hold. */
#pragma once

#include <glib.h>

/**
 * The directory for files that processes of this user on this machine share, however they were started (mode 0700):
 * /tmp/xnatstorage-UID, or, where that is not the user's alone, one below $XDG_RUNTIME_DIR or the user's cache
 * directory. $XNATSTORAGE_STATE_DIR names another one in the place of all these.
 * @create: make it if it is missing
 * Returns: (transfer full) NULL with an error of kind IO if there is none that is the user's alone; NULL without one if
 * it is missing and not to be made
 */
char *xn_private_directory (gboolean create, GError **error);

/** Locks an open file until it is closed, waiting two seconds at most for who has it. FALSE: it could not be had. */
gboolean xn_private_lock (int fd, gboolean exclusive);

/** DIRECTORY/NAME.SUFFIX where NAME is a digest of @key: (transfer full). */
char *xn_private_path (const char *directory, const char *key, const char *suffix);

/** Opens @path for reading and writing, made if @create; refuses a link, another user's file, and one that is open to
 *  others. Returns: -1 with an error of kind IO; -1 without one if the file is missing and not to be made. */
int xn_private_open (const char *path, gboolean create, GError **error);

/** The text of an open file, at most 64 KiB: (transfer full), secret; NULL if it cannot be read. */
char *xn_private_read (int fd);
/** Replaces the text of an open file; FALSE if it could not be (nothing is left of half a text), or is too large. */
gboolean xn_private_write (int fd, const char *text);
