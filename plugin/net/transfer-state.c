/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a transfer, which the caller's thread and the engine's share, and the news of it. */
#include "net/internal.h"

XnTransfer *
xn_transfer_ref (XnTransfer *transfer)
{
    atomic_fetch_add (&transfer->references, 1);
    return transfer;
}

void
xn_transfer_unref (XnTransfer *transfer)
{
    if (atomic_fetch_sub (&transfer->references, 1) > 1)
        return;
    xn_ring_clear (&transfer->body);
    xn_ring_clear (&transfer->content);
    xn_answer_clear (&transfer->answer);
    g_clear_error (&transfer->error);
    xn_peer_clear (&transfer->peer);
    curl_slist_free_all (transfer->headers);
    g_free (transfer->method);
    g_free (transfer->url);
    g_free (transfer->group);
    g_free (transfer->ca_file);
    g_free (transfer->host);
    g_free (transfer->place);
    pthread_cond_destroy (&transfer->changed);
    pthread_mutex_destroy (&transfer->mutex);
    g_free (transfer);
}

void
xn_transfer_has_news (XnTransfer *transfer)
{
    if (transfer->has_news)
        return;
    transfer->has_news = true;
    g_ptr_array_add (transfer->engine->news, transfer);
}
