/* SPDX-License-Identifier: Apache-2.0 */
/* The last bytes of a stream that went by, for what can only be told from the raw bytes of an archive: how a zip member's
 * name was stored, and whether the archive came to its end. Knows the formats' records, no library. */
#pragma once

#include <glib.h>

typedef struct XnTail XnTail;

XnTail *xn_tail_new (void);
/** NULL is nothing. */
void xn_tail_free (XnTail *tail);

/** Shows the next bytes of the stream, which must stay until the next call of xn_tail_keep(). */
void xn_tail_show (XnTail *tail, const guint8 *bytes, gsize size);

/** Copies what is needed of the bytes shown last, which may then go. */
void xn_tail_keep (XnTail *tail);

/**
 * The name of the zip member whose local header stands at or after @position (bytes from the stream's start), as it was
 * stored. @normalized: the name as the reading library gives it, maybe composed (NFC); one that is not its equivalent is
 * not taken. Returns: (transfer full), or NULL if it is not among the last bytes.
 */
char *xn_tail_zip_name (const XnTail *tail, gint64 position, const char *normalized);

/** Whether the stream, all of it kept, ended with the end record of a zip of @members members (files and directories). If not, @out_why is
 *  set to a static text. */
gboolean xn_tail_is_zip_end (const XnTail *tail, guint64 members, const char **out_why);

/** Whether the stream, all of it kept, ended with the two blocks of zeros that end a tar. */
gboolean xn_tail_is_tar_end (const XnTail *tail);
