/* SPDX-License-Identifier: Apache-2.0 */
/* What curl calls while it works, on the engine's thread. None of these waits: where there is no room or nothing to
 * send, the direction is paused until the caller has done its part. */
#include "net/internal.h"

#include "base/sync.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Keeps what a callback has found, since curl can only be told that something failed. */
static void
park (XnTransfer *transfer, GError *error)
{
    XN_LOCKED (&transfer->mutex);
    if (transfer->error == NULL)
        transfer->error = g_steal_pointer (&error);
    g_clear_error (&error);
}

/* curl repeats a request by itself when a connection used before turns out to be dead. A server may have carried out a
 * request and died before it answered; whether that can be repeated is for others to decide. */
static gboolean
may_repeat (const XnTransfer *transfer)
{
    if (transfer->expectation_failed)
        return TRUE;
    if (g_str_equal (transfer->method, "GET") || g_str_equal (transfer->method, "HEAD"))
        return TRUE;
    return transfer->has_body && transfer->body_length > 0 && transfer->body_read == 0;
}

static guint64
connection_number (XnTransfer *transfer, int local_port)
{
    XnEngine *engine = transfer->engine;
    long connects = 0;
    curl_easy_getinfo (transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    gpointer port = GINT_TO_POINTER (local_port);
    if (connects <= transfer->connects)
        return GPOINTER_TO_SIZE (g_hash_table_lookup (engine->local_ports, port));
    transfer->connects = connects;
    const guint64 number = atomic_fetch_add (&engine->connections, 1) + 1;
    g_hash_table_insert (engine->local_ports, port, GSIZE_TO_POINTER (number));
    return number;
}

int
xn_on_request (void *data, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    XnTransfer *transfer = (XnTransfer *)data;
    if (transfer->requested && !may_repeat (transfer)) {
        park (transfer, xn_net_error_passing (transfer, "%s closed the connection without an answer", transfer->place));
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->requested = true;
    transfer->moved_us = transfer->requested_us = g_get_monotonic_time ();
    xn_peer_note (transfer, CURLE_OK);
    const guint64 number = connection_number (transfer, local_port);
    XN_LOCKED (&transfer->mutex);
    transfer->connection = number;
    if (!transfer->cut)
        xn_op_count_request (transfer->op);
    return CURL_PREREQFUNC_OK;
}

static void
end_header (XnTransfer *transfer)
{
    const int status = transfer->answer.status;
    if (status >= 100 && status < 200)
        return;
    if (status == 417 && transfer->expects && !transfer->expectation_failed) {
        xn_group_note_417 (transfer->engine, transfer);
        /* A body that has been begun would have to begin anew, which is for its owner to do. */
        transfer->expectation_failed = transfer->body_read == 0;
        if (transfer->expectation_failed)
            return;
    }
    pthread_mutex_lock (&transfer->mutex);
    transfer->waited_us = g_get_monotonic_time () - transfer->requested_us;
    transfer->header_done = true;
    pthread_mutex_unlock (&transfer->mutex);
    xn_transfer_has_news (transfer);
}

size_t
xn_on_header (char *line, size_t size, size_t count, void *data)
{
    XnTransfer *transfer = (XnTransfer *)data;
    const size_t length = size * count;
    transfer->moved_us = g_get_monotonic_time ();
    /* What follows are the trailer fields of a chunked body. */
    if (transfer->header_done)
        return length;
    switch (xn_answer_take_line (&transfer->answer, line, length)) {
    case XN_ANSWER_LINE_TAKEN:
        return length;
    case XN_ANSWER_LINE_END:
        end_header (transfer);
        return length;
    case XN_ANSWER_LINE_TOO_MUCH:
        break;
    }
    park (transfer, xn_net_error_lasting (transfer, XN_ERROR_SERVER, "the header of the answer of %s is too large",
                                          transfer->place));
    return 0;
}

size_t
xn_on_content (char *bytes, size_t size, size_t count, void *data)
{
    XnTransfer *transfer = (XnTransfer *)data;
    const size_t length = size * count;
    /* The page that comes with a failed expectation. */
    if (!transfer->header_done)
        return length;
    pthread_mutex_lock (&transfer->mutex);
    const XnRingResult result = xn_ring_append (&transfer->content, bytes, length);
    if (result == XN_RING_FULL)
        transfer->receiving_paused = true;
    if (result == XN_RING_TAKEN) {
        transfer->received += (gint64)length;
        if (!transfer->cut)
            xn_op_count_wire (transfer->op, length);
    }
    pthread_mutex_unlock (&transfer->mutex);
    xn_transfer_has_news (transfer);
    if (result == XN_RING_FULL)
        return CURL_WRITEFUNC_PAUSE;
    if (result == XN_RING_TAKEN)
        return length;
    GError *error = NULL;
    xn_error_set (&error, XN_ERROR_IO, "no memory for the answer of %s", transfer->place);
    park (transfer, error);
    return 0;
}

size_t
xn_on_body (char *buffer, size_t size, size_t count, void *data)
{
    XnTransfer *transfer = (XnTransfer *)data;
    XN_LOCKED (&transfer->mutex);
    XnChunk *chunk = transfer->body.first;
    if (chunk == NULL) {
        if (transfer->body_read >= transfer->body_length)
            return 0;
        if (!transfer->feeding || (transfer->header_done && transfer->answer.status >= 300))
            return CURL_READFUNC_ABORT;
        transfer->sending_paused = true;
        return CURL_READFUNC_PAUSE;
    }
    const gsize length = MIN (chunk->end - chunk->start, size * count);
    memcpy (buffer, chunk->bytes + chunk->start, length);
    chunk->start += length;
    transfer->body_read += (gint64)length;
    if (!transfer->cut)
        xn_op_count_wire (transfer->op, length);
    if (chunk->start == chunk->end) {
        xn_ring_give_back (&transfer->body, xn_ring_pop (&transfer->body));
        xn_transfer_has_news (transfer);
    }
    return length;
}

curl_socket_t
xn_on_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    /* The host may start programs at any time, which must not inherit it. */
    const curl_socket_t made = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    XnEngine *engine = (XnEngine *)data;
    for (guint i = 0; made >= 0 && i < XN_NOTED_SOCKETS; i++) {
        if (atomic_load (&engine->sockets[i]) != 0)
            continue;
        atomic_store (&engine->sockets[i], made + 1);
        break;
    }
    return made;
}

int
xn_on_close (void *data, curl_socket_t descriptor)
{
    /* Forgotten first: a child that is made in between must not close what is not a socket any more. */
    XnEngine *engine = (XnEngine *)data;
    for (guint i = 0; i < XN_NOTED_SOCKETS; i++) {
        if (atomic_load (&engine->sockets[i]) == descriptor + 1)
            atomic_store (&engine->sockets[i], 0);
    }
    return close (descriptor);
}
