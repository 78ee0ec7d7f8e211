/* SPDX-License-Identifier: Apache-2.0 */
/* The netrc file: a parser that knows how its other readers differ, and a reader that refuses files open to others. */
#pragma once

#include <glib.h>

/** One entry. */
typedef struct {
    char *machine;  /**< (owned) (nullable) as written; NULL: the default entry */
    char *login;    /**< (owned) (nullable) */
    char *password; /**< (owned) (nullable) secret */
    guint line;     /**< where it begins, counted from 1 */
} XnNetrcEntry;

typedef struct {
    GPtrArray *entries;  /**< (element-type XnNetrcEntry) in the order of the file */
    GPtrArray *warnings; /**< (element-type utf8) words that were skipped, with their lines */
} XnNetrc;

/** Parses a text of @length bytes; never fails: what is not understood is skipped with a warning. (transfer full) */
XnNetrc *xn_netrc_parse (const char *text, gsize length);
/** Wipes and frees. */
void xn_netrc_free (XnNetrc *netrc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnNetrc, xn_netrc_free)

/**
 * The entry for a server: `HOST:PORT`, then `HOST`, both without regard to case, then the default entry; of several the
 * first. @login: (nullable) only entries of this login, or without any
 * Returns: (transfer none) (nullable)
 */
const XnNetrcEntry *xn_netrc_find (const XnNetrc *netrc, const char *host, guint port, const char *login);

/** Whether an entry seems to be meant for @host, but names it in a way that no reader of the file understands: as a URL,
 *  with a path, or a slash at its end. */
gboolean xn_netrc_has_url_of (const XnNetrc *netrc, const char *host);

/**
 * Reads and parses @path; logs the parser's warnings.
 * @out_missing: set to TRUE, with NULL and no error, if there is no such file
 * Returns: (transfer full) NULL with an error of kind AUTH if the file is another user's, open to group or others
 * (with the command that closes it) or no file; IO if it cannot be read. /dev/null is an empty file.
 */
XnNetrc *xn_netrc_load (const char *path, gboolean *out_missing, GError **error);
