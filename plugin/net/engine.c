/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's thread: it alone touches curl's handles. Callers put a transfer into the attention queue and wake it;
 * it reads the transfer's flags and does what they ask for. */
#include "net/internal.h"

#include "base/sync.h"

#include <unistd.h>

/* Idle handles kept for reuse, and idle connections kept open. */
#define MAX_IDLE 64L

#define IDLE_POLL_MS (10 * 60 * 1000)

static void
init_curl (void)
{
    curl_global_init (CURL_GLOBAL_DEFAULT);
}

XnEngine *
xn_engine_new (void)
{
    XnEngine *engine = g_new0 (XnEngine, 1);
    pthread_mutex_init (&engine->mutex, NULL);
    pthread_mutex_init (&engine->awake, NULL);
    engine->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)xn_group_free);
    engine->user_agent = g_strdup_printf ("xnatstorage/" XNATSTORAGE_VERSION " libcurl/%s",
                                          curl_version_info (CURLVERSION_NOW)->version);
    return engine;
}

guint64
xn_engine_connections (XnEngine *engine)
{
    return atomic_load (&engine->connections);
}

void
xn_engine_hold (XnEngine *engine)
{
    pthread_mutex_lock (&engine->awake);
}

void
xn_engine_let_go (XnEngine *engine)
{
    pthread_mutex_unlock (&engine->awake);
}

void
xn_engine_abandon (XnEngine *engine)
{
    /* Its mutex may be held by a thread that does not exist here, and closing a TLS connection would write to it: the
     * memory stays as it is, and in sight of leak checkers. A child has one thread when it does this. */
    static XnEngine *abandoned;
    /* The server would not see the parent close a connection that the child holds open. Not shut down: it is in use. */
    for (guint i = 0; i < XN_NOTED_SOCKETS; i++) {
        const int descriptor = atomic_exchange (&engine->sockets[i], 0) - 1;
        if (descriptor >= 0)
            close (descriptor);
    }
    engine->abandoned_before = abandoned;
    abandoned = engine;
}

/* Takes @transfer from curl; the caller holds a reference. */
static void
detach (XnEngine *engine, XnTransfer *transfer)
{
    curl_multi_remove_handle (engine->multi, transfer->easy);
    /* A transfer that ended before it had a connection leaves its buffer in the handle, which a reset does not free and
     * which then refuses to be set. */
    if (transfer->succeeded && engine->easies->len < MAX_IDLE) {
        curl_easy_reset (transfer->easy);
        /* Else its end would change the process's SIGPIPE for a moment. */
        curl_easy_setopt (transfer->easy, CURLOPT_NOSIGNAL, 1L);
        g_ptr_array_add (engine->easies, transfer->easy);
    } else {
        curl_easy_cleanup (transfer->easy);
    }
    transfer->easy = NULL;
    g_queue_unlink (&engine->active, &transfer->link);
    if (transfer->has_news)
        g_ptr_array_remove_fast (engine->news, transfer);
    transfer->has_news = false;
}

static void engine_activate (XnEngine *engine, XnTransfer *transfer);

/* Activates those of the group of @transfer for which there is a place now. */
static void
admit_waiting (XnEngine *engine, const XnTransfer *transfer)
{
    XnTransfer *next;
    while ((next = xn_group_admit (engine, transfer)) != NULL)
        engine_activate (engine, next);
}

/* Ends @transfer with @error (transfer full) (nullable: success). */
static void
engine_finish (XnEngine *engine, XnTransfer *transfer, GError *error)
{
    if (transfer->easy != NULL)
        detach (engine, transfer);
    transfer->stage = XN_STAGE_OVER;
    pthread_mutex_lock (&transfer->mutex);
    /* What a callback has found is the cause of what curl says. */
    if (transfer->error == NULL)
        transfer->error = g_steal_pointer (&error);
    /* The 417 was not followed by another try: it is the answer. */
    if (transfer->error == NULL && transfer->expectation_failed)
        transfer->header_done = true;
    transfer->duration_us = g_get_monotonic_time () - transfer->started_us;
    transfer->over = true;
    pthread_cond_signal (&transfer->changed);
    pthread_mutex_unlock (&transfer->mutex);
    g_clear_error (&error);
    if (!transfer->urgent) {
        xn_group_leave (engine, transfer);
        admit_waiting (engine, transfer);
    }
    xn_transfer_unref (transfer);
}

static CURL *
take_easy (XnEngine *engine)
{
    if (engine->easies->len > 0)
        return (CURL *)g_ptr_array_steal_index_fast (engine->easies, engine->easies->len - 1);
    CURL *easy = curl_easy_init ();
    /* A reset keeps it. */
    if (easy != NULL && engine->share != NULL)
        curl_easy_setopt (easy, CURLOPT_SHARE, engine->share);
    return easy;
}

/* Gives @transfer to curl. */
static void
engine_activate (XnEngine *engine, XnTransfer *transfer)
{
    transfer->stage = XN_STAGE_ACTIVE;
    transfer->started_us = transfer->moved_us = g_get_monotonic_time ();
    transfer->easy = take_easy (engine);
    g_queue_push_tail_link (&engine->active, &transfer->link);
    if (transfer->easy != NULL && xn_easy_set_options (transfer) &&
        curl_multi_add_handle (engine->multi, transfer->easy) == CURLM_OK)
        return;
    GError *error = NULL;
    xn_error_set (&error, XN_ERROR_IO, "no memory for a request to %s", transfer->place);
    if (transfer->easy == NULL)
        g_queue_unlink (&engine->active, &transfer->link);
    engine_finish (engine, transfer, error);
}

/* Lets curl go on with a direction whose ring has changed. */
static void
resume (XnEngine *engine, XnTransfer *transfer)
{
    pthread_mutex_lock (&transfer->mutex);
    const bool was_receiving_paused = transfer->receiving_paused;
    const bool was_sending_paused = transfer->sending_paused;
    if (xn_ring_is_roomy (&transfer->content))
        transfer->receiving_paused = false;
    if (!xn_ring_is_empty (&transfer->body) || !transfer->feeding ||
        (transfer->header_done && transfer->answer.status >= 300))
        transfer->sending_paused = false;
    const int pauses =
        (transfer->receiving_paused ? CURLPAUSE_RECV : 0) | (transfer->sending_paused ? CURLPAUSE_SEND : 0);
    const bool same =
        was_receiving_paused == transfer->receiving_paused && was_sending_paused == transfer->sending_paused;
    pthread_mutex_unlock (&transfer->mutex);
    if (same)
        return;
    transfer->moved_us = g_get_monotonic_time ();
    const CURLcode code = curl_easy_pause (transfer->easy, pauses);
    if (code != CURLE_OK)
        engine_finish (engine, transfer, xn_net_error (transfer, code));
}

/* Activates a new transfer (transfer full), now or when there is a place for it. */
static void
engine_take (XnEngine *engine, XnTransfer *transfer)
{
    if (transfer->urgent) {
        engine_activate (engine, transfer);
        return;
    }
    xn_group_enter (engine, transfer);
    admit_waiting (engine, transfer);
}

/* Ends those active transfers whose time is up. */
static void
check_clocks (XnEngine *engine, gint64 now)
{
    GList *next;
    for (GList *link = engine->active.head; link != NULL; link = next) {
        next = link->next;
        XnTransfer *transfer = (XnTransfer *)link->data;
        GError *error = transfer->requested ? xn_clock_check (transfer, now) : NULL;
        if (error != NULL)
            engine_finish (engine, transfer, error);
    }
}

static void
look_at (XnEngine *engine, XnTransfer *transfer)
{
    pthread_mutex_lock (&transfer->mutex);
    const bool cut = transfer->cut;
    pthread_mutex_unlock (&transfer->mutex);
    switch (transfer->stage) {
    case XN_STAGE_NEW:
        if (!cut)
            engine_take (engine, xn_transfer_ref (transfer));
        break;
    case XN_STAGE_WAITING:
        if (cut) {
            xn_group_forget (engine, transfer);
            /* The next may have a higher limit. */
            admit_waiting (engine, transfer);
            xn_transfer_unref (transfer);
        }
        break;
    case XN_STAGE_ACTIVE:
        if (cut)
            engine_finish (engine, transfer, NULL);
        else
            resume (engine, transfer);
        break;
    case XN_STAGE_OVER:
        break;
    }
}

/* Looks at all that wait for attention; FALSE when the engine should end. */
static gboolean
attend_all (XnEngine *engine)
{
    for (;;) {
        pthread_mutex_lock (&engine->mutex);
        const bool quit = engine->quit;
        XnTransfer *transfer = (XnTransfer *)g_queue_pop_head (&engine->attention);
        pthread_mutex_unlock (&engine->mutex);
        if (transfer == NULL)
            return !quit;
        look_at (engine, transfer);
        xn_transfer_unref (transfer);
    }
}

static void
finish_completed (XnEngine *engine)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read (engine->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *data = NULL;
        curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, &data);
        XnTransfer *transfer = (XnTransfer *)(gpointer)data;
        transfer->succeeded = message->data.result == CURLE_OK;
        xn_peer_note (transfer, message->data.result);
        engine_finish (engine, transfer, xn_net_error (transfer, message->data.result));
    }
}

/* One wake-up a round, not one for every piece that curl hands over. */
static void
announce_news (XnEngine *engine)
{
    for (guint i = 0; i < engine->news->len; i++) {
        XnTransfer *transfer = (XnTransfer *)engine->news->pdata[i];
        transfer->has_news = false;
        pthread_mutex_lock (&transfer->mutex);
        pthread_cond_signal (&transfer->changed);
        /* A body that nobody wants any more would keep curl waiting for it. */
        const bool stopped = transfer->sending_paused && transfer->header_done && transfer->answer.status >= 300;
        pthread_mutex_unlock (&transfer->mutex);
        if (stopped)
            xn_engine_attend (engine, transfer, NULL);
    }
    g_ptr_array_set_size (engine->news, 0);
}

static void
free_easy (gpointer easy)
{
    curl_easy_cleanup ((CURL *)easy);
}

/* Without it each of several connections would begin with a handshake of its own. Of one thread only, so no lock. */
static CURLSH *
new_share (void)
{
    CURLSH *share = curl_share_init ();
    if (share != NULL)
        curl_share_setopt (share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return share;
}

static void *
run (void *data)
{
    XnEngine *engine = (XnEngine *)data;
    pthread_setname_np (pthread_self (), "xnat-net");
    pthread_mutex_lock (&engine->awake);
    engine->local_ports = g_hash_table_new (NULL, NULL);
    engine->news = g_ptr_array_new ();
    engine->easies = g_ptr_array_new_with_free_func (free_easy);
    engine->share = new_share ();
    gint64 checked_us = 0;
    while (attend_all (engine)) {
        int running;
        curl_multi_perform (engine->multi, &running);
        finish_completed (engine);
        announce_news (engine);
        const gint64 now = g_get_monotonic_time ();
        if (now - checked_us >= XN_CLOCK_TICK_MS * 1000) {
            checked_us = now;
            check_clocks (engine, now);
        }
        pthread_mutex_unlock (&engine->awake);
        curl_multi_poll (engine->multi, NULL, 0, engine->active.length > 0 ? XN_CLOCK_TICK_MS : IDLE_POLL_MS, NULL);
        pthread_mutex_lock (&engine->awake);
    }
    while (engine->active.length > 0)
        engine_finish (engine, (XnTransfer *)engine->active.head->data, NULL);
    g_ptr_array_unref (engine->easies);
    /* Here, where SIGPIPE is blocked: closing a TLS connection writes to it. */
    curl_multi_cleanup (engine->multi);
    curl_share_cleanup (engine->share);
    g_ptr_array_unref (engine->news);
    g_hash_table_unref (engine->local_ports);
    pthread_mutex_unlock (&engine->awake);
    return NULL;
}

/* NULL: no memory, or no descriptor for waking it up; curl makes it all the same then, and it would sleep on. */
static CURLM *
new_multi (void)
{
    CURLM *multi = curl_multi_init ();
    if (multi == NULL || curl_multi_wakeup (multi) == CURLM_OK)
        return multi;
    curl_multi_cleanup (multi);
    return NULL;
}

/* The engine's mutex is held. */
static gboolean
ensure_running (XnEngine *engine, GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (engine->running)
        return TRUE;
    pthread_once (&once, init_curl);
    if (engine->multi == NULL)
        engine->multi = new_multi ();
    if (engine->multi != NULL) {
        /* One request at a time on a connection, with HTTP/2 too: a reader that is slow would hold up all others on
         * its connection, and several connections are faster. */
        curl_multi_setopt (engine->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
        curl_multi_setopt (engine->multi, CURLMOPT_MAXCONNECTS, MAX_IDLE);
        engine->running = xn_thread_start (&engine->thread, run, engine);
    }
    if (!engine->running)
        xn_error_set (error, XN_ERROR_IO, "no thread, memory or open files for network connections");
    return engine->running;
}

gboolean
xn_engine_attend (XnEngine *engine, XnTransfer *transfer, GError **error)
{
    pthread_mutex_lock (&engine->mutex);
    const gboolean running = ensure_running (engine, error);
    if (running)
        g_queue_push_tail (&engine->attention, xn_transfer_ref (transfer));
    pthread_mutex_unlock (&engine->mutex);
    if (running)
        curl_multi_wakeup (engine->multi);
    return running;
}

void
xn_engine_free (XnEngine *engine)
{
    if (engine == NULL)
        return;
    pthread_mutex_lock (&engine->mutex);
    engine->quit = true;
    const bool running = engine->running;
    /* Within the lock: the thread frees the handle as soon as it sees that it should end. */
    if (running)
        curl_multi_wakeup (engine->multi);
    pthread_mutex_unlock (&engine->mutex);
    if (running)
        pthread_join (engine->thread, NULL);
    else
        curl_multi_cleanup (engine->multi);
    pthread_mutex_destroy (&engine->awake);
    pthread_mutex_destroy (&engine->mutex);
    g_clear_pointer (&engine->waits, g_hash_table_unref);
    g_hash_table_unref (engine->groups);
    g_free (engine->user_agent);
    g_free (engine);
}
