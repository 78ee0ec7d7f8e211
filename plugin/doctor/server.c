/* SPDX-License-Identifier: Apache-2.0 */
/* What answers: an XNAT or something else, and if something else, where the XNAT is. */
#include "doctor/patient.h"

#include "login/identify.h"

#include <string.h>

/* Under which name an application server often has it. */
#define USUAL_CONTEXT "/xnat"

/* The version of the XNAT at @base, NULL if none tells it. */
static char *
version_at (XnPatient *patient, const char *base, GError **error)
{
    const XnRoute route = {.engine = patient->runtime->engine,
                           .base = base,
                           .verify = patient->found.verify,
                           .answer_limit_ms = xn_op_settings (patient->op)->connect_timeout_ms};
    return xn_identify_version (&route, patient->op, error);
}

/* (transfer full) the server's base with another prefix. */
static char *
base_with (const XnPatient *patient, const char *prefix)
{
    XnServer other = xn_server_copy (&patient->found);
    g_free (other.prefix);
    other.prefix = g_strdup (prefix);
    char *base = xn_server_base (&other);
    xn_server_clear (&other);
    return base;
}

/* Takes @base (transfer full) as the answer if an XNAT is there. */
static gboolean
is_at (XnPatient *patient, char *base, char **out_base)
{
    g_autofree char *version = version_at (patient, base, NULL);
    if (version != NULL)
        *out_base = base;
    else
        g_free (base);
    return version != NULL;
}

/* Where the XNAT is, if not below the URL's prefix: (transfer full) (nullable). */
static char *
find_elsewhere (XnPatient *patient, const XnIdentity *identity)
{
    const char *prefix = patient->found.prefix;
    g_autofree char *base = xn_server_base (&patient->found);
    const XnRoute route = {.engine = patient->runtime->engine, .base = base, .verify = patient->found.verify};
    char *found = NULL;
    if (identity->leads_to != NULL && is_at (patient, g_strdup (identity->leads_to), &found))
        return found;
    char *front = xn_identify_front (&route, patient->op);
    if (front != NULL && is_at (patient, front, &found))
        return found;
    g_autofree char *above = g_strdup (prefix);
    for (char *slash = strrchr (above, '/'); slash != NULL; slash = strrchr (above, '/')) {
        *slash = '\0';
        if (is_at (patient, base_with (patient, above), &found))
            return found;
    }
    g_autofree char *below = g_strconcat (prefix, USUAL_CONTEXT, NULL);
    return is_at (patient, base_with (patient, below), &found) ? found : NULL;
}

/* @elsewhere: (nullable) where it is */
static void
fail_other (XnPatient *patient, const char *elsewhere)
{
    GError *error = NULL;
    g_autofree char *base = xn_server_base (&patient->found);
    g_autofree char *advice =
        elsewhere != NULL
            ? g_strdup_printf ("it is at %s: begin the URL with xnat+%s", elsewhere, elsewhere)
            : g_strdup (
                  "look at the address of the site in a browser: what stands there before /app/ or /data/ belongs "
                  "before /data/ in the URL, too");
    xn_reply_error (&error, XN_ERROR_SERVER, patient->reply,
                    "%s does not answer like an XNAT (HTTP %d to /data/auth; nothing tells a version)", base,
                    patient->reply->status);
    xn_report_fail (&patient->report, XN_STEP_XNAT, advice, error);
}

/* No answer, over a connection that stands. */
static void
fail_silent (XnPatient *patient)
{
    xn_report_fail (&patient->report, XN_STEP_XNAT,
                    "try again in a few minutes: an XNAT takes some to start; then ask its administrator",
                    g_steal_pointer (&patient->silence));
}

static void
look_at_version (XnPatient *patient, const char *version)
{
    XnReport *report = &patient->report;
    if (!xn_report_may (report, XN_STEP_VERSION, XN_STEP_XNAT))
        return;
    if (version != NULL)
        xn_report_ok (report, XN_STEP_VERSION, "XNAT %s", version);
    else
        xn_report_warn (
            report, XN_STEP_VERSION,
            "ask its administrator; versions 1.7 to 1.9 are known to work, and a proxy that wants a login of "
            "its own has to let XNAT's paths pass",
            "the server does not tell its version, as an XNAT does since 1.7");
}

/* Of an answer: whose it is. Gives the version, if it is told. */
static char *
judge_answer (XnPatient *patient)
{
    XnReport *report = &patient->report;
    g_autoptr (GError) error = NULL;
    g_autofree char *base = xn_server_base (&patient->found);
    g_auto (XnIdentity) identity = xn_identify_read (base, patient->reply);
    char *version = version_at (patient, base, &error);
    patient->closed = identity.closed;
    const XnPage page =
        patient->reply->location != NULL ? xn_page_of_location (patient->reply->location) : patient->reply->page;
    if (xn_page_is_account (page)) {
        GError *own_error = NULL;
        xn_reply_error (&own_error, XN_ERROR_SERVER, patient->reply, "%s: %s", base, xn_page_meaning (page));
        xn_report_fail (report, XN_STEP_XNAT, "tell the server's administrator", own_error);
        return version;
    }
    /* An XNAT answers for paths that are not its own, too, with its login page. */
    g_autofree char *elsewhere = version == NULL ? find_elsewhere (patient, &identity) : NULL;
    if (elsewhere == NULL && (version != NULL || identity.is_xnat || patient->reply->status == 401))
        xn_report_ok (report, XN_STEP_XNAT, "%s answers like an XNAT, and %s", base,
                      identity.closed ? "wants a login" : "lets guests in");
    else
        fail_other (patient, elsewhere);
    return version;
}

void
xn_patient_server (XnPatient *patient)
{
    XnReport *report = &patient->report;
    g_autofree char *version = NULL;
    if (xn_report_may (report, XN_STEP_XNAT, XN_STEP_TLS)) {
        if (patient->reply != NULL)
            version = judge_answer (patient);
        else
            fail_silent (patient);
    }
    look_at_version (patient, version);
}
