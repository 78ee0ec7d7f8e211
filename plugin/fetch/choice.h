/* SPDX-License-Identifier: Apache-2.0 */
/* Which way brings the rest of a tree sooner: its files one by one, or an archive that holds them, and others. Pure.
 *
 * A server reads the whole catalog of a resource for each single file, and sends in an archive what nobody wants; which of
 * both costs more depends on the server, and is not known beforehand. So each cost is a range: first guessed from how
 * the listing came, then narrowed by what is seen. A way is judged by its regret: how many times longer all takes than by
 * the better way, in the worst case within the ranges, with the time that has gone already, which no choice brings back.
 *
 * After a cut, in this run or an earlier one, bytes weigh more: a line that broke may break again, and an archive then begins
 * with all that is there already. So what an archive would bring in vain, if it is more than a tenth of what is needed,
 * counts as XN_CHOICE_CUT_S, and as if it came at XN_CHOICE_CUT_RATE, beside the time that it takes: single files are the
 * better way unless they take longer by more than a second, and one more for each so many bytes that they spare. */
#pragma once

#include <glib.h>

typedef enum {
    XN_WAY_SINGLES,
    XN_WAY_ARCHIVE,
} XnWay;

/** What is not known exactly. */
typedef struct {
    double low, high;
} XnRange;

/** What a server charges, in seconds. */
typedef struct {
    double latency; /**< of a request that is no work */
    XnRange
        single; /**< the work before the first byte of a single file: low if `jobs` are done at a time, high if one is */
    XnRange start;       /**< the work before the first byte of an archive */
    XnRange rate;        /**< bytes a second, of all requests together */
    double guessed_rate; /**< the lowest, at first */
    guint jobs;          /**< requests at a time */

    double seen_files; /**< single files that have come: how many, how large, within which time */
    gint64 seen_bytes;
    double seen_s;
    gboolean seen_archive;
} XnPrices;

/** What is left to do. */
typedef struct {
    guint files;          /**< to bring */
    gint64 bytes;         /**< of these */
    guint members;        /**< of the archive that holds them */
    gint64 archive_bytes; /**< of that */
    gboolean under_way;   /**< it has begun to come; members and bytes are those of its rest */
    gboolean cut;         /**< what is there came before a cut */
} XnRest;

/** Nobody minds a second in a run that goes on with another one; and bytes a second: a usual line (100 Mbit/s), however fast
 *  this one seems. */
#define XN_CHOICE_CUT_S 1.0
#define XN_CHOICE_CUT_RATE 10e6

/** A tar's bytes for members of @bytes in all: each has headers, which hold its name. */
gint64 xn_choice_archive_bytes (guint members, gint64 bytes);

/**
 * Guesses the prices. @latency_s: the shortest wait for an answer so far; @listing_s: the wait for the listing of the
 * resource; @listing_bytes, @body_s: its size, and how long that took to come
 */
void xn_prices_guess (XnPrices *prices, guint jobs, double latency_s, double listing_s, gint64 listing_bytes,
                      double body_s);
/** So many single files, one of them perhaps in part, came within @seconds, @jobs at a time. */
void xn_prices_see_singles (XnPrices *prices, double files, gint64 bytes, double seconds);
/** An archive came: its first byte after @wait_s, and @bytes within @seconds from then on. */
void xn_prices_see_archive (XnPrices *prices, double wait_s, gint64 bytes, double seconds);

/** From so many files on an archive is thought of at all: fewer are requests that are under way together. */
#define XN_CHOICE_LEAST_FILES 6

/** Whether @parts archives, of directories that hold nothing but what is wanted, should be taken out of @whole, although that
 *  should come out of an archive: after a cut, if they begin sooner than what they spare would come. */
gboolean xn_choice_splits (const XnPrices *prices, const XnRest *whole, guint parts);

/** The way to begin with. @spent_s: since the operation began */
XnWay xn_choice_make (const XnPrices *prices, const XnRest *rest, double spent_s);
/** Whether an archive that has come for @body_s seconds without anything new should be left until the price of single files is
 *  known, although it may be the better way: so a run that is cut off, again and again, has something to show each time.
 *  Little is lost, as most of it is still to come. */
gboolean xn_choice_is_vain (const XnPrices *prices, const XnRest *rest, double body_s);
/** An archive has to seem the wrong way so often in a row before it is left: a rate is a matter of chance, too. */
#define XN_CHOICE_DOUBTS 2

/** Whether what is seen is clear enough to leave the way @now for the other one. */
gboolean xn_choice_turns (const XnPrices *prices, const XnRest *rest, double spent_s, XnWay now);
