/* SPDX-License-Identifier: Apache-2.0 */
/* What curl tells of a connection and its certificates. Works on a connection of its own, as of one that is used again nothing
 * is told. */
#include "net/internal.h"

#include "base/http-date.h"
#include "base/sync.h"

#include <netdb.h>
#include <string.h>

#define SECURED_WORDS "SSL connection using "
/* More than any chain that is accepted, and what a name in it may be long. */
#define MAX_CERTIFICATES 16
#define MAX_NAME_LENGTH 200

static void
certificate_free (gpointer data)
{
    XnCertificate *certificate = (XnCertificate *)data;
    g_free (certificate->subject);
    g_free (certificate->issuer);
    g_free (certificate);
}

void
xn_peer_clear (XnPeer *peer)
{
    g_free (peer->address);
    g_free (peer->protocol);
    g_free (peer->authorities);
    g_clear_pointer (&peer->chain, g_ptr_array_unref);
    *peer = (XnPeer){0};
}

/* One line of UTF-8 from what somebody else wrote: (transfer full). */
static char *
clean (const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    for (char *c = valid; *c != '\0'; c++) {
        if (g_ascii_iscntrl (*c))
            *c = ' ';
    }
    return g_utf8_strlen (valid, -1) > MAX_NAME_LENGTH ? g_utf8_substring (valid, 0, MAX_NAME_LENGTH)
                                                       : g_steal_pointer (&valid);
}

/* "Nov 29 20:00:00 2026 GMT", as OpenSSL writes it. */
static gint64
time_in (const char *text)
{
    g_auto (GStrv) words = g_strsplit (text, " ", -1);
    const char *parts[5] = {NULL};
    guint n = 0;
    /* A day of one digit has two spaces before it. */
    for (guint i = 0; words[i] != NULL && n < G_N_ELEMENTS (parts); i++) {
        if (*words[i] != '\0')
            parts[n++] = words[i];
    }
    if (n < G_N_ELEMENTS (parts))
        return -1;
    g_autofree char *date = g_strdup_printf ("Day, %s %s %s %s %s", parts[1], parts[0], parts[3], parts[2], parts[4]);
    return xn_http_date_parse (date);
}

static void
take_certificate (GPtrArray *chain, const struct curl_slist *lines)
{
    XnCertificate *certificate = g_new0 (XnCertificate, 1);
    certificate->ends_s = -1;
    for (; lines != NULL; lines = lines->next) {
        if (g_str_has_prefix (lines->data, "Subject:") && certificate->subject == NULL)
            certificate->subject = clean (lines->data + strlen ("Subject:"));
        else if (g_str_has_prefix (lines->data, "Issuer:") && certificate->issuer == NULL)
            certificate->issuer = clean (lines->data + strlen ("Issuer:"));
        else if (g_str_has_prefix (lines->data, "Expire date:"))
            certificate->ends_s = time_in (lines->data + strlen ("Expire date:"));
    }
    if (certificate->subject == NULL)
        certificate->subject = g_strdup ("?");
    if (certificate->issuer == NULL)
        certificate->issuer = g_strdup ("?");
    g_ptr_array_add (chain, certificate);
}

static GPtrArray *
chain_of (CURL *easy)
{
    struct curl_certinfo *told = NULL;
    GPtrArray *chain = g_ptr_array_new_with_free_func (certificate_free);
    if (curl_easy_getinfo (easy, CURLINFO_CERTINFO, &told) != CURLE_OK || told == NULL)
        return chain;
    for (int i = 0; i < MIN (told->num_of_certs, MAX_CERTIFICATES); i++)
        take_certificate (chain, told->certinfo[i]);
    return chain;
}

/* curl says which protocol it is to those who listen only. */
static int
on_words (CURL *easy, curl_infotype type, char *data, size_t size, void *user_data)
{
    XnTransfer *transfer = (XnTransfer *)user_data;
    (void)easy;
    const gsize length = strlen (SECURED_WORDS);
    if (type != CURLINFO_TEXT || size <= length || strncmp (data, SECURED_WORDS, length) != 0)
        return 0;
    g_autofree char *words = g_strndup (data + length, size - length);
    XN_LOCKED (&transfer->mutex);
    g_free (transfer->peer.protocol);
    transfer->peer.protocol = clean (g_strchomp (words));
    return 0;
}

gboolean
xn_peer_set_options (XnTransfer *transfer)
{
    CURL *easy = transfer->easy;
    if (!transfer->wants_peer)
        return TRUE;
    const XnAuthorities trusted = xn_authorities_of (transfer);
    pthread_mutex_lock (&transfer->mutex);
    transfer->peer.authorities = g_strdup (trusted.file != NULL ? trusted.file : trusted.directory);
    pthread_mutex_unlock (&transfer->mutex);
    return curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt (easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
           curl_easy_setopt (easy, CURLOPT_CERTINFO, 1L) == CURLE_OK &&
           curl_easy_setopt (easy, CURLOPT_DEBUGFUNCTION, on_words) == CURLE_OK &&
           curl_easy_setopt (easy, CURLOPT_DEBUGDATA, transfer) == CURLE_OK &&
           curl_easy_setopt (easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

/* curl takes the time of a connection only when TLS stands, too. */
static gboolean
has_connected (CURL *easy, CURLcode code)
{
    curl_off_t connected_us = 0;
    long proxy_status = 0;
    curl_easy_getinfo (easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo (easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status >= 400)
        return FALSE;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_PROXY:
        return connected_us > 0;
    default:
        return TRUE;
    }
}

void
xn_peer_note (XnTransfer *transfer, CURLcode code)
{
    CURL *easy = transfer->easy;
    curl_off_t secured_us = 0;
    const char *address = NULL;
    long port = 0;
    if (!transfer->wants_peer || transfer->peer_noted)
        return;
    transfer->peer_noted = true;
    curl_easy_getinfo (easy, CURLINFO_APPCONNECT_TIME_T, &secured_us);
    curl_easy_getinfo (easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo (easy, CURLINFO_PRIMARY_PORT, &port);
    GPtrArray *chain = chain_of (easy);
    XN_LOCKED (&transfer->mutex);
    XnPeer *peer = &transfer->peer;
    peer->connected = has_connected (easy, code);
    peer->secured = secured_us > 0;
    peer->untrusted = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR;
    peer->address = address != NULL && *address != '\0' ? g_strdup (address) : NULL;
    peer->port = (guint)port;
    peer->chain = chain;
}

void
xn_peer_hand_over (XnTransfer *transfer, XnPeer *out_peer)
{
    if (out_peer == NULL)
        return;
    XN_LOCKED (&transfer->mutex);
    xn_peer_clear (out_peer);
    *out_peer = transfer->peer;
    transfer->peer = (XnPeer){0};
}

GPtrArray *
xn_net_addresses (const char *host, const char **out_words)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const int result = getaddrinfo (host, NULL, &wanted, &found);
    *out_words = result != 0 ? gai_strerror (result) : NULL;
    if (result != 0)
        return NULL;
    GPtrArray *addresses = g_ptr_array_new_with_free_func (g_free);
    for (const struct addrinfo *one = found; one != NULL; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo (one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
            g_ptr_array_add (addresses, g_strdup (text));
    }
    freeaddrinfo (found);
    return addresses;
}
