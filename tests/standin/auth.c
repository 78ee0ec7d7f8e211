/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, and the order in which a request's right to be heard is judged. Must not know the archive. */
#include "app.h"
#include "users.h"

#include <string.h>

static GMutex lock;
static GHashTable *sessions;
static gint64 advanced;

static const char *const open_paths[] = {
    "/data/JSESSION",           "/REST/JSESSION",         "/data/services/auth",        "/REST/services/auth",
    "/xapi/siteConfig/siteUrl", "/app/template/Login.vm", "/xapi/siteConfig/buildInfo", "/xapi/siteConfig/siteId",
};

void
auth_init (void)
{
    sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
    users_init ();
}

gint64
clock_now (void)
{
    gint64 more;

    g_mutex_lock (&lock);
    more = advanced;
    g_mutex_unlock (&lock);
    return g_get_monotonic_time () / G_USEC_PER_SEC + more;
}

void
clock_advance (gint64 seconds)
{
    g_mutex_lock (&lock);
    advanced += seconds;
    g_mutex_unlock (&lock);
}

static gboolean
is_over (gpointer key, gpointer value, gpointer data)
{
    const Session *session = value;

    return *(gint64 *)data - session->touched > session->timeout;
}

static void
sweep (gint64 now)
{
    g_hash_table_foreach_remove (sessions, is_over, &now);
}

void
session_new (Ctx *ctx, const User *user, gboolean registered)
{
    Session *session = g_new0 (Session, 1);
    gint64 now = clock_now ();

    for (guint i = 0; i < 4; i++)
        g_snprintf (session->id + 8 * i, 9, "%08X", g_random_int ());
    if (app.settings.jvm_route) {
        g_strlcat (session->id, ".", sizeof session->id);
        g_strlcat (session->id, app.settings.jvm_route, sizeof session->id);
    }
    session->user = user;
    session->registered = registered;
    session->touched = now;
    session->timeout = app.settings.session_timeout;
    session->state = user ? user->state : USER_OK;
    g_mutex_lock (&lock);
    if (g_hash_table_size (sessions) % 1000 == 999)
        sweep (now);
    g_hash_table_insert (sessions, session->id, session);
    g_mutex_unlock (&lock);
    g_strlcpy (ctx->session, session->id, sizeof ctx->session);
    ctx->new_session = TRUE;
}

void
session_end (const char *id)
{
    g_mutex_lock (&lock);
    g_hash_table_remove (sessions, id);
    g_mutex_unlock (&lock);
}

void
sessions_expire (const char *user, gboolean kicked)
{
    GHashTableIter iter;
    gpointer value;

    g_mutex_lock (&lock);
    g_hash_table_iter_init (&iter, sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Session *session = value;
        gboolean hit = !user || (session->user && session->registered && strcmp (session->user->name, user) == 0);

        if (hit && kicked)
            session->kicked = TRUE;
        else if (hit)
            g_hash_table_iter_remove (&iter);
    }
    g_mutex_unlock (&lock);
}

static guint
count_registered (const User *user)
{
    GHashTableIter iter;
    gpointer value;
    guint count = 0;

    g_hash_table_iter_init (&iter, sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Session *session = value;

        count += session->registered && session->user && (!user || session->user == user);
    }
    return count;
}

guint
sessions_count (const char *name)
{
    const User *user = name ? user_find (name) : NULL;
    gint64 now = clock_now ();
    guint count;

    g_mutex_lock (&lock);
    sweep (now);
    count = name && !user ? 0 : count_registered (user);
    g_mutex_unlock (&lock);
    return count;
}

char *
sessions_json (void)
{
    GString *out = g_string_new ("[");
    GHashTableIter iter;
    gpointer value;
    gint64 now = clock_now ();

    g_mutex_lock (&lock);
    sweep (now);
    g_hash_table_iter_init (&iter, sessions);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Session *session = value;

        g_string_append (out, out->len > 1 ? ",{" : "{");
        json_member (out, "id", session->id);
        json_member (out, "user", session->user ? session->user->name : "guest");
        json_member_int (out, "idle", now - session->touched);
        g_string_append_printf (out, ",\"registered\":%s,\"refused\":%s}", session->registered ? "true" : "false",
                                session->refused ? "true" : "false");
    }
    g_mutex_unlock (&lock);
    g_string_append_c (out, ']');
    return g_string_free (out, FALSE);
}

static char *
cookie_value (Request *req, const char *name)
{
    const char *header = request_header (req, "Cookie");
    g_auto (GStrv) parts = g_strsplit (header ? header : "", ";", -1);

    for (guint i = 0; parts[i]; i++) {
        char *part = g_strstrip (parts[i]);
        char *eq = strchr (part, '=');

        if (eq && (gsize)(eq - part) == strlen (name) && strncmp (part, name, strlen (name)) == 0)
            return request_strdup (req, eq + 1);
    }
    return NULL;
}

/* What a session's cookie is worth; touches it. */
typedef struct Held {
    gboolean live;
    gboolean kicked;
    UserState state;
} Held;

static Held
take_session (Ctx *ctx)
{
    const char *id = cookie_value (ctx->req, "JSESSIONID");
    gint64 now = clock_now ();
    Session *session;
    Held held = {0};

    /* Behind a balancer the cookie alone leads to a node that does not know the session. */
    if (!id || (app.settings.sticky && !cookie_value (ctx->req, app.settings.sticky)))
        return held;
    g_mutex_lock (&lock);
    session = g_hash_table_lookup (sessions, id);
    if (session && now - session->touched > session->timeout) {
        g_hash_table_remove (sessions, id);
        session = NULL;
    }
    if (session) {
        held.live = TRUE;
        held.kicked = session->kicked;
        held.state = session->state;
        session->touched = now;
        ctx->user = session->refused ? NULL : session->user;
        g_strlcpy (ctx->session, session->id, sizeof ctx->session);
    }
    g_mutex_unlock (&lock);
    return held;
}

static gboolean
agent_is_browser (Ctx *ctx)
{
    const char *agent = request_header (ctx->req, "User-Agent");

    return agent && (strstr (agent, "MSIE") || strstr (agent, "Mozilla") || strstr (agent, "AppleWebKit") ||
                     strstr (agent, "Opera"));
}

static gboolean
is_data_path (const char *path)
{
    return g_str_has_prefix (path, "/data/") || g_str_has_prefix (path, "/REST/") ||
           g_str_has_prefix (path, "/xapi/") || g_str_has_prefix (path, "/fs/") || strcmp (path, "/data") == 0 ||
           strcmp (path, "/REST") == 0;
}

void
reply_unauthorized (Ctx *ctx)
{
    if (agent_is_browser (ctx) || !is_data_path (ctx->path)) {
        g_autofree char *target = g_strconcat (site_base (ctx, TRUE), "/app/template/Login.vm", NULL);

        page_redirect (ctx, 302, target);
        return;
    }
    if (g_str_has_prefix (ctx->path, "/xapi/"))
        reply_text (ctx->reply, 401, NULL, "");
    else
        page_tomcat (ctx, 401, NULL);
    reply_header (ctx->reply, "WWW-Authenticate", "Basic realm=\"SITE\"");
}

/* The session goes on as a guest's. */
static void
session_disown (const char *id)
{
    Session *session;

    g_mutex_lock (&lock);
    session = g_hash_table_lookup (sessions, id);
    if (session) {
        session->user = NULL;
        session->registered = FALSE;
    }
    g_mutex_unlock (&lock);
}

/* All refusals look the same. A session that came with it is nobody's from now on, and nothing tells. */
static gboolean
refuse_login (Ctx *ctx, gboolean had_session)
{
    if (had_session) {
        session_disown (ctx->session);
        ctx->session[0] = '\0';
    }
    page_tomcat (ctx, 401,
                 "<ul><li>Your login attempt failed because the username and password combination you provided was "
                 "invalid or your user already has the maximum number of user sessions open.</li></ul>");
    return FALSE;
}

/* A full login. The session is registered first and counted after. */
static gboolean
login_basic (Ctx *ctx, const char *name, const char *password, gboolean had_session)
{
    const User *user = auth_login (name, password);
    Session *session;
    gboolean over;

    if (!user)
        return refuse_login (ctx, had_session);
    if (had_session)
        session_end (ctx->session);
    session_new (ctx, user, TRUE);
    g_mutex_lock (&lock);
    sweep (g_get_monotonic_time () / G_USEC_PER_SEC + advanced);
    over = (gint)count_registered (user) > app.settings.max_sessions;
    session = g_hash_table_lookup (sessions, ctx->session);
    if (session)
        session->refused = over;
    g_mutex_unlock (&lock);
    if (over)
        return refuse_login (ctx, FALSE);
    ctx->user = user;
    return TRUE;
}

/* @return FALSE when the request is answered. */
static gboolean
check_basic (Ctx *ctx, Held *held)
{
    const char *header = request_header (ctx->req, "Authorization");
    g_autofree guchar *raw = NULL;
    g_autofree char *text = NULL;
    gsize len;
    char *colon;

    if (!header || g_ascii_strncasecmp (header, "Basic ", 6) != 0)
        return TRUE;
    raw = g_base64_decode (header + 6, &len);
    text = g_strndup ((const char *)raw, len);
    colon = strchr (text, ':');
    if (!colon) {
        page_error (ctx);
        return FALSE;
    }
    *colon = '\0';
    if (held->live && ctx->user && strcmp (ctx->user->name, login_owner (text)) == 0)
        return TRUE;
    if (!login_basic (ctx, text, colon + 1, held->live))
        return FALSE;
    held->live = TRUE;
    held->state = ctx->user->state;
    return TRUE;
}

static gboolean
check_state (Ctx *ctx, const Held *held)
{
    g_autofree char *target = NULL;

    if (held->state == USER_EXPIRED && ctx->user)
        target = g_strconcat (site_base (ctx, FALSE), "/app/template/XDATScreen_UpdateUser.vm", NULL);
    else if (held->state == USER_INACTIVE && ctx->user)
        target = g_strconcat (site_base (ctx, FALSE), "/app/template/InactiveAccount.vm", NULL);
    else if (!app.settings.configured && ctx->user)
        target =
            g_strconcat (site_base (ctx, FALSE), ctx->user->admin ? "/setup" : "/app/template/Unconfigured.vm", NULL);
    if (!target || g_str_has_prefix (ctx->path, "/app/"))
        return TRUE;
    page_redirect (ctx, 302, target);
    return FALSE;
}

static gboolean
is_open (const char *path)
{
    for (guint i = 0; i < G_N_ELEMENTS (open_paths); i++) {
        if (strcmp (open_paths[i], path) == 0)
            return TRUE;
    }
    return FALSE;
}

void
auth_note (Ctx *ctx)
{
    gboolean basic = request_header (ctx->req, "Authorization") != NULL;
    gboolean cookie = cookie_value (ctx->req, "JSESSIONID") != NULL;

    ctx->auth_kind = basic ? (cookie ? "both" : "basic") : cookie ? "cookie" : "none";
}

gboolean
auth_check (Ctx *ctx)
{
    Held held = take_session (ctx);

    if (held.kicked) {
        session_end (ctx->session);
        ctx->user = NULL;
        session_new (ctx, NULL, FALSE);
        reply_unauthorized (ctx);
        return FALSE;
    }
    if (!check_basic (ctx, &held))
        return FALSE;
    if (!held.live)
        session_new (ctx, NULL, FALSE);
    if (!check_state (ctx, &held))
        return FALSE;
    if (!ctx->user && !is_open (ctx->path) && (app.settings.require_login || !is_data_path (ctx->path))) {
        reply_unauthorized (ctx);
        return FALSE;
    }
    if (agent_is_browser (ctx) && (g_str_has_prefix (ctx->path, "/data/") || g_str_has_prefix (ctx->path, "/REST/")) &&
        strcmp (ctx->req->method, "GET") != 0 && strcmp (ctx->req->method, "HEAD") != 0 &&
        !request_param (ctx->req, "XNAT_CSRF")) {
        page_status (ctx, 500, NULL);
        return FALSE;
    }
    return TRUE;
}

static void
set_cookie (Ctx *ctx, const char *cookie)
{
    reply_header (ctx->reply, "Set-Cookie", cookie);
}

void
auth_cookies (Ctx *ctx)
{
    const Settings *settings = &app.settings;
    const char *path = *settings->prefix ? settings->prefix : "/";
    gint64 idle_ms = (gint64)settings->session_timeout * 1000;
    gint64 now_ms = g_get_real_time () / 1000;
    g_autofree char *times = NULL;

    if (!*ctx->session)
        return;
    if (ctx->new_session) {
        g_autofree char *cookie = g_strdup_printf ("JSESSIONID=%s; Path=%s%s; HttpOnly", ctx->session, path,
                                                   settings->secure_cookies ? "; Secure" : "");

        set_cookie (ctx, cookie);
        if (settings->sticky) {
            g_autofree char *sticky = g_strdup_printf ("%s=node1; Path=/", settings->sticky);

            set_cookie (ctx, sticky);
        }
    }
    if (settings->plain_expiration)
        times = g_strdup_printf ("SESSION_EXPIRATION_TIME=%" G_GINT64_FORMAT "; Path=%s", now_ms + idle_ms, path);
    else
        times = g_strdup_printf ("SESSION_EXPIRATION_TIME=\"%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
                                 "\"; Version=1; Path=%s",
                                 now_ms, idle_ms, path);
    set_cookie (ctx, times);
}
