/* SPDX-License-Identifier: Apache-2.0 */
/* What a walk through an archive finds: an item, with the names and IDs of all levels above it. */
#pragma once

#include "xnat/url.h"

/** Strings that live as long as what was found: equal ones are kept once. */
typedef struct XnPool XnPool;
XnPool *xn_pool_new (void);
void xn_pool_free (XnPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnPool, xn_pool_free)
/** @text (nullable) as kept by @pool; "" and NULL give NULL. Thread: any. */
const char *xn_pool_add (XnPool *pool, const char *text);
/** The same for a text that is hardly given twice: none is looked for, and equal ones are not the same string. */
const char *xn_pool_copy (XnPool *pool, const char *text);
/** Gives back what it takes to know equal strings: those that are added later are not the same as earlier ones. */
void xn_pool_settle (XnPool *pool);

/** The same for a label, which servers hand out XML-escaped at times: kept as users write it. */
const char *xn_pool_add_label (XnPool *pool, const char *label);

/** What is told of many scans alike; the texts belong to the same pool, and are NULL where they are not known. */
typedef struct {
    const char *type, *quality, *description;
} XnScanKind;
/** These texts of @pool (nullable) as one: equal ones are kept once. Thread: any. */
const XnScanKind *xn_pool_add_scan_kind (XnPool *pool, const char *type, const char *quality, const char *description);

/** One item; every string belongs to a pool and is NULL while not known (or where the level is not part of it). */
typedef struct {
    const char *project;      /**< ID of the project through which it was matched */
    const char *project_name; /**< known where projects were listed */
    const char *own_project;
    const char *subject_id, *subject_label;
    const char *experiment_id, *experiment_label, *experiment_date;
    const char *xsi_type;  /**< of the experiment */
    const char *part_type; /**< the xsi:type of the scan or assessor */
    const char *scan_id, *scan_type, *scan_quality, *scan_description;
    const char *assessor_id, *assessor_label;
    const char *reconstruction_id;
    const char *resource_id, *resource_label;
    const char *file;      /**< path inside the resource */
    const char *md5;       /**< of the file */
    const char *type;      /**< what a host calls it, static */
    gint64 mtime;          /**< of the file, -1: not told */
    gboolean is_directory; /**< the file is one */
    gint64 files, bytes;   /**< of the resource, or of the file; -1: not told */
    gboolean by_number;    /**< the label does not name the resource: missing, not unique, or read as a pattern */
    guint hits;            /**< how many hits of a search (find/hits.h) share it */
} XnItem;

/** An item with nothing in it. */
XnItem *xn_item_new (void);
XnItem *xn_item_copy (const XnItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnItem, g_free)
/** Makes it what holds the resource. */
void xn_item_leave_resource (XnItem *item);

/** Orders items as results are: project ID, subject label, experiment label, scan ID (numbers as numbers) or assessor
 *  label, resource label, file path; then by IDs, so that the order is always the same. For qsort over XnItem *. */
int xn_item_compare (gconstpointer a, gconstpointer b);
/** The first part of that order: project, subject and experiment. */
int xn_item_compare_upper (const XnItem *one, const XnItem *two);

/** The ID, or the label field, of @level; the other one if it is not known; "" if neither is. */
const char *xn_item_id (const XnItem *item, XnLevel level);
const char *xn_item_label (const XnItem *item, XnLevel level);

/** REST path of what holds the resources (no slash at its end), percent-encoded: (transfer full) */
char *xn_item_container (const XnItem *item);
/** REST path of the resource, by numeric ID: (transfer full) */
char *xn_item_resource (const XnItem *item);

/** How a message names it: "projects/sandbox/subjects/S1/..." by labels: (transfer full) */
char *xn_item_describe (const XnItem *item);
