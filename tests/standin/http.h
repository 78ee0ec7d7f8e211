/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file http.h
 * A small HTTP/1.1 server with one blocking thread for each connection. Its handlers see every raw byte of a request
 * and decide every byte of an answer (a status line without reason, a body cut at byte N), which is what a faithful
 * stand-in needs. It knows nothing of XNAT.
 */
#pragma once

#include "costs.h"

#include <gnutls/gnutls.h>

/** What is to go wrong on the wire with one request; all counts in bytes, -1 or 0 where unused. */
typedef struct WireFault {
    gint64 close_after;   /**< close after so many bytes of the answer's body (0: before the answer), -1: never */
    gint64 corrupt_at;    /**< flip the bits of this byte of the answer's body, -1: none */
    gint64 stall_after;   /**< pause after so many bytes of the answer's body, -1: never */
    gint64 request_after; /**< close after so many bytes of the request's body, -1: never */
    gint64 head_after;    /**< close after so many bytes of the answer's head, -1: never */
    gint64 say_length; /**< what Content-Length says, true or not; the connection is closed after it, -1: the truth */
    gint64 bad_chunk;  /**< no chunk's head after so many bytes of the answer's body, -1: proper ones */
    gint64 drip_bytes; /**< so many bytes at the beginning of the answer's body go out singly, 0: none */
    guint drip_ms;     /**< the pause before each of them */
    guint stall_ms;    /**< how long the pause is */
    gboolean no_http;  /**< something else is said instead of the answer */
    gboolean no_end;   /**< chunks end without the last one */
} WireFault;

/** Nothing goes wrong. */
#define NO_WIRE_FAULT                                                                                  \
    (WireFault)                                                                                        \
    {                                                                                                  \
        .close_after = -1, .corrupt_at = -1, .stall_after = -1, .request_after = -1, .head_after = -1, \
        .say_length = -1, .bad_chunk = -1                                                              \
    }

typedef struct Conn Conn;

/** One name and value, of a header or a query. Owned by the request. */
typedef struct Pair {
    const char *name;
    const char *value;
} Pair;

/** One request. Everything in it lives until its handler's answer has been sent. */
typedef struct Request {
    Conn *conn;
    guint64 connection; /**< number of the connection since the server started */
    char *method;
    char *target;      /**< as sent */
    char *path;        /**< the target before `?`, as sent */
    char *query;       /**< the target after `?`, as sent, "" without */
    GArray *headers;   /**< of Pair */
    GArray *params;    /**< of Pair, decoded as form data, in the order sent */
    GPtrArray *memory; /**< strings that the pairs point into */
    gint64 length;     /**< Content-Length; -1 when chunked, 0 without a body */
    gboolean chunked;
    gboolean old;       /**< HTTP/1.0, as some proxies speak it: no chunks, the end of the connection ends the body */
    gboolean secure;    /**< came over TLS */
    gint64 received;    /**< bytes of the body read so far */
    gint64 chunk_left;  /**< bytes left in the present chunk */
    gboolean body_done; /**< nothing of the body is left */
    gboolean broken;    /**< the peer is gone, or a fault closed the connection */
    gint64 sent;        /**< bytes of the answer's body that were sent */
    gint64 started_us;  /**< wall clock when the request line was read */
    WireFault fault;
    gpointer context; /**< the handler's own, for HttpDone to give back */
} Request;

/** Where a streamed body goes. */
typedef struct Sink Sink;

/**
 * Writes part of a body. @param data,len the bytes. @return FALSE when the peer is gone or a fault cut the answer; the
 * producer then stops. Called on the connection's thread.
 */
gboolean sink_write (Sink *sink, const void *data, gsize len);

/** Produces a body. @return FALSE to break the connection off instead of ending the body properly. */
typedef gboolean (*BodyFunc) (Sink *sink, gpointer data);

/** An answer. Zero-initialised it is an empty one; reply_clear() gives back what it owns. */
typedef struct Reply {
    int status;
    GString *headers; /**< further header lines, each with its CRLF */
    GBytes *bytes;    /**< a body in memory, or */
    int fd;           /**< a body in a file (owned; valid when has_fd), or */
    BodyFunc stream;  /**< a body that is produced */
    gpointer stream_data;
    GDestroyNotify stream_free;
    gint64 offset; /**< where in the file */
    gint64 length; /**< how many bytes of the file; said in the header even where the file has fewer, or below 0 */
    gboolean has_fd;
    gboolean chunked;  /**< send the bytes without telling their length */
    gboolean buffered; /**< but tell it where all of them fit into the container's buffer: nobody flushes */
    gboolean close;    /**< close the connection afterwards */
    gboolean drop;     /**< send nothing at all, close */
} Reply;

/** Answers a request. Called on the connection's thread, several at a time. */
typedef void (*HttpHandler) (Request *req, Reply *reply, gpointer data);
/** Told when an answer has been sent, or was not. */
typedef void (*HttpDone) (Request *req, const Reply *reply, gpointer data);

/** How the server listens. Strings are borrowed for http_server_start() only. */
typedef struct HttpConfig {
    const char *bind;
    guint16 port; /**< 0: any */
    const char *tls_cert;
    const char *tls_key;
    const gint *idle_ms;  /**< how long a connection may wait for a request; read anew each time */
    const gint *mb_per_s; /**< how fast each connection sends, 0: as fast as it goes; read anew each time */
    HttpHandler handler;
    HttpDone done;
    gpointer data;
} HttpConfig;

/**
 * Starts to listen and to serve, in threads of its own, until the process ends.
 * @param port set to the port in use. @return FALSE with @p error set when that is impossible.
 */
gboolean http_server_start (const HttpConfig *config, guint16 *port, GError **error);

/** @return how many connections are open, or were accepted and are still to be looked at. */
guint http_connections (void);

/** @return a header's value (the name in any case), or NULL; owned by the request. */
const char *request_header (const Request *req, const char *name);

/** @return the first value of a query parameter, decoded, or NULL; owned by the request. */
const char *request_param (const Request *req, const char *name);

/** @return a copy of @p text that lives as long as the request. */
char *request_strdup (Request *req, const char *text);

/**
 * Reads on in the request's body (chunks are undone).
 * @return how many bytes, at most @p size; 0 at the end; -1 when the peer went away before it.
 */
gssize request_read (Request *req, void *buffer, gsize size);

/** Reads and drops the rest of the body, at most @p max bytes. @return TRUE when all of it is read. */
gboolean request_drain (Request *req, gint64 max);

/** Reads the rest of a body into memory. @return the text (owned by the caller), NULL when over @p max or cut off. */
GString *request_body (Request *req, gsize max);

/** Appends one header line. */
void reply_header (Reply *reply, const char *name, const char *value);

/** Takes the lines of one header out again. */
void reply_drop_header (Reply *reply, const char *name);

/** Makes @p text (copied) the whole body, with its type (NULL: no Content-Type). Replaces what was there. */
void reply_text (Reply *reply, int status, const char *type, const char *text);

/** The same with bytes that the answer takes over. */
void reply_bytes (Reply *reply, int status, const char *type, GBytes *bytes);

/** Makes a producer the body: chunked, without a length. @param free_data called at the end. */
void reply_stream (Reply *reply, int status, const char *type, BodyFunc func, gpointer data, GDestroyNotify free_data);

/** Takes the body off. */
void reply_clear (Reply *reply);

/** Decodes form data (`+` is a space) or, with @p plus FALSE, a path. Bad escapes stay. @return owned by the caller. */
char *http_decode (const char *text, gssize len, gboolean plus);

/* Between the files of this server only. */

/** Sends an answer and its body. @return FALSE when the connection is to be closed. */
gboolean http_send_reply (Request *req, Reply *reply);

/** Reads the next request. @return FALSE at the end of the connection; a bad one is answered here. */
gboolean http_read_request (Conn *conn, Request *req);

/** Gives back what a request owns. */
void request_clear (Request *req);

/** A connection; the two directions are blocking. */
struct Conn {
    int fd;
    guint64 number;
    gnutls_session_t tls; /**< NULL without TLS */
    const HttpConfig *config;
    guint8 *in; /**< what was received and is not used yet */
    gsize in_at;
    gsize in_end;
    gboolean abrupt; /**< to be closed with a reset */
    Pace pace;       /**< of what it sends */
};

/** How many bytes of a body that nobody wanted are read and dropped before the connection closes; Tomcat's number. */
#define SWALLOW_MAX (2u * 1024u * 1024u)

/** Size of a connection's input buffer and of a chunk, in bytes. */
#define HTTP_BUFFER (64u * 1024u)

/** Receives at most @p size bytes into @p buffer. @return as recv(2). */
gssize conn_recv (Conn *conn, void *buffer, gsize size);

/** Sends all bytes. @param more whether further ones follow at once. @return FALSE when the peer is gone. */
gboolean conn_send (Conn *conn, const void *data, gsize len, gboolean more);

/**
 * Sends part of a file, without a copy where the connection is in clear; where the file ends before, what there is.
 * @param sent grows by what was handed over. @return FALSE when the peer is gone.
 */
gboolean conn_send_file (Conn *conn, int fd, gint64 offset, gint64 length, gint64 *sent);
