/* SPDX-License-Identifier: Apache-2.0 */
/* Sending answers: head, the three kinds of body, faults on the wire. Must not know what an answer means. */
#include "http.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* What fits in here, and is not flushed, goes out with its length. */
#define CONTAINER_BUFFER 8192u

struct Sink {
    Request *req;
    GString *head; /* not sent yet: how the body is framed is known when the first of it goes out */
    gboolean chunked;
    gboolean buffered;
    gboolean failed;
    guint8 *buffer; /* bytes of the chunk in the making, after room for its head */
    gsize filled;
};

void
reply_header (Reply *reply, const char *name, const char *value)
{
    if (!reply->headers)
        reply->headers = g_string_new (NULL);
    g_string_append_printf (reply->headers, "%s: %s\r\n", name, value);
}

void
reply_drop_header (Reply *reply, const char *name)
{
    g_auto (GStrv) lines = g_strsplit (reply->headers ? reply->headers->str : "", "\r\n", -1);

    if (!reply->headers)
        return;
    g_string_truncate (reply->headers, 0);
    for (guint i = 0; lines[i]; i++) {
        gsize len = strcspn (lines[i], ":");

        if (*lines[i] && (len != strlen (name) || g_ascii_strncasecmp (lines[i], name, len) != 0))
            g_string_append_printf (reply->headers, "%s\r\n", lines[i]);
    }
}

void
reply_clear (Reply *reply)
{
    g_clear_pointer (&reply->bytes, g_bytes_unref);
    if (reply->has_fd)
        close (reply->fd);
    if (reply->stream && reply->stream_free)
        reply->stream_free (reply->stream_data);
    reply->has_fd = FALSE;
    reply->chunked = reply->buffered = FALSE;
    reply->stream = NULL;
}

void
reply_bytes (Reply *reply, int status, const char *type, GBytes *bytes)
{
    reply_clear (reply);
    reply->status = status;
    reply->bytes = bytes;
    reply->length = (gint64)g_bytes_get_size (bytes);
    if (type)
        reply_header (reply, "Content-Type", type);
}

void
reply_text (Reply *reply, int status, const char *type, const char *text)
{
    reply_bytes (reply, status, type, g_bytes_new (text, strlen (text)));
}

void
reply_stream (Reply *reply, int status, const char *type, BodyFunc func, gpointer data, GDestroyNotify free_data)
{
    reply_clear (reply);
    reply->status = status;
    reply->stream = func;
    reply->stream_data = data;
    reply->stream_free = free_data;
    reply->chunked = TRUE;
    if (type)
        reply_header (reply, "Content-Type", type);
}

/* The first bytes of a body, one at a time. @return how many, or -1 when the peer is gone. */
static gssize
send_drops (Request *req, const guint8 *data, gsize len)
{
    gsize n = (gsize)CLAMP (req->fault.drip_bytes - req->sent, 0, (gint64)len);

    for (gsize i = 0; i < n; i++) {
        g_usleep ((gulong)req->fault.drip_ms * 1000);
        if (!conn_send (req->conn, data + i, 1, FALSE))
            return -1;
    }
    req->sent += (gint64)n;
    return (gssize)n;
}

/* Body bytes on their way to the socket; the place where faults strike. */
static gboolean
send_body (Request *req, guint8 *data, gsize len, gboolean more)
{
    WireFault *fault = &req->fault;
    gssize drops = send_drops (req, data, len);
    gsize now;

    if (drops < 0)
        return FALSE;
    data += drops;
    len -= (gsize)drops;
    now = len;

    if (fault->close_after >= 0 && req->sent + (gint64)len > fault->close_after)
        now = (gsize)MAX (fault->close_after - req->sent, 0);
    if (fault->corrupt_at >= req->sent && fault->corrupt_at < req->sent + (gint64)now)
        data[fault->corrupt_at - req->sent] ^= 0xff;
    if (fault->stall_after >= req->sent && fault->stall_after < req->sent + (gint64)now) {
        gsize before = (gsize)(fault->stall_after - req->sent);

        if (!conn_send (req->conn, data, before, FALSE))
            return FALSE;
        fault->stall_after = -1;
        g_usleep ((gulong)fault->stall_ms * 1000);
        if (!conn_send (req->conn, data + before, now - before, more))
            return FALSE;
    } else if (!conn_send (req->conn, data, now, more)) {
        return FALSE;
    }
    req->sent += (gint64)now;
    return now == len;
}

static gboolean
send_head (Sink *sink, gboolean last)
{
    g_autoptr (GString) head = g_steal_pointer (&sink->head);

    if (sink->req->fault.say_length >= 0) {
        g_string_append_printf (head, "Content-Length: %" G_GINT64_FORMAT "\r\n", sink->req->fault.say_length);
        sink->chunked = FALSE;
    } else if (last && sink->buffered && sink->filled <= CONTAINER_BUFFER) {
        g_string_append_printf (head, "Content-Length: %zu\r\n", sink->filled);
        sink->chunked = FALSE;
    } else if (sink->chunked) {
        g_string_append (head, "Transfer-Encoding: chunked\r\n");
    }
    g_string_append (head, "\r\n");
    return conn_send (sink->req->conn, head->str, head->len, sink->filled > 0);
}

static gboolean
send_no_chunk (Request *req)
{
    static const char text[] = "no length\r\n";

    (void)conn_send (req->conn, text, strlen (text), FALSE);
    return FALSE;
}

static gboolean
send_chunk (Sink *sink, gsize len)
{
    Request *req = sink->req;
    gint64 bad = req->fault.bad_chunk;
    gboolean breaks = bad >= 0 && bad < req->sent + (gint64)len;
    g_autofree char *head = NULL;

    if (breaks)
        len = (gsize)(bad - req->sent);
    head = g_strdup_printf ("%zx\r\n", len);
    if (len > 0 && (!conn_send (req->conn, head, strlen (head), TRUE) || !send_body (req, sink->buffer, len, TRUE) ||
                    !conn_send (req->conn, "\r\n", 2, FALSE)))
        return FALSE;
    return !breaks || send_no_chunk (req);
}

/* What tells that there are no further chunks. */
static gboolean
end_chunks (Request *req)
{
    if (req->fault.no_end)
        return FALSE;
    if (req->fault.bad_chunk >= 0)
        return send_no_chunk (req);
    return conn_send (req->conn, "0\r\n\r\n", 5, FALSE);
}

/* @param last whether the producer has ended. */
static gboolean
sink_flush (Sink *sink, gboolean last)
{
    gsize len = sink->filled;
    gboolean ok;

    if (!sink->failed && sink->head)
        sink->failed = !send_head (sink, last);
    if (len == 0 || sink->failed)
        return !sink->failed;
    sink->filled = 0;
    if (sink->chunked) {
        ok = send_chunk (sink, len);
    } else {
        ok = send_body (sink->req, sink->buffer, len, FALSE);
    }
    sink->failed = !ok;
    return ok;
}

gboolean
sink_write (Sink *sink, const void *data, gsize len)
{
    const guint8 *at = data;

    while (len > 0 && !sink->failed) {
        gsize n = MIN (len, HTTP_BUFFER - sink->filled);

        memcpy (sink->buffer + sink->filled, at, n);
        sink->filled += n;
        at += n;
        len -= n;
        if (sink->filled == HTTP_BUFFER && !sink_flush (sink, FALSE))
            return FALSE;
    }
    return !sink->failed;
}

static gboolean
bytes_to_sink (Sink *sink, gpointer data)
{
    GBytes *bytes = data;
    gsize size;
    const void *at = g_bytes_get_data (bytes, &size);

    return size == 0 || sink_write (sink, at, size);
}

static gboolean
file_to_sink (Sink *sink, Reply *reply)
{
    g_autofree guint8 *buffer = g_malloc (HTTP_BUFFER);
    gint64 at = reply->offset;
    gint64 left = reply->length;

    while (left > 0) {
        gssize n = pread (reply->fd, buffer, (gsize)MIN (left, (gint64)HTTP_BUFFER), at);

        if (n == 0)
            return TRUE;
        if (n < 0 || !sink_write (sink, buffer, (gsize)n))
            return FALSE;
        at += n;
        left -= n;
    }
    return TRUE;
}

/* @param head what to send before, without the framing; NULL: it is sent already. */
static gboolean
send_streamed (Request *req, Reply *reply, GString *head)
{
    Sink sink = {.req = req,
                 .head = head,
                 .chunked = reply->chunked,
                 .buffered = reply->buffered,
                 .buffer = g_malloc (HTTP_BUFFER)};
    gboolean ok;

    if (reply->stream)
        ok = reply->stream (&sink, reply->stream_data);
    else
        ok = reply->has_fd ? file_to_sink (&sink, reply) : bytes_to_sink (&sink, reply->bytes);
    ok = sink_flush (&sink, ok) && ok;
    if (ok && sink.chunked)
        ok = end_chunks (req);
    g_free (sink.buffer);
    return ok;
}

/* One line of small talk with every answer. */
static void
append_date (GString *head)
{
    time_t now = time (NULL);
    struct tm tm;
    char text[64];

    gmtime_r (&now, &tm);
    strftime (text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
    g_string_append (head, text);
}

static gboolean
wants_close (const Request *req)
{
    const char *connection = request_header (req, "Connection");

    return connection && g_ascii_strcasecmp (connection, "close") == 0;
}

static gboolean
send_small (Request *req, Reply *reply, GString *head)
{
    gsize size;
    const void *data = g_bytes_get_data (reply->bytes, &size);

    g_string_append_len (head, data ? data : "", (gssize)size);
    req->sent = (gint64)size;
    return conn_send (req->conn, head->str, head->len, FALSE);
}

static gboolean
send_with_body (Request *req, Reply *reply, GString **head)
{
    const WireFault *fault = &req->fault;
    gboolean faulty =
        fault->close_after >= 0 || fault->corrupt_at >= 0 || fault->stall_after >= 0 || fault->drip_bytes > 0;
    gboolean streamed = faulty || reply->stream;

    if (reply->stream || reply->chunked)
        return send_streamed (req, reply, g_steal_pointer (head));
    if (reply->bytes && !streamed && g_bytes_get_size (reply->bytes) < HTTP_BUFFER)
        return send_small (req, reply, *head);
    if (!conn_send (req->conn, (*head)->str, (*head)->len, TRUE))
        return FALSE;
    if (reply->has_fd && !streamed)
        return conn_send_file (req->conn, reply->fd, reply->offset, reply->length, &req->sent);
    return send_streamed (req, reply, NULL);
}

/* How long the body is; of a stream that is only seen while it goes. */
static void
append_framing (GString *head, const Request *req, const Reply *reply, gboolean bodyless)
{
    if ((reply->stream || reply->chunked) && !bodyless)
        return;
    if (reply->chunked)
        g_string_append (head, "Transfer-Encoding: chunked\r\n");
    else if (req->fault.say_length >= 0)
        g_string_append_printf (head, "Content-Length: %" G_GINT64_FORMAT "\r\n", req->fault.say_length);
    else if (!reply->stream && reply->status != 204 && reply->status != 304)
        g_string_append_printf (head, "Content-Length: %" G_GINT64_FORMAT "\r\n",
                                reply->bytes || reply->has_fd ? reply->length : (gint64)0);
    g_string_append (head, "\r\n");
}

/* Faults that strike before the body. */
static gboolean
breaks_in_head (Request *req, const GString *head)
{
    static const char other[] = "SSH-2.0-OpenSSH_9.2\r\n";

    if (req->fault.no_http)
        (void)conn_send (req->conn, other, strlen (other), FALSE);
    else if (req->fault.head_after >= 0)
        (void)conn_send (req->conn, head->str, MIN (head->len, (gsize)req->fault.head_after), FALSE);
    return req->fault.no_http || req->fault.head_after >= 0;
}

gboolean
http_send_reply (Request *req, Reply *reply)
{
    g_autoptr (GString) head = g_string_sized_new (1024);
    gboolean bodyless = strcmp (req->method, "HEAD") == 0 || reply->status == 204 || reply->status == 304;
    gboolean all_read;
    gboolean ok;

    if (reply->drop || req->broken || req->fault.close_after == 0)
        return FALSE;
    reply->close = reply->close || req->fault.say_length >= 0;
    reply->chunked = reply->chunked || req->fault.bad_chunk >= 0 || req->fault.no_end;
    /* The answer to an upload that was not read goes out at once; what comes then is swallowed, up to a limit. */
    all_read = req->body_done;
    if (!all_read && req->length > 0 && req->length - req->received <= SWALLOW_MAX)
        all_read = request_drain (req, SWALLOW_MAX);
    reply->close = reply->close || !all_read || req->old || wants_close (req);
    reply->chunked = reply->chunked && !req->old;
    g_string_append_printf (head, "HTTP/1.1 %d \r\n", reply->status);
    append_date (head);
    if (reply->headers)
        g_string_append_len (head, reply->headers->str, (gssize)reply->headers->len);
    if (reply->close)
        g_string_append (head, "Connection: close\r\n");
    append_framing (head, req, reply, bodyless);
    if (breaks_in_head (req, head))
        return FALSE;
    if (bodyless || (!reply->bytes && !reply->has_fd && !reply->stream))
        ok = conn_send (req->conn, head->str, head->len, FALSE);
    else
        ok = send_with_body (req, reply, &head);
    if (ok && !all_read)
        (void)request_drain (req, SWALLOW_MAX);
    return ok && !reply->close;
}
