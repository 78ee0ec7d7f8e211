/* SPDX-License-Identifier: Apache-2.0 */
/* Which parts of a file that several connections bring are under way, come, or nobody's yet. Pure; the owner's lock guards it. */
#pragma once

#include <glib.h>

/** A part of the file that one connection brings: what it has brought ends at @at. */
typedef struct {
    gint64 at, end;
    gboolean taken;
} XnPiece;

typedef struct {
    gint64 next, end;   /**< from @next on nothing was ever claimed */
    GPtrArray *taken;   /**< (element-type XnPiece) (owned), the pieces borrowed */
    GArray *given_back; /**< (element-type XnPiece) (owned) what was claimed and not brought */
} XnPieces;

/** A file that is missing from @first to @end. */
void xn_pieces_init (XnPieces *pieces, gint64 first, gint64 end);
void xn_pieces_clear (XnPieces *pieces);

/** Claims at most @size bytes, the earliest that nobody brings, into @piece, which has to stay where it is until it is given
 *  back. FALSE: there are none. */
gboolean xn_pieces_claim (XnPieces *pieces, gint64 size, XnPiece *piece);
/** Claims up to @size bytes more right behind @piece. FALSE: somebody brings them, or there are none. */
gboolean xn_pieces_extend (XnPieces *pieces, gint64 size, XnPiece *piece);
/** Ends a claim: what is missing of it is nobody's again. */
void xn_pieces_give_back (XnPieces *pieces, XnPiece *piece);

/** Bytes that nobody brings. */
gint64 xn_pieces_left (const XnPieces *pieces);
/** What has come without a gap, from the beginning of the file. */
gint64 xn_pieces_reached (const XnPieces *pieces);
/** How many bytes from @at on have come; 0 where it lies in what is under way, too. */
gint64 xn_pieces_come_at (const XnPieces *pieces, gint64 at);
