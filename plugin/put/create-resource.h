/* SPDX-License-Identifier: Apache-2.0 */
/* The resource that a put goes to. XNAT neither refuses a second one of the same label that is made at the same moment, nor
 * keeps what the first one lists by then: both have one catalog, which is written anew, empty. So whoever made one, or finds
 * one that is empty, lets that moment pass before anything is sent. */
#pragma once

#include "base/plan.h"
#include "find/finder.h"
#include "xnat/url.h"

/** What became of the look for a resource. */
typedef struct {
    XnItem *item;     /**< (owned) with its number */
    gboolean created; /**< this call created it: the right to write is proven */
    gint64
        quiet_ms; /**< others may be making it still: so long nothing must be sent to it, and then it is found again */
} XnPlaceToPut;

/**
 * Finds the resource of @url at @container, creating it if a fresh listing lacks it. The caller holds a lock on @container
 * in this process. One that others make at the same moment, too, is one afterwards.
 * @created, @plan: as in xn_create_container(); with a plan @out has no item if the resource would be created. @out: (out) to be freed with g_free() of its item
 * Errors: as there; CONFLICT where its catalog would be that of another resource.
 */
gboolean xn_create_resource (XnFinder *finder, const XnUrl *url, const XnItem *container, GPtrArray *created,
                             XnPlan *plan, XnPlaceToPut *out, GError **error);

/** Waits until the moment is over (@place->quiet_ms), and finds the resource again: the others may have made the one that
 *  all go on with. No lock is needed. Errors: as xn_create_resource(). */
gboolean xn_create_settle (XnFinder *finder, const XnUrl *url, const XnItem *container, XnPlaceToPut *place,
                           GError **error);

/** Whether the user may write into @resource: TRUE, or FALSE with an AUTH error (or what went wrong in asking). */
gboolean xn_create_may_write (XnFinder *finder, const XnItem *resource, GError **error);
