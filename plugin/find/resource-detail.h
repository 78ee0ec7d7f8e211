/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that tell the numbers and sizes of resources beside their labels, which some servers refuse. */
#pragma once

#include "find/finder.h"

/** How much of resources is asked for; each includes what is before it. */
typedef enum {
    XN_DETAIL_LABELS,
    XN_DETAIL_NUMBERS,
    XN_DETAIL_SIZES, /**< counts of files, too */
} XnDetail;
enum { XN_N_DETAILS = XN_DETAIL_SIZES + 1 };

/** Asks for a listing that tells so much. */
typedef gboolean (*XnDetailFunc) (XnDetail detail, gpointer data, GError **error);

/** What is to be told, and what is remembered of servers. */
typedef struct {
    const char *
        refusal[XN_N_DETAILS]; /**< by what a server is known that does not tell so much; NULL: that is not asked for */
    XnDetail least;            /**< what is of use */
} XnDetailNames;

/**
 * Asks for as much as there is a name for, and where the server refuses it for less, which is remembered for that server.
 * @ask with @data may be called several times, and is to begin from nothing each time.
 * Errors: as @ask; SERVER of one that is known to refuse what is needed
 */
gboolean xn_detail_ask (XnFinder *finder, const XnDetailNames *names, XnDetailFunc ask, gpointer data, GError **error);

/** What is of use where @resource selects: a plain number is the ID of a resource, if it is no label. */
XnDetail xn_detail_least (const XnMatcher *resource);

/** A number of a resource as a listing writes it; 0 for what is none. */
guint32 xn_detail_number (const char *text);
/** A count or a size; -1 for what is none. */
gint64 xn_detail_count (const char *text);
