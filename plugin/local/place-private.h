/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up place.h share. */
#pragma once

#include "base/sync.h"
#include "local/dir.h"
#include "local/lock.h"
#include "local/place.h"
#include "local/target.h"

struct XnPlace {
    char *path; /* of the result, as the user names it */
    XnTarget target;
    XnLock *lock;
    gboolean is_tree;
    gboolean gathers;   /* a tree that appears as a whole, out of target.parent/partial_name */
    int root;           /* of a tree that is there already; else -1 */
    char *partial_name; /* NULL: there can be no such directory */
    char *partial_path; /* for messages */
    char *temp_name;    /* in target.parent: a file's temporary file, or a tree's directory of them */

    pthread_mutex_t mutex;
    int partial;            /* (guarded) the partial directory, or -1 */
    GHashTable *kept;       /* (guarded) paths of a gathered tree that belong into it */
    gboolean taken_over;    /* something was in the partial directory already */
    gboolean made_temp_dir; /* (guarded) */
    guint n_temps;          /* (guarded) temporary names given out */
    gint unnamed;           /* (atomic) whether files can be without a name: 0 not known, 1 they can, -1 they cannot */
    gboolean committed;
};

/** The directory that holds @relative (NULL: the single file), as xn_dir_open_below(); *@out_name is its name in it. */
int xn_place_open_dir (XnPlace *place, const char *relative, gboolean create, const char **out_name, GError **error);

/** (transfer full) The path of @relative, for messages. */
char *xn_place_shown (XnPlace *place, const char *relative);

/** Notes that the gathered file @relative belongs to the result. */
void xn_place_note (XnPlace *place, const char *relative);

/** A temporary name in target.parent, or below it: (transfer full), NULL with an error. */
char *xn_place_temp_name (XnPlace *place, GError **error);
