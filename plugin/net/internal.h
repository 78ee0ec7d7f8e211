/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. A transfer is used by two threads: its caller's and the engine's. Each field says
 * whose it is; [mutex] means the transfer's. The two mutexes are never held together, and none is held while a function
 * of the host is called. */
#pragma once

#include "base/error.h"
#include "net/answer.h"
#include "net/curl-auto.h"
#include "net/engine.h"
#include "net/ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/** How many sockets are noted; there are at most the kept ones and those of the requests at a time. */
#define XN_NOTED_SOCKETS 512

struct XnEngine {
    pthread_mutex_t mutex;
    GQueue attention;      /**< [engine's mutex] (element-type XnTransfer) (owned) what the thread should look at */
    bool running;          /**< [engine's mutex] */
    bool quit;             /**< [engine's mutex] */
    GHashTable *waits;     /**< [engine's mutex] (owned) (nullable) Map<group, least wait in microseconds> */
    pthread_mutex_t awake; /**< held by the thread, but while it waits for something to do */
    pthread_t thread;      /**< set once running */
    CURLM *multi;          /**< set once running; callers may wake it, nothing else */
    char *user_agent;      /**< (owned) constant */
    atomic_uint_fast64_t connections;
    atomic_bool warned_of_proxy;
    XnEngine *abandoned_before; /**< (nullable) see xn_engine_abandon() */
    /** (owned) name -> XnGroup; the engine's thread adds to it with the mutex held, so that others can look */
    GHashTable *groups;
    atomic_int sockets[XN_NOTED_SOCKETS]; /**< open sockets plus one, 0: none; written by the engine's thread */

    /* The engine's thread only. */
    GQueue active;           /**< (element-type XnTransfer) (owned) those that curl works on */
    GPtrArray *news;         /**< (element-type XnTransfer) whose callers should wake up */
    GPtrArray *easies;       /**< (element-type CURL) (owned) idle handles */
    CURLSH *share;           /**< (owned) (nullable) TLS sessions, for all handles */
    GHashTable *local_ports; /**< local port -> number of the connection */
};

/** Requests to one server, which share a limit. */
typedef struct {
    atomic_uint asked; /**< places that are taken or waited for */
    guint active;
    bool expects_nothing; /**< it has answered 417 to an Expect */
    GQueue waiting;       /**< (element-type XnTransfer) (owned) in order of arrival */
} XnGroup;

typedef enum {
    XN_STAGE_NEW,
    XN_STAGE_WAITING, /**< for a place in the group */
    XN_STAGE_ACTIVE,
    XN_STAGE_OVER,
} XnStage;

struct XnTransfer {
    atomic_int references;
    XnEngine *engine;

    /* Constant once submitted. */
    char *method, *url, *group, *ca_file; /**< (owned) */
    char *host, *place;                   /**< (owned) name, and name:port for messages */
    struct curl_slist *headers;           /**< (owned) */
    bool urgent, lean, verify, has_body, wants_peer;
    bool expects; /**< asks before it sends its body; set by the engine's thread, constant from then on */
    gint64 body_length;
    gint64 connect_timeout_ms, answer_timeout_ms, stall_timeout_ms;
    guint jobs;

    pthread_mutex_t mutex;
    pthread_cond_t changed;

    XnOp *op;                              /**< [mutex] valid until cut */
    bool cut;                              /**< [mutex] the caller has left */
    bool feeding;                          /**< [mutex] the caller is bringing the body */
    bool header_done;                      /**< [mutex] from then on @answer is constant */
    bool over;                             /**< [mutex] nothing more will come */
    bool receiving_paused, sending_paused; /**< [mutex] */
    bool host_unknown;                     /**< [mutex] the error is that the host was not found */
    GError *error;                         /**< [mutex] (owned) why it is over */
    XnRing body, content;                  /**< [mutex] what is sent, what is received */
    XnAnswer answer;                       /**< the engine's thread until header_done */
    gint64 received;                       /**< [mutex] bytes */
    gint64 waited_us;                      /**< [mutex] from the request to the header of the answer */
    gint64 duration_us;                    /**< [mutex] from the place in the group to the end */
    guint64 connection;                    /**< [mutex] its number, 0 if there is none */
    XnPeer peer;                           /**< [mutex] (owned) what was found of the way, if that is wanted */

    /* The caller's. */
    bool submitted;
    XnChunk *lent; /**< (owned) what the caller reads now */

    /* The engine's thread only. */
    XnStage stage;
    GList link; /**< in the engine's active or the group's waiting */
    CURL *easy;
    bool succeeded; /**< curl says so */
    bool has_news;
    bool requested;          /**< the request was begun on a connection */
    bool peer_noted;         /**< what curl tells of the way was noted */
    bool expectation_failed; /**< 417 to its Expect: curl asks again without */
    gint64 body_read;        /**< bytes that curl has taken */
    long connects;           /**< connections opened for it */
    gint64 started_us, moved_us, requested_us;
    gint64 seen_sent, seen_received;
    char curl_message[CURL_ERROR_SIZE];
};

/* From the bottom up; each file calls those above its line only. */

/* transfer-state.c */

XnTransfer *xn_transfer_ref (XnTransfer *transfer);
void xn_transfer_unref (XnTransfer *transfer);

/** Notes that the caller of @transfer should be woken at the end of this round. Thread: the engine's. */
void xn_transfer_has_news (XnTransfer *transfer);

/* groups.c: the limit of concurrency. Thread: the engine's. */

void xn_group_free (XnGroup *group);
/** Puts @transfer (transfer full) at the end of its group's queue. */
void xn_group_enter (XnEngine *engine, XnTransfer *transfer);
/** The next in the queue of @member's group, if there is a place for it, which it has taken then: (transfer full), to be
 *  activated; NULL if nobody waits, or there is no place. */
XnTransfer *xn_group_admit (XnEngine *engine, const XnTransfer *member);
/** Takes @transfer, which waits, out of its group's queue; (transfer full) back to the caller. */
void xn_group_forget (XnEngine *engine, XnTransfer *transfer);
/** Whether the group's server takes an Expect, as far as is known; notes that it does not. */
gboolean xn_group_takes_expect (XnEngine *engine, const XnTransfer *member);
void xn_group_note_417 (XnEngine *engine, const XnTransfer *member);
/** Frees the place of @transfer, which was active. */
void xn_group_leave (XnEngine *engine, const XnTransfer *transfer);

/* authorities.c */

/** Where the certificates of authorities are. */
typedef struct {
    const char *file;      /**< (nullable) a PEM bundle */
    const char *directory; /**< (nullable) of certificates that are named after their hashes */
} XnAuthorities;

/** Whom to trust: @setting (nullable) alone; else what curl's command looks at, CURL_CA_BUNDLE, SSL_CERT_FILE and
 *  SSL_CERT_DIR; else @built_in, as far as it is there; else the first of @bundles (NULL-terminated) that is. The strings are
 *  those of the arguments and of the environment. Thread: any. */
XnAuthorities xn_authorities_choose (const char *setting, const XnAuthorities *built_in, const char *const *bundles);

/** The same for @transfer, with what this libcurl was built for and the bundles of the usual systems. Thread: any. */
XnAuthorities xn_authorities_of (const XnTransfer *transfer);

/* peer.c; all but the last on the engine's thread */

/** Has curl tell of the way, if that is wanted. FALSE: out of memory. */
gboolean xn_peer_set_options (XnTransfer *transfer);
/** Notes once what is known of the way, if that is wanted. @code: how the try ended, CURLE_OK if it has not */
void xn_peer_note (XnTransfer *transfer, CURLcode code);
/** Hands what was noted to the caller, on its thread. @out_peer: (nullable) */
void xn_peer_hand_over (XnTransfer *transfer, XnPeer *out_peer);

/* easy-options.c */

/** Sets all options of @transfer's handle, which is fresh or reset. FALSE: out of memory. */
gboolean xn_easy_set_options (XnTransfer *transfer);

/* callbacks.c: what curl calls on the engine's thread; @data is the transfer, for sockets, which outlive it, the
 * engine. */

size_t xn_on_header (char *line, size_t size, size_t count, void *data);
size_t xn_on_content (char *bytes, size_t size, size_t count, void *data);
size_t xn_on_body (char *buffer, size_t size, size_t count, void *data);
int xn_on_request (void *data, char *remote_ip, char *local_ip, int remote_port, int local_port);
curl_socket_t xn_on_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address);
int xn_on_close (void *data, curl_socket_t descriptor);

/* proxy.c */

/** What curl says, without the login of a proxy, which the environment's variables may hold: (transfer full). */
char *xn_net_without_proxy_login (const char *words);

/* net-error.c */

/** The error of a try that curl ended with @code; NULL if it is none. Thread: the engine's. */
GError *xn_net_error (XnTransfer *transfer, CURLcode code);

/** A retryable error of kind NETWORK; `sent` follows from what curl has sent. Thread: the engine's. */
GError *xn_net_error_passing (XnTransfer *transfer, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** As xn_net_error_passing(), but trying again is of no use. @kind: NETWORK, or SERVER for an answer that is no HTTP */
GError *xn_net_error_lasting (XnTransfer *transfer, XnErrorKind kind, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** If @transfer failed because its host was not found: takes back that @error may pass when the resolver says for sure
 *  that there is no such host. Thread: the caller's, after the end. */
void xn_net_error_settle_host (GError *error, const XnTransfer *transfer);

/* clocks.c */

/** How often the engine looks at its clocks while transfers are active. */
#define XN_CLOCK_TICK_MS 100

/** The error (transfer full) of an active transfer whose time is up at @now (monotonic, microseconds), or NULL. Thread: the
 *  engine's. */
GError *xn_clock_check (XnTransfer *transfer, gint64 now);

/* net-log.c */

/** One line about a try that is over. Thread: the caller's; the transfer's mutex is held. */
char *xn_net_log_line (const XnTransfer *transfer);

/* clocks.c */

/** How often the engine looks at its clocks while transfers are active. */
#define XN_CLOCK_TICK_MS 100

/** The error (transfer full) of an active transfer whose time is up at @now (monotonic, microseconds), or NULL. Thread: the
 *  engine's. */
GError *xn_clock_check (XnTransfer *transfer, gint64 now);

/* net-log.c */

/** One line about a try that is over. Thread: the caller's; the transfer's mutex is held. */
char *xn_net_log_line (const XnTransfer *transfer);

/** Whether curl sends the request to a proxy. Thread: any. */
gboolean xn_net_goes_through_proxy (const XnTransfer *transfer);

/** Warns once an engine if the request carries a login in clear through a proxy. Thread: the caller's. */
void xn_net_warn_of_proxy (XnTransfer *transfer);

/* waits.c */

/** Notes how long @transfer, which has a header, waited for it. Thread: the caller's, no mutex held. */
void xn_waits_note (XnEngine *engine, const XnTransfer *transfer);

/* engine.c */

/** Makes the engine's thread look at @transfer, starting the thread if there is none; FALSE with an error if the
 *  system has no thread. Thread: any, no mutex held. */
gboolean xn_engine_attend (XnEngine *engine, XnTransfer *transfer, GError **error);
