/* SPDX-License-Identifier: Apache-2.0 */
/* A large file over several connections. It begins as one answer, which the caller reads; while that is held back by its
 * connection, others bring ranges of what it has not come to. Each range is of bytes that the file is known to have, and has to
 * be answered with just these, of a file of the same length and date; else the first answer goes on alone, or, where that is
 * over, the file has to be fetched anew by one answer. */
#pragma once

#include "fetch/ramp.h"
#include "local/place.h"
#include "server/client.h"

typedef struct XnRanges XnRanges;

/** Of a file of which less is missing there is no use in asking: no further connection would be tried. */
#define XN_RANGES_LEAST XN_RAMP_FILE_LEAST

/** What is brought; all borrowed, for as long as it is. */
typedef struct {
    XnClient *client;
    XnOp *op;
    const char *path; /**< of the request */
    const char *what; /**< for messages */
    XnRetry retry;
    XnPlaceFile *file;     /**< which holds the beginning already */
    gint64 total;          /**< length of the whole, as the first answer told it */
    const char *validator; /**< its Last-Modified */
    gint64 answer_us;      /**< for which the first answer was waited */
} XnRangesFile;

/** Begins with the first answer alone. Returns: (transfer full) */
XnRanges *xn_ranges_new (const XnRangesFile *file);
/** Ends the other connections, waits for that, and takes back from the operation's count what came of the file but for its
 *  beginning. NULL is nothing. Thread: the caller's, as all below. */
void xn_ranges_free (XnRanges *ranges);

typedef enum {
    XN_RANGES_GO_ON,
    XN_RANGES_ENOUGH, /**< the first answer is not needed any more: xn_ranges_finish() */
    XN_RANGES_FAILED,
} XnRangesTurn;

/** Takes in the next bytes of the first answer, for which its reader waited @idle_us. Errors: IO. */
XnRangesTurn xn_ranges_take (XnRanges *ranges, const guint8 *bytes, gsize size, gint64 idle_us, GError **error);

/** Whether there are, or were, other connections, so that xn_ranges_finish() is needed after the first answer's end, and can go
 *  on where it broke off. */
gboolean xn_ranges_are_several (const XnRanges *ranges);

typedef enum {
    XN_RANGES_WHOLE, /**< the file is written, and hashed where it is to be */
    XN_RANGES_UNFIT, /**< the server does not send what it is asked for, or has another file there now */
    XN_RANGES_ERROR,
} XnRangesEnd;

/** Brings what is missing after the first answer. @broken: (nullable) why that one broke off, which may pass. Errors: as
 *  xn_client_call(), IO. */
XnRangesEnd xn_ranges_finish (XnRanges *ranges, const GError *broken, GError **error);
