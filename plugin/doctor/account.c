/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks. A login that was refused is not tried again, here no more than elsewhere: the client that makes it is the one that
 * all verbs use. */
#include "doctor/patient.h"

#include "login/lockout-guard.h"
#include "login/private-file.h"
#include "server/client.h"

#include <string.h>
#include <sys/stat.h>

/* From which part of the limit on a warning is due. */
#define MANY_OF_TEN 8

static void
look_at_credentials (XnPatient *patient)
{
    XnReport *report = &patient->report;
    GError *error = NULL;
    patient->credentials =
        xn_credentials_find (&patient->url->server, &patient->found, xn_op_settings (patient->op), g_getenv, &error);
    const XnCredentials *found = patient->credentials;
    if (found == NULL) {
        xn_report_fail (
            report, XN_STEP_CREDENTIALS,
            "the login is the one with which you sign in to the site; where that is by single sign-on, make an "
            "alias token there and use its name and secret; the file is to be yours and of mode 600",
            error);
        return;
    }
    if (found->login == NULL) {
        xn_report_ok (report, XN_STEP_CREDENTIALS, "none, so it goes on as a guest (%s)", found->source);
        return;
    }
    struct stat info;
    const gboolean has_mode = found->file != NULL && stat (found->file, &info) == 0;
    g_autofree char *mode = has_mode ? g_strdup_printf (", mode %04o", (guint)(info.st_mode & 07777)) : g_strdup ("");
    xn_report_ok (report, XN_STEP_CREDENTIALS, "login %s%s from %s%s%s%s", found->login,
                  g_uuid_string_is_valid (found->login) ? " (an alias token)" : "", found->source,
                  found->entry != NULL ? ", " : "", found->entry != NULL ? found->entry : "", mode);
}

static void
look_at_guard (XnPatient *patient)
{
    XnReport *report = &patient->report;
    const gint64 guard_s = xn_op_settings (patient->op)->lockout_guard_s;
    if (!xn_report_may (report, XN_STEP_GUARD, XN_STEP_CREDENTIALS))
        return;
    if (patient->credentials->login == NULL) {
        xn_report_ok (report, XN_STEP_GUARD, "a guest has no login that could be refused");
        return;
    }
    if (guard_s <= 0) {
        xn_report_ok (report, XN_STEP_GUARD, "switched off (lockout_guard=0)");
        return;
    }
    GError *error = NULL;
    g_autofree char *directory = xn_private_directory (TRUE, &error);
    if (directory == NULL) {
        xn_report_warn (report, XN_STEP_GUARD, "set XNATSTORAGE_STATE_DIR to a directory of your own, of mode 700",
                        "a refusal cannot be remembered, so that each process tries a wrong login once more: %s",
                        error->message);
        g_error_free (error);
        return;
    }
    g_autofree char *base = xn_server_base (&patient->found);
    g_autoptr (XnGuard) guard = xn_guard_new (directory, base, patient->credentials, guard_s);
    if (guard == NULL || xn_guard_check (guard, g_get_real_time () / G_USEC_PER_SEC, &error))
        xn_report_ok (report, XN_STEP_GUARD,
                      "these credentials were not refused on this machine in the last %" G_GINT64_FORMAT " s", guard_s);
    else
        xn_report_fail (
            report, XN_STEP_GUARD,
            "check the login by signing in to the site in a browser, and correct it where the step credentials "
            "found it; then it is sent again at once",
            error);
}

/* TRUE: the login may be tried. */
static gboolean
may_log_in (XnPatient *patient)
{
    XnReport *report = &patient->report;
    return xn_report_may (report, XN_STEP_LOGIN, XN_STEP_XNAT) &&
           xn_report_may (report, XN_STEP_LOGIN, XN_STEP_CREDENTIALS) &&
           xn_report_may (report, XN_STEP_LOGIN, XN_STEP_GUARD);
}

static void
look_at_login (XnPatient *patient)
{
    XnReport *report = &patient->report;
    GError *error = NULL;
    const XnCredentials *given = patient->credentials;
    if (given->login == NULL && patient->closed) {
        xn_error_set (&error, XN_ERROR_AUTH, "the server lets nobody in without a login");
        xn_report_fail (report, XN_STEP_LOGIN, "give a login, in the netrc file or in XNAT_USER and XNAT_PASS", error);
        return;
    }
    XnClient *client = xn_clients_get (patient->runtime->clients, &patient->url->server, patient->op, &error);
    patient->user = client != NULL ? xn_client_log_in (client, patient->op, &error) : NULL;
    if (patient->user == NULL) {
        xn_report_fail (
            report, XN_STEP_LOGIN,
            "sign in to the site in a browser: that shows whether the password is right and the account open "
            "(one that was locked opens after an hour or two); do not try again and again with a wrong one",
            error);
        return;
    }
    xn_client_hold (client);
    patient->client = client;
    if (given->login == NULL)
        xn_report_ok (report, XN_STEP_LOGIN, "none, as a guest, whom the server lets in");
    else if (g_str_equal (patient->user, given->login))
        xn_report_ok (report, XN_STEP_LOGIN, "logged in as %s", patient->user);
    else
        xn_report_ok (report, XN_STEP_LOGIN, "logged in as %s, which is whom the server takes %s for", patient->user,
                      given->login);
}

/* XnConsumeFunc */
static gboolean
take_text (const XnAnswer *answer, gpointer data, GError **error)
{
    char **text = data;
    g_free (*text);
    *text = xn_answer_text (answer, error);
    return *text != NULL;
}

/* The number at the end of a short answer ("12", "{\"alice\":12}"); -1 if the server does not tell it. */
static gint64
ask_number (XnPatient *patient, const char *path, const char *what)
{
    g_autofree char *text = NULL;
    const XnCall call = {.method = "GET",
                         .path = path,
                         .what = what,
                         .expect = XN_EXPECT_JSON,
                         .retry = XN_RETRY_NONE,
                         .consume = take_text,
                         .consume_data = &text};
    guint64 number;
    if (!xn_client_call (patient->client, &call, patient->op, NULL))
        return -1;
    const char *last = strrchr (text, ':');
    g_autofree char *digits = g_strdup (last != NULL ? last + 1 : text);
    g_strdelimit (digits, "{}\"", ' ');
    return g_ascii_string_to_unsigned (g_strstrip (digits), 10, 0, G_MAXINT32, &number, NULL) ? (gint64)number : -1;
}

static void
look_at_sessions (XnPatient *patient)
{
    XnReport *report = &patient->report;
    if (!xn_report_may (report, XN_STEP_SESSIONS, XN_STEP_LOGIN))
        return;
    if (patient->credentials->login == NULL) {
        xn_report_ok (report, XN_STEP_SESSIONS, "those of guests are not counted");
        return;
    }
    g_autofree char *name = xn_encode_segment (patient->user);
    g_autofree char *path = g_strdup_printf ("/data/user/%s/sessions", name);
    const gint64 open = ask_number (patient, path, "counting the sessions");
    if (open < 0) {
        xn_report_ok (report, XN_STEP_SESSIONS, "the server does not tell how many %s has open", patient->user);
        return;
    }
    const gint64 limit =
        ask_number (patient, "/xapi/siteConfig/concurrentMaxSessions", "asking for the limit of sessions");
    if (limit < 0)
        xn_report_ok (report, XN_STEP_SESSIONS,
                      "%" G_GINT64_FORMAT " of %s open, this one among them; the server does not tell its limit, "
                      "usually 1000",
                      open, patient->user);
    else if (open * 10 >= limit * MANY_OF_TEN)
        xn_report_warn (
            report, XN_STEP_SESSIONS,
            "have jobs share a session (session_cache=true), or wait until those of ended jobs lapse, mostly "
            "after 15 minutes",
            "%" G_GINT64_FORMAT " of %s open, this one among them, of %" G_GINT64_FORMAT " at most", open,
            patient->user, limit);
    else
        xn_report_ok (report, XN_STEP_SESSIONS,
                      "%" G_GINT64_FORMAT " of %s open, this one among them, of %" G_GINT64_FORMAT " at most", open,
                      patient->user, limit);
}

void
xn_patient_account (XnPatient *patient)
{
    if (xn_error_is (patient->report.first, XN_ERROR_CANCELLED))
        return;
    look_at_credentials (patient);
    look_at_guard (patient);
    if (may_log_in (patient))
        look_at_login (patient);
    look_at_sessions (patient);
}
