/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the items of one level below a parent that is known: which listing answers, which of its columns are the ID and
 * the label field, and which rows a selector takes. Walking over several levels is the callers' business. */
#pragma once

#include "ops/item.h"
#include "ops/memory.h"
#include "xnat/match.h"

/** How to ask; borrowed by all functions below. */
typedef struct {
    XnClient *client;
    XnMemory *memory;
    XnPool *pool; /**< receives the strings of what is found */
    XnOp *op;
    gint64 not_before_us; /**< older remembered listings are not used */
    gint64 began_us;      /**< a listing that was asked for before is an old one */
    gboolean used_old;    /**< (set) an old listing was used (atomic) */
} XnFinder;

/** The table of a listing, from the server or from memory; notes if it was an old one. (transfer full) */
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

/** Fills in project and subject of an experiment of which only the accession ID is known. */
gboolean xn_find_home (XnFinder *finder, XnItem *experiment, GError **error);

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

/** Resources directly at @parent: a project, subject, experiment, scan, assessor or reconstruction. */
gboolean xn_find_resources (XnFinder *finder, const XnItem *parent, const XnMatcher *matcher, GPtrArray *out,
                            GError **error);

/** How well an item fits: a plain selector is first compared with one name, and with the other only if no item of the
 *  level fits the first. */
typedef enum {
    XN_FIT_NONE,
    XN_FIT_SECOND,
    XN_FIT_FIRST,
} XnFit;

/** For levels whose ID is looked at first. Errors: a runaway expression. */
gboolean xn_fit_id_first (const XnMatcher *matcher, const char *id, const char *label, XnFit *out_fit, GError **error);
/** For resources, whose label is looked at first. */
gboolean xn_fit_label_first (const XnMatcher *matcher, const char *id, const char *label, XnFit *out_fit,
                             GError **error);

/** Whether a URL with @label (nullable) as its resource is read back as just this label: it is there, and no pattern. */
gboolean xn_label_is_clear (const char *label);

/** Whether @label (nullable) names its resource in a REST path as well: XNAT does not decode it there, splits it at commas,
 *  takes digits for an ID and NULL for no label. */
gboolean xn_label_fits_path (const char *label);

/** Sets @by_number of each item whose label is missing, stands more than once at its parent, or is no plain name. */
void xn_mark_unclear_labels (GPtrArray *resources);
