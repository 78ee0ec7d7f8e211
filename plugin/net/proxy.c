/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies. curl chooses them by variables of the environment, and does not say what it chose, so the variables are read here
 * as well. */
#include "net/internal.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <string.h>

/* The address in @text, in its family's bytes. FALSE: it is none. */
static gboolean
read_address (const char *text, int family, guint8 *out_bytes)
{
    g_autofree char *bare = g_strdup (*text == '[' ? text + 1 : text);
    if (*text == '[' && *bare != '\0' && bare[strlen (bare) - 1] == ']')
        bare[strlen (bare) - 1] = '\0';
    return inet_pton (family, bare, out_bytes) == 1;
}

/* Whether @host is an address in @network, "10.0.0.0/8" or "fd00::/8"; without a length, that address. */
static gboolean
is_in_network (const char *host, const char *network)
{
    static const struct {
        int family;
        guint bits;
    } families[] = {{AF_INET, 32}, {AF_INET6, 128}};
    const char *slash = strchr (network, '/');
    g_autofree char *prefix = slash != NULL ? g_strndup (network, (gsize)(slash - network)) : g_strdup (network);
    for (gsize i = 0; i < G_N_ELEMENTS (families); i++) {
        guint8 one[16], other[16];
        guint64 bits = families[i].bits;
        if (!read_address (host, families[i].family, one) || !read_address (prefix, families[i].family, other))
            continue;
        if (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, bits, &bits, NULL))
            return FALSE;
        const gsize whole = (gsize)bits / 8;
        const guint rest = (guint)bits % 8;
        return memcmp (one, other, whole) == 0 && (rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0);
    }
    return FALSE;
}

/* Whether @host is @name, or in the domain @name. */
static gboolean
is_in_domain (const char *host, const char *name)
{
    const gsize host_length = strlen (host), length = strlen (name);
    return length > 0 && host_length >= length && g_ascii_strcasecmp (host + host_length - length, name) == 0 &&
           (host_length == length || host[host_length - length - 1] == '.');
}

/* Whether no_proxy, a list of names, domains, networks or "*", names @host. */
static gboolean
is_exempt (const char *host)
{
    const char *list = g_getenv ("no_proxy") != NULL ? g_getenv ("no_proxy") : g_getenv ("NO_PROXY");
    if (list == NULL)
        return FALSE;
    g_auto (GStrv) names = g_strsplit_set (list, ", ", -1);
    for (guint i = 0; names[i] != NULL; i++) {
        const char *name = names[i][0] == '.' ? names[i] + 1 : names[i];
        if (g_str_equal (name, "*") || is_in_domain (host, name) || is_in_network (host, name))
            return TRUE;
    }
    return FALSE;
}

static const char *const CLEAR[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
static const char *const TLS[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};

static gboolean
is_in_clear (const XnTransfer *transfer)
{
    return g_ascii_strncasecmp (transfer->url, "http:", 5) == 0;
}

/* The variable that names the proxy, or NULL. */
static const char *
proxy_variable (gboolean tls)
{
    for (const char *const *name = tls ? TLS : CLEAR; *name != NULL; name++) {
        const char *proxy = g_getenv (*name);
        if (proxy != NULL && *proxy != '\0')
            return *name;
    }
    return NULL;
}

gboolean
xn_net_goes_through_proxy (const XnTransfer *transfer)
{
    return proxy_variable (!is_in_clear (transfer)) != NULL && !is_exempt (transfer->host);
}

XnProxyChoice
xn_net_proxy_for (gboolean tls, const char *host)
{
    XnProxyChoice choice = {.variable = proxy_variable (tls)};
    if (choice.variable != NULL) {
        choice.proxy = xn_net_without_proxy_login (g_getenv (choice.variable));
        choice.exempt = is_exempt (host);
    }
    return choice;
}

void
xn_proxy_choice_clear (XnProxyChoice *choice)
{
    g_clear_pointer (&choice->proxy, g_free);
}

void
xn_net_warn_of_proxy (XnTransfer *transfer)
{
    if (!is_in_clear (transfer) || !xn_net_goes_through_proxy (transfer))
        return;
    for (const struct curl_slist *header = transfer->headers; header != NULL; header = header->next) {
        if (g_ascii_strncasecmp (header->data, "Authorization:", 14) != 0)
            continue;
        if (!atomic_exchange (&transfer->engine->warned_of_proxy, true))
            xn_log (XN_LOG_WARNING, "the login to %s is sent in clear through a proxy", transfer->place);
        return;
    }
}

/* Puts "***" in the place of the login in @text that the variable @name holds. */
static void
hide_login (GString *text, const char *name)
{
    const char *value = g_getenv (name);
    const char *end = value != NULL ? strrchr (value, '@') : NULL;
    if (end == NULL)
        return;
    const char *slashes = strstr (value, "//");
    const char *start = slashes != NULL && slashes < end ? slashes + 2 : value;
    g_autofree char *login = g_strndup (start, (gsize)(end - start));
    if (*login != '\0')
        g_string_replace (text, login, "***", 0);
}

char *
xn_net_without_proxy_login (const char *words)
{
    GString *text = g_string_new (words);
    for (const char *const *name = CLEAR; *name != NULL; name++)
        hide_login (text, *name);
    for (const char *const *name = TLS; *name != NULL; name++)
        hide_login (text, *name);
    return g_string_free (text, FALSE);
}
