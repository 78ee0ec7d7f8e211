/* SPDX-License-Identifier: Apache-2.0 */
/* Where fetched files are placed: temporary names, publishing by rename, DESTINATION.partial, and the lock on a
 * destination. Nothing is ever written outside of it, through no link below it, and no unchecked byte stands under a
 * final name. */
#pragma once

#include <glib.h>

typedef struct XnPlace XnPlace;         /* a destination, locked */
typedef struct XnPlaceFile XnPlaceFile; /* a file being written */

/** A complete local file that may spare a transfer. */
typedef struct {
    gint64 size;
    gint64 mtime;        /**< seconds; -1: no whole second, so it is none that a fetch has set */
    gboolean in_partial; /**< found in DESTINATION.partial, where everything is complete and checked */
} XnLocalFile;

/** How a destination is opened; to be added up. */
enum {
    XN_PLACE_DURABLE = 1,      /**< what is published has reached the disk before */
    XN_PLACE_KEEP_CHANGED = 4, /**< no file at the destination is replaced by another one: that is a conflict */
    XN_PLACE_LOOK =
        2, /**< it is only looked at: nothing is made, locked, changed or removed. Of the functions below only
                               those may be called that find, tell or check something, and xn_place_free() */
};

/**
 * Opens a destination for one file: @path itself, or @path/@name where @path is an existing directory or ends in '/'.
 * Parents are created. Takes the lock (CONFLICT naming user, host and process if another holds it; a dead one's is taken
 * over) and removes a temporary file that a killed run left for the same name.
 * Errors: IO (a directory where a file is needed and the reverse, not writable, ...), INTEGRITY (unsafe @name).
 */
XnPlace *xn_place_open_file (const char *path, const char *name, guint flags, GError **error);

/**
 * Opens a destination for a tree: @path, which becomes a directory. If it does not exist, files are gathered in
 * PATH.partial and the tree appears as a whole at xn_place_commit(); if it exists, empty or not, it stays the directory
 * that it is, each file is put in its place when it is complete, and files of a PATH.partial that was left are taken over.
 * Errors: CONFLICT, IO as above; CONFLICT for a PATH.partial that is not of a run of ours and of this user, INTEGRITY for a
 * link there.
 */
XnPlace *xn_place_open_tree (const char *path, guint flags, GError **error);

/** Tells what a tree is to hold: @paths (element-type utf8, relative; kept, not to be changed). Called once, before anything is
 *  placed. Errors: IO that names both if two of them, or a directory's, are one name to the file system. */
gboolean xn_place_expect (XnPlace *place, GPtrArray *paths, GError **error);

/** Whether a run of this user died here, and no other one has come since. */
gboolean xn_place_was_left (const XnPlace *place);

/** The path of the result: (transfer none). */
const char *xn_place_path (const XnPlace *place);

/** Looks for a complete file at @relative (for a single file: NULL). FALSE if there is none; an error only for a link
 *  in the way or an unsafe name (INTEGRITY), or for a directory there or a file of another name that is one with it to the
 *  file system (IO). */
gboolean xn_place_find (XnPlace *place, const char *relative, XnLocalFile *out_file, GError **error);
/** MD5 of the file that xn_place_find() found, lower-case hex: (transfer full); NULL with an error. @stop: (nullable)
 *  asked now and then, TRUE ends it with kind CANCELLED. */
char *xn_place_md5 (XnPlace *place, const char *relative, gboolean (*stop) (gpointer), gpointer data, GError **error);
/** Keeps the file that was found: moves it out of the partial tree's way if it lies in the wrong one of both. */
gboolean xn_place_keep (XnPlace *place, const char *relative, GError **error);

/** Begins a file of @size bytes (-1: unknown; else space is reserved where that can be done, so that a full disk is noticed
 *  now) without a name or under a temporary one, in the directory of its place, so that it gets the group and the rights of
 *  files there. Thread: any; different files at the same time. */
XnPlaceFile *xn_place_create (XnPlace *place, const char *relative, gint64 size, gboolean hash, GError **error);
/** Writes the next bytes; hashes them. Errors: IO, which leave the file fit for a restart or its end only. */
gboolean xn_place_file_write (XnPlaceFile *file, const guint8 *bytes, gsize size, GError **error);
/** From now on, until a restart, the file is written by xn_place_file_write_at() alone, what is behind its written bytes in any
 *  order. FALSE: this file cannot be. */
gboolean xn_place_file_scatter (XnPlaceFile *file);
/** Writes bytes to their place. Errors: IO, as above. Thread: any, several at a time. */
gboolean xn_place_file_write_at (XnPlaceFile *file, gint64 at, const guint8 *bytes, gsize size, GError **error);
/** Whether just these bytes were written there. Thread: any. */
gboolean xn_place_file_holds (const XnPlaceFile *file, gint64 at, const guint8 *bytes, gsize size);
/** Tells that all before @end is written, which then counts as written; it is hashed meanwhile. Thread: one at a time. */
void xn_place_file_reach (XnPlaceFile *file, gint64 end);
/** How much of that is hashed. As long as it is not all, xn_place_file_md5() makes no sense. -1: Errors: IO. Thread: any. */
gint64 xn_place_file_settled (XnPlaceFile *file, GError **error);
/** Starts the same file over, with nothing written. Errors: IO. */
gboolean xn_place_file_restart (XnPlaceFile *file, GError **error);
/** Bytes written since its beginning or the last restart. */
gint64 xn_place_file_written (const XnPlaceFile *file);
/** MD5 of all that was written, lower-case hex: (transfer none). No write may follow but after a restart. */
const char *xn_place_file_md5 (XnPlaceFile *file);
/** Publishes it under its name (in the tree being gathered, or finally) with @mtime (seconds, -1: now), once everything has
 *  succeeded that may fail late. Errors: IO; INTEGRITY for a link in the way; CONFLICT for another file that is to be kept. */
gboolean xn_place_file_commit (XnPlaceFile *file, gint64 mtime, GError **error);
/** Sets the error CONFLICT: the file at @relative differs from the one to be placed there, and stays. */
void xn_place_set_changed (XnPlace *place, const char *relative, GError **error);
/** Ends it; one that was not committed is removed. NULL is nothing. */
void xn_place_file_free (XnPlaceFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPlaceFile, xn_place_file_free)

/** Begins a file of @bytes, writes and publishes it: all of the above in one. Errors: theirs. */
gboolean xn_place_store (XnPlace *place, const char *relative, const guint8 *bytes, gsize size, gint64 mtime,
                         GError **error);

/** How many files of the destination others have taken the place of; what waits in a partial tree is none. Thread: any. */
guint xn_place_count_replaced (XnPlace *place);

/** Whether nothing that could be found is there: neither the tree nor what an earlier run left of it. Before anything is placed. */
gboolean xn_place_is_new (const XnPlace *place);

/** Local files of the tree that were not expected, and stay: their number. To be called when all files are placed. */
guint xn_place_count_others (XnPlace *place);
/** Tells each of them, by its path below the tree and its size, to @told. Nothing is removed. */
void xn_place_tell_others (XnPlace *place, void (*told) (const char *relative, gint64 size, gpointer data),
                           gpointer data);

/** Whether a file can be made at @relative (NULL: the single file), as far as a look at the directory tells. Errors: IO;
 *  INTEGRITY for a link in the way. */
gboolean xn_place_check_rights (XnPlace *place, const char *relative, GError **error);

/** Publishes a gathered tree, and removes PATH.partial where there was one. Of files in a PATH.partial that was taken over,
 *  those that earlier runs have left and nobody has kept are not published. Errors: IO; CONFLICT if something has appeared
 *  at the destination meanwhile, or PATH.partial is no longer the directory that was opened. */
gboolean xn_place_commit (XnPlace *place, GError **error);
/** Ends it, after its files, and gives up the lock. Without a commit a gathered tree stays as PATH.partial if it holds a
 *  complete file, and goes if it holds none. NULL is nothing. */
void xn_place_free (XnPlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPlace, xn_place_free)

/** Whether a server's file name may stand below a directory: relative, no empty, "." or ".." segment, no NUL, control
 *  character or backslash, no segment over 255 bytes. FALSE with an INTEGRITY error naming it. Pure. */
gboolean xn_name_is_safe (const char *relative, GError **error);
