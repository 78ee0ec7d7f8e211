/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/pieces.h"

void
xn_pieces_init (XnPieces *pieces, gint64 first, gint64 end)
{
    *pieces = (XnPieces){.next = first, .end = end};
    pieces->taken = g_ptr_array_new ();
    pieces->given_back = g_array_new (FALSE, FALSE, sizeof (XnPiece));
}

void
xn_pieces_clear (XnPieces *pieces)
{
    g_clear_pointer (&pieces->taken, g_ptr_array_unref);
    g_clear_pointer (&pieces->given_back, g_array_unref);
}

/* The earliest that was given back; -1: none was. */
static gint
earliest (const XnPieces *pieces)
{
    gint found = -1;
    for (guint i = 0; i < pieces->given_back->len; i++) {
        if (found < 0 ||
            g_array_index (pieces->given_back, XnPiece, i).at < g_array_index (pieces->given_back, XnPiece, found).at)
            found = (gint)i;
    }
    return found;
}

gboolean
xn_pieces_claim (XnPieces *pieces, gint64 size, XnPiece *piece)
{
    const gint found = earliest (pieces);
    if (found < 0 && pieces->next >= pieces->end)
        return FALSE;
    if (found >= 0) {
        XnPiece *rest = &g_array_index (pieces->given_back, XnPiece, found);
        *piece = (XnPiece){rest->at, MIN (rest->end, rest->at + size), TRUE};
        rest->at = piece->end;
        if (rest->at == rest->end)
            g_array_remove_index_fast (pieces->given_back, (guint)found);
    } else {
        *piece = (XnPiece){pieces->next, MIN (pieces->end, pieces->next + size), TRUE};
        pieces->next = piece->end;
    }
    g_ptr_array_add (pieces->taken, piece);
    return TRUE;
}

gboolean
xn_pieces_extend (XnPieces *pieces, gint64 size, XnPiece *piece)
{
    XnPiece more;
    const gint found = earliest (pieces);
    const gint64 next = found >= 0 ? g_array_index (pieces->given_back, XnPiece, found).at : pieces->next;
    if (next != piece->end || !xn_pieces_claim (pieces, size, &more))
        return FALSE;
    g_ptr_array_remove_fast (pieces->taken, &more);
    piece->end = more.end;
    return TRUE;
}

void
xn_pieces_give_back (XnPieces *pieces, XnPiece *piece)
{
    if (!piece->taken)
        return;
    g_ptr_array_remove_fast (pieces->taken, piece);
    piece->taken = FALSE;
    if (piece->at < piece->end)
        g_array_append_val (pieces->given_back, *piece);
}

gint64
xn_pieces_left (const XnPieces *pieces)
{
    gint64 left = pieces->end - pieces->next;
    for (guint i = 0; i < pieces->given_back->len; i++) {
        const XnPiece *rest = &g_array_index (pieces->given_back, XnPiece, i);
        left += rest->end - rest->at;
    }
    return left;
}

/* The first byte from @from on that has not come. */
static gint64
first_missing (const XnPieces *pieces, gint64 from)
{
    gint64 missing = MAX (pieces->next, from);
    for (guint i = 0; i < pieces->taken->len + pieces->given_back->len; i++) {
        const XnPiece *piece = i < pieces->taken->len
                                   ? g_ptr_array_index (pieces->taken, i)
                                   : &g_array_index (pieces->given_back, XnPiece, i - pieces->taken->len);
        if (piece->end > from && piece->at < piece->end)
            missing = MIN (missing, MAX (piece->at, from));
    }
    return missing;
}

gint64
xn_pieces_reached (const XnPieces *pieces)
{
    return first_missing (pieces, 0);
}

gint64
xn_pieces_come_at (const XnPieces *pieces, gint64 at)
{
    return first_missing (pieces, at) - at;
}
