/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections bring one file, played through against lines whose rates are known. */
#include "fetch/ramp.h"

#define TICK_S 0.01
#define MB 1e6

/* A line and a server, in bytes a second. */
typedef struct {
    const char *name;
    double of_one, of_all;
    double size;
    double answer_s; /* the server's work before the first byte, of each request */
    double way_s;
    guint most;
    double idle;
    guint wanted;    /* connections in the end */
    double within_s; /* times what one takes */
} Line;

typedef struct {
    guint n, tried;
    double seconds;
} Played;

static Played
play (const Line *line)
{
    XnRamp ramp;
    Played played = {.n = 1, .tried = 1};
    double come = 0, begins[64] = {0};
    xn_ramp_init (&ramp, line->answer_s, line->way_s, 0);
    for (; come < line->size; played.seconds += TICK_S) {
        guint at_work = 0;
        for (guint i = 0; i < played.n; i++)
            at_work += begins[i] <= played.seconds;
        come += MIN (at_work * line->of_one, line->of_all) * TICK_S;
        const XnRampView view = {.now_us = (gint64)(played.seconds * G_USEC_PER_SEC),
                                 .bytes = (gint64)come,
                                 .left = (gint64)(line->size - come),
                                 .n = played.n,
                                 .waiting = played.n - at_work,
                                 .most = line->most,
                                 .idle = line->idle};
        const guint wanted = xn_ramp_look (&ramp, &view);
        g_assert_cmpuint (wanted, <=, MAX (line->most, 1));
        for (guint i = played.n; i < wanted; i++)
            begins[i] = played.seconds + line->answer_s + line->way_s;
        played.n = wanted;
        played.tried = MAX (played.tried, wanted);
    }
    return played;
}

static void
test_lines (void)
{
    const Line lines[] = {
        {"each connection has its share", 25 * MB, 1e9, 2048 * MB, 0.001, 0.001, 8, 1, 8, 0.16},
        {"a long way", 25 * MB, 1e9, 2048 * MB, 0.2, 0.15, 8, 1, 8, 0.3},
        {"few places", 25 * MB, 1e9, 2048 * MB, 0.001, 0.001, 3, 1, 3, 0.4},
        {"no place", 25 * MB, 1e9, 2048 * MB, 0.001, 0.001, 1, 1, 1, 1.01},
        {"one fills the line", 100 * MB, 100 * MB, 2048 * MB, 0.001, 0.001, 8, 1, 1, 1.01},
        {"three fill it", 40 * MB, 120 * MB, 2048 * MB, 0.001, 0.001, 8, 1, 4, 0.4},
        {"the reader is what is slow", 25 * MB, 1e9, 2048 * MB, 0.001, 0.001, 8, 0.2, 1, 1.01},
        {"faster than it can be written", 900 * MB, 9e9, 4096 * MB, 0.001, 0.001, 8, 1, 1, 1.01},
        {"a small file", 1 * MB, 1e9, 15 * MB, 0.001, 0.001, 8, 1, 1, 1.01},
        {"soon over", 50 * MB, 1e9, 100 * MB, 0.001, 0.001, 8, 1, 1, 1.01},
        {"a dear catalog", 25 * MB, 1e9, 250 * MB, 2, 0.001, 8, 1, 1, 1.01},
    };
    for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
        const Played played = play (&lines[i]);
        const double alone_s = lines[i].size / MIN (lines[i].of_one, lines[i].of_all);
        g_test_message ("%s: %u connections, %u tried, %.2f of what one takes", lines[i].name, played.n, played.tried,
                        played.seconds / alone_s);
        g_assert_cmpuint (played.n, ==, lines[i].wanted);
        g_assert_cmpuint (played.tried, <=, 2 * lines[i].wanted);
        g_assert_cmpfloat (played.seconds, <=, alone_s * lines[i].within_s + TICK_S);
    }
}

static void
test_one_that_ends_is_not_replaced (void)
{
    XnRamp ramp;
    xn_ramp_init (&ramp, 0.001, 0.001, 0);
    XnRampView view = {.now_us = G_USEC_PER_SEC, .bytes = 25000000, .left = 2000000000, .n = 1, .most = 8, .idle = 1};
    g_assert_cmpuint (xn_ramp_look (&ramp, &view), ==, 1);
    view.now_us += G_USEC_PER_SEC;
    view.bytes += 25000000;
    g_assert_cmpuint (xn_ramp_look (&ramp, &view), ==, 2);
    view.now_us += G_USEC_PER_SEC;
    g_assert_cmpuint (xn_ramp_look (&ramp, &view), ==, 1);
    g_assert_true (ramp.settled);
}

/* Bytes that came while room was made for the file are all there at the first look. */
static void
test_what_has_gathered_is_no_speed (void)
{
    XnRamp ramp;
    xn_ramp_init (&ramp, 0.001, 0.001, 0);
    XnRampView view = {
        .now_us = G_USEC_PER_SEC / 4, .bytes = 30000000, .left = 2000000000, .n = 1, .most = 8, .idle = 1};
    g_assert_cmpuint (xn_ramp_look (&ramp, &view), ==, 1);
    while (view.n == 1 && view.now_us < 2 * G_USEC_PER_SEC) {
        view.now_us += G_USEC_PER_SEC / 4;
        view.bytes += 6250000;
        view.n = xn_ramp_look (&ramp, &view);
    }
    g_assert_cmpuint (view.n, ==, 2);
    while (view.n == 2 && view.now_us < 4 * G_USEC_PER_SEC) {
        view.now_us += G_USEC_PER_SEC / 4;
        view.bytes += 12500000;
        view.n = xn_ramp_look (&ramp, &view);
    }
    g_assert_cmpuint (view.n, ==, 4);
}

static void
test_sizes_of_pieces (void)
{
    XnRamp ramp;
    xn_ramp_init (&ramp, 0.001, 0.001, 0);
    ramp.rate = 25 * MB;
    const gint64 first = xn_ramp_piece (&ramp, G_GINT64_CONSTANT (2) << 30, 8);
    g_assert_cmpint (first, ==, 100000000);
    /* All of a file, in pieces that become smaller, but not small. */
    gint64 left = G_GINT64_CONSTANT (2) << 30;
    guint n = 0;
    for (gint64 size; left > 0; left -= size, n++) {
        size = xn_ramp_piece (&ramp, left, 8);
        g_assert_cmpint (size, >, 0);
        g_assert_cmpint (size, <=, first);
        g_assert_true (size >= XN_RAMP_PIECE_LEAST || size == left);
    }
    g_assert_cmpint (left, ==, 0);
    g_assert_cmpuint (n, <=, 50);
    /* Where the work before the first byte is dear, they are long. */
    ramp.answer_s = 3;
    g_assert_cmpint (xn_ramp_piece (&ramp, G_GINT64_CONSTANT (8) << 30, 8), >=, 600000000);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/fetch/ramp/lines", test_lines);
    g_test_add_func ("/fetch/ramp/one-that-ends", test_one_that_ends_is_not_replaced);
    g_test_add_func ("/fetch/ramp/gathered", test_what_has_gathered_is_no_speed);
    g_test_add_func ("/fetch/ramp/pieces", test_sizes_of_pieces);
    return g_test_run ();
}
