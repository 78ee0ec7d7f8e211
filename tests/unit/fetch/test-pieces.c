/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a file that several connections bring: each byte once, whatever is given back. */
#include "../rounds.h"
#include "fetch/pieces.h"

static void
test_in_order (void)
{
    XnPieces pieces;
    XnPiece one = {0}, two = {0}, three = {0};
    xn_pieces_init (&pieces, 100, 1000);
    g_assert_cmpint (xn_pieces_reached (&pieces), ==, 100);
    g_assert_true (xn_pieces_claim (&pieces, 300, &one));
    g_assert_true (xn_pieces_claim (&pieces, 300, &two));
    g_assert_cmpint (two.at, ==, 400);
    g_assert_cmpint (xn_pieces_left (&pieces), ==, 300);
    two.at = 600;
    g_assert_cmpint (xn_pieces_reached (&pieces), ==, 100);
    g_assert_cmpint (xn_pieces_come_at (&pieces, 400), ==, 200);
    g_assert_cmpint (xn_pieces_come_at (&pieces, 600), ==, 0);
    one.at = 400;
    g_assert_cmpint (xn_pieces_reached (&pieces), ==, 600);
    /* What was given back is claimed first, though not all of it at once. */
    xn_pieces_give_back (&pieces, &two);
    xn_pieces_give_back (&pieces, &two);
    g_assert_cmpint (xn_pieces_left (&pieces), ==, 400);
    g_assert_true (xn_pieces_claim (&pieces, 60, &three));
    g_assert_cmpint (three.at, ==, 600);
    g_assert_cmpint (three.end, ==, 660);
    g_assert_true (xn_pieces_extend (&pieces, 1000, &three));
    g_assert_cmpint (three.end, ==, 700);
    /* Behind it is what nobody has claimed yet. */
    g_assert_true (xn_pieces_extend (&pieces, 1000, &three));
    g_assert_cmpint (three.end, ==, 1000);
    g_assert_false (xn_pieces_extend (&pieces, 1000, &three));
    g_assert_false (xn_pieces_claim (&pieces, 1, &two));
    three.at = 1000;
    g_assert_cmpint (xn_pieces_reached (&pieces), ==, 1000);
    xn_pieces_clear (&pieces);
}

static void
test_no_extension_into_what_others_bring (void)
{
    XnPieces pieces;
    XnPiece one = {0}, two = {0};
    xn_pieces_init (&pieces, 0, 100);
    g_assert_true (xn_pieces_claim (&pieces, 10, &one));
    g_assert_true (xn_pieces_claim (&pieces, 10, &two));
    g_assert_false (xn_pieces_extend (&pieces, 10, &one));
    /* Nor where something is missing elsewhere, which comes first. */
    xn_pieces_give_back (&pieces, &one);
    g_assert_false (xn_pieces_extend (&pieces, 10, &two));
    xn_pieces_clear (&pieces);
}

/* Many bringers that stop anywhere: in the end every byte has come once, and what is said to have come has. */
static void
test_every_byte_once (void)
{
    enum { N = 6, SIZE = 4000 };
    for (guint round = 0; round < 200; round++) {
        guint8 come[SIZE] = {0};
        XnPieces pieces;
        XnPiece bringers[N] = {0};
        xn_pieces_init (&pieces, 0, SIZE);
        while (xn_pieces_reached (&pieces) < SIZE) {
            XnPiece *one = &bringers[g_random_int_range (0, N)];
            if (!one->taken) {
                (void)xn_pieces_claim (&pieces, g_random_int_range (1, 300), one);
                continue;
            }
            const gint64 step = g_random_int_range (0, 100);
            const gint64 until = MIN (one->end, one->at + step);
            for (; one->at < until; one->at++)
                g_assert_cmpuint (come[one->at]++, ==, 0);
            for (gint64 at = 0; at < xn_pieces_reached (&pieces); at++)
                g_assert_cmpuint (come[at], ==, 1);
            if (one->at == one->end || g_random_int_range (0, 4) == 0)
                xn_pieces_give_back (&pieces, one);
        }
        g_assert_cmpint (xn_pieces_left (&pieces), ==, 0);
        xn_pieces_clear (&pieces);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/fetch/pieces/in-order", test_in_order);
    g_test_add_func ("/fetch/pieces/no-extension", test_no_extension_into_what_others_bring);
    g_test_add_func ("/fetch/pieces/every-byte-once", test_every_byte_once);
    return g_test_run ();
}
