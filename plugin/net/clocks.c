/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of active transfers. curl's own cannot tell a server that works from one that is gone, nor a reader that
 * is slow from a line that is dead. The time to connect is left to curl, which shares it among a host's addresses. */
#include "net/internal.h"

/* Whether we, not the network, keep the transfer waiting. A full ring of received bytes does not while the caller still
 * sends: it does not read then, and a server that does not read either would wait forever. */
static gboolean
is_waiting_for_us (XnTransfer *transfer)
{
    pthread_mutex_lock (&transfer->mutex);
    const gboolean waiting = transfer->sending_paused || (transfer->receiving_paused && !transfer->feeding);
    pthread_mutex_unlock (&transfer->mutex);
    return waiting;
}

static gboolean
has_moved (XnTransfer *transfer, gint64 *out_sent)
{
    curl_off_t sent = 0;
    curl_easy_getinfo (transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    pthread_mutex_lock (&transfer->mutex);
    const gint64 received = transfer->received;
    pthread_mutex_unlock (&transfer->mutex);
    const gboolean moved = sent != transfer->seen_sent || received != transfer->seen_received;
    transfer->seen_sent = sent;
    transfer->seen_received = received;
    *out_sent = sent;
    return moved;
}

GError *
xn_clock_check (XnTransfer *transfer, gint64 now)
{
    gint64 sent;
    if (has_moved (transfer, &sent) || is_waiting_for_us (transfer)) {
        transfer->moved_us = now;
        return NULL;
    }
    /* Only this thread changes header_done. */
    const gboolean answering = !transfer->header_done && (!transfer->has_body || sent >= transfer->body_length);
    const gint64 limit_ms = answering ? transfer->answer_timeout_ms : transfer->stall_timeout_ms;
    if (now - transfer->moved_us < limit_ms * 1000)
        return NULL;
    const double seconds = (double)limit_ms / 1000.0;
    if (answering)
        return xn_net_error_passing (transfer, "%s did not answer within %g s", transfer->place, seconds);
    return xn_net_error_passing (transfer, "no byte to or from %s for %g s", transfer->place, seconds);
}
