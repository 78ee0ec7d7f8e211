/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the steps. */
#include "doctor/doctor.h"

#include "doctor/patient.h"
#include "find/selection.h"
#include "login/identify.h"

static void
patient_clear (XnPatient *patient)
{
    if (patient->client != NULL)
        xn_client_release (patient->client);
    if (patient->url != NULL)
        xn_server_clear (&patient->found);
    xn_url_free (patient->url);
    xn_reply_free (patient->reply);
    g_clear_error (&patient->silence);
    xn_credentials_free (patient->credentials);
    g_free (patient->user);
    xn_report_clear (&patient->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnPatient, patient_clear)

XnReply *
xn_patient_ask (XnPatient *patient, const XnServer *server, gboolean verify, XnPeer *peer, GError **error)
{
    g_autofree char *base = xn_server_base (server);
    /* Who looks on waits for a server that takes connections and says nothing no longer than for one that takes none. */
    const XnRoute route = {.engine = patient->runtime->engine,
                           .base = base,
                           .verify = verify,
                           .answer_limit_ms = xn_op_settings (patient->op)->connect_timeout_ms,
                           .peer = peer};
    return xn_identify_ask (&route, patient->op, error);
}

/* The URL, with expressions that can be understood: (transfer full) NULL with an error. */
static XnUrl *
read_url (const char *text, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse_place (text, error);
    g_autoptr (XnSelection) selection = url != NULL ? xn_selection_new (url, error) : NULL;
    return selection != NULL ? g_steal_pointer (&url) : NULL;
}

static void
look_at_url (XnPatient *patient, const char *text)
{
    GError *error = NULL;
    patient->url = read_url (text, &error);
    if (patient->url == NULL) {
        xn_report_fail (&patient->report, XN_STEP_URL,
                        "see the examples of ioplug help fetch; quote the URL in a shell, as it may hold * and &",
                        error);
        return;
    }
    patient->found = xn_server_copy (&patient->url->server);
    const XnUrl *url = patient->url;
    const XnLevel lowest = url->is_search ? XN_N_LEVELS : xn_url_lowest_level (url);
    g_autofree char *base = xn_server_base (&url->server);
    const char *what = url->is_search          ? "a search"
                       : url->path != NULL     ? "a path in a resource"
                       : lowest != XN_N_LEVELS ? xn_level_name (lowest)
                                               : "the server itself";
    xn_report_ok (&patient->report, XN_STEP_URL, "%s; server %s, port %u, %s%s%s%s", what, base, url->server.port,
                  *url->server.prefix != '\0' ? "below the path " : "at the top of its paths", url->server.prefix,
                  url->server.login != NULL ? ", login " : "", url->server.login != NULL ? url->server.login : "");
}

gboolean
xn_diagnose (XnRuntime *runtime, XnOp *op, const char *text, XnFindingFunc told, gpointer data, GError **error)
{
    g_auto (XnPatient) patient = {.runtime = runtime, .op = op, .report = {.told = told, .data = data}};
    look_at_url (&patient, text);
    if (patient.report.states[XN_STEP_URL] == XN_FINDING_FAILED) {
        for (XnStep step = XN_STEP_URL + 1; step < XN_N_STEPS; step++)
            (void)xn_report_may (&patient.report, step, XN_STEP_URL);
    } else {
        xn_patient_way (&patient);
        xn_patient_server (&patient);
        xn_patient_account (&patient);
        xn_patient_item (&patient);
    }
    xn_op_set_phase (op, XN_PHASE_DONE);
    if (patient.report.first == NULL)
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&patient.report.first));
    return FALSE;
}
