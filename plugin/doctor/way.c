/* SPDX-License-Identifier: Apache-2.0 */
/* From here to an answer. One request on a connection of its own shows port, TLS and clock at once; where it fails, the other
 * scheme, or the same without a look at the certificate, shows why. No credentials are sent. */
#include "doctor/patient.h"

#include "login/identify.h"
#include "login/probe.h"

#include <arpa/inet.h>

#define DAY_S (24 * 60 * 60)
#define SOON_DAYS 14
#define MAX_SKEW_S (5 * 60)
#define MAX_SHOWN 8

static void
look_at_proxy (XnPatient *patient)
{
    XnReport *report = &patient->report;
    const XnServer *server = &patient->url->server;
    g_auto (XnProxyChoice) choice = xn_net_proxy_for (server->tls, server->host);
    patient->proxied = choice.variable != NULL && !choice.exempt;
    if (choice.variable == NULL)
        xn_report_ok (report, XN_STEP_PROXY, "none: no variable of the environment names one for %s",
                      server->tls ? "https" : "http");
    else if (choice.exempt)
        xn_report_ok (report, XN_STEP_PROXY, "none: %s names %s, but no_proxy names %s", choice.variable, choice.proxy,
                      server->host);
    else if (!server->tls)
        xn_report_warn (report, XN_STEP_PROXY, "use xnat+https, or name the server in no_proxy",
                        "%s, named by %s; it reads all that is sent in clear, the login among it", choice.proxy,
                        choice.variable);
    else
        xn_report_ok (report, XN_STEP_PROXY, "%s, named by %s", choice.proxy, choice.variable);
}

static void
look_at_name (XnPatient *patient)
{
    XnReport *report = &patient->report;
    const char *host = patient->url->server.host, *words;
    guint8 bytes[16];
    if (inet_pton (AF_INET, host, bytes) == 1 || inet_pton (AF_INET6, host, bytes) == 1) {
        xn_report_ok (report, XN_STEP_NAME, "%s is an address, no name", host);
        return;
    }
    g_autoptr (GPtrArray) found = xn_net_addresses (host, &words);
    if (found == NULL && patient->proxied) {
        xn_report_ok (report, XN_STEP_NAME, "%s is not known here (%s), but the proxy is asked to find it", host,
                      words);
        return;
    }
    if (found == NULL) {
        GError *error = NULL;
        xn_error_set (&error, XN_ERROR_NETWORK, "cannot find the address of %s: %s", host, words);
        xn_report_fail (
            report, XN_STEP_NAME,
            "check how the name is written, and whether this machine is in the network (VPN) in which it is "
            "known: getent hosts NAME shows what the machine finds",
            error);
        return;
    }
    g_autoptr (GString) shown = g_string_new (NULL);
    guint v4 = 0, v6 = 0;
    for (guint i = 0; i < found->len; i++) {
        const char *address = g_ptr_array_index (found, i);
        if (strchr (address, ':') != NULL)
            v6++;
        else
            v4++;
        if (i < MAX_SHOWN)
            g_string_append_printf (shown, "%s%s", i > 0 ? ", " : "", address);
    }
    if (found->len > MAX_SHOWN)
        g_string_append_printf (shown, " and %u more", found->len - MAX_SHOWN);
    xn_report_ok (report, XN_STEP_NAME, "%s is %s (%s)", host, shown->str,
                  v4 > 0 && v6 > 0 ? "IPv4 and IPv6"
                  : v6 > 0         ? "IPv6 only"
                                   : "IPv4");
}

/* Whether the same port speaks TLS (or, if @tls is FALSE, answers in clear), whatever the certificate. */
static gboolean
speaks (XnPatient *patient, gboolean tls)
{
    g_auto (XnPeer) peer = {0};
    XnServer other = xn_server_copy (&patient->found);
    other.tls = tls;
    other.port_given = TRUE;
    g_autoptr (XnReply) reply = xn_patient_ask (patient, &other, FALSE, &peer, NULL);
    xn_server_clear (&other);
    return tls ? peer.secured : reply != NULL;
}

/* The first that is told is what it failed at. */
static void
fail_port (XnPatient *patient, GError *error)
{
    static const char direct[] =
        "check host and port; refused: nothing listens there, so ask whether the server is up; no "
        "answer: a firewall is in the way, or the VPN is not on";
    static const char proxied[] =
        "check the variable that names the proxy, or name the server in no_proxy if it is reached "
        "without";
    xn_report_fail (&patient->report, XN_STEP_PORT, patient->proxied ? proxied : direct, error);
}

static void
tell_port (XnPatient *patient, const XnPeer *peer)
{
    xn_report_ok (&patient->report, XN_STEP_PORT, "connected to %s%s, port %u", patient->proxied ? "the proxy at " : "",
                  peer->address != NULL ? peer->address : patient->found.host,
                  peer->port != 0 ? peer->port : patient->found.port);
}

/* "CN = a, issued by CN = b; above it CN = b, ...; ends in 30 days": (transfer full). *@out_days: until the first ends. */
static char *
describe_chain (const XnPeer *peer, gint64 *out_days)
{
    GString *text = g_string_new (NULL);
    const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
    gint64 least_s = G_MAXINT64;
    for (guint i = 0; peer->chain != NULL && i < peer->chain->len; i++) {
        const XnCertificate *one = g_ptr_array_index (peer->chain, i);
        if (i == 0)
            g_string_append_printf (text, "certificate of %s, issued by %s", one->subject, one->issuer);
        else
            g_string_append_printf (text, "%s%s", i == 1 ? "; sent with " : ", ", one->subject);
        if (one->ends_s >= 0)
            least_s = MIN (least_s, one->ends_s);
    }
    *out_days = least_s == G_MAXINT64 ? G_MAXINT64 : (least_s - now_s) / DAY_S - (least_s < now_s ? 1 : 0);
    if (*out_days == G_MAXINT64)
        g_string_append (text, text->len > 0 ? "; it is not told when it ends" : "no certificate was shown");
    else if (*out_days < 0)
        g_string_append_printf (text, "; ended %" G_GINT64_FORMAT " day%s ago", -*out_days, *out_days == -1 ? "" : "s");
    else
        g_string_append_printf (text, "; ends in %" G_GINT64_FORMAT " day%s", *out_days, *out_days == 1 ? "" : "s");
    return g_string_free (text, FALSE);
}

/* A handshake that failed at the certificate: asks again without a look at it. */
static void
fail_certificate (XnPatient *patient, const XnPeer *first, GError *error)
{
    g_auto (XnPeer) peer = {0};
    gint64 days;
    patient->reply = xn_patient_ask (patient, &patient->found, FALSE, &peer, NULL);
    g_autofree char *chain = describe_chain (&peer, &days);
    GError *whole = NULL;
    xn_error_set (&whole, XN_ERROR_NETWORK, "%s (%s; trusted are the authorities in %s)", error->message, chain,
                  first->authorities != NULL ? first->authorities : "no file");
    g_error_free (error);
    xn_report_fail (&patient->report, XN_STEP_TLS,
                    days < 0
                        ? "the server's administrator has to renew the certificate; if it is not over by another "
                          "machine's clock, set this machine's"
                        : "if the issuer is your institution's own authority, get its certificate as a PEM file and "
                          "set ca_file to it; if the certificate is of another name, use that name in the URL",
                    whole);
}

/* A connection without TLS, where the URL wants it. */
static void
fail_handshake (XnPatient *patient, GError *error)
{
    g_autofree char *advice = NULL;
    const XnServer *server = &patient->found;
    if (!xn_error_is (error, XN_ERROR_CANCELLED) && speaks (patient, FALSE)) {
        advice = g_strdup_printf ("use xnat+http://%s:%u, or the port at which it speaks TLS, mostly 443", server->host,
                                  server->port);
        g_clear_error (&error);
        xn_error_set (&error, XN_ERROR_NETWORK, "%s:%u speaks HTTP in clear there, no TLS", server->host, server->port);
    }
    xn_report_fail (&patient->report, XN_STEP_TLS,
                    advice != NULL ? advice : "ask the server's administrator which versions of TLS it speaks", error);
}

static void
tell_tls (XnPatient *patient, const XnPeer *peer)
{
    gint64 days;
    XnReport *report = &patient->report;
    g_autofree char *chain = describe_chain (peer, &days);
    const char *protocol = peer->protocol != NULL ? peer->protocol : "TLS";
    const char *trusted = peer->authorities != NULL ? peer->authorities : "none";
    g_autofree char *base = xn_server_base (&patient->found);
    g_autofree char *moved =
        patient->moved ? g_strdup_printf ("%s is where the server sends its clients; ", base) : g_strdup ("");
    if (!patient->found.verify)
        xn_report_warn (report, XN_STEP_TLS, "leave verify=false out, and set ca_file if the authority is your own",
                        "%s%s; %s; not checked, as the URL says verify=false", moved, protocol, chain);
    else if (days < SOON_DAYS)
        xn_report_warn (report, XN_STEP_TLS, "tell the server's administrator that the certificate is to be renewed",
                        "%s%s; %s; trusted by %s", moved, protocol, chain, trusted);
    else if (patient->moved)
        xn_report_warn (report, XN_STEP_TLS, "use xnat+https in the URL, which spares a question",
                        "%s%s; %s; trusted by %s", moved, protocol, chain, trusted);
    else
        xn_report_ok (report, XN_STEP_TLS, "%s; %s; trusted by %s", protocol, chain, trusted);
}

/* Where TLS is asked for. @error: (transfer full) (nullable) */
static void
judge_tls (XnPatient *patient, const XnPeer *peer, GError *error)
{
    if (peer->secured || patient->reply != NULL) {
        tell_tls (patient, peer);
        patient->silence = error;
    } else if (peer->untrusted) {
        fail_certificate (patient, peer, error);
    } else {
        fail_handshake (patient, error);
    }
}

static gboolean
is_loopback (const char *host)
{
    return g_str_equal (host, "localhost") || g_str_has_prefix (host, "127.") || g_str_equal (host, "::1");
}

/* Goes on by TLS, where the server sends its clients. */
static void
follow_to_tls (XnPatient *patient, const XnServer *found)
{
    GError *error = NULL;
    g_auto (XnPeer) peer = {0};
    xn_server_clear (&patient->found);
    patient->found = *found;
    patient->moved = TRUE;
    g_clear_pointer (&patient->reply, xn_reply_free);
    patient->reply = xn_patient_ask (patient, &patient->found, patient->found.verify, &peer, &error);
    if (patient->reply == NULL && !peer.connected)
        xn_report_fail (
            &patient->report, XN_STEP_TLS,
            "the server sends its clients to that address by https, where nobody answers: tell its administrator",
            error);
    else
        judge_tls (patient, &peer, error);
}

/* Where it is asked in clear. @error: (transfer full) (nullable) */
static void
judge_clear (XnPatient *patient, GError *error)
{
    XnReport *report = &patient->report;
    const XnServer *server = &patient->found;
    const gboolean odd = patient->reply == NULL || patient->reply->status == 400;
    if (odd && !xn_error_is (error, XN_ERROR_CANCELLED) && speaks (patient, TRUE)) {
        g_autofree char *advice = g_strdup_printf ("use xnat+https://%s:%u", server->host, server->port);
        g_clear_error (&error);
        xn_error_set (&error, XN_ERROR_NETWORK, "the URL asks in clear, and %s:%u speaks TLS", server->host,
                      server->port);
        xn_report_fail (report, XN_STEP_TLS, advice, error);
        return;
    }
    patient->silence = error;
    g_autoptr (GError) own_error = NULL;
    XnServer found = {0};
    gboolean closed;
    const gboolean sent_on = patient->reply != NULL && patient->reply->status >= 300 && patient->reply->status < 400;
    if (sent_on && xn_probe_server (patient->runtime->engine, server, patient->op, &found, &closed, &own_error)) {
        if (found.tls) {
            follow_to_tls (patient, &found);
            return;
        }
        xn_server_clear (&found);
    }
    if (is_loopback (server->host))
        xn_report_ok (report, XN_STEP_TLS, "none: the URL asks in clear, on this machine");
    else
        xn_report_warn (report, XN_STEP_TLS, "use xnat+https if the server has it",
                        "none: the URL asks in clear, so that others on the way can read the login");
}

static void
look_at_clock (XnPatient *patient)
{
    XnReport *report = &patient->report;
    const gint64 date_s = patient->reply != NULL ? patient->reply->date_s : -1;
    if (date_s < 0 && patient->reply != NULL) {
        xn_report_ok (report, XN_STEP_CLOCK, "the server does not tell its time");
        return;
    }
    if (date_s < 0) {
        xn_report_skip (report, XN_STEP_CLOCK, "not looked at, as no answer came that tells the server's time");
        return;
    }
    const gint64 ahead_s = date_s - g_get_real_time () / G_USEC_PER_SEC;
    const gint64 off_s = ABS (ahead_s);
    if (off_s <= MAX_SKEW_S)
        xn_report_ok (report, XN_STEP_CLOCK, "the server's and this machine's differ by %" G_GINT64_FORMAT " s", off_s);
    else
        xn_report_warn (report, XN_STEP_CLOCK,
                        "set the one that is wrong (timedatectl shows whether this machine's is synchronized): "
                        "certificates, tokens and times of files depend on it",
                        "the server's is %" G_GINT64_FORMAT " s %s this machine's", off_s,
                        ahead_s > 0 ? "ahead of" : "behind");
}

void
xn_patient_way (XnPatient *patient)
{
    GError *error = NULL;
    g_auto (XnPeer) peer = {0};
    XnReport *report = &patient->report;
    look_at_proxy (patient);
    look_at_name (patient);
    if (!xn_report_may (report, XN_STEP_PORT, XN_STEP_NAME)) {
        (void)xn_report_may (report, XN_STEP_TLS, XN_STEP_PORT);
        (void)xn_report_may (report, XN_STEP_CLOCK, XN_STEP_PORT);
        return;
    }
    patient->reply = xn_patient_ask (patient, &patient->found, patient->found.verify, &peer, &error);
    if (patient->reply == NULL && !peer.connected)
        fail_port (patient, error);
    else
        tell_port (patient, &peer);
    if (!xn_report_may (report, XN_STEP_TLS, XN_STEP_PORT)) {
        (void)xn_report_may (report, XN_STEP_CLOCK, XN_STEP_PORT);
        return;
    }
    if (patient->found.tls)
        judge_tls (patient, &peer, error);
    else
        judge_clear (patient, error);
    if (!xn_error_is (report->first, XN_ERROR_CANCELLED))
        look_at_clock (patient);
}
