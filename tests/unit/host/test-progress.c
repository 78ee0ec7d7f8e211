/* SPDX-License-Identifier: Apache-2.0 */
/* The line of progress at any width, the pace, and the last word of a command that was stopped. */
#include <string.h>

#include "progress-pace.h"
#include "stopped.h"
#include "text.h"

#define S G_USEC_PER_SEC
#define MB G_GUINT64_CONSTANT (1000000)

static ProgressView
new_view (guint entries)
{
    return (ProgressView){.action = "fetching", .entries = entries, .share = -1, .rate = -1, .left_s = -1};
}

static void
assert_line (const ProgressView *view, int width, const char *expected)
{
    g_autofree char *line = progress_view_line (view, width);

    g_assert_cmpstr (line, ==, expected);
}

static void
test_words (void)
{
    ProgressView view = new_view (1);

    assert_line (&view, 80, "looking up");
    view.phase = IO_PHASE_COMPARE;
    assert_line (&view, 80, "comparing");
    view.phase = IO_PHASE_VERIFY;
    assert_line (&view, 80, "checking");
    view.phase = IO_PHASE_DONE;
    assert_line (&view, 80, "done");
    view.phase = (IOPhase)99;
    assert_line (&view, 80, "fetching");
    view.stopping = TRUE;
    assert_line (&view, 80, "stopping");
}

static ProgressView
view_of_one (void)
{
    ProgressView view = new_view (1);

    view.phase = IO_PHASE_TRANSFER;
    view.name = "a_rather_long_name_of_a_destination";
    view.entries_known = 1;
    view.files_done = 2;
    view.files_total = 10;
    view.bytes_done = 30 * MB;
    view.bytes_total = 120 * MB;
    view.share = 0.25;
    view.rate = 12.3e6;
    view.left_s = 7.4;
    return view;
}

static void
test_room_is_made (void)
{
    const ProgressView view = view_of_one ();

    assert_line (
        &view, 200,
        "fetching a_rather_long_name_of_a_destination  2/10 files  30.0 MB/120.0 MB  25%  12.3 MB/s  0:07 left");
    assert_line (
        &view, -1,
        "fetching a_rather_long_name_of_a_destination  2/10 files  30.0 MB/120.0 MB  25%  12.3 MB/s  0:07 left");
    assert_line (&view, 80, "fetching a_rather_lon..  2/10 files  30.0 MB/120.0 MB  25%  12.3 MB/s  0:07 left");
    assert_line (&view, 70, "fetching  2/10 files  30.0 MB/120.0 MB  25%  12.3 MB/s  0:07 left");
    assert_line (&view, 40, "fetching  30.0 MB/120.0 MB  25%");
    assert_line (&view, 20, "30.0 MB  25%");
    assert_line (&view, 4, "25%");
    assert_line (&view, 2, "..");
    assert_line (&view, 0, "");
}

static void
test_a_number_stays (void)
{
    ProgressView view = view_of_one ();

    for (int width = 3; width < 200; width++) {
        g_autofree char *line = progress_view_line (&view, width);

        g_assert_cmpint (text_width (line), <=, width);
        g_assert_nonnull (strstr (line, "25%"));
    }
    view.share = -1;
    view.bytes_done = view.bytes_total = 0;
    assert_line (&view, 12, "2/10 files");
    view.wait_ms = 3100;
    view.wait_try = 2;
    view.wait_tries = 6;
    view.name = NULL;
    assert_line (&view, 80, "fetching  2/10 files  waiting 4 s for the server, try 2 of 6");
    view.share = 0.25;
    assert_line (&view, 40, "25%  waiting 4 s, try 2/6");
}

static void
test_lists (void)
{
    ProgressView view = view_of_one ();

    view.name = NULL;
    view.entries = 40;
    view.entries_done = 3;
    view.entries_known = 11;
    view.left_s = -1;
    /* Totals that still grow are not shown as if they were those of all. */
    assert_line (&view, 80, "[3/40]  fetching  2 files  30.0 MB  25%  12.3 MB/s");
    view.bytes_expected = 500 * MB;
    assert_line (&view, 80, "[3/40]  fetching  2 files  30.0 MB/500.0 MB  25%  12.3 MB/s");
    assert_line (&view, 40, "[3/40]  fetching  30.0 MB/500.0 MB  25%");
    assert_line (&view, 20, "[3/40]  30.0 MB  25%");
    assert_line (&view, 12, "[3/40]  25%");
}

static void
test_silence_is_told (void)
{
    ProgressView view = view_of_one ();

    view.name = NULL;
    view.silent_s = 34;
    assert_line (&view, 80, "fetching  2/10 files  30.0 MB/120.0 MB  25%  no answer for 34 s");
    view.left_s = 3 * 3600 + 62;
    view.silent_s = 0;
    assert_line (&view, 80, "fetching  2/10 files  30.0 MB/120.0 MB  25%  12.3 MB/s  3:01:02 left");
}

/* Entries of all sizes become known one after the other, some bytes come twice, and one entry fails. */
static void
test_the_share_never_falls (void)
{
    for (guint expected = 0; expected < 2; expected++) {
        g_autoptr (GRand) dice = g_rand_new_with_seed (7 + expected);
        ProgressView view = new_view (200);
        double last = -1;
        gint64 now = 0;
        Pace pace;

        pace_init (&pace, now);
        view.bytes_expected = expected * 900 * MB;
        view.phase = IO_PHASE_TRANSFER;
        for (guint i = 0; i < 200; i++) {
            guint64 bytes = (guint64)g_rand_int_range (dice, 0, 10 * (gint)MB);

            view.entries_known++;
            view.bytes_total += bytes;
            view.files_total++;
            pace_sample (&pace, &view, now += S / 5);
            g_assert_cmpfloat (view.share, >=, last);
            view.bytes_done += bytes / 2;
            pace_sample (&pace, &view, now += S / 5);
            view.bytes_done -= bytes / 4;
            pace_sample (&pace, &view, now += S / 5);
            g_assert_cmpfloat (view.share, >=, last);
            g_assert_cmpfloat (view.share, <, 1);
            last = view.share;
            if (i % 50 == 3) { /* it fails */
                view.bytes_done -= bytes / 2 - bytes / 4;
                view.bytes_total -= bytes;
            } else {
                view.bytes_done += bytes - (bytes / 2 - bytes / 4);
            }
            view.files_done++;
            view.entries_done++;
            pace_sample (&pace, &view, now += S / 5);
            g_assert_cmpfloat (view.share, >=, last);
            last = view.share;
        }
        g_assert_cmpfloat (view.share, ==, 1);
    }
}

static void
test_shares (void)
{
    ProgressView view = new_view (4);
    Pace pace;

    pace_init (&pace, 0);
    pace_sample (&pace, &view, 1);
    g_assert_cmpfloat (view.share, ==, 0);
    view.entries_known = 2;
    view.bytes_total = 200;
    view.bytes_done = 100;
    pace_sample (&pace, &view, 2);
    g_assert_cmpfloat (view.share, ==, 0.25);
    view.bytes_expected = 1000;
    view.bytes_done = 500;
    pace_sample (&pace, &view, 3);
    g_assert_cmpfloat (view.share, ==, 0.5);
    /* All bytes are there, but not all is done. */
    view.bytes_done = 1000;
    pace_sample (&pace, &view, 4);
    g_assert_cmpfloat (view.share, ==, 0.99);

    view = new_view (1);
    pace_init (&pace, 0);
    pace_sample (&pace, &view, 1);
    g_assert_cmpfloat (view.share, <, 0);
    view.entries_known = 1;
    view.files_total = 10;
    view.files_done = 3;
    pace_sample (&pace, &view, 2);
    g_assert_cmpfloat (view.share, ==, 0.3);
}

/* A steady 10 MB/s, looked at @per_second times a second, of a whole of 1000 MB, of which 500 were there already. */
static void
assert_pace (guint per_second)
{
    ProgressView view = view_of_one ();
    gint64 now = 5 * S;
    Pace pace;

    pace_init (&pace, now);
    view.bytes_total = 1000 * MB;
    view.bytes_done = view.bytes_kept = 500 * MB;
    pace_sample (&pace, &view, now);
    g_assert_cmpfloat (view.rate, <, 0);
    for (guint i = 1; i <= 10 * per_second; i++) {
        view.bytes_done += 10 * MB / per_second;
        pace_sample (&pace, &view, now += S / per_second);
        g_assert_true (ABS (view.rate - 10e6) < 1);
        if (i < 3 * per_second)
            g_assert_cmpfloat (view.left_s, <, 0);
        else
            g_assert_true (ABS (view.left_s - (50.0 - (double)i / per_second)) < 0.1);
    }
    /* A short halt changes the rate at once, and the time left by little. */
    for (guint i = 0; i < 2 * per_second; i++)
        pace_sample (&pace, &view, now += S / per_second);
    g_assert_cmpfloat (view.rate, <, 6e6);
    g_assert_cmpfloat (view.left_s, >, 40);
    g_assert_cmpfloat (view.left_s, <, 52);
    /* In a long one nobody can tell. */
    for (guint i = 0; i < 4 * per_second; i++)
        pace_sample (&pace, &view, now += S / per_second);
    g_assert_cmpfloat (view.left_s, <, 0);
    g_assert_cmpfloat (view.silent_s, ==, 6);
}

static void
test_pace (void)
{
    assert_pace (1);
    assert_pace (5);
    assert_pace (50);
}

static void
test_a_growing_whole_tells_no_time (void)
{
    ProgressView view = view_of_one ();
    Pace pace;

    view.entries = 10;
    view.entries_known = 2;
    pace_init (&pace, 0);
    for (guint i = 1; i < 20; i++) {
        view.bytes_done += MB;
        pace_sample (&pace, &view, i * S);
        g_assert_cmpfloat (view.left_s, <, 0);
    }
}

static void
test_log_lines_are_sparse (void)
{
    g_assert_false (pace_is_line_due (9 * S, 0, 90));
    g_assert_false (pace_is_line_due (59 * S, 30, 39));
    g_assert_true (pace_is_line_due (10 * S, 30, 40));
    g_assert_true (pace_is_line_due (60 * S, 30, 30));
}

static void
assert_stopped (ProgressTally tally, guint n_complete, guint n_entries, const char *expected)
{
    g_autofree char *sentence = stopped_sentence ("stopped on request", &tally, n_complete, n_entries);

    g_assert_cmpstr (sentence, ==, expected);
}

static void
test_last_word (void)
{
    ProgressTally tally = {.all_known = TRUE};

    assert_stopped (tally, 0, 0, "stopped on request");
    tally.files_total = 40;
    assert_stopped (tally, 0, 0, "stopped on request; no file is complete yet, and the same command begins anew");
    tally.files_done = 12;
    tally.bytes_done = 34500000;
    assert_stopped (
        tally, 0, 0,
        "stopped on request; 12 of 40 files (34.5 MB) are complete, and the same command goes on from there");
    assert_stopped (tally, 3, 20,
                    "stopped on request; 3 of 20 entries are complete, 12 of 40 files (34.5 MB) in all, and the same "
                    "command goes on from there");
    tally.all_known = FALSE;
    tally.files_done = 1;
    assert_stopped (tally, 0, 20,
                    "stopped on request; 0 of 20 entries are complete, 1 file (34.5 MB) in all, and the same command "
                    "goes on from there");
    assert_stopped (tally, 0, 0,
                    "stopped on request; 1 file (34.5 MB) is complete, and the same command goes on from there");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/progress/words", test_words);
    g_test_add_func ("/progress/room-is-made", test_room_is_made);
    g_test_add_func ("/progress/a-number-stays", test_a_number_stays);
    g_test_add_func ("/progress/lists", test_lists);
    g_test_add_func ("/progress/silence-is-told", test_silence_is_told);
    g_test_add_func ("/progress/the-share-never-falls", test_the_share_never_falls);
    g_test_add_func ("/progress/shares", test_shares);
    g_test_add_func ("/progress/pace", test_pace);
    g_test_add_func ("/progress/a-growing-whole-tells-no-time", test_a_growing_whole_tells_no_time);
    g_test_add_func ("/progress/log-lines-are-sparse", test_log_lines_are_sparse);
    g_test_add_func ("/progress/last-word", test_last_word);
    return g_test_run ();
}
