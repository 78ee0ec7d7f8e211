/* SPDX-License-Identifier: Apache-2.0 */
/* Results as a host sees them: the one place where inner values become those of the host API, and are freed again. */
#pragma once

#include "ioplugin.h"

#include "base/plan.h"
#include "find/pairs.h"

/** What a fetch or put tells of its files. */
typedef struct {
    guint64 files, kept, replaced;
} XnFileCounts;

/** The result of fetch or put: @value (transfer full), and what became of the files. */
IOResult *xn_result_new_moved (char *value, const XnFileCounts *counts);
/** The result of read or remove: @value (transfer full), and the attribute @name with @number; without it if that is negative. */
IOResult *xn_result_new_counted (char *value, const char *name, gint64 number);
/** The result of a fetch of many: @paths (@n of them; transfer full, elements, too), some NULL if there is an @error (transfer
 *  full) (nullable). */
IOResult *xn_result_new_many (char **paths, gsize n, GError *error);
/** The result of a plan, or of one of a plan of many: @value (transfer full), and how often @plan (borrowed) does what. */
IOResult *xn_result_new_planned (char *value, const XnPlan *plan);
/** Attributes that count what @plan (nullable) does: (transfer full). */
GPtrArray *xn_result_count_steps (const XnPlan *plan);
/** The result of a plan of many fetches: as xn_result_new_many(), with @counts (transfer full) (element-type GPtrArray, owning)
 *  as their attributes. */
IOResult *xn_result_new_many_planned (char **paths, GPtrArray *counts, GError *error);
/** The result of expand, stat and list: @pairs (transfer full). */
IOResult *xn_result_new_pairs (XnPairs *pairs);
/** The result of a verb whose results were handed over: no item. */
IOResult *xn_result_new_empty (void);
/** The result of a check: what @url (borrowed) says. */
IOResult *xn_result_new_checked (const XnUrl *url);
/** The result of a failure: @error (transfer full), with its facts. */
IOResult *xn_result_new_error (GError *error);
/** Frees any of them; NULL is nothing. */
void xn_result_free (IOResult *result);
