/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up place.h share. */
#pragma once

#include "base/sync.h"
#include "local/dir.h"
#include "local/lock.h"
#include "local/mark.h"
#include "local/place.h"
#include "local/target.h"

/** What is warned of once for a place. */
enum {
    XN_PLACE_WARNED_TIMES = 1 << 0,
    XN_PLACE_WARNED_SPACE = 1 << 1,
    XN_PLACE_WARNED_SYNC = 1 << 2,
};

struct XnPlace {
    char *path; /* of the result, as the user names it */
    XnTarget target;
    XnLock *lock;
    gboolean durable;
    gboolean keeps_changed; /* no file of the destination is replaced by another one */
    gboolean looks;         /* nothing is changed, and nothing need be there: target.parent may be -1 */
    gboolean is_tree;
    gboolean server_named; /* a single file under the server's name, not one that the user chose */
    gboolean gathers;      /* a tree that appears as a whole, out of target.parent/partial_name */
    int root;              /* of a tree that is there already; else -1 */
    char *partial_name;    /* NULL: there can be no such directory */
    char *partial_path;    /* for messages */
    GPtrArray *paths;      /* (nullable) what the tree is to hold */
    GHashTable *listed;    /* (nullable) the same as a set */

    pthread_mutex_t mutex;
    int partial;         /* (guarded) the partial directory, readable, or -1 */
    XnMark mark;         /* (guarded) of the partial directory */
    gboolean taken_over; /* the partial directory is an earlier run's */
    gboolean fills;      /* its files are being moved into their places, since it could not be renamed */
    GHashTable *kept;    /* (guarded) of one that was taken over and is gathered into: the paths that belong into it */
    GPtrArray *made;     /* (guarded) the directories made in a tree that is there already */
    GHashTable *folders; /* (guarded) see place-names.c */
    gint failed;         /* (atomic) a file was begun that did not come to be */
    gint unnamed;        /* (atomic) whether files can be without a name: 0 not known, 1 they can, -1 they cannot */
    gint warned;         /* (atomic) */
    gint replaced;       /* (atomic) files of the destination in whose place another one stands now */
    gboolean committed;
};

/** Opens the directory that holds @relative (NULL: the single file), as xn_dir_open_below(); *@out_name is its name in it. */
int xn_place_open_dir (XnPlace *place, const char *relative, gboolean create, const char **out_name, GError **error);

/** Looks at @relative in @dir, the directory that holds it. FALSE if nothing is there; with an error for a link in the way
 *  (INTEGRITY), or something that is no file, or another name that is one with it to the file system (IO). */
gboolean xn_place_look (XnPlace *place, int dir, const char *relative, struct stat *status, GError **error);

/** (transfer full) The path of @relative, for messages. */
char *xn_place_shown (XnPlace *place, const char *relative);

/** Notes that the gathered file @relative belongs to the result. */
void xn_place_note (XnPlace *place, const char *relative);

/** Whether @what was not warned of yet. */
gboolean xn_place_may_warn (XnPlace *place, gint what);

/** Syncs @dir, or, if @whole, its file system, where that can be done. Errors: IO. */
gboolean xn_place_sync (XnPlace *place, int dir, gboolean whole, GError **error);
/** The same of the file @name in @dir. */
gboolean xn_place_sync_file (XnPlace *place, int dir, const char *name, GError **error);

/** (transfer full) A temporary name for @name in a directory that is @depth below the one with the lock. No other
 *  destination gives out the same there, so that one which exists was left. @number tells several apart. */
char *xn_place_temp_name (const XnPlace *place, const char *name, guint depth, guint number);
/** Whether @name is one of those, @depth below the root of the tree. */
gboolean xn_place_is_temp (const XnPlace *place, const char *name, guint depth);
/** Removes a temporary file that was left, if it is one of ours. FALSE if it stayed. */
gboolean xn_place_remove_temp (const XnPlace *place, int dir, const char *name);

/* place-names.c */

/** Whether what was found under @relative in a tree (NULL: the single file), in @dir, has just this name there; not another
 *  one that the file system takes for the same. Errors: IO that names both. */
gboolean xn_place_check_name (XnPlace *place, int dir, const char *relative, GError **error);
void xn_place_folder_free (gpointer folder);
/** Whether no two of place->paths are one to the file system. Errors: IO that names both. */
gboolean xn_place_check_paths (XnPlace *place, GError **error);

/** The directory above @path in the tree, or, as long as that does not exist, the one above it: for the caller to close;
 *  -1 if there is none. */
int xn_place_open_nearest (XnPlace *place, const char *path);

/* place-partial.c */

/** Opens the partial directory if an earlier run left one. Something else of its name: CONFLICT or, for a link, INTEGRITY;
 *  but it does not matter where the tree is there. */
gboolean xn_place_find_partial (XnPlace *place, GError **error);
/** Makes it, if it is not open. The mutex is held. Errors: IO, CONFLICT. */
gboolean xn_place_make_partial (XnPlace *place, GError **error);
/** Whether @name in target.parent is the partial directory that is open. */
gboolean xn_place_is_partial (XnPlace *place, const char *name);
/** Removes from it what earlier runs of ours have left and nobody wants, and then itself, unless something stays or
 *  @keep_itself. */
void xn_place_clean_partial (XnPlace *place, gboolean keep_itself);
/** Files in it that are not of our runs. */
guint xn_place_count_foreign (XnPlace *place);
/** Leaves it to the next run, or removes it if it holds no file. */
void xn_place_leave_partial (XnPlace *place);
/** Moves @relative, which is in @from, a directory of it, into the tree that is there. */
gboolean xn_place_move_left (XnPlace *place, int from, const char *relative, GError **error);
