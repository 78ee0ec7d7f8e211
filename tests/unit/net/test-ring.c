/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the queue of chunks and of header lines. */
#include "net/answer.h"
#include "net/ring.h"

#include <string.h>

static void
test_order (void)
{
    XnRing ring = {0};
    guint8 piece[1000];
    guint64 put = 0, got = 0;
    for (guint i = 0; i < 200; i++) {
        for (gsize k = 0; k < sizeof piece; k++)
            piece[k] = (guint8)((put + k) % 251);
        g_assert_cmpint (xn_ring_append (&ring, piece, sizeof piece), ==, XN_RING_TAKEN);
        put += sizeof piece;
    }
    XnChunk *chunk;
    while ((chunk = xn_ring_pop (&ring)) != NULL) {
        for (gsize k = 0; k < chunk->end; k++)
            g_assert_cmpint (chunk->bytes[k], ==, (guint8)((got + k) % 251));
        got += chunk->end;
        xn_ring_give_back (&ring, chunk);
    }
    g_assert_cmpuint (got, ==, put);
    xn_ring_clear (&ring);
}

static void
test_bound (void)
{
    XnRing ring = {0};
    guint8 piece[XN_RING_FIRST_SIZE] = {1};
    gsize total = 0;
    g_assert_true (xn_ring_is_roomy (&ring));
    while (xn_ring_append (&ring, piece, sizeof piece) == XN_RING_TAKEN)
        total += sizeof piece;
    g_assert_cmpint (xn_ring_append (&ring, piece, sizeof piece), ==, XN_RING_FULL);
    g_assert_cmpuint (total, >, XN_RING_CHUNK_SIZE);
    g_assert_cmpuint (total, <=, XN_RING_CHUNKS * XN_RING_CHUNK_SIZE);
    g_assert_false (xn_ring_is_roomy (&ring));
    /* A chunk that is lent still counts; given back it is used again. */
    XnChunk *small = xn_ring_pop (&ring);
    XnChunk *large = xn_ring_pop (&ring);
    g_assert_cmpint (xn_ring_append (&ring, piece, sizeof piece), ==, XN_RING_FULL);
    xn_ring_give_back (&ring, large);
    g_assert_cmpint (xn_ring_append (&ring, piece, sizeof piece), ==, XN_RING_TAKEN);
    g_assert_true (ring.last == large);
    xn_ring_give_back (&ring, small);
    xn_ring_clear (&ring);
    g_assert_true (xn_ring_is_empty (&ring));
}

static void
take (XnAnswer *answer, const char *line, XnAnswerLine expected)
{
    g_assert_cmpint (xn_answer_take_line (answer, line, strlen (line)), ==, expected);
}

static void
test_answer (void)
{
    XnAnswer answer;
    xn_answer_init (&answer);
    take (&answer, " no field before\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "HTTP/1.1 103 Early Hints\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "Name: interim\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "\r\n", XN_ANSWER_LINE_END);
    take (&answer, "HTTP/2 204\r\n", XN_ANSWER_LINE_TAKEN);
    g_assert_null (xn_answer_field (&answer, "name"));
    g_assert_cmpint (answer.status, ==, 204);
    take (&answer, "Empty:\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "\tfilled\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "no colon\r\n", XN_ANSWER_LINE_TAKEN);
    take (&answer, "Time: 10:20 \n", XN_ANSWER_LINE_TAKEN);
    g_assert_cmpstr (xn_answer_field (&answer, "EMPTY"), ==, "filled");
    g_assert_cmpstr (xn_answer_field (&answer, "time"), ==, "10:20");
    g_autofree char *long_line = g_strnfill (300 * 1024, 'x');
    take (&answer, long_line, XN_ANSWER_LINE_TOO_MUCH);
    xn_answer_clear (&answer);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net/ring/order", test_order);
    g_test_add_func ("/net/ring/bound", test_bound);
    g_test_add_func ("/net/answer/lines", test_answer);
    return g_test_run ();
}
