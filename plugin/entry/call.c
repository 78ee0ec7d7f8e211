/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge from what a host hands to a call to an operation. */
#include "entry/call.h"

#include "base/error.h"

#include <string.h>

/* XnSettingFunc: those of the call go before those of the host. */
static const char *
call_setting (gpointer data, const char *name)
{
    const XnVerbCall *call = data;
    const IOHost *host = &call->host->services;
    const char *value = call->services.setting != NULL ? call->services.setting (call->services.user_data, name) : NULL;
    if (value == NULL && host->setting != NULL)
        value = host->setting (host->user_data, name);
    return value;
}

/* XnCancelledFunc */
static gboolean
call_cancelled (gpointer data)
{
    const IOCall *services = &((const XnVerbCall *)data)->services;
    /* Whichever thread of the host writes it. */
    if (services->stop != NULL && __atomic_load_n (services->stop, __ATOMIC_RELAXED) != 0)
        return TRUE;
    return services->cancelled != NULL && services->cancelled (services->user_data) != 0;
}

/* XnProgressFunc */
static void
call_progress (gpointer data, guint64 operation, const XnCounts *counts)
{
    const IOCall *services = &((const XnVerbCall *)data)->services;
    const IOProgress progress = {
        .struct_size = sizeof (IOProgress),
        .operation = operation,
        .phase = (IOPhase)counts->phase,
        .bytes_done = counts->bytes_done,
        .bytes_total = counts->bytes_total,
        .files_done = counts->files_done,
        .files_total = counts->files_total,
        .bytes_kept = counts->bytes_kept,
        .files_kept = counts->files_kept,
        .files_replaced = counts->files_replaced,
        .urls_known = counts->urls_known,
        .wait_ms = counts->wait_ms,
        .wait_try = counts->wait_try,
        .wait_tries = counts->wait_tries,
    };
    services->progress (services->user_data, &progress);
}

void
xn_verb_begin (XnVerbCall *call, int host, const IOCall *services)
{
    *call = (XnVerbCall){.host = xn_host (host), .begun_us = g_get_monotonic_time ()};
    if (services != NULL)
        memcpy (&call->services, services, MIN (services->struct_size, sizeof call->services));
    call->outer = xn_log_use (&call->host->sink);
}

gboolean
xn_verb_operate (XnVerbCall *call, GError **error)
{
    XnSettings *settings = xn_settings_new (call_setting, call, error);
    if (settings == NULL)
        return FALSE;
    const gboolean may_stop = call->services.stop != NULL || call->services.cancelled != NULL;
    call->op = xn_op_new (settings, may_stop ? call_cancelled : NULL,
                          call->services.progress != NULL ? call_progress : NULL, call);
    call->runtime = xn_runtime_enter ();
    return TRUE;
}

/* What became of the files of a verb that moves some: (transfer full). */
static char *
describe_files (const char *verb, const XnCounts *counts)
{
    if (counts->files_done == 0 || !(g_str_equal (verb, "fetch") || g_str_equal (verb, "put")))
        return g_strdup ("");
    return g_strdup_printf ("%" G_GUINT64_FORMAT " files transferred, %" G_GUINT64_FORMAT " kept, %" G_GUINT64_FORMAT
                            " replaced, ",
                            counts->files_done - counts->files_kept, counts->files_kept, counts->files_replaced);
}

void
xn_verb_end (XnVerbCall *call, const char *verb, const char *what, const GError *error)
{
    if (call->op != NULL) {
        const XnCounts counts = xn_op_counts (call->op);
        /* After a failure, too: what is complete stays. */
        xn_op_report (call->op);
        g_autofree char *files = describe_files (verb, &counts);
        /* Whether something is there is what a stat asks. */
        const gboolean is_answer = g_str_equal (verb, "stat") && xn_error_is (error, XN_ERROR_NOT_FOUND);
        xn_log (is_answer ? XN_LOG_DEBUG : XN_LOG_INFO,
                "%s %s: %s, %s%" G_GUINT64_FORMAT " requests, %" G_GUINT64_FORMAT " bytes, %.1f s", verb, what,
                error == NULL ? "done" : "failed", files, counts.requests, counts.bytes_wire,
                (double)(g_get_monotonic_time () - call->begun_us) / G_USEC_PER_SEC);
        xn_runtime_leave (call->runtime);
        xn_op_free (call->op);
    }
    xn_log_use (call->outer);
}
