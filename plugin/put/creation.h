/* SPDX-License-Identifier: Apache-2.0 */
/* What the creation of an object of any level takes: whether it is allowed, one try, and whether another is worth it. */
#pragma once

#include "base/plan.h"
#include "find/finder.h"
#include "find/selection.h"
#include "xnat/url.h"

/** A put's creations; borrowed. */
typedef struct {
    XnFinder *finder;
    const XnUrl *url;
    XnSelection *selection; /**< of @url */
    GPtrArray *created;     /**< (element-type utf8, owned by it) receives what was created, as messages name it */
    XnPlan *plan;           /**< (nullable) receives what would be created; then nothing is */
} XnCreation;

/** Whether an object of @level that is not there may be created. Errors: USAGE. */
gboolean xn_creation_allowed (const XnCreation *creation, XnLevel level, GError **error);

/** Notes in the plan that @level and all that the URL names below it would be created. */
void xn_creation_plan (const XnCreation *creation, XnLevel level);

/** One try of a write; what the server says of it is no proof of anything, so listings are asked for afresh after it. */
gboolean xn_creation_send (const XnCreation *creation, const char *method, const char *path, const char *query,
                           const char *what, GError **error);

/** After a failed try that left nothing behind: waits for the next one. FALSE: @problem is final, or (with @error) stop. */
gboolean xn_creation_again (const XnCreation *creation, XnLevel level, const GError *problem, guint tried,
                            GError **error);

/** Notes that an object of @level was created, or (not @sure) may have been. @id: (nullable) its ID, if that is known */
void xn_creation_note (const XnCreation *creation, XnLevel level, const char *id, gboolean sure);

/** Whether a failed try may have created something all the same. */
gboolean xn_creation_is_unsure (const GError *problem);
