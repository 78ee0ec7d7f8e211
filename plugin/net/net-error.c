/* SPDX-License-Identifier: Apache-2.0 */
/* From curl's codes to errors: the kind, whether trying again is of use, whether the request may have arrived, and a
 * sentence that names the server. */
#include "net/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

/* A look-up that took longer is not worth another one to know more. */
#define QUICK_LOOKUP_US (1000 * 1000)

static gboolean
may_have_arrived (const XnTransfer *transfer)
{
    long size = 0;
    if (transfer->easy != NULL)
        curl_easy_getinfo (transfer->easy, CURLINFO_REQUEST_SIZE, &size);
    /* To a proxy something may have been sent before. */
    return transfer->requested && size > 0;
}

GError *
xn_net_error_passing (XnTransfer *transfer, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    GError *error = NULL;
    xn_error_set (&error, XN_ERROR_NETWORK, "%s", text);
    XnErrorFacts *facts = xn_error_facts (error);
    facts->retryable = TRUE;
    facts->sent = may_have_arrived (transfer);
    return error;
}

/* curl's own sentence, on one line, without secrets; it stays as long as the transfer. */
static const char *
words_of_curl (XnTransfer *transfer, CURLcode code)
{
    if (transfer->curl_message[0] == '\0')
        return curl_easy_strerror (code);
    g_autofree char *clean = xn_net_without_proxy_login (transfer->curl_message);
    for (char *c = clean; *c != '\0'; c++) {
        if (g_ascii_iscntrl (*c))
            *c = ' ';
    }
    g_strlcpy (transfer->curl_message, g_strchomp (clean), sizeof transfer->curl_message);
    return transfer->curl_message;
}

GError *
xn_net_error_lasting (XnTransfer *transfer, XnErrorKind kind, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    GError *error = NULL;
    xn_error_set (&error, kind, "%s", text);
    xn_error_facts (error)->sent = may_have_arrived (transfer);
    return error;
}

/* Why no descriptor can be had in this process, as an errno; 0: one can. curl and the C library do not say when that is what
 * they failed for. */
static int
lack_of_descriptors (void)
{
    const int descriptor = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    const int errnum = errno;
    if (descriptor < 0)
        return errnum == EMFILE || errnum == ENFILE ? errnum : 0;
    close (descriptor);
    return 0;
}

/* NULL: that is not why it failed. It may pass, as other threads close what they have open. */
static GError *
no_descriptor (XnTransfer *transfer)
{
    const int errnum = lack_of_descriptors ();
    if (errnum == 0)
        return NULL;
    GError *error = xn_net_error_lasting (transfer, XN_ERROR_IO, "no descriptor is left for a connection to %s: %s",
                                          transfer->place, g_strerror (errnum));
    xn_error_facts (error)->retryable = TRUE;
    return error;
}

static GError *
host_not_found (XnTransfer *transfer, const char *what)
{
    pthread_mutex_lock (&transfer->mutex);
    transfer->host_unknown = g_str_equal (what, transfer->host);
    pthread_mutex_unlock (&transfer->mutex);
    return xn_net_error_passing (transfer, "cannot find the address of %s", what);
}

void
xn_net_error_settle_host (GError *error, const XnTransfer *transfer)
{
    if (!xn_error_is (error, XN_ERROR_NETWORK) || !transfer->host_unknown || transfer->duration_us > QUICK_LOOKUP_US)
        return;
    struct addrinfo *found = NULL;
    const int result = getaddrinfo (transfer->host, NULL, NULL, &found);
    if (result == 0)
        freeaddrinfo (found);
    if (result == EAI_NONAME)
        xn_error_facts (error)->retryable = FALSE;
}

static GError *
not_connected (XnTransfer *transfer, CURLcode code)
{
    long errnum = 0;
    const char *words = words_of_curl (transfer, code);
    if (xn_net_goes_through_proxy (transfer)) /* which one, curl says */
        return xn_net_error_passing (transfer, "cannot connect to the proxy that leads to %s: %s", transfer->place,
                                     words);
    curl_easy_getinfo (transfer->easy, CURLINFO_OS_ERRNO, &errnum);
    return xn_net_error_passing (transfer, "cannot connect to %s: %s", transfer->place,
                                 errnum != 0 ? g_strerror ((int)errnum) : words);
}

/* What OpenSSL and GnuTLS say of an answer that is no TLS: bytes of HTTP read as a record. */
static gboolean
answers_in_clear (const char *words)
{
    static const char *const SAID[] = {"wrong version number", "packet length too long", "http request",
                                       "unexpected TLS packet", "record layer failure"};
    for (guint i = 0; i < G_N_ELEMENTS (SAID); i++)
        if (strstr (words, SAID[i]) != NULL)
            return TRUE;
    return FALSE;
}

static GError *
handshake_failed (XnTransfer *transfer, CURLcode code)
{
    /* No alert and no protocol error: the connection broke on the way. */
    const char *words = words_of_curl (transfer, code);
    if (strstr (words, "SSL_ERROR_SYSCALL") != NULL || strstr (words, "reset by peer") != NULL ||
        strstr (words, "unexpected eof") != NULL)
        return xn_net_error_passing (transfer, "%s broke off the TLS handshake: %s", transfer->place, words);
    return xn_net_error_lasting (transfer, XN_ERROR_NETWORK, "no TLS connection to %s: %s%s", transfer->place, words,
                                 answers_in_clear (words) ? "; if the port is none for TLS, write xnat+http:// in "
                                                            "place of xnat+https://"
                                                          : "");
}

static GError *
broken_off (XnTransfer *transfer, CURLcode code)
{
    long proxy_status = 0;
    curl_easy_getinfo (transfer->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status >= 400 && !transfer->requested) {
        GError *error =
            xn_net_error_lasting (transfer, XN_ERROR_NETWORK, "the proxy refused to connect to %s: status %ld",
                                  transfer->place, proxy_status);
        xn_error_facts (error)->retryable = proxy_status >= 500;
        return error;
    }
    return xn_net_error_passing (transfer, "the connection to %s broke: %s", transfer->place,
                                 words_of_curl (transfer, code));
}

/* A success that says so before it has all of the body is none, nor is an end in the midst of the header. */
static GError *
check_complete (XnTransfer *transfer)
{
    if (!transfer->header_done && !transfer->expectation_failed)
        return xn_net_error_passing (transfer, "%s closed the connection in the midst of its answer's header",
                                     transfer->place);
    curl_off_t sent = 0;
    curl_easy_getinfo (transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (!transfer->has_body || sent >= transfer->body_length || transfer->answer.status >= 300)
        return NULL;
    return xn_net_error_passing (transfer, "%s answered after %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes",
                                 transfer->place, (gint64)sent, transfer->body_length);
}

/* Failures that the lack of a descriptor can be behind. */
static gboolean
opens_something (CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_OUT_OF_MEMORY;
}

GError *
xn_net_error (XnTransfer *transfer, CURLcode code)
{
    const char *place = transfer->place;
    GError *lack = opens_something (code) ? no_descriptor (transfer) : NULL;
    if (lack != NULL)
        return lack;
    switch (code) {
    case CURLE_OK:
        return check_complete (transfer);
    case CURLE_COULDNT_RESOLVE_HOST:
        return host_not_found (transfer, transfer->host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return host_not_found (transfer, "the proxy");
    case CURLE_COULDNT_CONNECT:
        return not_connected (transfer, code);
    case CURLE_SEND_FAIL_REWIND: /* of a connection that had been idle: curl would have begun again */
        return xn_net_error_passing (transfer, "the connection to %s broke while the body was sent", place);
    case CURLE_OPERATION_TIMEDOUT:
        return xn_net_error_passing (transfer, "no connection to %s within %g s", place,
                                     (double)transfer->connect_timeout_ms / 1000.0);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return xn_net_error_lasting (
            transfer, XN_ERROR_NETWORK,
            "the certificate of %s is not trusted: %s; set ca_file to a PEM file with its authority, or "
            "verify=false in the URL to go on unchecked",
            place, words_of_curl (transfer, code));
    case CURLE_SSL_CACERT_BADFILE:
        return xn_net_error_lasting (transfer, XN_ERROR_NETWORK, "cannot read the certificates to trust for %s%s%s: %s",
                                     place, transfer->ca_file != NULL ? ", ca_file " : "",
                                     transfer->ca_file != NULL ? transfer->ca_file : "",
                                     words_of_curl (transfer, code));
    case CURLE_SSL_CONNECT_ERROR:
        return handshake_failed (transfer, code);
    case CURLE_GOT_NOTHING:
        return xn_net_error_passing (transfer, "%s closed the connection without an answer", place);
    case CURLE_PARTIAL_FILE:
        return xn_net_error_passing (transfer, "the answer of %s is cut short after %" G_GINT64_FORMAT " bytes", place,
                                     transfer->received);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PROXY:
        return broken_off (transfer, code);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return xn_net_error_lasting (transfer, XN_ERROR_SERVER, "%s does not speak HTTP: %s%s", place,
                                     words_of_curl (transfer, code),
                                     g_str_has_prefix (transfer->url, "http:")
                                         ? "; if the port is one for TLS, write xnat+https:// in place of xnat+http://"
                                         : "");
    default:
        return xn_net_error_lasting (transfer, XN_ERROR_NETWORK, "request to %s failed: %s", place,
                                     words_of_curl (transfer, code));
    }
}
