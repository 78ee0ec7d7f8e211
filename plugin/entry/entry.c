/* SPDX-License-Identifier: Apache-2.0 */
/* The only exported symbol, the plugin's table, and the bridge from a host's services to the inner ones. */
#include "ioplugin.h"

#include "base/error.h"
#include "base/log.h"
#include "entry/result.h"
#include "expand/expand.h"
#include "fetch/fetch.h"
#include "put/put.h"

#include <string.h>

/* Its members are copied from the host's table: what an older host lacks is NULL. Set before any verb is called. */
static IOHost host;

static void
host_log (gpointer data, XnLogLevel level, const char *message)
{
    host.log (host.user_data, (IOLogLevel)level, message);
}

static gboolean
host_log_wanted (gpointer data, XnLogLevel level)
{
    return host.log_wanted == NULL || host.log_wanted (host.user_data, (IOLogLevel)level) != 0;
}

static const char *
host_setting (gpointer data, const char *name)
{
    return host.setting != NULL ? host.setting (host.user_data, name) : NULL;
}

static gboolean
call_cancelled (gpointer data)
{
    const IOCall *call = data;
    return call->cancelled (call->user_data) != 0;
}

static void
call_progress (gpointer data, guint64 operation, const XnCounts *counts)
{
    const IOCall *call = data;
    const IOProgress progress = {
        .struct_size = sizeof (IOProgress),
        .operation = operation,
        .phase = (IOPhase)counts->phase,
        .bytes_done = counts->bytes_done,
        .bytes_total = counts->bytes_total,
        .files_done = counts->files_done,
        .files_total = counts->files_total,
    };
    call->progress (call->user_data, &progress);
}

/* One call of a verb. */
typedef struct {
    IOCall call; /* copied: the host's may be shorter */
    XnOp *op;    /* (owned) */
    XnRuntime *runtime;
    gint64 begun_us;
} Call;

static gboolean
call_begin (Call *self, const IOCall *call, GError **error)
{
    memset (self, 0, sizeof *self);
    if (call != NULL)
        memcpy (&self->call, call, MIN (call->struct_size, sizeof self->call));
    XnSettings *settings = xn_settings_new (host_setting, NULL, error);
    if (settings == NULL)
        return FALSE;
    self->begun_us = g_get_monotonic_time ();
    self->op = xn_op_new (settings, self->call.cancelled != NULL ? call_cancelled : NULL,
                          self->call.progress != NULL ? call_progress : NULL, &self->call);
    self->runtime = xn_runtime_enter ();
    return TRUE;
}

/* Ends a call; one line says what was done. */
static void
call_end (Call *self, const char *verb, const char *what, gboolean ok)
{
    if (self->op == NULL)
        return;
    const XnCounts counts = xn_op_counts (self->op);
    if (ok)
        xn_op_report (self->op);
    xn_log (XN_LOG_INFO, "%s %s: %s, %" G_GUINT64_FORMAT " requests, %" G_GUINT64_FORMAT " bytes, %.1f s", verb, what,
            ok ? "done" : "failed", counts.requests, counts.bytes_wire,
            (double)(g_get_monotonic_time () - self->begun_us) / G_USEC_PER_SEC);
    xn_runtime_leave (self->runtime);
    xn_op_free (self->op);
}

static gboolean
argument_is_text (const char *name, const char *text, GError **error)
{
    if (text != NULL && *text != '\0')
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "the %s is empty", name);
    return FALSE;
}

/* What a line of the log calls @url. One that was refused (which is the first thing that a verb finds out) may hold a
 * password anywhere, so its text goes no further; nor does that of one that names a login. */
static const char *
url_for_log (const char *url, const GError *error)
{
    return url == NULL || strchr (url, '@') != NULL || xn_error_is (error, XN_ERROR_USAGE) ? "URL" : url;
}

static IOResult *
plugin_fetch_url (const char *url, const char *destination, const IOCall *call)
{
    GError *error = NULL;
    Call self = {.op = NULL};
    char *path = NULL;
    if (argument_is_text ("URL", url, &error) && argument_is_text ("destination", destination, &error) &&
        call_begin (&self, call, &error))
        path = xn_fetch (self.runtime, self.op, url, destination, &error);
    call_end (&self, "fetch", url_for_log (url, error), path != NULL);
    return path != NULL ? xn_result_new_single (path) : xn_result_new_error (error);
}

static IOResult *
plugin_put_url (const char *path, const char *url, const IOCall *call)
{
    GError *error = NULL;
    Call self = {.op = NULL};
    char *final_url = NULL;
    if (argument_is_text ("path", path, &error) && argument_is_text ("URL", url, &error) &&
        call_begin (&self, call, &error))
        final_url = xn_put (self.runtime, self.op, path, url, &error);
    call_end (&self, "put", path != NULL ? path : "", final_url != NULL);
    return final_url != NULL ? xn_result_new_single (final_url) : xn_result_new_error (error);
}

static IOResult *
plugin_expand_url (const char *url, const IOCall *call)
{
    GError *error = NULL;
    Call self = {.op = NULL};
    XnExpansion *expansion = NULL;
    if (argument_is_text ("URL", url, &error) && call_begin (&self, call, &error))
        expansion = xn_expand (self.runtime, self.op, url, &error);
    call_end (&self, "expand", url_for_log (url, error), expansion != NULL);
    return expansion != NULL ? xn_result_new_expansion (expansion) : xn_result_new_error (error);
}

/* The settings' table is complete only once it is asked for, so the plugin's table is filled in then. */
static IOPlugin plugin = {
    .abi_major = IOPLUGIN_ABI_MAJOR,
    .abi_minor = IOPLUGIN_ABI_MINOR,
    .struct_size = sizeof (IOPlugin),
    .name = "xnatstorage",
    .version = XNATSTORAGE_VERSION,
    .schemes = (const char *const[]){"xnat", "xnat+http", "xnat+https", NULL},
    .fetch_url = plugin_fetch_url,
    .put_url = plugin_put_url,
    .expand_url = plugin_expand_url,
    .free_result = xn_result_free,
    .cleanup = xn_runtime_cleanup,
};

IOPLUGIN_EXPORT const IOPlugin *ioplugin_entry (const IOHost *offered, const char **reason);

IOPLUGIN_EXPORT const IOPlugin *
ioplugin_entry (const IOHost *offered, const char **reason)
{
    if (offered != NULL && offered->abi_major != IOPLUGIN_ABI_MAJOR) {
        if (reason != NULL)
            *reason =
                "xnatstorage speaks version 1 of the host API, this host speaks another: update the older of both";
        return NULL;
    }
    if (offered != NULL)
        memcpy (&host, offered, MIN (offered->struct_size, sizeof host));
    xn_log_set_sink (host.log != NULL ? host_log : NULL, host_log_wanted, NULL);
    plugin.settings = xn_settings_table ();
    return &plugin;
}
