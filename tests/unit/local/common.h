/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the local room share: a directory of their own, and short ways to make and look at files in it. */
#pragma once

#include "local/place.h"

#include <glib.h>
#include <sys/types.h>

/** Makes a directory for one test and removes it, and what was made in it, at the end of the scope: `SCRATCH (dir);` */
#define SCRATCH(name) __attribute__ ((cleanup (scratch_clear))) char *name = scratch_new ()
char *scratch_new (void);
void scratch_clear (char **directory);

/** (transfer full) A path in @directory, printf-style. */
char *in (const char *directory, const char *format, ...)G_GNUC_PRINTF (2, 3);

/** Writes a file; its directory is made. */
void put (const char *path, const char *text);

/** Asserts that a file holds @text. */
void assert_file (const char *path, const char *text);

/** Asserts that a directory's entries (all below it, directories with a '/' at their end), sorted and joined by blanks,
 *  are @wanted; a missing directory is "-". */
void assert_tree (const char *path, const char *wanted);

/** Runs @function in a child; it ends with code 0 unless an assertion of it fails. Returns its id. */
pid_t spawn_child (void (*function) (gpointer data), gpointer data);

/** Waits for a child; (its exit code), or minus the signal that ended it. */
int wait_child (pid_t child);

/** Asserts kind and a part of the message of an error, and that it is one line. */
void assert_failed (const GError *error, int kind, const char *part);

/** Asserts that a file cannot be placed at @path, be it opened or only looked at, with this kind and part of the message. */
void assert_no_place (const char *path, int kind, const char *part);
/** Opens the place of a file, which must succeed, and would have by a look: (transfer full). */
XnPlace *open_free (const char *path);

/** Does nothing but wait for a kill; says so first by making @path. */
G_NORETURN void wait_for_kill (const char *path);

/** Waits until @path is there. */
void wait_for_file (const char *path);

/** Opens a tree, which must succeed: (transfer full). */
XnPlace *place_tree (const char *path);

/** Tells a tree the paths, separated by blanks, that it is to hold. */
void expect (XnPlace *place, const char *paths);

/** Begins a file of a tree, and writes @text into it: (transfer full). */
XnPlaceFile *tree_begin (XnPlace *place, const char *relative, const char *text);
/** Adds a file that holds @text. */
void tree_add (XnPlace *place, const char *relative, const char *text);
/** Keeps a file that is there. */
void tree_keep (XnPlace *place, const char *relative);
/** Commits and frees the tree. */
void tree_end (XnPlace *place);

/** Asserts that @relative is found, with this size, in the tree or in its partial directory. */
void assert_found (XnPlace *place, const char *relative, gint64 size, gboolean in_partial);
/** Asserts that it is not. */
void assert_missing (XnPlace *place, const char *relative);
