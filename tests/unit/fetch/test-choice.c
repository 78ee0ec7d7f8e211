/* SPDX-License-Identifier: Apache-2.0 */
/* The choice between single files and an archive, played through against servers whose costs are known: whatever they
 * charge, it takes little longer than the better way would have. */
#include "../rounds.h"
#include "fetch/choice.h"

#include <string.h>

#define JOBS 8
#define TICK_S 0.1
/* A client beside a server on one machine: a request, a member. */
#define REQUEST_S 0.0003
#define MEMBER_S 0.00002

/* A server and its line. Works are in times of what the listing takes. */
typedef struct {
    const char *name;
    double catalog_us; /* an entry, of the listing */
    double single, start;
    guint at_once; /* of the single files, whose catalogs it reads side by side */
    double rate;
    double login_s; /* and what else comes before the listing */
    double limit;   /* times the better way */
} Server;

typedef struct {
    guint all, missing;
    gint64 size;
    double latency_s;
    gboolean at_end; /* the missing ones come last in the archive, else evenly */
    gboolean cut;    /* an earlier archive was cut off */
} Tree;

typedef struct {
    double spent_s;
    double vain_bytes; /* of archives, which were there or not wanted */
    guint left, turns;
    XnPrices prices;
} Run;

static gint64
tar_bytes (const Tree *tree)
{
    return xn_choice_archive_bytes (tree->all, tree->all * tree->size);
}

static double
archive_start_s (const Server *server, const Tree *tree)
{
    return server->start * tree->all * server->catalog_us * 1e-6;
}

static double
archive_s (const Server *server, const Tree *tree)
{
    return tree->latency_s + archive_start_s (server, tree) + tree->all * MEMBER_S +
           (double)tar_bytes (tree) / server->rate;
}

/* So many at the same time. */
static double
round_s (const Server *server, const Tree *tree, guint n)
{
    const double work_s = server->single * tree->all * server->catalog_us * 1e-6;
    return tree->latency_s + work_s * MAX (1.0, (double)n / server->at_once) + n * REQUEST_S +
           (double)(n * tree->size) / server->rate;
}

static double
singles_s (const Server *server, const Tree *tree, guint n)
{
    double sum_s = 0;
    for (; n > 0; n -= MIN (n, JOBS))
        sum_s += round_s (server, tree, MIN (n, JOBS));
    return sum_s;
}

static double
before_s (const Server *server, const Tree *tree)
{
    return server->login_s + 4 * tree->latency_s + tree->all * server->catalog_us * 1e-6;
}

static XnRest
rest_of (const Run *run, const Tree *tree, double arrived)
{
    return (XnRest){.files = run->left,
                    .bytes = run->left * tree->size,
                    .members = tree->all,
                    .archive_bytes = tar_bytes (tree) - (gint64)arrived,
                    .under_way = arrived > 0,
                    .cut = tree->cut};
}

/* @bytes of an archive came, in which @files were new. */
static void
note_vain (Run *run, const Tree *tree, double bytes, guint files)
{
    run->vain_bytes += MAX (bytes - (double)xn_choice_archive_bytes (files, files * tree->size), 0);
}

/* FALSE: it was left. */
static gboolean
play_archive (Run *run, const Server *server, const Tree *tree)
{
    const double all_s = archive_s (server, tree), wait_s = tree->latency_s + archive_start_s (server, tree);
    guint doubts = 0;
    const guint before = run->left, first = tree->at_end ? tree->all - before : 0;
    for (double at_s = TICK_S; wait_s + at_s < all_s; at_s += TICK_S) {
        const double part = at_s / (all_s - wait_s);
        const double come = tree->at_end ? tree->all * part - first : before * part;
        run->left = before - (guint)CLAMP (come, 0, before);
        xn_prices_see_archive (&run->prices, wait_s, (gint64)(part * (double)tar_bytes (tree)), at_s);
        const XnRest rest = rest_of (run, tree, part * (double)tar_bytes (tree));
        doubts = xn_choice_turns (&run->prices, &rest, run->spent_s + wait_s + at_s, XN_WAY_ARCHIVE) ? doubts + 1 : 0;
        if (run->turns < 2 && doubts >= XN_CHOICE_DOUBTS) {
            run->spent_s += wait_s + at_s;
            note_vain (run, tree, part * (double)tar_bytes (tree), before - run->left);
            return FALSE;
        }
    }
    run->spent_s += all_s;
    note_vain (run, tree, (double)tar_bytes (tree), before);
    run->left = 0;
    return TRUE;
}

static gboolean
play_singles (Run *run, const Server *server, const Tree *tree)
{
    guint done = 0;
    double took_s = 0;
    while (run->left > 0) {
        const guint n = MIN (run->left, JOBS);
        const double one_s = round_s (server, tree, n);
        run->spent_s += one_s;
        took_s += one_s;
        run->left -= n;
        done += n;
        xn_prices_see_singles (&run->prices, done, done * tree->size, took_s);
        const XnRest rest = rest_of (run, tree, 0);
        if (run->turns < 2 && xn_choice_turns (&run->prices, &rest, run->spent_s, XN_WAY_SINGLES))
            return FALSE;
    }
    return TRUE;
}

/* Seconds, with those that vain bytes count for after a cut. */
static double
cost_s (const Tree *tree, double spent_s, double vain_bytes)
{
    const gint64 needed = xn_choice_archive_bytes (tree->missing, tree->missing * tree->size);
    const gboolean counts = tree->cut && vain_bytes > 0.1 * (double)needed;
    return spent_s + (counts ? XN_CHOICE_CUT_S + vain_bytes / XN_CHOICE_CUT_RATE : 0);
}

static Run
play (const Server *server, const Tree *tree, char *way)
{
    Run run = {.left = tree->missing, .spent_s = before_s (server, tree)};
    const gint64 listing = 250 * (gint64)tree->all;
    xn_prices_guess (&run.prices, JOBS, tree->latency_s, tree->latency_s + tree->all * server->catalog_us * 1e-6,
                     listing, (double)listing / MIN (server->rate, 100e6));
    const XnRest rest = rest_of (&run, tree, 0);
    XnWay now = xn_choice_make (&run.prices, &rest, run.spent_s);
    for (;; run.turns++) {
        *way++ = now == XN_WAY_ARCHIVE ? 'a' : 's';
        *way = '\0';
        if (now == XN_WAY_ARCHIVE ? play_archive (&run, server, tree) : play_singles (&run, server, tree))
            return run;
        now = now == XN_WAY_ARCHIVE ? XN_WAY_SINGLES : XN_WAY_ARCHIVE;
    }
}

/* What the profiles of the benchmark charge; and a real server's figures with as many at a time as it has processors, and over
 * slow lines. Where files come one at a time, which nothing tells beforehand, up to a round of them is lost. */
static const Server SERVERS[] = {
    {"fast-disk", 5, 1, 1, JOBS, 500e6, 0.012, 1.3},
    {"network-file-system", 20, 1, 1, JOBS, 500e6, 0.012, 1.3},
    {"slow-server", 50, 1, 1, JOBS, 500e6, 0.012, 1.3},
    {"measured", 45, 0.5, 1.6, JOBS, 400e6, 0.26, 1.3},
    {"measured, two processors", 45, 0.5, 1.6, 2, 400e6, 0.26, 1.3},
    {"measured, one at a time", 45, 0.5, 1.6, 1, 400e6, 0.26, 1.8},
    {"measured, a line of 10 MB/s", 45, 0.5, 1.6, JOBS, 10e6, 0.26, 1.65},
    {"measured, a line of 1 MB/s", 45, 0.5, 1.6, 2, 1e6, 0.26, 1.7},
    {"no work at all", 0, 1, 1, JOBS, 500e6, 0.012, 1.3},
};

static void
check_tree (const Server *server, const Tree *tree)
{
    char way[8];
    const Run run = play (server, tree, way);
    const double ours_s = cost_s (tree, run.spent_s, run.vain_bytes), before = before_s (server, tree);
    /* What is tried in vain counts more. */
    const double limit = server->limit + (tree->cut ? 0.1 : 0);
    const double singles = before + singles_s (server, tree, tree->missing);
    const gint64 vain = tar_bytes (tree) - xn_choice_archive_bytes (tree->missing, tree->missing * tree->size);
    const double archive = cost_s (tree, before + archive_s (server, tree), (double)vain);
    if (ours_s <= limit * MIN (singles, archive))
        return;
    g_test_message ("%s: %u of %u files of %" G_GINT64_FORMAT
                    " bytes, %g ms%s: %s took %.2f s; singles %.2f s, archive %.2f s",
                    server->name, tree->missing, tree->all, tree->size, tree->latency_s * 1e3, tree->cut ? ", cut" : "",
                    way, ours_s, singles, archive);
    g_test_fail ();
}

static void
test_server (gconstpointer data)
{
    static const guint all[] = {100, 2000, 10000};
    static const gint64 sizes[] = {40, 4000, 150000, 1000000};
    static const double latencies[] = {0.0003, 0.001, 0.02};
    const Server *server = data;
    for (guint a = 0; a < rounds (G_N_ELEMENTS (all), 1); a++)
        for (guint z = 0; z < G_N_ELEMENTS (sizes); z++)
            for (guint l = 0; l < 2 * G_N_ELEMENTS (latencies); l++) {
                const guint missing[] = {1, 10, 100, all[a] / 2, all[a]};
                for (guint m = 0; m < G_N_ELEMENTS (missing); m++) {
                    const Tree tree = {all[a], missing[m], sizes[z], latencies[l / 2], l % 2 == 0, FALSE};
                    check_tree (server, &tree);
                }
                const Tree cut = {all[a], all[a] * 2 / 5, sizes[z], latencies[l / 2], TRUE, TRUE};
                check_tree (server, &cut);
            }
}

/* After a cut at 60 % little more than the rest is brought, on any server, be the files medium or large. Where a file costs
 * as much as many, the archive comes again: of tiny files, or of medium ones where they come one at a time. */
static void
test_after_a_cut (gconstpointer data)
{
    static const Tree medium = {2000, 800, 150000, 0.001, TRUE, TRUE}, large = {200, 80, 5000000, 0.001, TRUE, TRUE};
    static const Tree tiny = {10000, 4000, 40, 0.001, TRUE, TRUE};
    const Server *server = data;
    char way[8];
    const double each_s = server->single * medium.all * server->catalog_us * 1e-6 / server->at_once;
    const double spared_s = (double)(medium.all - medium.missing) * (double)medium.size / XN_CHOICE_CUT_RATE;
    g_assert_cmpfloat (play (server, &large, way).vain_bytes, <, 0.1 * large.missing * (double)large.size);
    if (medium.missing * each_s < spared_s)
        g_assert_cmpfloat (play (server, &medium, way).vain_bytes, <, 0.1 * medium.missing * (double)medium.size);
    play (server, &tiny, way);
    if (server->catalog_us > 0)
        g_assert_cmpint (way[strlen (way) - 1], ==, 'a');
}

static XnPrices
guess (double listing_s)
{
    XnPrices prices;
    xn_prices_guess (&prices, JOBS, 0.001, listing_s, 0, 0);
    return prices;
}

static void
test_few_files_need_no_archive (void)
{
    const XnPrices prices = guess (10);
    const XnRest rest = {.files = 3, .bytes = 300, .members = 3, .archive_bytes = 5000};
    g_assert_cmpint (xn_choice_make (&prices, &rest, 0), ==, XN_WAY_SINGLES);
}

/* However slowly it comes: singly, all of it would come no faster. */
static void
test_an_archive_of_which_all_is_wanted_is_kept (void)
{
    XnPrices prices = guess (0.001);
    xn_prices_see_archive (&prices, 0.001, 100000, 10);
    const gint64 bytes = xn_choice_archive_bytes (900, 900 * 1000);
    const XnRest rest = {.files = 900, .bytes = 900 * 1000, .members = 1000, .archive_bytes = bytes, .under_way = TRUE};
    g_assert_false (xn_choice_turns (&prices, &rest, 10, XN_WAY_ARCHIVE));
}

static void
test_an_archive_in_vain (void)
{
    XnPrices prices = guess (0.001);
    const XnRest rest = {.files = 500, .bytes = 5000000, .members = 1000, .archive_bytes = 10000000, .under_way = TRUE};
    xn_prices_see_archive (&prices, 0.001, 1000000, 1);
    g_assert_false (xn_choice_is_vain (&prices, &rest, 1));
    xn_prices_see_archive (&prices, 0.001, 2500000, 2.5);
    g_assert_true (xn_choice_is_vain (&prices, &rest, 2.5));
    /* Most of it has come. */
    g_assert_false (xn_choice_is_vain (&prices, &rest, 5));
    /* Once it is known what single files cost, that decides. */
    xn_prices_see_singles (&prices, 8, 80000, 1);
    g_assert_false (xn_choice_is_vain (&prices, &rest, 2.5));
}

/* What makes no sense is no division by zero, and no turn. */
static void
test_odd_measurements (void)
{
    XnPrices prices;
    const XnRest rest = {.files = 100, .bytes = 0, .members = 200, .archive_bytes = 0};
    const XnRest nothing = {.files = 0};
    xn_prices_guess (&prices, 0, -1, 0, 1 << 20, 0);
    xn_prices_see_singles (&prices, 0, 0, 0);
    xn_prices_see_archive (&prices, 0, 0, 0);
    g_assert_cmpint (xn_choice_make (&prices, &rest, 0), ==, XN_WAY_ARCHIVE);
    g_assert_false (xn_choice_turns (&prices, &nothing, 0, XN_WAY_ARCHIVE));
    g_assert_false (xn_choice_turns (&prices, &nothing, 0, XN_WAY_SINGLES));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (SERVERS); i++) {
        g_autofree char *path = g_strdup_printf ("/fetch/choice/%s", SERVERS[i].name);
        g_test_add_data_func (path, &SERVERS[i], test_server);
        g_autofree char *cut = g_strdup_printf ("/fetch/choice/cut/%s", SERVERS[i].name);
        g_test_add_data_func (cut, &SERVERS[i], test_after_a_cut);
    }
    g_test_add_func ("/fetch/choice/few", test_few_files_need_no_archive);
    g_test_add_func ("/fetch/choice/all-wanted", test_an_archive_of_which_all_is_wanted_is_kept);
    g_test_add_func ("/fetch/choice/vain", test_an_archive_in_vain);
    g_test_add_func ("/fetch/choice/odd", test_odd_measurements);
    return g_test_run ();
}
