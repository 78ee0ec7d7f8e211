/* SPDX-License-Identifier: Apache-2.0 */
/* Costs as ranges, and the way with the smaller regret. */
#include "fetch/choice.h"

/* The server's work, in times of what it took for the listing. A real one took 0.5 for a single file and 1.6 for the start of
 * an archive; one that does nothing but read the catalog takes the same for all three. */
#define SINGLE_LOW 0.5
#define SINGLE_HIGH 0.25
#define START_LOW 1.0
#define START_HIGH 1.7
/* What a request, and a member, take here and there beside that. */
#define REQUEST_S 0.0003
#define MEMBER_S 0.00002
/* A home's line, and a fast disk. */
#define RATE_LOW 1e6
#define RATE_HIGH 500e6
/* What is under way at a time, at least, on a line of which nothing else is known, in bytes. */
#define WINDOW (128 * 1024)
/* A list is made, and read, more slowly than files, but not by more times than this. A smaller one comes at once, whatever
 * the line. */
#define RATE_SPREAD 8
#define TELLING_BYTES (64 * 1024)
/* How many times less than its bound a rate may turn out to be. */
#define RATE_DOUBT 16
/* How many times what is expected of a request it may take at most. */
#define EXPECTED_TIMES 4
/* Headers of a member, and what fills its last block. */
#define MEMBER_BYTES 1536
/* Regret that is none, that is worth a turn, and by how many times the other way's has to be less for a turn. */
#define NO_REGRET 1.1
#define TURN_REGRET 1.2
#define TURN_MARGIN 1.1
/* How long an archive has to come before its rate counts. */
#define TRIAL_S 0.2
/* So long an archive may bring nothing new, and by how many times longer its rest has to be for that to matter. */
#define VAIN_S 2.0
#define VAIN_SHARE 4
/* So little is no matter. */
#define NOTHING_S 0.001

typedef struct {
    const XnPrices *prices;
    const XnRest *rest;
    double spent_s;
} Question;

/* One corner of what is possible. */
typedef struct {
    gboolean single_high, start_high, rate_high;
} Case;
#define N_CASES 8

static Case
case_of (guint number)
{
    return (Case){(number & 1) != 0, (number & 2) != 0, (number & 4) != 0};
}

gint64
xn_choice_archive_bytes (guint members, gint64 bytes)
{
    return bytes + (gint64)members * MEMBER_BYTES;
}

void
xn_prices_guess (XnPrices *prices, guint jobs, double latency_s, double listing_s, gint64 listing_bytes, double body_s)
{
    const double catalog_s = MAX (listing_s - latency_s, 0);
    XnRange rate = {WINDOW / MAX (latency_s, NOTHING_S), RATE_HIGH};
    if (listing_bytes >= TELLING_BYTES && body_s > 0) {
        rate.low = (double)listing_bytes / body_s;
        rate.high = rate.low * RATE_SPREAD;
    }
    *prices = (XnPrices){.latency = MAX (latency_s, 0),
                         .single = {SINGLE_LOW * catalog_s, SINGLE_HIGH * catalog_s},
                         .start = {START_LOW * catalog_s, START_HIGH * catalog_s},
                         .rate = {CLAMP (rate.low, RATE_LOW, RATE_HIGH), CLAMP (rate.high, RATE_LOW, RATE_HIGH)},
                         .guessed_rate = CLAMP (rate.low, RATE_LOW, RATE_HIGH),
                         .jobs = MAX (jobs, 1)};
}

void
xn_prices_see_singles (XnPrices *prices, double files, gint64 bytes, double seconds)
{
    if (files <= 0 || seconds <= 0)
        return;
    prices->seen_files = files;
    prices->seen_bytes = bytes;
    prices->seen_s = seconds;
    if (prices->seen_archive)
        return;
    /* Their bytes may be what took the time, unless they are far too few for that; then the requests cost no more than the
     * listing lets expect. */
    const double rate = (double)bytes / seconds;
    const double expected_s = prices->latency / prices->jobs + prices->single.high + REQUEST_S;
    const double rest_s = seconds - files * EXPECTED_TIMES * expected_s;
    if (rate < prices->guessed_rate / RATE_DOUBT)
        return;
    prices->rate.low = rate;
    prices->rate.high = MAX (prices->rate.high, rate);
    if (rest_s > 0)
        prices->rate.high = MIN (prices->rate.high, (double)bytes / rest_s);
}

void
xn_prices_see_archive (XnPrices *prices, double wait_s, gint64 bytes, double seconds)
{
    const double start_s = MAX (wait_s - prices->latency, 0);
    prices->start = (XnRange){start_s, start_s};
    prices->seen_archive = TRUE;
    if (bytes <= 0 || seconds <= 0)
        return;
    const double rate = (double)bytes / seconds;
    prices->rate = (XnRange){rate, rate};
}

static double
singles_s (const XnPrices *prices, const XnRest *rest, Case at)
{
    const double rate = at.rate_high ? prices->rate.high : prices->rate.low;
    /* What a file costs beside its bytes, it costs in an archive and alone; so an archive of which all is wanted is never
     * left because it comes slowly. */
    const double transfer_s = (double)xn_choice_archive_bytes (rest->files, rest->bytes) / rate;
    if (rest->files == 0)
        return 0;
    if (prices->seen_files > 0) {
        const gint64 seen_bytes = xn_choice_archive_bytes ((guint)prices->seen_files, prices->seen_bytes);
        const double each_s = (prices->seen_s - (double)seen_bytes / rate) / prices->seen_files;
        return rest->files * MAX (each_s, REQUEST_S) + transfer_s;
    }
    const guint at_once = MIN (prices->jobs, rest->files);
    const guint rounds = (rest->files - 1) / at_once + 1;
    const double work_s = at.single_high ? prices->single.high * rest->files : prices->single.low * rounds;
    return rounds * prices->latency + work_s + rest->files * REQUEST_S + transfer_s;
}

/* What an archive charges for bytes that nobody needs, if they are worth a word. */
static double
vain_s (const XnRest *rest)
{
    const gint64 needed = xn_choice_archive_bytes (rest->files, rest->bytes);
    const gint64 vain = rest->archive_bytes - needed;
    if (!rest->cut || vain <= needed / 10)
        return 0;
    return XN_CHOICE_CUT_S + (double)vain / XN_CHOICE_CUT_RATE;
}

static double
archive_s (const XnPrices *prices, const XnRest *rest, Case at)
{
    const double rate = at.rate_high ? prices->rate.high : prices->rate.low;
    const double transfer_s = (double)rest->archive_bytes / rate + vain_s (rest);
    /* The rate that was seen holds the members' cost. */
    if (rest->under_way)
        return transfer_s;
    return prices->latency + (at.start_high ? prices->start.high : prices->start.low) + rest->members * MEMBER_S +
           transfer_s;
}

gboolean
xn_choice_splits (const XnPrices *prices, const XnRest *whole, guint parts)
{
    return parts * (prices->latency + prices->start.high) < vain_s (whole);
}

/* How soon it shows what a way costs. */
static double
trial_s (const Question *asked, XnWay way, Case at)
{
    XnRest first = *asked->rest;
    if (way == XN_WAY_ARCHIVE) {
        const double rate = at.rate_high ? asked->prices->rate.high : asked->prices->rate.low;
        first.members = 0;
        first.archive_bytes = 0;
        return archive_s (asked->prices, &first, at) + TRIAL_S + (first.cut ? TRIAL_S * rate / XN_CHOICE_CUT_RATE : 0);
    }
    first.files = MIN (first.files, asked->prices->jobs);
    first.bytes = first.files > 0 ? first.bytes / asked->rest->files * first.files : 0;
    return singles_s (asked->prices, &first, at);
}

static double
way_s (const Question *asked, XnWay way, Case at)
{
    return way == XN_WAY_SINGLES ? singles_s (asked->prices, asked->rest, at)
                                 : archive_s (asked->prices, asked->rest, at);
}

static XnWay
other_way (XnWay way)
{
    return way == XN_WAY_SINGLES ? XN_WAY_ARCHIVE : XN_WAY_SINGLES;
}

/* The corners that differ from @at in what only @way shows: singles their own work, an archive its start and the rate. */
static guint
corners_of (XnWay way, Case at, Case *out_corners)
{
    guint n = 0;
    for (guint i = 0; i < N_CASES; i++) {
        const Case one = case_of (i);
        const gboolean same = way == XN_WAY_SINGLES ? one.start_high == at.start_high && one.rate_high == at.rate_high
                                                    : one.single_high == at.single_high;
        if (same)
            out_corners[n++] = one;
    }
    return n;
}

/* The regret of keeping to @way in one corner. @lost_s: gone for nothing by then */
static double
regret_at (const Question *asked, XnWay way, Case at, double lost_s)
{
    const double mine = way_s (asked, way, at);
    const double best = MIN (mine, way_s (asked, other_way (way), at));
    return (asked->spent_s + lost_s + mine) / (asked->spent_s + best);
}

/* The same by the worst that the other way may turn out to be. */
static double
regret_of_staying (const Question *asked, XnWay way, Case at, double lost_s)
{
    Case corners[N_CASES];
    const guint n = corners_of (other_way (way), at, corners);
    double worst = 1;
    for (guint i = 0; i < n; i++)
        worst = MAX (worst, regret_at (asked, way, corners[i], lost_s));
    return worst;
}

/* The regret of trying @way, in the worst case of what it will show; then it is kept to, or the other one is tried. */
static double
regret_of_trying (const Question *asked, XnWay way, Case at, double lost_s, gboolean other_is_known)
{
    Case corners[N_CASES];
    const guint n = corners_of (way, at, corners);
    double worst = 1;
    for (guint i = 0; i < n; i++) {
        const double turned_s = lost_s + trial_s (asked, way, corners[i]);
        const XnWay other = other_way (way);
        const double stay = other_is_known ? regret_at (asked, way, corners[i], lost_s)
                                           : regret_of_staying (asked, way, corners[i], lost_s);
        const double turn = other_is_known ? regret_at (asked, other, corners[i], turned_s)
                                           : regret_of_trying (asked, other, corners[i], turned_s, TRUE);
        worst = MAX (worst, MIN (stay, turn));
    }
    return worst;
}

XnWay
xn_choice_make (const XnPrices *prices, const XnRest *rest, double spent_s)
{
    const Question asked = {prices, rest, spent_s + NOTHING_S};
    double archive = 1, singles = 1, archive_sum = 0, singles_sum = 0;
    if (rest->files < XN_CHOICE_LEAST_FILES)
        return XN_WAY_SINGLES;
    for (guint i = 0; i < N_CASES; i++) {
        const Case at = case_of (i);
        archive = MAX (archive, regret_of_trying (&asked, XN_WAY_ARCHIVE, at, 0, prices->seen_files > 0));
        singles = MAX (singles, regret_of_trying (&asked, XN_WAY_SINGLES, at, 0, prices->seen_archive));
        archive_sum += archive_s (prices, rest, at);
        singles_sum += singles_s (prices, rest, at);
    }
    /* Where it is no matter to the user, it is to the server. */
    if (MAX (archive, singles) < NO_REGRET)
        return archive_sum <= singles_sum ? XN_WAY_ARCHIVE : XN_WAY_SINGLES;
    return archive <= singles ? XN_WAY_ARCHIVE : XN_WAY_SINGLES;
}

gboolean
xn_choice_is_vain (const XnPrices *prices, const XnRest *rest, double body_s)
{
    return prices->seen_files <= 0 && body_s >= VAIN_S &&
           (double)rest->archive_bytes / prices->rate.low >= VAIN_SHARE * body_s;
}

gboolean
xn_choice_turns (const XnPrices *prices, const XnRest *rest, double spent_s, XnWay now)
{
    const Question asked = {prices, rest, spent_s + NOTHING_S};
    double stay = 1, turn = 1;
    if (rest->files == 0)
        return FALSE;
    for (guint i = 0; i < N_CASES; i++) {
        stay = MAX (stay, regret_of_staying (&asked, now, case_of (i), 0));
        turn = MAX (turn, regret_of_trying (&asked, other_way (now), case_of (i), 0, TRUE));
    }
    return stay > TURN_REGRET && stay > turn * TURN_MARGIN;
}
