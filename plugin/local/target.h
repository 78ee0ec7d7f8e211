/* SPDX-License-Identifier: Apache-2.0 */
/* From a path that a user names to the directory and the name that it means. */
#pragma once

#include <glib.h>

/** A result's place. */
typedef struct {
    int parent;        /**< (owned) O_PATH descriptor of the directory that holds it, or -1 */
    char *name;        /**< (owned) its name there; NULL for the root directory */
    char *parent_path; /**< (owned) of @parent, for messages */
} XnTarget;

/** Finds where @path leads: its links, the last one and dangling ones too, are followed, and the directories above it are
 *  made; with @look they are not, and where they are missing there is no @parent. Errors: IO. */
gboolean xn_target_find (const char *path, gboolean look, XnTarget *target, GError **error);
void xn_target_clear (XnTarget *target);

/** What a file system takes as a name at least: eCryptfs has 143 bytes, others up to 255. */
#define XN_TARGET_SHORT_NAME 143

/** (transfer full) ".NAME.xnatstorage-WHAT": the name of something of ours that stands beside @name (nullable); a long
 *  @name is shortened, always in the same way, so that the whole fits into XN_TARGET_SHORT_NAME bytes. */
char *xn_target_private_name (const char *name, const char *what);

/** (transfer full) "NAME.partial", shortened in the same way to @longest bytes. */
char *xn_target_partial_name (const char *name, gsize longest);
