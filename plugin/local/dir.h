/* SPDX-License-Identifier: Apache-2.0 */
/* Directories by descriptor: going down step by step without following a link, walking through a tree, making and
 * removing directories. Knows nothing of what the files are for. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/** Closes at the end of the scope: `XN_AUTO_FD int fd = ...;` */
#define XN_AUTO_FD __attribute__ ((cleanup (xn_fd_clear)))

/** Closes *@fd unless it is negative, and sets it to -1; errno is kept. */
void xn_fd_clear (int *fd);

/** Makes the directory @path and its parents, following links, with mode 0777 & ~umask. What exists is fine. */
gboolean xn_dir_make_path (const char *path, GError **error);
/** What @path will name once that has made what is missing of it: ".." behind a missing directory is taken away.
 *  (transfer full) */
char *xn_dir_foresee (const char *path);
/** Whether that would make it, as far as a look tells: nothing is made. Errors: IO, in the same words. */
gboolean xn_dir_can_make_path (const char *path, GError **error);
/** Whether something can be made in @dir (an O_PATH will do), as far as a look tells; else errno says why not. */
gboolean xn_dir_is_writable (int dir);

/**
 * Opens (as O_PATH) the directory that holds @relative below @root. No step follows a link.
 * @shown: the path of @root, for messages
 * @create: whether missing directories are made
 * @made: (nullable) (element-type utf8) the paths, below @root, of those that were are added to it
 * Returns: a descriptor for the caller to close; or -1, with @error: INTEGRITY for a link in the way, IO for a file in the
 * way; or -1 without an error where a directory is missing and @create is FALSE.
 */
int xn_dir_open_below (int root, const char *shown, const char *relative, gboolean create, GPtrArray *made,
                       GError **error);

/** Opens @path, which may be longer than the system takes at once, as open() does: a descriptor for the caller to close, or -1
 *  with errno. */
int xn_dir_open_path (const char *path, int flags);

/** The last part of @relative. */
const char *xn_dir_last_part (const char *relative);

/**
 * Called for each entry of a tree; for a directory before (@leaving FALSE) and after its entries.
 * @dir, @name: where it is; @relative: its path below the tree; @status: not followed
 */
typedef gboolean (*XnVisitFunc) (int dir, const char *name, const char *relative, const struct stat *status,
                                 gboolean leaving, gpointer data, GError **error);

/** Walks through @dir (an O_PATH will do) without following links. What vanishes meanwhile is passed over. Errors: IO;
 *  those of @visit. */
gboolean xn_dir_visit (int dir, const char *shown, XnVisitFunc visit, gpointer data, GError **error);

/** Removes empty directories below @dir. What cannot be removed stays. */
void xn_dir_prune (int dir);

/** (transfer full) (element-type utf8) A set of the names in @dir; NULL, with errno, if it cannot be read. */
GHashTable *xn_dir_names (int dir);

/** Whether @dir has no entry but ones that are called @except (nullable). */
gboolean xn_dir_is_empty (int dir, const char *except);
