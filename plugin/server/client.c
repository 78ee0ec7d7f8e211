/* SPDX-License-Identifier: Apache-2.0 */
/* One call: tries, until an answer is good or final. */
#include "server/client-private.h"

#include "base/error.h"
#include "base/log.h"
#include "base/sync.h"
#include "http/fields.h"
#include "server/judge.h"

#include <string.h>

#define MAX_HOPS 5
/* How long an answer of XNAT's vouches for a 404 that bears no mark of a container without it. */
#define LATELY_US G_USEC_PER_SEC
#define AT_ONCE_US 1000

/* A call under way. */
typedef struct {
    XnClient *client;
    const XnCall *call;
    XnOp *op;
    guint tried;          /* further tries after a fault */
    guint begun;          /* tries of any kind */
    gint64 begun_us;      /* when the last of them began (monotonic) */
    gboolean renewed;     /* the session was found lost once */
    gboolean refreshed;   /* it was replaced although it lives */
    gboolean unexpected;  /* the server would not be asked whether it takes the body */
    gboolean settled_500; /* whose session it was has been asked after a 500 */
    gboolean was_ahead;   /* it was sent with a login that was being checked */
} Run;

/* What came of a try that did not succeed. */
typedef struct {
    XnFault fault;
    gboolean again; /* at once: the session was renewed, or the server told how not to ask */
    gint64 retry_after_ms;
} Failure;

/* One transfer and what belongs to it. */
typedef struct {
    char *url;            /* (owned) where it was sent to in the end */
    guint generation;     /* of the session */
    gint64 answered_us;   /* when the header came (monotonic) */
    XnTransfer *transfer; /* (owned) */
    gboolean held;        /* it was not given out at once, and its body may be here already */
    gboolean good_header;
    XnReply *reply; /* (owned) (nullable) */
} Try;

static void
try_clear (Try *try)
{
    xn_transfer_free (try->transfer);
    xn_reply_free (try->reply);
    g_free (try->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Try, try_clear)

static gboolean
rewind_body (const Run *run, GError **error)
{
    const XnCall *call = run->call;
    if (call->body == NULL || run->begun == 0)
        return TRUE;
    if (call->rewind_body != NULL)
        return call->rewind_body (call->body_data, error);
    xn_error_set (error, XN_ERROR_NETWORK, "%s: the request to %s has to be sent again, but its body cannot",
                  call->what, xn_client_base (run->client));
    return FALSE;
}

static gboolean
start_transfer (const Run *run, Try *try, const char *cookie, GError **error)
{
    const XnCall *call = run->call;
    const XnSettings *settings = xn_op_settings (run->op);
    const gint64 answer_ms = call->answer_timeout_ms > 0 ? call->answer_timeout_ms : settings->answer_timeout_ms;
    g_autoptr (GPtrArray) headers = g_ptr_array_new ();
    g_autofree char *type =
        call->content_type != NULL ? g_strconcat ("Content-Type: ", call->content_type, NULL) : NULL;
    for (guint i = 0; call->headers != NULL && call->headers[i] != NULL; i++)
        g_ptr_array_add (headers, (gpointer)call->headers[i]);
    if (type != NULL)
        g_ptr_array_add (headers, type);
    if (cookie != NULL)
        g_ptr_array_add (headers, (gpointer)cookie);
    g_ptr_array_add (headers, NULL);
    const XnRequest request = {
        .method = call->method,
        .url = try->url,
        .headers = (const char *const *)headers->pdata,
        .group = xn_client_base (run->client),
        .lean = call->lean,
        .verify = run->client->found.verify,
        .ca_file = settings->ca_file,
        .body = call->body,
        .body_data = call->body_data,
        .body_length = call->body_length,
        .connect_timeout_ms =
            call->guess ? MIN (settings->connect_timeout_ms, answer_ms) : settings->connect_timeout_ms,
        .answer_timeout_ms = answer_ms,
        .stall_timeout_ms =
            call->silent_body ? MAX (settings->stall_timeout_ms, answer_ms) : settings->stall_timeout_ms,
    };
    try->transfer = xn_transfer_start (run->client->engine, &request, run->op, error);
    try->answered_us = g_get_monotonic_time ();
    return try->transfer != NULL;
}

/* Where a redirect may lead the session's cookies: the same host and port, or from http to https of the same host. */
static gboolean
may_follow (const char *url, const XnLocation *target)
{
    g_auto (XnLocation) here = {0};
    if (target->has_login || !xn_location_resolve (&here, url, "") || !g_str_equal (here.host, target->host))
        return FALSE;
    return (here.tls == target->tls && here.port == target->port) || (!here.tls && target->tls);
}

/* Sends the request, following redirects. On success the try has a good header, or a reply. */
static gboolean
exchange (Run *run, Try *try, const char *cookie, GError **error)
{
    const XnCall *call = run->call;
    const char *const secrets[] = {cookie, NULL};
    const gboolean reads = g_str_equal (call->method, "GET") || g_str_equal (call->method, "HEAD");
    for (guint hops = 0;; hops++) {
        if (!start_transfer (run, try, cookie, error))
            return FALSE;
        XnTransfer *transfer = try->transfer;
        try->good_header =
            xn_judge_header (call, xn_transfer_status (transfer), xn_transfer_header (transfer, "Content-Type"),
                             g_str_equal (call->method, "HEAD") ? -1 : xn_transfer_content_length (transfer));
        const gboolean keep_body = !try->good_header || call->consume == NULL;
        try->reply = xn_reply_new (transfer, keep_body, error);
        if (try->reply == NULL)
            return FALSE;
        xn_reply_guard (try->reply, secrets);
        if (!reads || hops >= MAX_HOPS || xn_judge_reply (call, try->reply, try->good_header) != XN_VERDICT_REDIRECT)
            return TRUE;
        g_auto (XnLocation) target = {0};
        if (!xn_location_resolve (&target, try->url, try->reply->location) || !may_follow (try->url, &target))
            return TRUE;
        g_clear_pointer (&try->transfer, xn_transfer_free);
        g_clear_pointer (&try->reply, xn_reply_free);
        g_free (try->url);
        try->url = g_steal_pointer (&target.url);
    }
}

/* Settles whether the answers of a try were the user's; TRUE: they were. FALSE: they were not (then failure->again), or
 * with an error. */
static gboolean
was_ours (Run *run, const Try *try, Failure *failure, GError **error)
{
    gboolean lost = FALSE;
    if (!xn_session_settle (run->client->session, try->generation, try->answered_us, !run->renewed, run->op, &lost,
                            error))
        return FALSE;
    if (!lost)
        return TRUE;
    failure->again = !run->renewed;
    if (!failure->again)
        xn_error_set (error, XN_ERROR_AUTH, "%s: the session on %s was lost twice in a row", run->call->what,
                      xn_client_base (run->client));
    run->renewed = TRUE;
    return FALSE;
}

/* A 401 with a challenge, of a server that knows the session when it is asked for it: one node of several may have lost it.
 * FALSE with failure->again: it is to be asked with another session; FALSE with an error: there is none. */
static gboolean
refusal_stands (Run *run, const Try *try, Failure *failure, GError **error)
{
    if (try->reply->status != 401 || !try->reply->challenge)
        return TRUE;
    if (run->refreshed) {
        xn_session_refresh_ended (run->client->session, FALSE);
        return TRUE;
    }
    if (!xn_session_refresh (run->client->session, try->generation, run->op, &failure->again, error))
        return FALSE;
    run->refreshed = failure->again;
    return !failure->again;
}

/* Whether a refusal is the same for whoever asks. On a closed site nothing is hidden from a lost session: it is refused,
 * not told that something is not there. */
static gboolean
shows_by_itself (const Run *run, const Try *try)
{
    /* Of such a resource everybody is told the same. */
    if (try->reply->page == XN_PAGE_NO_FILE)
        return TRUE;
    return run->client->closed && (try->reply->status == 403 || try->reply->status == 404);
}

/* Settles whether a 404 is XNAT's; try->reply->away: it is not. FALSE with an error: the operation should stop. */
static gboolean
is_from_xnat (const Run *run, Try *try, GError **error)
{
    /* Where the session is to be checked, too, one question answers both. */
    const gboolean vouched = shows_by_itself (run, try) && try->reply->page != XN_PAGE_TOMCAT;
    return xn_session_is_there (run->client->session, try->answered_us - (vouched ? LATELY_US : 0), run->op,
                                &try->reply->away, error);
}

static void
final_error (const Run *run, const Try *try, GError **error)
{
    g_autofree char *user = xn_session_user (run->client->session);
    xn_judge_error (error, run->call, try->reply, xn_client_base (run->client), user, run->tried + 1);
}

static gboolean
judge_reply (Run *run, Try *try, Failure *failure, GError **error)
{
    const XnVerdict verdict = xn_judge_reply (run->call, try->reply, try->good_header);
    if (xn_transfer_was_not_expected (try->transfer) && !run->unexpected) {
        run->unexpected = failure->again = TRUE;
        return FALSE;
    }
    if (run->call->guess && verdict != XN_VERDICT_GOOD) {
        final_error (run, try, error);
        return FALSE;
    }
    switch (verdict) {
    case XN_VERDICT_GOOD:
        return TRUE;
    case XN_VERDICT_UNPROVEN:
    case XN_VERDICT_SUSPECT:
        /* The connection is free for others while questions are asked. */
        g_clear_pointer (&try->transfer, xn_transfer_free);
        if (verdict == XN_VERDICT_UNPROVEN && !is_from_xnat (run, try, error))
            return FALSE;
        if (try->reply->away)
            failure->fault = xn_reply_fault (try->reply);
        else if (!shows_by_itself (run, try) &&
                 (!was_ours (run, try, failure, error) || !refusal_stands (run, try, failure, error)))
            return FALSE;
        break;
    case XN_VERDICT_RETRY:
        /* XNAT answers 500 where a guest asks for the files of what only the user may see. */
        if (try->reply->status == 500 && !run->client->closed && !run->settled_500) {
            run->settled_500 = TRUE;
            g_clear_pointer (&try->transfer, xn_transfer_free);
            if (!was_ours (run, try, failure, error))
                return FALSE;
        }
        failure->fault = xn_reply_fault (try->reply);
        failure->retry_after_ms = try->reply->retry_after_ms;
        break;
    case XN_VERDICT_REDIRECT:
        xn_redirect_error (error, xn_client_base (run->client), run->call->what, try->url, try->reply);
        return FALSE;
    case XN_VERDICT_FINAL:
        break;
    }
    if (try->reply->status >= 300 && try->reply->status < 400 && try->reply->location != NULL)
        xn_redirect_error (error, xn_client_base (run->client), run->call->what, try->url, try->reply);
    else
        final_error (run, try, error);
    return FALSE;
}

static gboolean
consume (Run *run, Try *try, Failure *failure, GError **error)
{
    const XnCall *call = run->call;
    GError *own_error = NULL;
    if (call->consume == NULL || !try->good_header)
        return TRUE;
    const XnAnswer answer = {.status = try->reply->status, .transfer = try->transfer, .held = try->held};
    if (call->consume (&answer, call->consume_data, &own_error))
        return TRUE;
    failure->fault = xn_fault_of_error (own_error);
    /* Bytes that came are no proof that nothing was sent; only the retryable fact counts here. */
    if (failure->fault == XN_FAULT_UNSENT)
        failure->fault = XN_FAULT_PASSING;
    /* A body that makes no sense may be a login page that looked like something else. */
    const gboolean senseless = call->expect == XN_EXPECT_FILE ? xn_is_html (try->reply->content_type) &&
                                                                    xn_error_is (own_error, XN_ERROR_INTEGRITY)
                                                              : xn_error_is (own_error, XN_ERROR_SERVER);
    if (senseless && !call->guess) {
        g_clear_pointer (&try->transfer, xn_transfer_free);
        GError *lost_error = NULL;
        if (!was_ours (run, try, failure, &lost_error) && lost_error == NULL) {
            g_clear_error (&own_error);
            return FALSE;
        }
        g_clear_error (&lost_error);
    }
    if (xn_error_is (own_error, XN_ERROR_SERVER) || xn_error_is (own_error, XN_ERROR_INTEGRITY)) {
        g_autofree char *packed = xn_reply_packed (try->reply);
        g_autofree char *before = own_error->message;
        own_error->message = g_strconcat (before, packed, NULL);
    }
    g_propagate_error (error, own_error);
    return FALSE;
}

static XnTicketKind
ticket_kind (const Run *run)
{
    /* On a closed site there is no further question that would tell whose the answer is. */
    const gboolean confirmed = run->call->early && !run->client->closed;
    if ((run->call->ahead || (run->call->early && !confirmed)) && !run->was_ahead)
        return XN_TICKET_LENT;
    return confirmed ? XN_TICKET_EARLY : XN_TICKET_CHECKED;
}

/* The check of a lent login, on a thread of its own. */
typedef struct {
    const Run *run;
    guint generation;
    gboolean ours;
    GError *error; /* (owned) (nullable) why that is not known; else it was another login */
} Check;

static void *
check_thread (void *data)
{
    Check *check = data;
    gboolean lost = FALSE;
    check->ours =
        xn_session_await (check->run->client->session, check->generation, check->run->op, &lost, &check->error) &&
        !lost;
    return NULL;
}

/* Sends the request, with a lent login while that is checked. FALSE with failure->again: it turned out to be another one; FALSE
 * with an error: no answer came, or no session can be had. */
static gboolean
ask (Run *run, Try *try, const XnTicket *ticket, Failure *failure, GError **error)
{
    Check check = {.run = run, .generation = ticket->generation, .ours = !ticket->lent};
    pthread_t thread;
    const gboolean beside = ticket->lent && xn_thread_start (&thread, check_thread, &check);
    if (ticket->lent && !beside)
        check_thread (&check);
    GError *own_error = NULL;
    const gboolean answered = (beside || check.ours) && exchange (run, try, ticket->cookie, &own_error);
    if (beside) {
        pthread_join (thread, NULL);
        try->held = g_get_monotonic_time () - try->answered_us > AT_ONCE_US;
    }
    run->was_ahead = run->was_ahead || ticket->lent;
    if (!check.ours) {
        g_clear_error (&own_error);
        failure->again = check.error == NULL;
        if (check.error != NULL)
            g_propagate_error (error, check.error);
        return FALSE;
    }
    if (answered)
        return TRUE;
    failure->fault = xn_fault_of_error (own_error);
    if (xn_error_is (own_error, XN_ERROR_NETWORK))
        g_prefix_error (&own_error, "%s: ", run->call->what);
    g_propagate_error (error, own_error);
    return FALSE;
}

/* One try. FALSE: with an error, or failure->again. */
static gboolean
try_once (Run *run, Failure *failure, GError **error)
{
    const XnCall *call = run->call;
    XnClient *client = run->client;
    g_auto (Try) try = {0};
    g_auto (XnTicket) ticket = {0};
    *failure = (Failure){.fault = XN_FAULT_FINAL, .retry_after_ms = -1};
    if (!rewind_body (run, error) || !xn_session_ticket (client->session, ticket_kind (run), run->op, &ticket, error))
        return FALSE;
    run->begun++;
    xn_keeper_attend (client->keeper, client->session);
    try.generation = ticket.generation;
    try.url = g_strconcat (xn_client_base (client), call->path, call->query != NULL ? "?" : "", call->query, NULL);
    const gboolean answered = ask (run, &try, &ticket, failure, error);
    xn_ticket_clear (&ticket);
    if (!answered || !judge_reply (run, &try, failure, error) || !consume (run, &try, failure, error))
        return FALSE;
    xn_session_take_answer (client->session, try.generation, try.reply, TRUE);
    if (run->refreshed)
        xn_session_refresh_ended (client->session, TRUE);
    return TRUE;
}

/* After a try that failed with @problem (nullable): whether the server is one that the operation is to give up, or not. */
static void
learn_away (const Run *run, guint retries, const GError *problem)
{
    XnAway *away = xn_op_away (run->op);
    const char *base = xn_client_base (run->client);
    const int status = xn_error_http_status (problem);
    gboolean is_away = xn_server_is_away (problem);
    if (!is_away && status != 0)
        xn_away_forget (away, base);
    if (!is_away || run->tried < retries)
        return;
    /* What stands in front of it may say so of this one request alone. */
    if (status != 0 && !xn_session_is_there (run->client->session, run->begun_us, run->op, &is_away, NULL))
        return;
    if (is_away)
        xn_away_note (away, base, run->begun_us, problem);
}

static gboolean
run_call (Run *run, GError **error)
{
    XnAway *away = xn_op_away (run->op);
    gboolean given_up;
    if (!xn_away_may_ask (away, xn_client_base (run->client), &given_up, error)) {
        g_prefix_error (error, "%s: ", run->call->what);
        return FALSE;
    }
    const guint retries = given_up ? 0 : xn_op_settings (run->op)->retries;
    for (;;) {
        Failure failure;
        GError *own_error = NULL;
        run->begun_us = g_get_monotonic_time ();
        if (try_once (run, &failure, &own_error)) {
            xn_away_forget (away, xn_client_base (run->client));
            return TRUE;
        }
        if (own_error == NULL && failure.again)
            continue;
        if (run->call->other_way != NULL && run->call->other_way (own_error, run->call->consume_data)) {
            xn_log (XN_LOG_DEBUG, "%s; asking for it in another way", own_error->message);
            g_clear_error (&own_error);
            continue;
        }
        if (run->call->guess) {
            g_propagate_error (error, own_error);
            return FALSE;
        }
        if (!xn_retry_decide (run->call->retry, failure.fault, run->tried, retries)) {
            learn_away (run, retries, own_error);
            g_propagate_error (error, own_error);
            return FALSE;
        }
        const gboolean go_on = xn_retry_wait (run->op, run->call->what, own_error->message, run->tried,
                                              failure.retry_after_ms, run->begun_us, error);
        g_clear_error (&own_error);
        if (!go_on)
            return FALSE;
        run->tried++;
    }
}

char *
xn_answer_text (const XnAnswer *answer, GError **error)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_transfer_next (answer->transfer, &bytes, error);
        if (n < 0)
            return NULL;
        if (n == 0)
            return g_string_free (g_steal_pointer (&text), FALSE);
        if (text->len < XN_PAGE_MAX_SIZE)
            g_string_append_len (text, (const char *)bytes, MIN (n, XN_PAGE_MAX_SIZE));
    }
}

gboolean
xn_client_call (XnClient *client, const XnCall *call, XnOp *op, GError **error)
{
    Run run = {.client = client, .call = call, .op = op};
    g_atomic_int_set (&client->used, TRUE);
    xn_client_hold (client);
    const gboolean done = run_call (&run, error);
    xn_client_release (client);
    return done;
}

gint64
xn_client_least_wait_us (const XnClient *client)
{
    return xn_engine_least_wait_us (client->engine, xn_client_base (client));
}

gint
xn_client_places_left (const XnClient *client, const XnOp *op)
{
    return (gint)xn_op_settings (op)->jobs - (gint)xn_engine_places_asked (client->engine, xn_client_base (client));
}

gboolean
xn_client_sends_ranges (const XnClient *client)
{
    return !g_atomic_int_get (&client->false_ranges);
}

void
xn_client_note_false_range (XnClient *client)
{
    g_atomic_int_set (&client->false_ranges, TRUE);
}

gboolean
xn_client_confirm (XnClient *client, guint since, XnOp *op, gboolean *out_lost, GError **error)
{
    *out_lost = FALSE;
    if (client->closed)
        return TRUE;
    /* Before the first login there was no session to lose: what was asked for since came from the first one. */
    return xn_session_settle (client->session, MAX (since, 1), g_get_monotonic_time (), TRUE, op, out_lost, error) &&
           !*out_lost;
}
