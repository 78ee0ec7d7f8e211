/* SPDX-License-Identifier: Apache-2.0 */
/* What a URL selects on each level, compiled, and how far a walk for it came. */
#pragma once

#include "find/item.h"
#include "xnat/match.h"
#include "xnat/url.h"

/** The compiled selectors of a URL. */
typedef struct {
    XnMatcher *level[XN_N_LEVELS]; /**< (owned) (nullable) NULL: the level is not part of what is looked for */
    XnMatcher *files;              /**< (owned) (nullable) */
    XnMatcher *also[XN_N_ALSO];    /**< (owned) (nullable) NULL: not selected by */
    char *date_from, *date_to;     /**< (owned) (nullable) */
    XnLevel below;                 /**< SCAN, ASSESSOR or RECONSTRUCTION: what stands between experiment and resource;
                                        EXPERIMENT, SUBJECT or PROJECT: the resource is directly there */
    gboolean need_resource_ids;    /**< labels of resources are not enough for the result */
    gint refusals;                 /**< (atomic) queries over whole projects that failed */
    gint reached;                  /**< (atomic) the deepest level at which something was found, -1 for none */
} XnSelection;

/** Compiles the selectors of @url: in a search every level from project to resource is part of it, selected or not.
 *  Errors: USAGE. (transfer full) */
XnSelection *xn_selection_new (const XnUrl *url, GError **error);
void xn_selection_free (XnSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnSelection, xn_selection_free)

/** Whether not every session, or not every scan, is wanted that the selectors of the levels take. */
gboolean xn_selection_narrows_sessions (const XnSelection *selection);
gboolean xn_selection_narrows_scans (const XnSelection *selection);
/** Whether a session of @date and @xsi_type, or a scan of @quality and @description, is wanted, too (each nullable, as the
 *  server wrote it): *@out_wanted. What is not known is not wanted where it is selected by.
 *  Errors: USAGE of an expression that runs away. Thread: any. */
gboolean xn_selection_wants_session (const XnSelection *selection, const char *date, const char *xsi_type,
                                     gboolean *out_wanted, GError **error);
gboolean xn_selection_wants_scan (const XnSelection *selection, const char *quality, const char *description,
                                  gboolean *out_wanted, GError **error);
/** Drops from @items (element-type XnItem), from number @first on, the sessions, or scans, that are not wanted. Errors: as
 *  above. */
gboolean xn_selection_narrow (const XnSelection *selection, XnLevel level, GPtrArray *items, guint first,
                              GError **error);

/** Notes that something was found at @level. Thread: any. */
void xn_selection_reached (XnSelection *selection, XnLevel level);
/** The first level at which nothing was found. */
XnLevel xn_selection_missing_level (const XnSelection *selection);
