/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side of a transfer: it submits, brings the body, waits and takes the answer, on its own thread. It never
 * waits for the engine to do something at once, so it can leave at any time. */
#include "net/internal.h"

#include "base/log.h"
#include "base/sync.h"

#include <string.h>

static gboolean
take_header (XnTransfer *transfer, const char *header, GError **error)
{
    if (strpbrk (header, "\r\n") != NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "a line break in a header of the request to %s", transfer->place);
        return FALSE;
    }
    struct curl_slist *longer = curl_slist_append (transfer->headers, header);
    if (longer == NULL) {
        xn_error_set (error, XN_ERROR_IO, "no memory for a request to %s", transfer->place);
        return FALSE;
    }
    transfer->headers = longer;
    return TRUE;
}

static gboolean
take_headers (XnTransfer *transfer, const char *const *headers, GError **error)
{
    for (guint i = 0; headers != NULL && headers[i] != NULL; i++) {
        if (!take_header (transfer, headers[i], error))
            return FALSE;
    }
    /* Lengths and digests are those of the file as it lies there, so it has to come as it is. */
    return take_header (transfer, "Accept-Encoding: identity", error);
}

static gboolean
take_url (XnTransfer *transfer, const char *url, GError **error)
{
    g_autoptr (CURLU) parsed = curl_url ();
    g_autoptr (XnCurlText) scheme = NULL;
    g_autoptr (XnCurlText) host = NULL;
    g_autoptr (XnCurlText) port = NULL;
    const gboolean valid =
        curl_url_set (parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) == CURLUE_OK &&
        curl_url_get (parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get (parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get (parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (!valid || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))) {
        xn_error_set (error, XN_ERROR_USAGE, "not a URL that can be requested by HTTP, without a login in it");
        return FALSE;
    }
    transfer->url = g_strdup (url);
    transfer->host = g_strdup (host);
    transfer->place = g_strdup_printf ("%s:%s", host, port);
    return TRUE;
}

static XnTransfer *
transfer_new (XnEngine *engine, const XnRequest *request, XnOp *op)
{
    XnTransfer *transfer = g_new0 (XnTransfer, 1);
    atomic_init (&transfer->references, 1);
    pthread_mutex_init (&transfer->mutex, NULL);
    xn_cond_init (&transfer->changed);
    xn_answer_init (&transfer->answer);
    transfer->engine = engine;
    transfer->op = op;
    transfer->link.data = transfer;
    transfer->method = g_strdup (request->method);
    transfer->group = g_strdup (request->group != NULL ? request->group : "");
    transfer->ca_file = g_strdup (request->ca_file);
    transfer->urgent = request->urgent;
    transfer->lean = request->lean;
    transfer->content.most = request->lean ? XN_RING_CHUNKS / 2 : 0;
    transfer->verify = request->verify;
    transfer->wants_peer = request->peer != NULL;
    transfer->has_body = request->body != NULL;
    transfer->body_length = transfer->has_body ? request->body_length : 0;
    transfer->feeding = transfer->body_length > 0;
    transfer->connect_timeout_ms = request->connect_timeout_ms;
    transfer->answer_timeout_ms = request->answer_timeout_ms;
    transfer->stall_timeout_ms = request->stall_timeout_ms;
    transfer->jobs = MAX (xn_op_settings (op)->jobs, 1);
    return transfer;
}

/* Waits for a change, for a tick at most, and asks the operation. The mutex is held, but not while asking. */
static gboolean
wait_for_change (XnTransfer *transfer, GError **error)
{
    xn_cond_wait_ms (&transfer->changed, &transfer->mutex, XN_OP_TICK_MS);
    pthread_mutex_unlock (&transfer->mutex);
    const gboolean go_on = xn_op_check (transfer->op, error);
    pthread_mutex_lock (&transfer->mutex);
    return go_on;
}

/* Whether the caller need not bring more of the body. The mutex is held. */
static gboolean
needs_no_body (const XnTransfer *transfer)
{
    return transfer->over || (transfer->header_done && transfer->answer.status >= 300);
}

/* Waits for an empty chunk; NULL without an error: no more is needed. */
static XnChunk *
wait_for_room (XnTransfer *transfer, gsize size, GError **error)
{
    XN_LOCKED (&transfer->mutex);
    for (;;) {
        XnChunk *chunk;
        if (needs_no_body (transfer))
            return NULL;
        switch (xn_ring_take_empty (&transfer->body, size, &chunk)) {
        case XN_RING_TAKEN:
            return chunk;
        case XN_RING_FULL:
            break;
        case XN_RING_NO_MEMORY:
            xn_error_set (error, XN_ERROR_IO, "no memory for a request to %s", transfer->place);
            return NULL;
        }
        if (!wait_for_change (transfer, error))
            return NULL;
    }
}

/* Fills a chunk from the caller's function; FALSE with an error. */
static gboolean
fill (const XnRequest *request, XnChunk *chunk, gsize size, gint64 before, GError **error)
{
    while (chunk->end < size) {
        const gssize count = request->body (request->body_data, chunk->bytes + chunk->end, size - chunk->end, error);
        if (count < 0)
            return FALSE;
        if (count == 0) {
            xn_error_set (error, XN_ERROR_IO,
                          "there are only %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes to send",
                          before + (gint64)chunk->end, request->body_length);
            return FALSE;
        }
        chunk->end += (gsize)count;
    }
    return TRUE;
}

static gboolean
feed (XnTransfer *transfer, const XnRequest *request, GError **error)
{
    gint64 fed = 0;
    while (fed < transfer->body_length) {
        GError *own_error = NULL;
        const gsize size = (gsize)MIN (transfer->body_length - fed, XN_RING_CHUNK_SIZE);
        XnChunk *chunk = wait_for_room (transfer, size, &own_error);
        if (chunk == NULL && own_error == NULL)
            return TRUE;
        if (chunk == NULL) {
            g_propagate_error (error, own_error);
            return FALSE;
        }
        if (!fill (request, chunk, size, fed, error) || !xn_op_check (transfer->op, error)) {
            g_free (chunk);
            return FALSE;
        }
        fed += (gint64)size;
        pthread_mutex_lock (&transfer->mutex);
        xn_ring_push (&transfer->body, chunk);
        const bool hungry = transfer->sending_paused;
        pthread_mutex_unlock (&transfer->mutex);
        if (hungry)
            xn_engine_attend (transfer->engine, transfer, NULL);
    }
    return TRUE;
}

/* Waits for the header; FALSE with an error if there will be none. */
static gboolean
wait_for_header (XnTransfer *transfer, GError **error)
{
    XN_LOCKED (&transfer->mutex);
    transfer->feeding = false;
    while (!transfer->header_done && !transfer->over) {
        if (!wait_for_change (transfer, error))
            return FALSE;
    }
    /* A refusal is an answer even if the connection broke over the body that nobody wanted. */
    if (transfer->header_done && (transfer->error == NULL || transfer->answer.status >= 300 || !transfer->has_body))
        return TRUE;
    g_propagate_error (error, g_error_copy (transfer->error));
    return FALSE;
}

XnTransfer *
xn_transfer_start (XnEngine *engine, const XnRequest *request, XnOp *op, GError **error)
{
    if (!xn_op_check (op, error))
        return NULL;
    g_autoptr (XnTransfer) transfer = transfer_new (engine, request, op);
    if (!take_url (transfer, request->url, error) || !take_headers (transfer, request->headers, error))
        return NULL;
    xn_net_warn_of_proxy (transfer);
    transfer->submitted = xn_engine_attend (engine, transfer, error);
    if (!transfer->submitted || !feed (transfer, request, error))
        return NULL;
    GError *own_error = NULL;
    const gboolean answered = wait_for_header (transfer, &own_error);
    xn_peer_hand_over (transfer, request->peer);
    if (answered) {
        xn_waits_note (engine, transfer);
        return g_steal_pointer (&transfer);
    }
    xn_net_error_settle_host (own_error, transfer);
    g_propagate_error (error, own_error);
    return NULL;
}

gboolean
xn_transfer_was_not_expected (const XnTransfer *transfer)
{
    return transfer->answer.status == 417 && transfer->expects;
}

int
xn_transfer_status (const XnTransfer *transfer)
{
    return transfer->answer.status;
}

const char *
xn_transfer_header (const XnTransfer *transfer, const char *name)
{
    return xn_answer_field (&transfer->answer, name);
}

const char **
xn_transfer_header_all (const XnTransfer *transfer, const char *name)
{
    GPtrArray *values = g_ptr_array_new ();
    const GPtrArray *fields = transfer->answer.fields;
    for (guint i = 0; i + 1 < fields->len; i += 2) {
        if (g_ascii_strcasecmp ((const char *)fields->pdata[i], name) == 0)
            g_ptr_array_add (values, fields->pdata[i + 1]);
    }
    g_ptr_array_add (values, NULL);
    return (const char **)g_ptr_array_free (values, FALSE);
}

gint64
xn_transfer_content_length (const XnTransfer *transfer)
{
    const char *text = xn_transfer_header (transfer, "Content-Length");
    guint64 length;
    if (text == NULL || xn_transfer_header (transfer, "Transfer-Encoding") != NULL ||
        !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &length, NULL))
        return -1;
    return (gint64)length;
}

/* The next filled chunk, or NULL at the end, with an error if it is not a good one. The mutex is held. */
static XnChunk *
next_chunk (XnTransfer *transfer, GError **error)
{
    for (;;) {
        XnChunk *chunk = xn_ring_pop (&transfer->content);
        if (chunk != NULL)
            return chunk;
        if (transfer->over) {
            if (transfer->error != NULL)
                g_propagate_error (error, g_error_copy (transfer->error));
            return NULL;
        }
        if (!wait_for_change (transfer, error))
            return NULL;
    }
}

gssize
xn_transfer_next (XnTransfer *transfer, const guint8 **out_bytes, GError **error)
{
    *out_bytes = NULL;
    if (!xn_op_check (transfer->op, error))
        return -1;
    GError *own_error = NULL;
    pthread_mutex_lock (&transfer->mutex);
    xn_ring_give_back (&transfer->content, g_steal_pointer (&transfer->lent));
    transfer->lent = next_chunk (transfer, &own_error);
    const bool stopped = transfer->receiving_paused && xn_ring_is_roomy (&transfer->content);
    pthread_mutex_unlock (&transfer->mutex);
    if (stopped)
        xn_engine_attend (transfer->engine, transfer, NULL);
    if (transfer->lent != NULL) {
        *out_bytes = transfer->lent->bytes;
        return (gssize)transfer->lent->end;
    }
    if (own_error == NULL)
        return 0;
    g_propagate_error (error, own_error);
    return -1;
}

void
xn_transfer_free (XnTransfer *transfer)
{
    if (transfer == NULL)
        return;
    if (transfer->submitted) {
        g_autofree char *line = NULL;
        const gboolean wanted = xn_log_wanted (XN_LOG_DEBUG);
        pthread_mutex_lock (&transfer->mutex);
        if (wanted)
            line = xn_net_log_line (transfer);
        const bool over = transfer->over;
        transfer->cut = true;
        transfer->feeding = false;
        transfer->op = NULL;
        pthread_mutex_unlock (&transfer->mutex);
        if (!over)
            xn_engine_attend (transfer->engine, transfer, NULL);
        if (line != NULL)
            xn_log (XN_LOG_DEBUG, "%s", line);
    }
    g_free (transfer->lent);
    xn_transfer_unref (transfer);
}
