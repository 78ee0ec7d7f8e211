/* SPDX-License-Identifier: Apache-2.0 */
/* The session's states: not open, logging in, open, being checked, failed for good. */
#include "server/session.h"

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sync.h"
#include "login/session-open.h"

#define DEFAULT_IDLE_MS (15 * 60 * 1000)
#define MAX_RENEWALS 3
/* What is refused by a fresh session, too, is not the session's fault; nor is the next. */
#define MAX_VAIN_REFRESHES 2
/* How long a login that may have been refused is not tried again, and one that was taken and forgotten; and how often that
 * doubles. */
#define HOLD_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FORGOTTEN_HOLD_US (G_GINT64_CONSTANT (5) * G_USEC_PER_SEC)
#define MAX_DOUBLINGS 6

struct XnSession {
    XnEngine *engine;
    char *known_base; /* (owned) */
    gboolean verify;
    XnCredentials *credentials; /* (owned) */

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* [mutex] */
    const char *base; /* one of @bases */
    GPtrArray *bases; /* (owned) (element-type utf8) all that were ever in use: others may hold them */
    gboolean opening, checking;
    XnLogin *login;     /* (owned) (nullable) NULL: not open */
    XnLogin *unchecked; /* (owned) (nullable) not checked so far, or in vain: to be checked, or to be ended */
    gboolean borrowed;  /* that is other processes', too: not to be ended */
    gboolean beside;    /* it is being checked beside all other requests */
    guint lent;         /* tickets of it that wait for its check */
    XnLogin *retired;   /* (owned) (nullable) replaced by a fresh one while it may have been in use: to be ended */
    guint vain;         /* fresh sessions in a row that did not help */
    gboolean shared;
    GError *final; /* (owned) (nullable) */
    GError *held;  /* (owned) (nullable) a failure that is final until @held_until_us */
    gint64 held_until_us;
    guint holds;          /* in a row */
    GError *last_failure; /* (owned) (nullable) of opening or checking */
    guint failures;
    guint generation;
    guint renewals;      /* in a row, without a good answer */
    gint64 confirmed_us; /* when the last check that found it ours was begun */
    gint64 seen_us;      /* when something last came that only an XNAT says */
    gint64 used_us;      /* when the last request was begun */
    gint64 idle_ms;
    char *ca_file; /* (owned) (nullable) of the last operation */
};

XnSession *
xn_session_new (XnEngine *engine, const char *base, gboolean verify, XnCredentials *credentials)
{
    XnSession *session = g_new0 (XnSession, 1);
    session->engine = engine;
    session->known_base = g_strdup (base);
    session->bases = g_ptr_array_new_with_free_func (g_free);
    session->base = session->known_base;
    session->verify = verify;
    session->credentials = credentials;
    session->idle_ms = DEFAULT_IDLE_MS;
    pthread_mutex_init (&session->mutex, NULL);
    xn_cond_init (&session->changed);
    return session;
}

void
xn_session_free (XnSession *session)
{
    if (session == NULL)
        return;
    xn_login_free (session->login);
    xn_login_free (session->unchecked);
    xn_login_free (session->retired);
    xn_credentials_free (session->credentials);
    g_clear_error (&session->final);
    g_clear_error (&session->held);
    g_clear_error (&session->last_failure);
    g_ptr_array_unref (session->bases);
    g_free (session->known_base);
    g_free (session->ca_file);
    pthread_cond_destroy (&session->changed);
    pthread_mutex_destroy (&session->mutex);
    g_free (session);
}

gboolean
xn_session_is_guest (const XnSession *session)
{
    return session->credentials->login == NULL;
}

char *
xn_session_user (XnSession *session)
{
    if (xn_session_is_guest (session))
        return g_strdup ("a guest");
    XN_LOCKED (&session->mutex);
    return g_strdup (session->login != NULL ? session->login->name : session->credentials->login);
}

guint
xn_session_generation (XnSession *session)
{
    XN_LOCKED (&session->mutex);
    return session->generation;
}

const char *
xn_session_base (XnSession *session)
{
    XN_LOCKED (&session->mutex);
    return session->base;
}

/* The mutex is held. */
static XnRoute
route_of (const XnSession *session)
{
    return (XnRoute){.engine = session->engine, .base = session->base, .verify = session->verify};
}

/* Waits for another thread's work. FALSE with an error: the operation should stop, or that work failed, which is this
 * thread's failure, too. The mutex is held, but not while asking the operation. */
static gboolean
wait_for_other (XnSession *session, XnOp *op, GError **error)
{
    const guint failures = session->failures;
    xn_cond_wait_ms (&session->changed, &session->mutex, XN_OP_TICK_MS);
    pthread_mutex_unlock (&session->mutex);
    const gboolean go_on = xn_op_check (op, error);
    pthread_mutex_lock (&session->mutex);
    if (!go_on)
        return FALSE;
    if (session->failures == failures)
        return TRUE;
    g_propagate_error (error, g_error_copy (session->last_failure));
    return FALSE;
}

/* Keeps a failure for those who wait for this thread, unless it is this operation's alone, as one that it did not wait for
 * with patience (@hasty). The mutex is held. */
static void
share_failure (XnSession *session, gboolean hasty, const GError *failure)
{
    if (hasty || xn_error_is (failure, XN_ERROR_CANCELLED))
        return;
    g_clear_error (&session->last_failure);
    session->last_failure = g_error_copy (failure);
    session->failures++;
}

/* Keeps what an opening that failed leaves behind. The mutex is held. */
static void
take_failure (XnSession *session, const XnOpening *opening, gboolean hasty, const GError *failure)
{
    share_failure (session, hasty && xn_server_is_away (failure), failure);
    if (opening->final && session->final == NULL)
        session->final = g_error_copy (failure);
    if ((!opening->unsure && !opening->forgotten) || xn_error_is (failure, XN_ERROR_CANCELLED))
        return;
    /* Each of many calls would book failures on the account, should the password be wrong; or leave sessions on the server,
     * should it never know its own. That may pass: a server that restarts twice in a row does the same. */
    const gint64 hold_us = opening->unsure ? HOLD_US : FORGOTTEN_HOLD_US;
    g_clear_error (&session->held);
    session->held = g_error_copy (failure);
    session->held_until_us = g_get_monotonic_time () + (hold_us << MIN (session->holds, MAX_DOUBLINGS));
    session->holds++;
}

static XnLogin *
login_copy (const XnLogin *login)
{
    XnLogin *copy = g_new0 (XnLogin, 1);
    if (login == NULL) {
        copy->cookies = xn_cookies_new (NULL);
        return copy;
    }
    copy->cookies = xn_cookies_copy (login->cookies);
    copy->session_cookie = g_strdup (login->session_cookie);
    copy->name = g_strdup (login->name);
    copy->idle_ms = login->idle_ms;
    return copy;
}

static gboolean
is_same_session (const XnLogin *one, const XnLogin *other)
{
    return g_strcmp0 (xn_cookies_get (one->cookies, one->session_cookie),
                      xn_cookies_get (other->cookies, other->session_cookie)) == 0;
}

/* Keeps what an opening leaves of the unchecked login that went in; @login: (nullable) the one that it ended with. The mutex is
 * held. */
static void
take_unchecked (XnSession *session, const XnOpening *opening, const XnLogin *login)
{
    g_autoptr (XnLogin) before = g_steal_pointer (&session->unchecked);
    const XnLogin *now = login != NULL ? login : opening->unchecked;
    session->unchecked = opening->unchecked;
    session->borrowed = opening->borrowed;
    /* Tickets of an unchecked login bear the number that it would have got: no other one may get that, not even by a later
     * opening, if this one has failed. */
    if (before != NULL && (opening->anew || now == NULL || !is_same_session (now, before)))
        session->generation++;
}

/* Opens the session; the mutex is held, but not meanwhile, and an unchecked login is lent meanwhile. Nobody else is opening
 * it. */
static gboolean
open_here (XnSession *session, XnTicketKind kind, XnOp *op, GError **error)
{
    g_autoptr (XnLogin) lost = g_steal_pointer (&session->login);
    const gboolean goes_in = session->unchecked != NULL && !session->borrowed;
    XnOpening opening = {.known_base = session->known_base,
                         .lost = lost,
                         .early = kind != XN_TICKET_CHECKED,
                         .borrow = kind == XN_TICKET_LENT,
                         .unchecked = goes_in ? login_copy (session->unchecked) : NULL};
    const gboolean hasty = xn_away_is_noted (xn_op_away (op), session->base);
    GError *own_error = NULL;
    session->opening = TRUE;
    g_free (session->ca_file);
    session->ca_file = g_strdup (xn_op_settings (op)->ca_file);
    XnRoute route = route_of (session);
    /* Those that it was lent to keep their places until it is checked. */
    route.urgent = session->beside = session->lent > 0;
    pthread_mutex_unlock (&session->mutex);
    XnLogin *login = xn_session_open (&route, session->credentials, &opening, op, &own_error);
    pthread_mutex_lock (&session->mutex);
    session->opening = FALSE;
    pthread_cond_broadcast (&session->changed);
    take_unchecked (session, &opening, login);
    if (opening.moved_base != NULL) {
        g_ptr_array_add (session->bases, opening.moved_base);
        session->base = opening.moved_base;
    }
    if (own_error != NULL) {
        take_failure (session, &opening, hasty, own_error);
        g_propagate_error (error, own_error);
        return FALSE;
    }
    if (login == NULL)
        return TRUE;
    g_clear_error (&session->held);
    session->holds = 0;
    session->login = login;
    session->seen_us = g_get_monotonic_time ();
    session->shared = opening.shared;
    session->generation++;
    session->confirmed_us = opening.checked_us;
    session->used_us = g_get_monotonic_time ();
    session->idle_ms = login->idle_ms > 0 ? login->idle_ms : DEFAULT_IDLE_MS;
    return TRUE;
}

/* A guest's session is whatever the server gives, and may be empty. The mutex is held. */
static void
open_as_guest (XnSession *session, XnOp *op)
{
    session->login = g_new0 (XnLogin, 1);
    session->login->cookies = xn_cookies_new (session->base);
    session->generation++;
    session->ca_file = g_strdup (xn_op_settings (op)->ca_file);
}

/* Whether the unchecked login is to be had for a ticket of that kind. The mutex is held. */
static gboolean
can_have_unchecked (const XnSession *session, XnTicketKind kind, const XnOp *op)
{
    if (kind == XN_TICKET_CHECKED || session->unchecked == NULL)
        return FALSE;
    if (kind == XN_TICKET_EARLY)
        return !session->opening && !session->borrowed;
    return session->lent + 1 < xn_op_settings (op)->jobs && (!session->opening || session->beside);
}

/* Waits until the session is open, or opens it; or what is as good as that for a ticket of that kind. The mutex is held. */
static gboolean
make_open (XnSession *session, XnTicketKind kind, XnOp *op, GError **error)
{
    if (xn_session_is_guest (session) && session->login == NULL)
        open_as_guest (session, op);
    for (;;) {
        if (session->login != NULL || can_have_unchecked (session, kind, op))
            return TRUE;
        const gboolean held = session->held != NULL && g_get_monotonic_time () < session->held_until_us;
        if (session->final != NULL || held) {
            g_propagate_error (error, g_error_copy (session->final != NULL ? session->final : session->held));
            return FALSE;
        }
        if (!session->opening) {
            /* One request at a time leaves no place for the check. */
            const gboolean lends = kind != XN_TICKET_LENT || xn_op_settings (op)->jobs > 1;
            if (!open_here (session, session->unchecked == NULL && lends ? kind : XN_TICKET_CHECKED, op, error))
                return FALSE;
            continue;
        }
        if (!wait_for_other (session, op, error))
            return FALSE;
    }
}

void
xn_ticket_clear (XnTicket *ticket)
{
    g_clear_pointer (&ticket->cookie, xn_secret_free);
}

gboolean
xn_session_ticket (XnSession *session, XnTicketKind kind, XnOp *op, XnTicket *out, GError **error)
{
    XN_LOCKED (&session->mutex);
    if (!make_open (session, kind, op, error))
        return FALSE;
    const gboolean checked = session->login != NULL;
    out->cookie = xn_cookies_header (checked ? session->login->cookies : session->unchecked->cookies);
    out->generation = checked ? session->generation : session->generation + 1;
    out->lent = !checked && kind == XN_TICKET_LENT;
    if (out->lent)
        session->lent++;
    session->used_us = g_get_monotonic_time ();
    return TRUE;
}

gboolean
xn_session_await (XnSession *session, guint generation, XnOp *op, gboolean *out_lost, GError **error)
{
    XN_LOCKED (&session->mutex);
    const gboolean opened = make_open (session, XN_TICKET_CHECKED, op, error);
    session->lent--;
    *out_lost = opened && generation != session->generation;
    return opened;
}

/* Asks whose the session is, patiently or (@once) not; the mutex is held, but not meanwhile. Nobody else is asking. */
static gboolean
check_here (XnSession *session, gboolean once, XnOp *op, gboolean *out_lost, GError **error)
{
    GError *own_error = NULL;
    const gint64 begun_us = g_get_monotonic_time ();
    const gboolean hasty = xn_away_is_noted (xn_op_away (op), session->base);
    const guint generation = session->generation;
    g_autoptr (XnLogin) login = login_copy (session->login != NULL ? session->login : session->unchecked);
    session->checking = TRUE;
    session->used_us = begun_us;
    XnRoute route = route_of (session);
    route.once = once;
    pthread_mutex_unlock (&session->mutex);
    const gboolean asked = xn_login_check (&route, login, op, out_lost, NULL, &own_error);
    pthread_mutex_lock (&session->mutex);
    session->checking = FALSE;
    pthread_cond_broadcast (&session->changed);
    if (!asked) {
        share_failure (session, hasty && xn_server_is_away (own_error), own_error);
        g_propagate_error (error, own_error);
        return FALSE;
    }
    session->seen_us = g_get_monotonic_time ();
    if (!*out_lost && session->login != NULL && generation == session->generation)
        session->confirmed_us = begun_us;
    return TRUE;
}

/* The session was found lost. The mutex is held. */
static gboolean
renew (XnSession *session, gboolean may_renew, XnOp *op, GError **error)
{
    if (!may_renew || session->renewals >= MAX_RENEWALS) {
        g_clear_pointer (&session->login, xn_login_free);
        session->renewals = 0;
        xn_error_set (error, XN_ERROR_AUTH,
                      "%s ends the session of %s again and again, right after a login: does a balancer in front of it "
                      "lose cookies, or does somebody end the sessions?",
                      session->base, session->credentials->login);
        return FALSE;
    }
    session->renewals++;
    xn_log (XN_LOG_INFO, "the session on %s is lost; logging in again", session->base);
    return open_here (session, XN_TICKET_CHECKED, op, error);
}

gboolean
xn_session_settle (XnSession *session, guint generation, gint64 since_us, gboolean may_renew, XnOp *op,
                   gboolean *out_lost, GError **error)
{
    *out_lost = FALSE;
    if (xn_session_is_guest (session))
        return TRUE;
    XN_LOCKED (&session->mutex);
    /* The first check of a login that is in use already. */
    if (session->login == NULL && generation == session->generation + 1 &&
        !make_open (session, XN_TICKET_CHECKED, op, error))
        return FALSE;
    for (;;) {
        if (generation != session->generation || session->login == NULL) {
            *out_lost = TRUE;
            return make_open (session, XN_TICKET_CHECKED, op, error);
        }
        if (session->confirmed_us >= since_us)
            return TRUE;
        if (!session->opening && !session->checking)
            break;
        if (!wait_for_other (session, op, error))
            return FALSE;
    }
    if (!check_here (session, FALSE, op, out_lost, error))
        return FALSE;
    if (!*out_lost || generation != session->generation)
        return TRUE;
    return session->opening ? make_open (session, XN_TICKET_CHECKED, op, error) : renew (session, may_renew, op, error);
}

/* Opens another session in the place of the one that is open; @out_old: (transfer full) (nullable) the one that was replaced
 * before, which nobody uses any more. The mutex is held, but not meanwhile. */
static gboolean
replace (XnSession *session, XnOp *op, XnLogin **out_old, GError **error)
{
    g_autoptr (XnLogin) retired = session->shared ? NULL : login_copy (session->login);
    xn_log (XN_LOG_INFO, "%s takes the session for a user's here, and for nobody's there; logging in again",
            session->base);
    if (!open_here (session, XN_TICKET_CHECKED, op, error))
        return FALSE;
    *out_old = g_steal_pointer (&session->retired);
    session->retired = g_steal_pointer (&retired);
    return TRUE;
}

/* As xn_session_refresh(). */
static gboolean
refresh (XnSession *session, guint generation, XnOp *op, gboolean *out_fresh, XnLogin **out_old, XnRoute *out_route,
         GError **error)
{
    XN_LOCKED (&session->mutex);
    *out_route = route_of (session);
    while (session->opening && generation == session->generation) {
        if (!wait_for_other (session, op, error))
            return FALSE;
    }
    *out_fresh = generation != session->generation || session->login == NULL;
    if (*out_fresh)
        return make_open (session, XN_TICKET_CHECKED, op, error);
    if (session->vain >= MAX_VAIN_REFRESHES)
        return TRUE;
    *out_fresh = TRUE;
    return replace (session, op, out_old, error);
}

gboolean
xn_session_refresh (XnSession *session, guint generation, XnOp *op, gboolean *out_fresh, GError **error)
{
    g_autoptr (XnLogin) old = NULL;
    XnRoute route;
    *out_fresh = FALSE;
    if (xn_session_is_guest (session))
        return TRUE;
    if (!refresh (session, generation, op, out_fresh, &old, &route, error))
        return FALSE;
    if (old != NULL)
        xn_login_end (&route, old->cookies, xn_op_settings (op)->ca_file);
    return TRUE;
}

void
xn_session_refresh_ended (XnSession *session, gboolean helped)
{
    XN_LOCKED (&session->mutex);
    session->vain = helped ? 0 : session->vain + 1;
}

/* The mutex is held. FALSE with an error: who knows. */
static gboolean
find_xnat (XnSession *session, gint64 since_us, XnOp *op, GError **error)
{
    while (session->seen_us < since_us) {
        gboolean lost = FALSE;
        if (!session->opening && !session->checking)
            return check_here (session, TRUE, op, &lost, error);
        if (!wait_for_other (session, op, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
xn_session_is_there (XnSession *session, gint64 since_us, XnOp *op, gboolean *out_away, GError **error)
{
    GError *problem = NULL;
    XN_LOCKED (&session->mutex);
    *out_away = FALSE;
    if (find_xnat (session, since_us, op, &problem))
        return TRUE;
    if (xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, problem);
        return FALSE;
    }
    /* An account page is XNAT's, and the check of the session tells what it says. */
    *out_away = !xn_error_is (problem, XN_ERROR_AUTH);
    g_error_free (problem);
    return TRUE;
}

void
xn_session_take_answer (XnSession *session, guint generation, const XnReply *reply, gboolean good)
{
    XN_LOCKED (&session->mutex);
    if (good)
        session->seen_us = g_get_monotonic_time ();
    if (!good || generation != session->generation || session->login == NULL)
        return;
    session->renewals = 0;
    if (reply->idle_ms > 0)
        session->idle_ms = reply->idle_ms;
    /* A new session cookie in an answer is a guest's; it never replaces that of a login. */
    for (guint i = 0; reply->set_cookies[i] != NULL; i++)
        xn_cookies_take (session->login->cookies, reply->set_cookies[i], session->login->session_cookie);
}

gint64
xn_session_due_us (XnSession *session)
{
    if (xn_session_is_guest (session))
        return G_MAXINT64;
    XN_LOCKED (&session->mutex);
    if (session->login == NULL)
        return G_MAXINT64;
    return session->used_us + session->idle_ms * 1000 / 3;
}

void
xn_session_ping (XnSession *session, XnCancelledFunc cancelled, gpointer data)
{
    g_autoptr (XnLogin) login = NULL;
    g_autoptr (XnOp) op = NULL;
    g_autoptr (GError) error = NULL;
    gint64 idle_ms;
    pthread_mutex_lock (&session->mutex);
    if (session->login != NULL) {
        login = login_copy (session->login);
        op = xn_errand_new (session->ca_file, cancelled, data);
        session->used_us = g_get_monotonic_time ();
    }
    idle_ms = session->idle_ms;
    XnRoute route = route_of (session);
    pthread_mutex_unlock (&session->mutex);
    if (login == NULL)
        return;
    gboolean lost = FALSE;
    route.urgent = TRUE;
    /* The next sign of life is the next try. */
    route.once = TRUE;
    /* An answer that takes longer than this comes too late for the next one. */
    route.answer_limit_ms = CLAMP (idle_ms / 3, 1000, 30 * 1000);
    if (!xn_login_check (&route, login, op, &lost, NULL, &error))
        xn_log (XN_LOG_DEBUG, "keeping the session on %s alive: %s", route.base, error->message);
    else if (lost)
        /* Running transfers do not mind; the next request finds out for itself. */
        xn_log (XN_LOG_INFO, "the session on %s was lost while it was kept alive", route.base);
}

void
xn_session_close (XnSession *session)
{
    XN_LOCKED (&session->mutex);
    const XnRoute route = route_of (session);
    if (session->login != NULL && !session->shared)
        xn_login_end (&route, session->login->cookies, session->ca_file);
    if (session->unchecked != NULL && !session->borrowed)
        xn_login_end (&route, session->unchecked->cookies, session->ca_file);
    if (session->retired != NULL)
        xn_login_end (&route, session->retired->cookies, session->ca_file);
    g_clear_pointer (&session->retired, xn_login_free);
    g_clear_pointer (&session->login, xn_login_free);
    g_clear_pointer (&session->unchecked, xn_login_free);
}
