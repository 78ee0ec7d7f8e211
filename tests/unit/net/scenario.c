/* SPDX-License-Identifier: Apache-2.0 */
/* The server: a thread for each connection, blocking calls. */
#include "scenario.h"

#include "base/sync.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK (64 * 1024)

struct Scenario {
    int listener;
    guint16 port;
    pthread_t thread;
    pthread_mutex_t mutex;
    GPtrArray *links; /* [mutex] (owned) */
    atomic_bool stopped;
    atomic_uint connections, requests, now, most;
    atomic_uint_fast64_t body_bytes;
};

/* One connection. */
typedef struct {
    Scenario *scenario;
    int fd;
    pthread_t thread;
    guint requests;
    char head[16 * 1024];
    gsize used; /* bytes in head, of which some belong to the body */
    gsize head_size;
    guint64 body_length, body_seen;
} Link;

typedef bool (*Behaviour) (Link *link, guint64 number);

guint8
scenario_byte (guint64 offset)
{
    return (guint8)(offset * 7 + offset / 251);
}

static bool
send_bytes (Link *link, const void *bytes, gsize size)
{
    const char *at = (const char *)bytes;
    while (size > 0) {
        const gssize sent = send (link->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        size -= (gsize)sent;
    }
    return true;
}

static bool
send_text (Link *link, const char *text)
{
    return send_bytes (link, text, strlen (text));
}

static bool
send_pattern (Link *link, guint64 length, bool chunked)
{
    guint8 block[BLOCK];
    for (guint64 offset = 0; offset < length;) {
        const gsize size = (gsize)MIN (length - offset, sizeof block);
        for (gsize i = 0; i < size; i++)
            block[i] = scenario_byte (offset + i);
        char frame[32];
        g_snprintf (frame, sizeof frame, "%zx\r\n", size);
        if (chunked && !send_text (link, frame))
            return false;
        if (!send_bytes (link, block, size) || (chunked && !send_text (link, "\r\n")))
            return false;
        offset += size;
    }
    return !chunked || send_text (link, "0\r\nTrailer-Field: late\r\n\r\n");
}

/* Reads @length bytes of the body, or what is left of it. */
static bool
read_body (Link *link, guint64 length)
{
    const guint64 end = MIN (link->body_length, link->body_seen + length);
    static const gsize most = BLOCK;
    guint8 block[BLOCK];
    while (link->body_seen < end) {
        const guint8 *bytes = block;
        gssize got;
        if (link->used > link->head_size) {
            got = (gssize)MIN (link->used - link->head_size, end - link->body_seen);
            bytes = (const guint8 *)link->head + link->head_size;
            link->head_size += (gsize)got;
        } else {
            got = recv (link->fd, block, (gsize)MIN (most, end - link->body_seen), 0);
        }
        if (got <= 0)
            return false;
        for (gssize i = 0; i < got; i++) {
            if (bytes[i] != scenario_byte (link->body_seen + (guint64)i))
                return false;
        }
        link->body_seen += (guint64)got;
        atomic_fetch_add (&link->scenario->body_bytes, (guint64)got);
    }
    return true;
}

static bool
expects (const Link *link)
{
    return strstr (link->head, "Expect: 100-continue") != NULL;
}

static bool
take_body (Link *link)
{
    if (expects (link) && !send_text (link, "HTTP/1.1 100 Continue\r\n\r\n"))
        return false;
    return read_body (link, link->body_length);
}

static bool
say (Link *link, const char *status, const char *body)
{
    g_autofree char *text =
        g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen (body), body);
    return send_text (link, text);
}

/* Waits for the other side to go away. */
static bool
hang (Link *link)
{
    char byte;
    while (recv (link->fd, &byte, 1, 0) > 0)
        continue;
    return false;
}

static bool
do_hello (Link *link, guint64 number)
{
    return take_body (link) && say (link, "200 OK", "hello");
}

static bool
do_late (Link *link, guint64 number)
{
    g_usleep ((gulong)number * 1000);
    return do_hello (link, number);
}

static bool
do_headers (Link *link, guint64 number)
{
    g_autofree char *head = g_strndup (link->head, link->head_size);
    return take_body (link) && say (link, "200 OK", head);
}

static bool
do_big (Link *link, guint64 number)
{
    g_autofree char *head =
        g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n", number);
    return send_text (link, head) && send_pattern (link, number, false);
}

static bool
do_chunked (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
           send_pattern (link, number, true);
}

static bool
do_chunked_short (Link *link, guint64 number)
{
    send_text (link, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello");
    return false;
}

static bool
do_old (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.0 200 OK\r\n\r\n") && send_pattern (link, number, false) && false;
}

static bool
do_short (Link *link, guint64 number)
{
    send_text (link, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello");
    return false;
}

static bool
do_cut_head (Link *link, guint64 number)
{
    send_text (link, "HTTP/1.1 200 OK\r\nContent-Le");
    return false;
}

static bool
do_reset (Link *link, guint64 number)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt (link->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    return false;
}

static bool
do_close (Link *link, guint64 number)
{
    return false;
}

static bool
do_stall (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello") && hang (link);
}

static bool
do_silent (Link *link, guint64 number)
{
    return hang (link);
}

static bool
do_slow (Link *link, guint64 number)
{
    if (!send_text (link, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))
        return false;
    for (guint64 i = 0; i < 10; i++) {
        const guint8 byte = scenario_byte (i);
        g_usleep ((gulong)number * 1000);
        if (!send_bytes (link, &byte, 1))
            return false;
    }
    return true;
}

static bool
do_interim (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") &&
           say (link, "200 OK", "hello");
}

static bool
do_fold (Link *link, guint64 number)
{
    return send_text (link,
                      "HTTP/1.1 200 OK\r\nX-LONG: one\r\n  two\r\n\tthree\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n"
                      "content-LENGTH: 5\r\nEmpty:\r\n\r\nhello");
}

static bool
do_long_header (Link *link, guint64 number)
{
    g_autofree char *line = g_strnfill (8000, 'x');
    bool going = send_text (link, "HTTP/1.1 200 OK\r\n");
    for (guint i = 0; going && i < 200; i++)
        going = send_text (link, "X: ") && send_text (link, line) && send_text (link, "\r\n");
    return going && send_text (link, "Content-Length: 0\r\n\r\n");
}

static bool
do_refuse (Link *link, guint64 number)
{
    return say (link, "401 Unauthorized", "no") && false;
}

static bool
do_refuse_midway (Link *link, guint64 number)
{
    if (!send_text (link, "HTTP/1.1 100 Continue\r\n\r\n") || !read_body (link, number) ||
        !say (link, "401 Unauthorized", "no"))
        return false;
    return hang (link);
}

static bool
do_no_continue (Link *link, guint64 number)
{
    return read_body (link, link->body_length) && say (link, "200 OK", "hello");
}

static bool
do_417 (Link *link, guint64 number)
{
    if (expects (link))
        return say (link, "417 Expectation Failed", "no such thing");
    return read_body (link, link->body_length) && say (link, "201 Created", "hello");
}

/* Takes its time with the refusal, and some of the body meanwhile. */
static bool
do_late_417 (Link *link, guint64 number)
{
    if (expects (link))
        return read_body (link, 1000) && say (link, "417 Expectation Failed", "no such thing") && hang (link);
    return read_body (link, link->body_length) && say (link, "201 Created", "hello");
}

static bool
do_early_200 (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.1 100 Continue\r\n\r\n") && read_body (link, 1000) &&
           send_text (link, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe") && read_body (link, link->body_length) &&
           send_text (link, "llo");
}

static bool
do_early_200_close (Link *link, guint64 number)
{
    return send_text (link, "HTTP/1.1 100 Continue\r\n\r\n") && read_body (link, 1000) &&
           send_text (link, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello") && hang (link);
}

static bool
do_no_reading (Link *link, guint64 number)
{
    send_text (link, "HTTP/1.1 100 Continue\r\n\r\n");
    while (!atomic_load (&link->scenario->stopped))
        g_usleep (10 * 1000);
    return false;
}

static bool
do_garbage (Link *link, guint64 number)
{
    send_text (link, "SSH-2.0-server\r\n");
    return false;
}

/* Answers the first request of a connection and closes it at the second. */
static bool
do_drop_reused (Link *link, guint64 number)
{
    return link->requests == 1 && take_body (link) && say (link, "200 OK", "hello");
}

/* Waits until @number requests have been here at one time. */
static bool
do_together (Link *link, guint64 number)
{
    Scenario *scenario = link->scenario;
    const guint now = atomic_fetch_add (&scenario->now, 1) + 1;
    guint most = atomic_load (&scenario->most);
    while (now > most && !atomic_compare_exchange_weak (&scenario->most, &most, now))
        continue;
    while (atomic_load (&scenario->most) < number && !atomic_load (&scenario->stopped))
        g_usleep (5 * 1000);
    g_usleep (5 * 1000);
    atomic_fetch_sub (&scenario->now, 1);
    return say (link, "200 OK", "hello");
}

static const struct {
    const char *path;
    Behaviour behaviour;
} behaviours[] = {
    {"/hello", do_hello},
    {"/late/", do_late},
    {"/headers", do_headers},
    {"/big/", do_big},
    {"/chunked/", do_chunked},
    {"/chunked-short", do_chunked_short},
    {"/old/", do_old},
    {"/short", do_short},
    {"/reset", do_reset},
    {"/close", do_close},
    {"/cut-head", do_cut_head},
    {"/stall", do_stall},
    {"/silent", do_silent},
    {"/slow/", do_slow},
    {"/interim", do_interim},
    {"/fold", do_fold},
    {"/long-header", do_long_header},
    {"/refuse", do_refuse},
    {"/refuse-midway/", do_refuse_midway},
    {"/no-continue", do_no_continue},
    {"/417", do_417},
    {"/late-417", do_late_417},
    {"/early-200", do_early_200},
    {"/early-200-close", do_early_200_close},
    {"/no-reading", do_no_reading},
    {"/garbage", do_garbage},
    {"/drop-reused", do_drop_reused},
    {"/together/", do_together},
};

/* Reads a request's header; false at the end of the connection. */
static bool
read_head (Link *link)
{
    gsize left = link->used - link->head_size;
    memmove (link->head, link->head + link->head_size, left);
    link->used = left;
    for (;;) {
        link->head[link->used] = '\0';
        const char *end = strstr (link->head, "\r\n\r\n");
        if (end != NULL) {
            link->head_size = (gsize)(end - link->head) + 4;
            break;
        }
        const gssize got = recv (link->fd, link->head + link->used, sizeof link->head - 1 - link->used, 0);
        if (got <= 0)
            return false;
        link->used += (gsize)got;
    }
    const char *length = strstr (link->head, "Content-Length: ");
    link->body_length = length != NULL ? g_ascii_strtoull (length + 16, NULL, 10) : 0;
    link->body_seen = 0;
    link->requests++;
    atomic_fetch_add (&link->scenario->requests, 1);
    return true;
}

static bool
behave (Link *link)
{
    g_auto (GStrv) words = g_strsplit (link->head, " ", 3);
    g_autofree char *path = g_strdup (words[0] != NULL && words[1] != NULL ? words[1] : "");
    path[strcspn (path, "?")] = '\0';
    for (gsize i = 0; i < G_N_ELEMENTS (behaviours); i++) {
        const char *known = behaviours[i].path;
        if (g_str_has_suffix (known, "/") && g_str_has_prefix (path, known))
            return behaviours[i].behaviour (link, g_ascii_strtoull (path + strlen (known), NULL, 10));
        if (g_str_equal (path, known))
            return behaviours[i].behaviour (link, 0);
    }
    return take_body (link) && say (link, "404 Not Found", path);
}

static void *
serve (void *data)
{
    Link *link = (Link *)data;
    while (read_head (link) && behave (link))
        continue;
    /* Under the lock, so that the stop does not shut down a descriptor that is somebody else's by then. */
    XN_LOCKED (&link->scenario->mutex);
    close (link->fd);
    link->fd = -1;
    return NULL;
}

static void *
accept_all (void *data)
{
    Scenario *scenario = (Scenario *)data;
    for (;;) {
        const int fd = accept4 (scenario->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL;
        atomic_fetch_add (&scenario->connections, 1);
        Link *link = g_new0 (Link, 1);
        link->scenario = scenario;
        link->fd = fd;
        XN_LOCKED (&scenario->mutex);
        g_ptr_array_add (scenario->links, link);
        if (!xn_thread_start (&link->thread, serve, link))
            abort ();
    }
}

Scenario *
scenario_start (void)
{
    Scenario *scenario = g_new0 (Scenario, 1);
    pthread_mutex_init (&scenario->mutex, NULL);
    scenario->links = g_ptr_array_new_with_free_func (g_free);
    scenario->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind (scenario->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen (scenario->listener, 128) != 0 ||
        getsockname (scenario->listener, (struct sockaddr *)&address, &size) != 0)
        abort ();
    scenario->port = ntohs (address.sin_port);
    if (!xn_thread_start (&scenario->thread, accept_all, scenario))
        abort ();
    return scenario;
}

void
scenario_stop (Scenario *scenario)
{
    atomic_store (&scenario->stopped, true);
    shutdown (scenario->listener, SHUT_RDWR);
    pthread_join (scenario->thread, NULL);
    close (scenario->listener);
    for (guint i = 0; i < scenario->links->len; i++) {
        Link *link = (Link *)scenario->links->pdata[i];
        pthread_mutex_lock (&scenario->mutex);
        if (link->fd >= 0)
            shutdown (link->fd, SHUT_RDWR);
        pthread_mutex_unlock (&scenario->mutex);
        pthread_join (link->thread, NULL);
    }
    g_ptr_array_unref (scenario->links);
    pthread_mutex_destroy (&scenario->mutex);
    g_free (scenario);
}

guint16
scenario_port (const Scenario *scenario)
{
    return scenario->port;
}

char *
scenario_url (const Scenario *scenario, const char *path)
{
    return g_strdup_printf ("http://127.0.0.1:%u%s", scenario->port, path);
}

guint
scenario_connections (Scenario *scenario)
{
    return atomic_load (&scenario->connections);
}

guint
scenario_requests (Scenario *scenario)
{
    return atomic_load (&scenario->requests);
}

guint64
scenario_body_bytes (Scenario *scenario)
{
    return atomic_load (&scenario->body_bytes);
}

guint
scenario_most_at_once (Scenario *scenario)
{
    return atomic_load (&scenario->most);
}
