/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP engine for all threads: a thread that owns a curl multi handle, and transfers that their callers read and
 * feed as blocking streams on their own threads. This room alone sees curl. One transfer is one try of one request: it
 * knows nothing of logins, retries or XNAT. Redirects are never followed, and no credentials or cookies are handled. */
#pragma once

#include "base/op.h"
#include "net/peer.h"

typedef struct XnEngine XnEngine;
typedef struct XnTransfer XnTransfer;

/** Gives the next bytes of a request body: 1 to @size, 0 at the end, -1 with @error. Called on the thread that started
 *  the transfer. */
typedef gssize (*XnBodyFunc) (gpointer data, guint8 *buffer, gsize size, GError **error);

/** One try of one request; borrowed for the call that starts it. */
typedef struct {
    const char *method;         /**< GET, HEAD, PUT, POST, DELETE */
    const char *url;            /**< absolute, percent-encoded; sent as it is (no path squashing) */
    const char *const *headers; /**< (nullable) "Name: value", NULL-terminated */
    const char *group;          /**< requests of one group (a server) share the limit of concurrency */
    gboolean urgent;            /**< not counted in the limit: keep-alive, logout */
    gboolean lean;              /**< one of several for the same thing, which share the memory that one would take */
    gboolean verify;            /**< check the TLS certificate and host name */
    const char *ca_file;        /**< (nullable) */
    XnPeer *peer; /**< (nullable) out: what the try finds of the way, which then is a connection of its own */

    XnBodyFunc body; /**< (nullable) where the body comes from */
    gpointer body_data;
    gint64 body_length; /**< bytes, always known; ignored without @body */

    gint64 connect_timeout_ms;
    gint64 answer_timeout_ms; /**< from the last byte sent to the first byte of the answer's header */
    gint64 stall_timeout_ms;  /**< without a byte moving, before and after that; waiting for the consumer is no stall */
} XnRequest;

/** Makes an engine. Starts no thread before the first transfer. */
XnEngine *xn_engine_new (void);
/** Ends the engine's thread and closes all connections; transfers must have been freed. */
void xn_engine_free (XnEngine *engine);

/** Waits until the engine's thread rests, and keeps it so until xn_engine_let_go(): around fork(), as the child would inherit
 *  the locks of GLib's and libcurl's that the thread holds while it works. Thread: any but the engine's. */
void xn_engine_hold (XnEngine *engine);
void xn_engine_let_go (XnEngine *engine);

/** Forgets an engine inherited through fork(): its thread does not exist here, its sockets are the parent's: they
 *  are closed here without a word to the server. Nothing is sent and nothing is joined. */
void xn_engine_abandon (XnEngine *engine);

/**
 * Starts one try: waits for a place among the group's (the operation's setting `jobs`), sends the request, feeding the
 * body from the calling thread, and returns when the header of the answer is there (interim 1xx answers are skipped).
 * An answer of status 300 or more that arrives before the body is sent ends the sending; a success does not, and one
 * that closes the connection before it has all of the body is a retryable NETWORK error.
 * Errors: NETWORK (facts: retryable for refused, reset, closed early, timed out, DNS failure that may pass; not for a
 * certificate that is not trusted, whose message says what to do; `sent` where the request may have arrived);
 * CANCELLED; what @body returned.
 * Thread: any; the transfer then belongs to this thread.
 */
XnTransfer *xn_transfer_start (XnEngine *engine, const XnRequest *request, XnOp *op, GError **error);

int xn_transfer_status (const XnTransfer *transfer);
/** Whether the answer, a 417, may be no more than that server's way with the header Expect, and came when the body was
 *  under way already: the same request is worth another try, which like all further ones of its group does without. */
gboolean xn_transfer_was_not_expected (const XnTransfer *transfer);
/** The last value of a header field, by case-insensitive name; NULL if absent. Owned by the transfer. */
const char *xn_transfer_header (const XnTransfer *transfer, const char *name);
/** All values of a header field (Set-Cookie); (transfer container) NULL-terminated, possibly empty. */
const char **xn_transfer_header_all (const XnTransfer *transfer, const char *name);
/** Microseconds from the sending of the request on its connection to the header of the answer. */
gint64 xn_transfer_waited_us (const XnTransfer *transfer);
/** The Content-Length, or -1. */
gint64 xn_transfer_content_length (const XnTransfer *transfer);

/**
 * Lends the next received bytes without a copy; they are valid until the next call on this transfer.
 * Returns: >0 the number of bytes at *@out_bytes; 0: the body has ended as HTTP says it should; -1 with an error (as
 * xn_transfer_start()): a body shorter than its Content-Length is a retryable NETWORK error.
 * Memory per transfer is bounded (about 1 MiB): while the caller does not read, the connection is paused.
 */
gssize xn_transfer_next (XnTransfer *transfer, const guint8 **out_bytes, GError **error);

/** Ends the transfer; one that has not ended is cut off (its connection is closed). NULL is nothing. */
void xn_transfer_free (XnTransfer *transfer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnTransfer, xn_transfer_free)

/** The shortest such wait of all requests of @group so far, or -1: what the way there and back takes. Thread: any. */
gint64 xn_engine_least_wait_us (XnEngine *engine, const char *group);

/** How many requests of @group have a place, or wait for one; the urgent ones apart. Thread: any. */
guint xn_engine_places_asked (XnEngine *engine, const char *group);

/** Opened connections since the engine was made; for tests and the log. */
guint64 xn_engine_connections (XnEngine *engine);
