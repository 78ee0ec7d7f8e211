/* SPDX-License-Identifier: Apache-2.0 */
/* /data/auth is answered by every XNAT, and by a closed one as by any server that wants a login; only
 * /xapi/siteConfig/buildInfo, open on closed sites too, is beyond doubt. */
#include "login/identify.h"

#include "http/fields.h"
#include "login/login.h"

#include <string.h>

#define VERSION_PATH "/xapi/siteConfig/buildInfo"
#define MAX_VERSION_LENGTH 80

void
xn_identity_clear (XnIdentity *identity)
{
    g_clear_pointer (&identity->leads_to, g_free);
}

XnReply *
xn_identify_ask (const XnRoute *route, XnOp *op, GError **error)
{
    const char *const headers[] = {"Accept: */*", NULL};
    return xn_ask (route, "GET", XN_WHO_PATH, headers, op, error);
}

/* What stands before the first path that is XNAT's own in where a redirect leads: (transfer full), NULL if nothing does, or if it
 * is @base itself. */
static char *
base_of_target (const char *base, const char *url, const char *location)
{
    static const char *const own[] = {"/data/", "/app/", "/setup"};
    g_auto (XnLocation) target = {0};
    if (!xn_location_resolve (&target, url, location) || target.has_login)
        return NULL;
    g_autofree char *path = xn_path_bare (target.path);
    for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
        const char *found = strstr (path, own[i]);
        if (found == NULL)
            continue;
        const gboolean usual = target.port == (target.tls ? 443 : 80);
        const gboolean bracket = strchr (target.host, ':') != NULL;
        g_autofree char *port = usual ? g_strdup ("") : g_strdup_printf (":%u", target.port);
        g_autofree char *other =
            g_strdup_printf ("%s://%s%s%s%s%.*s", target.tls ? "https" : "http", bracket ? "[" : "", target.host,
                             bracket ? "]" : "", port, (int)(found - path), path);
        return g_str_equal (other, base) ? NULL : g_steal_pointer (&other);
    }
    return NULL;
}

XnIdentity
xn_identify_read (const char *base, const XnReply *reply)
{
    XnIdentity identity = {0};
    const gboolean redirects = reply->status >= 300 && reply->status < 400 && reply->location != NULL;
    const XnPage page = redirects ? xn_page_of_location (reply->location) : reply->page;
    g_autofree char *name = reply->status == 200 && reply->page == XN_PAGE_TEXT ? xn_login_name_in (reply->body) : NULL;
    identity.is_xnat = name != NULL || page == XN_PAGE_LOGIN || xn_page_is_account (page);
    identity.closed = reply->status == 401 || page == XN_PAGE_LOGIN;
    if (redirects) {
        g_autofree char *url = g_strconcat (base, XN_WHO_PATH, NULL);
        identity.leads_to = base_of_target (base, url, reply->location);
    }
    return identity;
}

/* The text of the member "version": (transfer full), NULL if there is none that looks like a version. */
static char *
version_in (const char *text)
{
    static const char key[] = "\"version\"";
    const char *at = strstr (text, key);
    if (at == NULL)
        return NULL;
    at += strlen (key);
    at += strspn (at, " \t\r\n");
    if (*at != ':')
        return NULL;
    at++;
    at += strspn (at, " \t\r\n");
    if (*at != '"')
        return NULL;
    at++;
    const gsize length = strcspn (at, "\"\\");
    if (at[length] != '"' || length == 0 || length > MAX_VERSION_LENGTH)
        return NULL;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isalnum (at[i]) && strchr ("._-+ ", at[i]) == NULL)
            return NULL;
    }
    return g_strndup (at, length);
}

char *
xn_identify_version (const XnRoute *route, XnOp *op, GError **error)
{
    const char *const headers[] = {"Accept: application/json", NULL};
    g_autoptr (XnReply) reply = xn_ask (route, "GET", VERSION_PATH, headers, op, error);
    return reply != NULL && reply->status == 200 && reply->page == XN_PAGE_TEXT ? version_in (reply->body) : NULL;
}

char *
xn_identify_front (const XnRoute *route, XnOp *op)
{
    const char *const headers[] = {"Accept: */*", NULL};
    g_autoptr (XnReply) reply = xn_ask (route, "GET", "/", headers, op, NULL);
    if (reply == NULL || reply->status < 300 || reply->status > 399 || reply->location == NULL)
        return NULL;
    g_autofree char *url = g_strconcat (route->base, "/", NULL);
    return base_of_target (route->base, url, reply->location);
}
