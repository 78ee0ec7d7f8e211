/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what is tried again, and the growing delay. */
#include "http/retry.h"

#include "base/error.h"
#include "base/log.h"

#define MAX_DELAY_MS (30 * 1000)
#define MAX_RETRY_AFTER_MS (120 * 1000)

XnFault
xn_fault_of_status (int status)
{
    switch (status) {
    case 408:
    case 423:
    case 424:
    case 425:
    case 429:
    case 502:
    case 503:
        return XN_FAULT_BUSY;
    case 504:
        return XN_FAULT_UNANSWERED;
    case 500:
        return XN_FAULT_UNCLEAR;
    default:
        return XN_FAULT_FINAL;
    }
}

XnFault
xn_fault_of_error (const GError *error)
{
    if (!xn_error_is_retryable (error))
        return XN_FAULT_FINAL;
    /* A machine without a descriptor for the connection is as good as a server that cannot be reached. */
    const gboolean on_the_way = xn_error_is (error, XN_ERROR_NETWORK) || xn_error_is (error, XN_ERROR_IO);
    if (on_the_way && !xn_error_facts (error)->sent)
        return XN_FAULT_UNSENT;
    return xn_error_is (error, XN_ERROR_NETWORK) ? XN_FAULT_UNANSWERED : XN_FAULT_PASSING;
}

gboolean
xn_server_is_away (const GError *error)
{
    if (!xn_error_is (error, XN_ERROR_NETWORK) || !xn_error_is_retryable (error))
        return FALSE;
    switch (xn_error_http_status (error)) {
    case 0:
        return !xn_error_facts (error)->sent;
    case 404: /* of the network's kind: XNAT itself is not there */
    case 408:
    case 429:
    case 502:
    case 503:
        return TRUE;
    default: /* 423 to 425 are about the one thing that was asked for */
        return FALSE;
    }
}

gboolean
xn_retry_decide (XnRetry retry, XnFault fault, guint tried, guint retries)
{
    if (fault == XN_FAULT_FINAL || tried >= retries)
        return FALSE;
    if (fault == XN_FAULT_UNSENT)
        return TRUE;
    if (retry == XN_RETRY_NONE)
        return FALSE;
    if (retry == XN_RETRY_BUSY)
        return fault == XN_FAULT_BUSY;
    return !(fault == XN_FAULT_UNCLEAR && retry == XN_RETRY_FEW && tried > 0);
}

gboolean
xn_fault_is_unsure (XnFault fault)
{
    return fault == XN_FAULT_UNANSWERED || fault == XN_FAULT_UNCLEAR;
}

gboolean
xn_retry_decide_login (XnFault fault, guint unsure, guint tried, guint retries)
{
    if (xn_fault_is_unsure (fault) && unsure > 1)
        return FALSE;
    return fault != XN_FAULT_FINAL && tried < retries;
}

gint64
xn_retry_delay_ms (guint tried, gint64 first_ms, gint64 retry_after_ms, double dice)
{
    gint64 delay = MIN (first_ms, MAX_DELAY_MS);
    for (guint i = 0; i < tried && delay < MAX_DELAY_MS; i++)
        delay *= 2;
    delay = MIN (delay, MAX_DELAY_MS);
    /* Many jobs that failed at the same moment must not come back at the same moment. */
    const gint64 half = delay / 2;
    delay = half + (gint64)((double)(delay - half) * dice);
    return MAX (delay, MIN (retry_after_ms, MAX_RETRY_AFTER_MS));
}

gint64
xn_retry_left_ms (guint tried, guint retries, gint64 first_ms, gint64 retry_after_ms, gint64 took_ms)
{
    gint64 left = 0;
    for (guint i = tried; i < retries; i++)
        left += xn_retry_delay_ms (i, first_ms, retry_after_ms, 1) + took_ms;
    return left;
}

/* "about 31 s", "about 12 min": (transfer full). */
static char *
describe_time (gint64 ms)
{
    const gint64 seconds = MAX ((ms + 500) / 1000, 1);
    if (seconds < 120)
        return g_strdup_printf ("about %" G_GINT64_FORMAT " s", seconds);
    return g_strdup_printf ("about %" G_GINT64_FORMAT " min", (seconds + 30) / 60);
}

gboolean
xn_retry_wait (XnOp *op, const char *what, const char *why, guint tried, gint64 retry_after_ms, gint64 begun_us,
               GError **error)
{
    const XnSettings *settings = xn_op_settings (op);
    const gint64 delay = xn_retry_delay_ms (tried, settings->retry_delay_ms, retry_after_ms, g_random_double ());
    const gboolean said = g_str_has_prefix (why, what);
    if (xn_op_waits_first (op)) {
        const gint64 took_ms = begun_us > 0 ? (g_get_monotonic_time () - begun_us) / 1000 : 0;
        const guint more = settings->retries - tried;
        g_autofree char *time = describe_time (
            xn_retry_left_ms (tried, settings->retries, settings->retry_delay_ms, retry_after_ms, took_ms));
        xn_log (XN_LOG_WARNING, "%s%s%s; trying again for %s (up to %u more time%s)", said ? "" : what,
                said ? "" : ": ", why, time, more, more == 1 ? "" : "s");
    } else {
        xn_log (XN_LOG_INFO, "%s%s%s; trying again in %.1f s (%u of %u)", said ? "" : what, said ? "" : ": ", why,
                (double)delay / 1000.0, tried + 1, settings->retries);
    }
    /* The first try was no further one. */
    return xn_op_wait (op, delay, tried + 2, settings->retries + 1, error);
}
