/* SPDX-License-Identifier: Apache-2.0 */
/* Telling findings, each step once. */
#include "doctor/report.h"

static const char *const NAMES[XN_N_STEPS] = {
    "url",     "proxy",       "name",  "port",  "tls",      "clock",  "xnat",
    "version", "credentials", "guard", "login", "sessions", "rights", "item",
};

void
xn_report_clear (XnReport *report)
{
    g_clear_error (&report->first);
}

static void
tell (XnReport *report, XnStep step, XnFindingState state, const char *text, const char *advice, int kind)
{
    const XnFinding finding = {.step = NAMES[step], .state = state, .text = text, .advice = advice, .kind = kind};
    report->states[step] = state;
    report->is_told[step] = TRUE;
    if (report->told != NULL)
        report->told (report->data, &finding);
}

static void G_GNUC_PRINTF (5, 0) tell_composed (XnReport *report, XnStep step, XnFindingState state, const char *advice,
                                                const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf (format, args);
    tell (report, step, state, text, advice, 0);
}

void
xn_report_ok (XnReport *report, XnStep step, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    tell_composed (report, step, XN_FINDING_OK, NULL, format, args);
    va_end (args);
}

void
xn_report_warn (XnReport *report, XnStep step, const char *advice, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    tell_composed (report, step, XN_FINDING_WARNING, advice, format, args);
    va_end (args);
}

void
xn_report_fail (XnReport *report, XnStep step, const char *advice, GError *error)
{
    const int kind = error->domain == XN_ERROR ? error->code : XN_ERROR_SERVER;
    /* Who asked to stop knows why nothing more is found. */
    if (kind != XN_ERROR_CANCELLED)
        tell (report, step, XN_FINDING_FAILED, error->message, advice, kind);
    if (report->first == NULL)
        report->first = error;
    else
        g_error_free (error);
}

void
xn_report_skip (XnReport *report, XnStep step, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    tell_composed (report, step, XN_FINDING_SKIPPED, NULL, format, args);
    va_end (args);
}

gboolean
xn_report_may (XnReport *report, XnStep step, XnStep needed)
{
    if (xn_error_is (report->first, XN_ERROR_CANCELLED))
        return FALSE;
    if (report->is_told[needed] && report->states[needed] < XN_FINDING_FAILED)
        return TRUE;
    if (!report->is_told[step])
        xn_report_skip (report, step, "not looked at, as it needs the step %s, which %s", NAMES[needed],
                        report->states[needed] == XN_FINDING_FAILED ? "failed" : "was skipped");
    return FALSE;
}
