/* SPDX-License-Identifier: Apache-2.0 */
/* Listening, TLS and the life of a connection. Must not know what a request means. */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Server {
    HttpConfig config;
    int fd;
    guint64 connections;
    gnutls_certificate_credentials_t cred;
} Server;

static guint n_open; /* (atomic) connections */

guint
http_connections (void)
{
    return g_atomic_int_get (&n_open);
}

gssize
conn_recv (Conn *conn, void *buffer, gsize size)
{
    gssize n;

    do {
        n = conn->tls ? gnutls_record_recv (conn->tls, buffer, size) : recv (conn->fd, buffer, size, 0);
    } while (conn->tls ? n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED : n < 0 && errno == EINTR);
    return n;
}

/* How much goes out in one step: with a rate little at a time, or the steps would show. */
static gsize
step_of (const Conn *conn, gint64 left)
{
    return (gsize)MIN (left, *conn->config->mb_per_s > 0 ? (gint64)HTTP_BUFFER : (gint64)1 << 30);
}

/* The step of @p bytes took its time on the line. */
static void
spend_step (Conn *conn, gint64 bytes)
{
    pace_work (&conn->pace, rate_us (bytes, *conn->config->mb_per_s));
}

gboolean
conn_send (Conn *conn, const void *data, gsize len, gboolean more)
{
    const guint8 *at = data;

    while (len > 0) {
        gsize step = step_of (conn, (gint64)len);
        gssize n = conn->tls ? gnutls_record_send (conn->tls, at, step)
                             : send (conn->fd, at, step, MSG_NOSIGNAL | (more ? MSG_MORE : 0));

        if (conn->tls && (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED))
            continue;
        if (!conn->tls && n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        at += n;
        len -= (gsize)n;
        spend_step (conn, n);
    }
    return TRUE;
}

static gboolean
send_file_copied (Conn *conn, int fd, gint64 offset, gint64 length, gint64 *sent)
{
    g_autofree guint8 *buffer = g_malloc (HTTP_BUFFER);

    while (length > 0) {
        gssize n = pread (fd, buffer, (gsize)MIN (length, (gint64)HTTP_BUFFER), offset);

        if (n == 0)
            return TRUE;
        if (n < 0 || !conn_send (conn, buffer, (gsize)n, FALSE))
            return FALSE;
        offset += n;
        length -= n;
        *sent += n;
    }
    return TRUE;
}

gboolean
conn_send_file (Conn *conn, int fd, gint64 offset, gint64 length, gint64 *sent)
{
    off_t at = offset;

    if (conn->tls)
        return send_file_copied (conn, fd, offset, length, sent);
    while (length > 0) {
        gssize n = sendfile (conn->fd, fd, &at, step_of (conn, length));

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return TRUE;
        if (n < 0)
            return FALSE;
        length -= n;
        *sent += n;
        spend_step (conn, n);
    }
    return TRUE;
}

static void
conn_close (Conn *conn)
{
    if (conn->tls)
        gnutls_deinit (conn->tls);
    close (conn->fd);
    g_free (conn->in);
    g_free (conn);
    g_atomic_int_add (&n_open, -1);
}

static gboolean
serve_one (Conn *conn)
{
    Request req = {.conn = conn, .connection = conn->number};
    Reply reply = {.status = 0};
    gboolean keep = FALSE;

    req.fault = NO_WIRE_FAULT;
    if (http_read_request (conn, &req)) {
        conn->config->handler (&req, &reply, conn->config->data);
        keep = http_send_reply (&req, &reply);
        conn->abrupt = reply.drop;
        conn->config->done (&req, &reply, conn->config->data);
        reply_clear (&reply);
        if (reply.headers)
            g_string_free (reply.headers, TRUE);
    }
    request_clear (&req);
    return keep;
}

/* A reset would take the answer away from a peer that is still sending: what comes is read for a moment. */
static void
linger (Conn *conn)
{
    const struct timeval moment = {.tv_usec = 200000};
    const struct linger reset = {.l_onoff = 1};
    gsize left = SWALLOW_MAX;

    if (conn->abrupt) {
        setsockopt (conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        return;
    }
    if (conn->tls)
        (void)gnutls_bye (conn->tls, GNUTLS_SHUT_WR);
    shutdown (conn->fd, SHUT_WR);
    setsockopt (conn->fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
    while (left > 0) {
        gssize n = recv (conn->fd, conn->in, MIN (left, HTTP_BUFFER), 0);

        if (n <= 0)
            return;
        left -= (gsize)n;
    }
}

/* @return FALSE when the peer has nothing to ask for too long. */
static gboolean
wait_for_request (Conn *conn)
{
    struct pollfd one = {.fd = conn->fd, .events = POLLIN};
    int r;

    if (conn->in_at < conn->in_end || (conn->tls && gnutls_record_check_pending (conn->tls) > 0))
        return TRUE;
    do {
        r = poll (&one, 1, *conn->config->idle_ms);
    } while (r < 0 && errno == EINTR);
    return r > 0;
}

static gpointer
connection_thread (gpointer data)
{
    Conn *conn = data;
    gboolean keep = TRUE;

    if (conn->tls) {
        int r;

        do {
            r = gnutls_handshake (conn->tls);
        } while (r < 0 && !gnutls_error_is_fatal (r));
        keep = r == 0;
    }
    while (keep && wait_for_request (conn))
        keep = serve_one (conn);
    linger (conn);
    conn_close (conn);
    return NULL;
}

static void
accept_one (Server *server, int fd)
{
    Conn *conn = g_new0 (Conn, 1);
    int one = 1;
    g_autoptr (GThread) thread = NULL;

    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    g_atomic_int_inc (&n_open);
    conn->fd = fd;
    conn->number = ++server->connections;
    conn->config = &server->config;
    conn->in = g_malloc (HTTP_BUFFER);
    if (server->cred) {
        gnutls_init (&conn->tls, GNUTLS_SERVER);
        gnutls_set_default_priority (conn->tls);
        gnutls_credentials_set (conn->tls, GNUTLS_CRD_CERTIFICATE, server->cred);
        gnutls_transport_set_int (conn->tls, fd);
    }
    thread = g_thread_try_new ("conn", connection_thread, conn, NULL);
    if (!thread) {
        if (conn->tls)
            gnutls_deinit (conn->tls);
        conn->tls = NULL;
        conn_close (conn);
    }
}

static gpointer
accept_thread (gpointer data)
{
    Server *server = data;

    for (;;) {
        int fd = accept4 (server->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0)
            accept_one (server, fd);
        else if (errno != EINTR)
            g_usleep (10000);
    }
    return NULL;
}

static gboolean
fail_errno (GError **error, const char *what)
{
    int saved = errno;

    g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved), "%s: %s", what, g_strerror (saved));
    return FALSE;
}

static gboolean
listen_on (Server *server, const char *bind_to, guint16 *port, GError **error)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    gboolean six = strchr (bind_to, ':') != NULL;
    struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size = six ? sizeof v6 : sizeof v4;
    int one = 1;

    if (inet_pton (six ? AF_INET6 : AF_INET, bind_to, six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no address to listen on: %s", bind_to);
        return FALSE;
    }
    v4.sin_port = htons (server->config.port);
    v6.sin6_port = htons (server->config.port);
    server->fd = socket (six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0)
        return fail_errno (error, "socket");
    setsockopt (server->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind (server->fd, address, size) < 0 || listen (server->fd, 512) < 0 ||
        getsockname (server->fd, address, &size) < 0)
        return fail_errno (error, bind_to);
    *port = ntohs (six ? v6.sin6_port : v4.sin_port);
    return TRUE;
}

gboolean
http_server_start (const HttpConfig *config, guint16 *port, GError **error)
{
    Server *server = g_new0 (Server, 1);
    g_autoptr (GThread) thread = NULL;

    server->config = *config;
    if (config->tls_cert) {
        int r;

        gnutls_certificate_allocate_credentials (&server->cred);
        r = gnutls_certificate_set_x509_key_file (server->cred, config->tls_cert, config->tls_key, GNUTLS_X509_FMT_PEM);
        if (r < 0) {
            g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "certificate %s: %s", config->tls_cert,
                         gnutls_strerror (r));
            g_free (server);
            return FALSE;
        }
    }
    if (!listen_on (server, config->bind, port, error)) {
        g_free (server);
        return FALSE;
    }
    thread = g_thread_new ("accept", accept_thread, server);
    return thread != NULL;
}
