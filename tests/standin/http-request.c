/* SPDX-License-Identifier: Apache-2.0 */
/* Reading requests: line, headers, query, body in both framings. Must not know what a request means. */
#include "http.h"

#include <string.h>

/* Tomcat's default for the request line and all headers. */
#define HEAD_MAX 8192

char *
http_decode (const char *text, gssize len, gboolean plus)
{
    gsize n = len < 0 ? strlen (text) : (gsize)len;
    GString *out = g_string_sized_new (n);

    for (gsize i = 0; i < n; i++) {
        if (text[i] == '%' && i + 2 < n && g_ascii_isxdigit (text[i + 1]) && g_ascii_isxdigit (text[i + 2])) {
            g_string_append_c (out,
                               (char)(g_ascii_xdigit_value (text[i + 1]) * 16 + g_ascii_xdigit_value (text[i + 2])));
            i += 2;
        } else {
            g_string_append_c (out, plus && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return g_string_free (out, FALSE);
}

static const char *
pair_find (const GArray *pairs, const char *name, gboolean any_case)
{
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = &g_array_index (pairs, Pair, i);

        if (any_case ? g_ascii_strcasecmp (pair->name, name) == 0 : strcmp (pair->name, name) == 0)
            return pair->value;
    }
    return NULL;
}

const char *
request_header (const Request *req, const char *name)
{
    return pair_find (req->headers, name, TRUE);
}

const char *
request_param (const Request *req, const char *name)
{
    return pair_find (req->params, name, FALSE);
}

static char *
keep (Request *req, char *text)
{
    g_ptr_array_add (req->memory, text);
    return text;
}

char *
request_strdup (Request *req, const char *text)
{
    return keep (req, g_strdup (text));
}

void
request_clear (Request *req)
{
    g_clear_pointer (&req->headers, g_array_unref);
    g_clear_pointer (&req->params, g_array_unref);
    g_clear_pointer (&req->memory, g_ptr_array_unref);
}

static void
parse_query (Request *req)
{
    g_auto (GStrv) parts = g_strsplit (req->query, "&", -1);

    for (guint i = 0; parts[i]; i++) {
        char *eq = strchr (parts[i], '=');
        Pair pair;

        if (!*parts[i])
            continue;
        if (eq)
            *eq = '\0';
        pair.name = keep (req, http_decode (parts[i], -1, TRUE));
        pair.value = keep (req, http_decode (eq ? eq + 1 : "", -1, TRUE));
        g_array_append_val (req->params, pair);
    }
}

/* Gets more input. */
static gboolean
fill (Conn *conn)
{
    gssize n;

    if (conn->in_at == conn->in_end)
        conn->in_at = conn->in_end = 0;
    if (conn->in_end == HTTP_BUFFER) {
        memmove (conn->in, conn->in + conn->in_at, conn->in_end - conn->in_at);
        conn->in_end -= conn->in_at;
        conn->in_at = 0;
    }
    if (conn->in_end == HTTP_BUFFER)
        return FALSE;
    n = conn_recv (conn, conn->in + conn->in_end, HTTP_BUFFER - conn->in_end);
    if (n <= 0)
        return FALSE;
    conn->in_end += (gsize)n;
    return TRUE;
}

/* The next line without its end, NULL at the end of the connection or when longer than @p max. */
static char *
read_line (Conn *conn, gsize max)
{
    gsize seen = 0;

    for (;;) {
        guint8 *start = conn->in + conn->in_at;
        gsize have = conn->in_end - conn->in_at;
        guint8 *nl = have > seen ? memchr (start + seen, '\n', have - seen) : NULL;

        if (nl) {
            gsize len = (gsize)(nl - start);

            if (len > max)
                return NULL;
            conn->in_at += len + 1;
            if (len > 0 && start[len - 1] == '\r')
                len--;
            return g_strndup ((const char *)start, len);
        }
        if (have > max || !fill (conn))
            return NULL;
        seen = have;
    }
}

static void
refuse (Conn *conn, int status)
{
    g_autofree char *text =
        g_strdup_printf ("<!doctype html><html lang=\"en\"><head><title>HTTP Status %d – Bad Request"
                         "</title></head><body><h1>HTTP Status %d – Bad Request</h1><hr class=\"line\" />"
                         "<h3>Apache Tomcat/9.0.70</h3></body></html>",
                         status, status);
    g_autofree char *head = g_strdup_printf ("HTTP/1.1 %d \r\nContent-Type: text/html;charset=utf-8\r\n"
                                             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                                             status, strlen (text));

    if (conn_send (conn, head, strlen (head), TRUE))
        (void)conn_send (conn, text, strlen (text), FALSE);
}

/* Characters that Tomcat takes in a request line only when escaped. */
static gboolean
target_is_clean (const char *target)
{
    for (const char *p = target; *p; p++) {
        if ((guint8)*p <= ' ' || (guint8)*p >= 0x7f || strchr ("[]{}|\\^\"<>`", *p))
            return FALSE;
    }
    return TRUE;
}

static gboolean
parse_line (Request *req, const char *line)
{
    const char *first = strchr (line, ' ');
    const char *last = strrchr (line, ' ');
    char *mark;

    if (!first || last == first || strncmp (last, " HTTP/1.", 8) != 0)
        return FALSE;
    req->old = strcmp (last, " HTTP/1.0") == 0;
    req->method = keep (req, g_strndup (line, (gsize)(first - line)));
    req->target = keep (req, g_strndup (first + 1, (gsize)(last - first - 1)));
    if (req->target[0] != '/' || !target_is_clean (req->target))
        return FALSE;
    req->path = request_strdup (req, req->target);
    mark = strchr (req->path, '?');
    req->query = request_strdup (req, mark ? mark + 1 : "");
    if (mark)
        *mark = '\0';
    parse_query (req);
    return TRUE;
}

static gboolean
parse_headers (Request *req)
{
    gsize total = strlen (req->target);
    const char *length;

    for (;;) {
        g_autofree char *line = read_line (req->conn, HEAD_MAX);
        char *colon;
        Pair pair;

        if (!line || (total += strlen (line)) > HEAD_MAX)
            return FALSE;
        if (!*line)
            break;
        colon = strchr (line, ':');
        if (!colon)
            return FALSE;
        *colon = '\0';
        pair.name = request_strdup (req, g_strstrip (line));
        pair.value = keep (req, g_strdup (g_strstrip (colon + 1)));
        g_array_append_val (req->headers, pair);
    }
    req->chunked =
        request_header (req, "Transfer-Encoding") && strstr (request_header (req, "Transfer-Encoding"), "chunked");
    length = request_header (req, "Content-Length");
    req->length = req->chunked ? -1 : length ? g_ascii_strtoll (length, NULL, 10) : 0;
    req->body_done = req->length == 0;
    return req->length >= -1;
}

gboolean
http_read_request (Conn *conn, Request *req)
{
    g_autofree char *line = read_line (conn, HEAD_MAX);

    if (!line) {
        if (conn->in_end - conn->in_at > HEAD_MAX)
            refuse (conn, 400);
        return FALSE;
    }
    req->started_us = g_get_real_time ();
    req->secure = conn->tls != NULL;
    req->headers = g_array_new (FALSE, FALSE, sizeof (Pair));
    req->params = g_array_new (FALSE, FALSE, sizeof (Pair));
    req->memory = g_ptr_array_new_with_free_func (g_free);
    if (!parse_line (req, line) || !parse_headers (req)) {
        refuse (conn, 400);
        return FALSE;
    }
    /* Tomcat says so before anything has judged the request. */
    if (!req->body_done && request_header (req, "Expect") &&
        g_ascii_strcasecmp (request_header (req, "Expect"), "100-continue") == 0)
        return conn_send (conn, "HTTP/1.1 100 \r\n\r\n", 17, FALSE);
    return TRUE;
}

static gssize
raw_read (Conn *conn, void *buffer, gsize size)
{
    gsize have = conn->in_end - conn->in_at;

    if (have == 0)
        return conn_recv (conn, buffer, size);
    have = MIN (have, size);
    memcpy (buffer, conn->in + conn->in_at, have);
    conn->in_at += have;
    return (gssize)have;
}

/* Goes on to the next chunk. */
static gboolean
next_chunk (Request *req)
{
    g_autofree char *line = NULL;

    if (req->received > 0) {
        g_autofree char *crlf = read_line (req->conn, 2);

        if (!crlf)
            return FALSE;
    }
    line = read_line (req->conn, 256);
    if (!line || !g_ascii_isxdigit (*line))
        return FALSE;
    req->chunk_left = g_ascii_strtoll (line, NULL, 16);
    if (req->chunk_left == 0) {
        g_autofree char *end = read_line (req->conn, HEAD_MAX);

        req->body_done = TRUE;
        return end != NULL;
    }
    return TRUE;
}

gssize
request_read (Request *req, void *buffer, gsize size)
{
    gint64 left;
    gssize n;

    if (req->broken)
        return -1;
    if (!req->body_done && req->chunked && req->chunk_left == 0 && !next_chunk (req)) {
        req->broken = TRUE;
        return -1;
    }
    if (req->body_done)
        return 0;
    left = req->chunked ? req->chunk_left : req->length - req->received;
    if (req->fault.request_after >= 0)
        left = MIN (left, req->fault.request_after - req->received);
    n = left > 0 ? raw_read (req->conn, buffer, (gsize)MIN (left, (gint64)size)) : 0;
    if (n <= 0) {
        req->broken = TRUE;
        return -1;
    }
    req->received += n;
    if (req->chunked)
        req->chunk_left -= n;
    else
        req->body_done = req->received == req->length;
    return n;
}

gboolean
request_drain (Request *req, gint64 max)
{
    g_autofree guint8 *buffer = NULL;
    gint64 got = 0;

    if (req->body_done)
        return TRUE;
    buffer = g_malloc (HTTP_BUFFER);
    while (!req->body_done && got <= max) {
        gssize n = request_read (req, buffer, HTTP_BUFFER);

        if (n < 0)
            return FALSE;
        got += n;
    }
    return req->body_done;
}

GString *
request_body (Request *req, gsize max)
{
    g_autofree guint8 *buffer = g_malloc (HTTP_BUFFER);
    g_autoptr (GString) body = g_string_new (NULL);

    for (;;) {
        gssize n = request_read (req, buffer, HTTP_BUFFER);

        if (n == 0)
            return g_steal_pointer (&body);
        if (n < 0 || body->len + (gsize)n > max)
            return NULL;
        g_string_append_len (body, (const char *)buffer, n);
    }
}
