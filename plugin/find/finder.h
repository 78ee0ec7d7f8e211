/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the items of one level below a parent that is known: which listing answers, which of its columns are the ID and
 * the label field, and which rows a selector takes. Walking over several levels is the callers' business. */
#pragma once

#include "find/item.h"
#include "find/listing-cache.h"
#include "find/match-rank.h"
#include "find/resource-label.h"
#include "xnat/match.h"

/** How to ask; borrowed by all functions below. */
typedef struct {
    XnClient *client;
    XnListingCache *listings;
    XnPool *pool; /**< receives the strings of what is found */
    XnOp *op;
    gint64 not_before_us; /**< older remembered listings are not used */
    gint64 began_us;      /**< a listing that was asked for before is an old one */
    gboolean first_look;  /**< it is about one resource: who comes first may ask ahead of time (find/glance.h) */
    gboolean ahead;       /**< what is asked may be sent while the login is being checked: XnCall's */
    gint64 *file_mtime;   /**< (nullable) gets the time of the file that is named, where it can be asked for ahead */
    gboolean terse;       /**< nothing is asked for the sake of a message: which level is missing */
    const char *
        fellows; /**< (nullable) a filter (find/fellows.h) by which the experiment is looked for together with others */
    gboolean used_old; /**< (set) an old listing was used (atomic) */
} XnFinder;

/** The table of a listing, from the server or the cache; notes if it was an old one. (transfer full) */
XnTable *xn_finder_table (XnFinder *finder, const XnListing *listing, GError **error);

/**
 * All functions append what they find to @out (element-type XnItem, owning) and return FALSE only for an error. A parent
 * that does not exist is an error of kind NOT_FOUND with HTTP status 404. The rule of a plain selector is theirs: if an
 * item's ID equals it (a resource: its label), only that, else all whose label field equals it.
 * Thread: any; several at once on one finder.
 */

/** Projects by ID or name. For a plain selector this asks for the list, too: try the selector as an ID first. */
gboolean xn_find_projects (XnFinder *finder, const XnMatcher *matcher, GPtrArray *out, GError **error);

/** Subjects of a project, by label in it or ID. */
gboolean xn_find_subjects (XnFinder *finder, const XnItem *project, const XnMatcher *matcher, GPtrArray *out,
                           GError **error);

/**
 * Experiments (assessors are none) of a project.
 * @subject: (nullable) takes only those of matching subjects
 */
gboolean xn_find_experiments (XnFinder *finder, const XnItem *project, const XnMatcher *subject,
                              const XnMatcher *experiment, GPtrArray *out, GError **error);

/** Columns of the rows of xn_find_experiment_with(): of a resource, and of the scan that has it. */
enum { XN_ROW_LABEL = 7, XN_ROW_NUMBER, XN_ROW_SCAN_ID, XN_ROW_SCAN_TYPE };

/**
 * The one imaging session that plain selectors name, and in the same question its own resources (@below: EXPERIMENT), or
 * its scans with theirs (SCAN): a row for each, and for what has none a row without a number.
 * @afresh: no list of the project that is remembered would do, so that this is asked however many others were before
 * Returns: (transfer full) NULL without an error if that question does not settle it: it may be no imaging session, be of
 * several that fit, or (not @afresh) others of the project were asked for just before.
 */
XnItem *xn_find_experiment_with (XnFinder *finder, const XnItem *project, const XnMatcher *subject,
                                 const XnMatcher *experiment, XnLevel below, gboolean afresh, XnTable **out_rows,
                                 GError **error);

/** By which field the server is asked for the experiment of that plain name: "ID" if it looks like one, or "label"; NULL: it
 *  cannot be, as something in the name would be rewritten or read as a wildcard on the way. Static. */
const char *xn_experiment_filter_field (const char *name);

/** Fills in project and subject of an experiment of which only the accession ID is known. */
gboolean xn_find_home (XnFinder *finder, XnItem *experiment, GError **error);

/** Fills in project and label of a subject of which only the accession ID is known. */
gboolean xn_find_subject_home (XnFinder *finder, XnItem *subject, GError **error);

/** Fills in whose the experiments of @items (element-type XnItem) are that were seen through more than one project. */
gboolean xn_learn_owners (XnFinder *finder, GPtrArray *items, GError **error);

/** Scans of an experiment. @with_resources: those without resources are of no interest, which spares a request. */
gboolean xn_find_scans (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, gboolean with_resources,
                        GPtrArray *out, GError **error);
/** Whether the experiment, of which something else with resources is a scan, has a matching scan without any: which of both
 *  is missing, for a message. Failures count as no. */
gboolean xn_find_scan_at_all (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher);
gboolean xn_find_assessors (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, GPtrArray *out,
                            GError **error);
gboolean xn_find_reconstructions (XnFinder *finder, const XnItem *experiment, const XnMatcher *matcher, GPtrArray *out,
                                  GError **error);

/** IDs (@out: element-type utf8, of the pool) of the other scans, or reconstructions, whose type is the ID of @item's: where
 *  something is written XNAT takes either for the name of one, and refuses to choose. */
gboolean xn_find_namesakes (XnFinder *finder, const XnItem *item, GPtrArray *out, GError **error);

/** Resources directly at @parent: a project, subject, experiment, scan, assessor or reconstruction. Those that are one
 *  (find/shared-catalogs.h) are given once. */
gboolean xn_find_resources (XnFinder *finder, const XnItem *parent, const XnMatcher *matcher, GPtrArray *out,
                            GError **error);
