/* SPDX-License-Identifier: Apache-2.0 */
/* The server's part of a URL. What stands before the host may be a password by mistake, and a password with a '/' in it
 * moves into other parts; so messages of this file repeat nothing but a whole and valid host name. */
#include "xnat/url-private.h"

#include "base/error.h"

#include <string.h>

void
xn_server_clear (XnServer *server)
{
    g_free (server->scheme);
    g_free (server->login);
    g_free (server->host);
    g_free (server->prefix);
    memset (server, 0, sizeof *server);
}

XnServer
xn_server_copy (const XnServer *server)
{
    XnServer copy = *server;
    copy.scheme = g_strdup (server->scheme);
    copy.login = g_strdup (server->login);
    copy.host = g_strdup (server->host);
    copy.prefix = g_strdup (server->prefix);
    return copy;
}

char *
xn_server_base (const XnServer *server)
{
    GString *base = g_string_new (server->tls ? "https://" : "http://");
    g_string_append_printf (base, strchr (server->host, ':') != NULL ? "[%s]" : "%s", server->host);
    if (server->port != (server->tls ? 443U : 80U))
        g_string_append_printf (base, ":%u", server->port);
    g_string_append (base, server->prefix);
    return g_string_free (base, FALSE);
}

gboolean
xn_url_scheme_is_tls (const char *scheme, gboolean insecure)
{
    if (strcmp (scheme, "xnat+http") == 0)
        return FALSE;
    return strcmp (scheme, "xnat+https") == 0 || !insecure;
}

static gboolean
read_login (XnUrl *url, const char *start, gsize length, GError **error)
{
    static const char refusal[] = "the URL holds a password: URLs end in logs, so keep it in the netrc file and write "
                                  "LOGIN@HOST";
    if (memchr (start, ':', length) != NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "%s", refusal);
        return FALSE;
    }
    if (length == 0) {
        xn_error_set (error, XN_ERROR_USAGE, "no login before '@': write LOGIN@HOST, or HOST alone");
        return FALSE;
    }
    url->server.login = xn_url_decode (url, start, length, FALSE, error);
    if (url->server.login == NULL)
        return FALSE;
    if (strchr (url->server.login, ':') != NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "%s", refusal);
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_port (XnUrl *url, const char *start, gsize length, GError **error)
{
    guint port = 0;
    gboolean good = length > 0;
    for (gsize i = 0; good && i < length; i++) {
        good = g_ascii_isdigit (start[i]);
        port = good ? port * 10 + (guint)(start[i] - '0') : 0;
        good = good && port <= 65535;
    }
    if (!good || port == 0) {
        xn_error_set (error, XN_ERROR_USAGE, "what follows the host's ':' is no port: write a number from 1 to 65535%s",
                      length == 0 ? ", or leave ':' out" : "");
        return FALSE;
    }
    url->server.port = port;
    url->server.port_given = TRUE;
    return TRUE;
}

static gboolean
read_name (XnUrl *url, const char *start, gsize length, GError **error)
{
    if (length == 0) {
        xn_error_set (error, XN_ERROR_USAGE, "the URL names no host: write SCHEME://HOST/...");
        return FALSE;
    }
    gboolean good = length <= 253;
    for (gsize i = 0; good && i < length; i++)
        good = g_ascii_isalnum (start[i]) || strchr ("-._", start[i]) != NULL;
    if (!good || start[0] == '.' || start[0] == '-') {
        xn_error_set (error, XN_ERROR_USAGE,
                      "what stands for the host is no host name (letters, digits, '-', '.'): an international name is "
                      "written in its xn-- form, an IPv6 address in brackets");
        return FALSE;
    }
    url->server.host = g_ascii_strdown (start, (gssize)length);
    return TRUE;
}

/* "[ADDRESS]" and what follows it. */
static gboolean
read_ipv6 (XnUrl *url, const char *start, gsize length, GError **error)
{
    const char *end = memchr (start, ']', length);
    g_autofree char *address = end != NULL ? g_ascii_strdown (start + 1, end - start - 1) : NULL;
    if (address == NULL || strchr (address, ':') == NULL || strchr (address, '%') != NULL ||
        !g_hostname_is_ip_address (address)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "what stands in brackets for the host is no IPv6 address: write [ADDRESS]");
        return FALSE;
    }
    url->server.host = g_steal_pointer (&address);
    gsize left = length - (gsize)(end + 1 - start);
    if (left == 0)
        return TRUE;
    if (end[1] != ':') {
        xn_error_set (error, XN_ERROR_USAGE, "only ':' and a port may follow the IPv6 address [%s]", url->server.host);
        return FALSE;
    }
    return read_port (url, end + 2, left - 1, error);
}

gboolean
xn_url_read_authority (XnUrl *url, const char *start, gsize length, GError **error)
{
    const char *at = memrchr (start, '@', length);
    if (at != NULL) {
        if (!read_login (url, start, (gsize)(at - start), error))
            return FALSE;
        length -= (gsize)(at + 1 - start);
        start = at + 1;
    }
    if (length > 0 && start[0] == '[')
        return read_ipv6 (url, start, length, error);

    const char *colon = memchr (start, ':', length);
    if (colon == NULL)
        return read_name (url, start, length, error);
    if (memrchr (start, ':', length) != colon) {
        xn_error_set (error, XN_ERROR_USAGE, "the host holds several ':': an IPv6 address is written in brackets");
        return FALSE;
    }
    return read_name (url, start, (gsize)(colon - start), error) &&
           read_port (url, colon + 1, length - (gsize)(colon + 1 - start), error);
}
