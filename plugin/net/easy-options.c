/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of a curl handle, in one place. */
#include "net/internal.h"

/* Large enough that system calls do not count, small enough for the processor's cache. */
#define RECEIVE_BUFFER_SIZE (512L * 1024)
#define SEND_BUFFER_SIZE (512L * 1024)

/* How long a server may take to refuse a large body before it is sent all the same. */
#define EXPECT_WAIT_MS 1000L

/* The largest body that is sent without asking the server first: it would be sent before an answer to that could be here. */
#define SMALL_BODY (1024 * 1024)

#define SET(option, value)                                        \
    do {                                                          \
        if (curl_easy_setopt (easy, option, (value)) != CURLE_OK) \
            return FALSE;                                         \
    } while (0)

static gboolean
set_callbacks (CURL *easy, XnTransfer *transfer)
{
    SET (CURLOPT_PRIVATE, transfer);
    SET (CURLOPT_ERRORBUFFER, transfer->curl_message);
    SET (CURLOPT_HEADERFUNCTION, xn_on_header);
    SET (CURLOPT_HEADERDATA, transfer);
    SET (CURLOPT_WRITEFUNCTION, xn_on_content);
    SET (CURLOPT_WRITEDATA, transfer);
    SET (CURLOPT_PREREQFUNCTION, xn_on_request);
    SET (CURLOPT_PREREQDATA, transfer);
    SET (CURLOPT_OPENSOCKETFUNCTION, xn_on_socket);
    SET (CURLOPT_OPENSOCKETDATA, transfer->engine);
    SET (CURLOPT_CLOSESOCKETFUNCTION, xn_on_close);
    SET (CURLOPT_CLOSESOCKETDATA, transfer->engine);
    return TRUE;
}

/* curl asks before every upload. */
static gboolean
set_expect (XnTransfer *transfer)
{
    transfer->expects = transfer->body_length > SMALL_BODY && xn_group_takes_expect (transfer->engine, transfer);
    struct curl_slist *longer =
        transfer->expects ? transfer->headers : curl_slist_append (transfer->headers, "Expect:");
    if (longer == NULL)
        return FALSE;
    transfer->headers = longer;
    return TRUE;
}

static gboolean
set_request (CURL *easy, XnTransfer *transfer)
{
    if (!set_expect (transfer))
        return FALSE;
    SET (CURLOPT_URL, transfer->url);
    SET (CURLOPT_PATH_AS_IS, 1L);
    SET (CURLOPT_PROTOCOLS_STR, "http,https");
    SET (CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET (CURLOPT_HTTPHEADER, transfer->headers);
    SET (CURLOPT_USERAGENT, transfer->engine->user_agent);
    if (g_str_equal (transfer->method, "HEAD")) {
        SET (CURLOPT_NOBODY, 1L);
        return TRUE;
    }
    SET (CURLOPT_CUSTOMREQUEST, transfer->method);
    const gboolean writes = g_str_equal (transfer->method, "PUT") || g_str_equal (transfer->method, "POST");
    if (!transfer->has_body && !writes)
        return TRUE;
    /* An upload, whatever the method: unlike a form it gets no Content-Type that nobody asked for. */
    SET (CURLOPT_UPLOAD, 1L);
    SET (CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->body_length);
    SET (CURLOPT_READFUNCTION, xn_on_body);
    SET (CURLOPT_READDATA, transfer);
    SET (CURLOPT_UPLOAD_BUFFERSIZE, transfer->body_length > SEND_BUFFER_SIZE ? SEND_BUFFER_SIZE : 64L * 1024);
    SET (CURLOPT_EXPECT_100_TIMEOUT_MS, MIN (EXPECT_WAIT_MS, (long)transfer->stall_timeout_ms / 2));
    return TRUE;
}

static gboolean
set_connection (CURL *easy, XnTransfer *transfer)
{
    SET (CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET (CURLOPT_NOSIGNAL, 1L);
    SET (CURLOPT_TCP_NODELAY, 1L);
    SET (CURLOPT_TCP_KEEPALIVE, 1L);
    SET (CURLOPT_BUFFERSIZE, transfer->lean ? RECEIVE_BUFFER_SIZE / 4 : RECEIVE_BUFFER_SIZE);
    SET (CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->connect_timeout_ms);
    /* A look-up that hangs would otherwise hold up the engine when its transfer is cut off. */
    SET (CURLOPT_QUICK_EXIT, 1L);
    SET (CURLOPT_FOLLOWLOCATION, 0L);
    SET (CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET (CURLOPT_SSL_VERIFYPEER, transfer->verify ? 1L : 0L);
    SET (CURLOPT_SSL_VERIFYHOST, transfer->verify ? 2L : 0L);
    return TRUE;
}

static gboolean
set_authorities (CURL *easy, const XnTransfer *transfer)
{
    const XnAuthorities authorities = xn_authorities_of (transfer);
    SET (CURLOPT_CAINFO, authorities.file);
    SET (CURLOPT_CAPATH, authorities.directory);
    return TRUE;
}

gboolean
xn_easy_set_options (XnTransfer *transfer)
{
    CURL *easy = transfer->easy;
    transfer->curl_message[0] = '\0';
    return set_callbacks (easy, transfer) && set_request (easy, transfer) && set_connection (easy, transfer) &&
           set_authorities (easy, transfer) && xn_peer_set_options (transfer);
}
