/* SPDX-License-Identifier: Apache-2.0 */
/* The probe asks, without credentials, who is logged in: the answer is small, a redirect of it tells scheme, port and
 * path prefix at once, where one of the front page may lead to a portal, and a refusal tells that the site is closed to
 * guests: there a lost session always shows as a refusal, and need not be asked for. A server makes a guest session for
 * it, as for any request without one; that lapses by itself and counts towards nobody's limit. */
#include "login/probe.h"

#include "base/log.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "login/login.h"

#include <string.h>

#define MAX_HOPS 5

/* Takes over where a redirect leads. */
static void
move_to (XnServer *found, const XnLocation *target)
{
    if (target->tls) {
        g_free (found->scheme);
        found->scheme = g_strdup ("xnat+https");
        found->tls = TRUE;
        found->port = target->port;
        found->port_given = target->port != 443;
    }
    g_autofree char *path = xn_path_bare (target->path);
    if (!g_str_has_suffix (path, XN_WHO_PATH))
        return;
    g_free (found->prefix);
    found->prefix = g_strndup (path, strlen (path) - strlen (XN_WHO_PATH));
}

static gboolean
may_move (const XnServer *found, const XnLocation *target)
{
    return !target->has_login && g_str_equal (target->host, found->host) &&
           (target->tls || target->port == found->port);
}

/* One question; @out_moved: the server is elsewhere. */
static gboolean
probe_once (XnEngine *engine, XnServer *found, XnOp *op, gboolean *out_moved, gboolean *out_closed, GError **error)
{
    g_autofree char *base = xn_server_base (found);
    g_autofree char *url = g_strconcat (base, XN_WHO_PATH, NULL);
    const XnRoute route = {.engine = engine, .base = base, .verify = found->verify};
    const char *const headers[] = {"Accept: */*", NULL};
    *out_moved = FALSE;
    g_autoptr (XnReply) reply =
        xn_ask_patiently (&route, "GET", XN_WHO_PATH, headers, "finding the server", NULL, op, error);
    if (reply == NULL)
        return FALSE;
    *out_closed = reply->status == 401;
    if (reply->status < 300 || reply->status > 399 || reply->location == NULL)
        return TRUE;
    g_auto (XnLocation) target = {0};
    const gboolean leads = xn_location_resolve (&target, url, reply->location) && may_move (found, &target);
    /* A closed site sends guests to its login page; if that is on https, so is the rest, and no login goes out before. */
    const XnPage page = xn_page_of_location (reply->location);
    *out_closed = page == XN_PAGE_LOGIN;
    if (page != XN_PAGE_EMPTY && !(leads && target.tls))
        return TRUE;
    if (!leads) {
        xn_redirect_error (error, base, "finding the server", url, reply);
        return FALSE;
    }
    move_to (found, &target);
    *out_moved = TRUE;
    return TRUE;
}

gboolean
xn_probe_server (XnEngine *engine, const XnServer *given, XnOp *op, XnServer *out_found, gboolean *out_closed,
                 GError **error)
{
    *out_closed = FALSE;
    XnServer found = xn_server_copy (given);
    gboolean moved = !found.tls;
    for (guint hops = 0; moved && !found.tls; hops++) {
        g_autofree char *base = xn_server_base (&found);
        if (hops > MAX_HOPS)
            xn_error_set (error, XN_ERROR_SERVER,
                          "finding the server: %s redirects in a circle; if it wants https, use xnat+https:// with the "
                          "right port",
                          base);
        if (hops > MAX_HOPS || !probe_once (engine, &found, op, &moved, out_closed, error)) {
            xn_server_clear (&found);
            return FALSE;
        }
    }
    if (found.tls && !given->tls) {
        g_autofree char *base = xn_server_base (&found);
        xn_log (XN_LOG_INFO, "%s sends its clients to %s", given->host, base);
    }
    *out_found = found;
    return TRUE;
}
