/* SPDX-License-Identifier: Apache-2.0 */
/* The steps from credentials to a session that is known to be the user's. */
#include "login/session-open.h"

#include "base/error.h"
#include "base/log.h"
#include "login/lockout-guard.h"
#include "login/private-file.h"
#include "login/session-cache.h"

#define MAX_MOVES 5
/* Of which the first may be one that was not checked so far. */
#define MAX_LOGINS 2

/* One opening under way. */
typedef struct {
    XnRoute route; /* whose base moves with the server's prefix */
    const XnCredentials *credentials;
    const char *directory; /* (nullable) of what is shared with other processes */
    XnOpening *opening;
    XnOp *op;
} Opener;

/* Goes on at another prefix of the server. @base: (transfer full) */
static void
move_to (Opener *opener, char *base)
{
    xn_log (XN_LOG_INFO, "%s sends its clients to %s", opener->route.base, base);
    g_free (opener->opening->moved_base);
    opener->opening->moved_base = base;
    opener->route.base = base;
}

/* Logs in, following the server to another prefix once: credentials are not carried around. */
static XnLogin *
start_login (Opener *opener, XnLoginFailure *failure, GError **error)
{
    GError *own_error = NULL;
    XnLogin *login = xn_login_start (&opener->route, opener->credentials, opener->op, failure, &own_error);
    if (login == NULL && failure->moved_base != NULL) {
        move_to (opener, failure->moved_base);
        g_clear_error (&own_error);
        login = xn_login_start (&opener->route, opener->credentials, opener->op, failure, &own_error);
        g_clear_pointer (&failure->moved_base, g_free);
    }
    if (own_error != NULL)
        g_propagate_error (error, own_error);
    return login;
}

/* Asks whose @login is, following the server to another prefix. */
static gboolean
check_login (Opener *opener, XnLogin *login, gboolean *out_lost, GError **error)
{
    opener->opening->checked_us = g_get_monotonic_time ();
    for (guint moves = 0;; moves++) {
        char *moved_base = NULL;
        GError *own_error = NULL;
        if (xn_login_check (&opener->route, login, opener->op, out_lost, moves < MAX_MOVES ? &moved_base : NULL,
                            &own_error))
            return TRUE;
        if (moved_base == NULL) {
            g_propagate_error (error, own_error);
            return FALSE;
        }
        g_error_free (own_error);
        move_to (opener, moved_base);
    }
}

/* Logs in, when and if the guard allows. */
static XnLogin *
guarded_login (Opener *opener, GError **error)
{
    g_autoptr (XnGuard) guard = NULL;
    if (opener->directory != NULL)
        guard = xn_guard_new (opener->directory, opener->opening->known_base, opener->credentials,
                              xn_op_settings (opener->op)->lockout_guard_s);
    if (guard != NULL && !xn_guard_enter (guard, opener->op, error))
        return NULL;
    XnLoginFailure failure;
    opener->opening->anew = TRUE;
    XnLogin *login = start_login (opener, &failure, error);
    if (login == NULL) {
        opener->opening->final = failure.final;
        opener->opening->unsure = failure.unsure;
        if (failure.refused && guard != NULL)
            xn_guard_refused (guard, g_get_real_time () / G_USEC_PER_SEC);
        return NULL;
    }
    if (guard != NULL)
        xn_guard_accepted (guard, g_get_real_time () / G_USEC_PER_SEC);
    return login;
}

/* A login that is known to be the user's: that which could not be checked the last time, else a new one; another one if
 * it is lost, as when the server restarts before the check. */
static XnLogin *
checked_login (Opener *opener, GError **error)
{
    XnOpening *opening = opener->opening;
    g_autoptr (XnLogin) login = g_steal_pointer (&opening->unchecked);
    GError *own_error = NULL;
    for (guint i = 0; i < MAX_LOGINS; i++) {
        gboolean lost = FALSE;
        if (i > 0)
            g_clear_pointer (&login, xn_login_free);
        if (login == NULL)
            login = guarded_login (opener, error);
        if (login == NULL)
            return NULL;
        if (!check_login (opener, login, &lost, &own_error))
            break;
        if (lost)
            continue;
        xn_log (XN_LOG_INFO, "logged in to %s as %s (%s)", opener->route.base, login->name,
                opener->credentials->source);
        return g_steal_pointer (&login);
    }
    opening->unchecked = g_steal_pointer (&login);
    opening->forgotten = own_error == NULL;
    opening->final = xn_error_is (own_error, XN_ERROR_AUTH);
    if (opening->forgotten)
        xn_error_set (&own_error, XN_ERROR_AUTH,
                      "%s took the login %s but goes on to treat it as a guest: does a balancer or proxy in front of "
                      "it lose cookies?",
                      opener->route.base, opener->credentials->login);
    g_propagate_error (error, own_error);
    return NULL;
}

/* The session that another process has left, if it lives; NULL, perhaps with an error. */
static XnLogin *
take_shared (Opener *opener, XnSessionCache *cache, GError **error)
{
    const XnLogin *known_lost = opener->opening->lost;
    g_autoptr (XnLogin) login = xn_session_cache_load (cache);
    gboolean lost = FALSE;
    if (login == NULL)
        return NULL;
    const char *id = xn_cookies_get (login->cookies, login->session_cookie);
    if (known_lost != NULL && g_strcmp0 (id, xn_cookies_get (known_lost->cookies, login->session_cookie)) == 0)
        return NULL;
    if (!check_login (opener, login, &lost, error) || lost)
        return NULL;
    xn_session_cache_touch (cache);
    xn_log (XN_LOG_INFO, "using the session of %s on %s that another process opened", login->name, opener->route.base);
    return g_steal_pointer (&login);
}

/* The directory of what is shared with other processes; NULL if there is none, or nothing is shared yet. */
static char *
shared_directory (const XnSettings *settings)
{
    g_autoptr (GError) error = NULL;
    char *directory = xn_private_directory (settings->session_cache || settings->lockout_guard_s > 0, &error);
    /* A machine without a place for it is nothing unusual, unless somebody counts on it. */
    if (error != NULL)
        xn_log (settings->session_cache ? XN_LOG_WARNING : XN_LOG_INFO, "nothing is shared with other processes: %s",
                error->message);
    return directory;
}

/* Locks the shared session, if one is wanted; NULL, perhaps with an error of kind CANCELLED. */
static XnSessionCache *
lock_shared (const Opener *opener, GError **error)
{
    GError *own_error = NULL;
    if (opener->directory == NULL || !xn_op_settings (opener->op)->session_cache)
        return NULL;
    XnSessionCache *cache =
        xn_session_cache_lock (opener->directory, opener->opening->known_base, opener->credentials->login,
                               opener->route.verify, opener->op, &own_error);
    if (cache != NULL)
        return cache;
    if (xn_error_is (own_error, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, own_error);
        return NULL;
    }
    xn_log (XN_LOG_WARNING, "the session is not shared with other processes: %s", own_error->message);
    g_error_free (own_error);
    return NULL;
}

/* The shared session as it lies there, for use before it is checked. One that has not been seen alive lately is not worth the
 * questions that would have to be asked again. */
static XnLogin *
borrow_shared (const Opener *opener, XnSessionCache *cache)
{
    XnOpening *opening = opener->opening;
    g_autoptr (XnLogin) login =
        opening->lost == NULL && xn_session_cache_is_recent (cache) ? xn_session_cache_load (cache) : NULL;
    opening->borrowed = login != NULL;
    return g_steal_pointer (&login);
}

XnLogin *
xn_session_open (const XnRoute *route, const XnCredentials *credentials, XnOpening *opening, XnOp *op, GError **error)
{
    GError *own_error = NULL;
    g_autofree char *directory = shared_directory (xn_op_settings (op));
    Opener opener = {.route = *route, .credentials = credentials, .directory = directory, .opening = opening, .op = op};
    g_autoptr (XnSessionCache) cache = lock_shared (&opener, &own_error);
    if (opening->borrow && cache != NULL && (opening->unchecked = borrow_shared (&opener, cache)) != NULL)
        return NULL;
    XnLogin *login = cache != NULL && own_error == NULL ? take_shared (&opener, cache, &own_error) : NULL;
    opening->shared = login != NULL;
    if (login == NULL && own_error == NULL && cache == NULL && opening->early) {
        opening->unchecked = guarded_login (&opener, error);
        return NULL;
    }
    if (login == NULL && own_error == NULL) {
        login = checked_login (&opener, &own_error);
        /* One that could not be put there is nobody else's, and has to be ended. */
        opening->shared = login != NULL && cache != NULL && xn_session_cache_store (cache, login);
    }
    if (own_error != NULL)
        g_propagate_error (error, own_error);
    return login;
}
