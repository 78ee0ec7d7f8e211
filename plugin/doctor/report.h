/* SPDX-License-Identifier: Apache-2.0 */
/* The findings: which steps there are, in which state, and what is told of them. Must not know how anything is found out. */
#pragma once

#include "base/error.h"
#include "doctor/doctor.h"

/** The steps, in the order in which they are told where none is skipped. */
typedef enum {
    XN_STEP_URL,
    XN_STEP_PROXY,
    XN_STEP_NAME,
    XN_STEP_PORT,
    XN_STEP_TLS,
    XN_STEP_CLOCK,
    XN_STEP_XNAT,
    XN_STEP_VERSION,
    XN_STEP_CREDENTIALS,
    XN_STEP_GUARD,
    XN_STEP_LOGIN,
    XN_STEP_SESSIONS,
    XN_STEP_RIGHTS,
    XN_STEP_ITEM,
    XN_N_STEPS,
} XnStep;

/** What was found so far. */
typedef struct {
    XnFindingFunc told; /**< (nullable) */
    gpointer data;
    XnFindingState states[XN_N_STEPS];
    gboolean is_told[XN_N_STEPS];
    GError *first; /**< (owned) (nullable) of the first step that failed */
} XnReport;

void xn_report_clear (XnReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnReport, xn_report_clear)

/** Tells that a step is well. */
void xn_report_ok (XnReport *report, XnStep step, const char *format, ...) G_GNUC_PRINTF (3, 4);
/** Tells that a step works, but @advice should be followed. */
void xn_report_warn (XnReport *report, XnStep step, const char *advice, const char *format, ...) G_GNUC_PRINTF (4, 5);
/** Tells that a step failed. @error: (transfer full) why, with its kind; a cancelled operation tells nothing */
void xn_report_fail (XnReport *report, XnStep step, const char *advice, GError *error);
/** Tells that a step is left out, and why. */
void xn_report_skip (XnReport *report, XnStep step, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** Whether @step, which needs @needed, can be taken: else tells that it is skipped. */
gboolean xn_report_may (XnReport *report, XnStep step, XnStep needed);
