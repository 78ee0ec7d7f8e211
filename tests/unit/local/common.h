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

/** Does nothing but wait for a kill; says so first by making @path. */
G_NORETURN void wait_for_kill (const char *path);

/** Waits until @path is there. */
void wait_for_file (const char *path);

/** Opens a tree, which must succeed: (transfer full). */
XnPlace *place_tree (const char *path);
