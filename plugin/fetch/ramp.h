/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections bring one file: one more time as many as long as that is worth it. Pure: the clock is handed in.
 *
 * A further connection costs the server the work before its first byte, and helps only where one alone is held back: by the
 * line, whose every connection has its share, or by the server, which sends no faster. That shows when it is tried: if they do
 * not bring clearly more together, those that came last are given up, and no more are tried. */
#pragma once

#include <glib.h>

/** No part of a file is worth a request of its own with fewer bytes. */
#define XN_RAMP_PIECE_LEAST (G_GINT64_CONSTANT (4) << 20)
/** Nor a file a second connection, of which less is missing: so many pieces. */
#define XN_RAMP_FILE_LEAST (4 * XN_RAMP_PIECE_LEAST)

typedef struct {
    double answer_s;    /**< what the server took for the first answer, the way included */
    double way_s;       /**< the way there and back */
    guint n, n_before;  /**< connections, and those before the last were added */
    double rate;        /**< bytes a second, of those before */
    gboolean settled;   /**< there will be no more */
    gint64 since_us;    /**< what comes is counted since then */
    gint64 since_bytes; /**< when so many bytes had come; -1: not since then, but from the next look after a while on */
} XnRamp;

/** What is seen of the transfer. */
typedef struct {
    gint64 now_us;
    gint64 bytes;  /**< that have come so far */
    gint64 left;   /**< that have not */
    guint n;       /**< connections that there are */
    guint waiting; /**< of those, which have not brought a byte */
    guint most;    /**< that there may be */
    double idle;   /**< the part of its time in which the first one's reader waited for bytes */
} XnRampView;

/** Begins with one connection. */
void xn_ramp_init (XnRamp *ramp, double answer_s, double way_s, gint64 now_us);
/** How many connections there should be now. */
guint xn_ramp_look (XnRamp *ramp, const XnRampView *view);
/** How many bytes one should be asked for next, of @left that nobody brings, if there are @most connections at last. */
gint64 xn_ramp_piece (const XnRamp *ramp, gint64 left, guint most);
