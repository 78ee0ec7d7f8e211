/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a member of an archive is. A server renames members (it replaces the accession ID by the label, and scan IDs by
 * ID and type), so a member is taken for a file by its path, and failing that by a size that only one file has; its MD5 has
 * the last word. */
#pragma once

#include "fetch/download.h"

typedef struct XnMemberNames XnMemberNames;

/** @download, @directory (nullable: the whole resource), @wanted (element-type XnWanted): (borrowed); those that are done
 *  are not looked for */
XnMemberNames *xn_member_names_new (const XnDownload *download, const char *directory, GPtrArray *wanted);
/** The same for an archive of @n (at least two) resources of one session: each member has to tell by its name whose it is. */
XnMemberNames *xn_member_names_new_of_several (const XnShare *shares, guint n);
void xn_member_names_free (XnMemberNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnMemberNames, xn_member_names_free)

/** The file that a member of that @name and @size (bytes, -1: not told) is, or NULL. @out_by_name: FALSE if it is a guess,
 *  which is none that is taken. */
XnWanted *xn_member_names_find (XnMemberNames *names, const char *name, gint64 size, gboolean *out_by_name);
