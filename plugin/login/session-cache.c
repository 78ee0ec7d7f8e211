/* SPDX-License-Identifier: Apache-2.0 */
/* The file: a line for the format, the key, the user and the session cookie, then the cookies. */
#include "login/session-cache.h"

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "login/private-file.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "xnatstorage-session-1"
/* Servers let a session lapse after a quarter of an hour, or later. */
#define RECENT_S (10 * 60)

enum { LINE_FORMAT, LINE_SERVER, LINE_LOGIN, LINE_NAME, LINE_SESSION_COOKIE, N_LINES };

struct XnSessionCache {
    int fd;
    char *base, *login; /* (owned) */
};

void
xn_session_cache_unlock (XnSessionCache *cache)
{
    if (cache == NULL)
        return;
    if (cache->fd >= 0)
        close (cache->fd);
    g_free (cache->base);
    g_free (cache->login);
    g_free (cache);
}

XnSessionCache *
xn_session_cache_lock (const char *directory, const char *base, const char *login, gboolean verify, XnOp *op,
                       GError **error)
{
    g_autofree char *key = g_strdup_printf ("%s\n%s\n%s", base, login, verify ? "verify" : "no verify");
    g_autofree char *path = xn_private_path (directory, key, "session");
    g_autoptr (XnSessionCache) cache = g_new0 (XnSessionCache, 1);
    cache->base = g_strdup (base);
    cache->login = g_strdup (login);
    cache->fd = xn_private_open (path, TRUE, error);
    if (cache->fd < 0)
        return NULL;
    /* Not the blocking form, in which a cancelled operation would hang. */
    while (flock (cache->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            xn_error_set_errno (error, errno, "cannot lock %s", path);
            return NULL;
        }
        if (!xn_op_sleep (op, XN_OP_TICK_MS, error))
            return NULL;
    }
    return g_steal_pointer (&cache);
}

static void
wipe_lines (char **lines)
{
    for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
        xn_secret_free (lines[i]);
    g_free (lines);
}

static XnLogin *
login_from (const XnSessionCache *cache, char **lines)
{
    const gboolean known = g_strv_length (lines) > N_LINES && g_str_equal (lines[LINE_FORMAT], FORMAT) &&
                           g_str_equal (lines[LINE_SERVER], cache->base) &&
                           g_str_equal (lines[LINE_LOGIN], cache->login) && *lines[LINE_NAME] != '\0';
    if (!known)
        return NULL;
    g_autoptr (XnLogin) login = g_new0 (XnLogin, 1);
    login->cookies = xn_cookies_new (cache->base);
    login->name = g_strdup (lines[LINE_NAME]);
    login->session_cookie = g_strdup (lines[LINE_SESSION_COOKIE]);
    login->idle_ms = -1;
    for (guint i = N_LINES; lines[i] != NULL; i++)
        xn_cookies_take (login->cookies, lines[i], NULL);
    return xn_cookies_get (login->cookies, login->session_cookie) != NULL ? g_steal_pointer (&login) : NULL;
}

XnLogin *
xn_session_cache_load (XnSessionCache *cache)
{
    g_autoptr (XnSecret) text = xn_private_read (cache->fd);
    char **lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
    XnLogin *login = lines != NULL ? login_from (cache, lines) : NULL;
    wipe_lines (lines);
    return login;
}

gboolean
xn_session_cache_is_recent (XnSessionCache *cache)
{
    struct stat status;
    const gint64 now = g_get_real_time () / G_USEC_PER_SEC;
    return fstat (cache->fd, &status) == 0 && status.st_mtime <= now && now - status.st_mtime < RECENT_S;
}

void
xn_session_cache_touch (XnSessionCache *cache)
{
    (void)futimens (cache->fd, NULL);
}

gboolean
xn_session_cache_store (XnSessionCache *cache, const XnLogin *login)
{
    const char *texts[] = {cache->base, cache->login, login->name};
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
        /* Could not be read back. */
        if (strchr (texts[i], '\n') != NULL)
            return FALSE;
    }
    GString *text = g_string_sized_new (64 * 1024);
    g_string_append_printf (text, "%s\n%s\n%s\n%s\n%s\n", FORMAT, cache->base, cache->login, login->name,
                            login->session_cookie);
    for (guint i = 0; i < xn_cookies_count (login->cookies); i++)
        g_string_append_printf (text, "%s=%s\n", xn_cookies_name (login->cookies, i),
                                xn_cookies_value (login->cookies, i));
    g_autoptr (XnSecret) content = g_string_free (text, FALSE);
    if (xn_private_write (cache->fd, content))
        return TRUE;
    xn_log (XN_LOG_WARNING, "cannot store the session of %s for other processes", cache->base);
    return FALSE;
}
