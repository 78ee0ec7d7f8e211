/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines about requests. What a URL may hold of a secret is left out. */
#include "net/internal.h"

#include "base/log.h"

#include <string.h>

static gboolean
is_secret_name (const char *name, gsize length)
{
    static const char *const parts[] = {"pass", "token", "secret", "session", "key", "auth", "csrf", "sig", NULL};
    g_autofree char *lower = g_ascii_strdown (name, (gssize)length);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (strstr (lower, parts[i]) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* The URL with the values of parameters whose name speaks of a secret replaced, those in the path (";name=") too. */
static char *
without_secrets (const char *url)
{
    GString *text = g_string_new (NULL);
    const char *at = url;
    while (*at != '\0') {
        const gsize plain = strcspn (at, "?&;");
        g_string_append_len (text, at, (gssize)plain);
        at += plain;
        if (*at == '\0')
            break;
        const gsize name = strcspn (at + 1, "=?&;/");
        g_string_append_len (text, at, (gssize)name + 1);
        const gboolean secret = at[1 + name] == '=' && is_secret_name (at + 1, name);
        at += 1 + name;
        if (secret) {
            g_string_append (text, "=***");
            at += strcspn (at, "?&;/");
        }
    }
    return g_string_free (text, FALSE);
}

char *
xn_net_log_line (const XnTransfer *transfer)
{
    g_autofree char *url = without_secrets (transfer->url);
    g_autofree char *outcome = NULL;
    if (transfer->error != NULL)
        outcome = g_strdup_printf ("failed: %s", transfer->error->message);
    else if (transfer->header_done)
        outcome = g_strdup_printf ("%d%s", transfer->answer.status, transfer->over ? "" : " (cut off)");
    else
        outcome = g_strdup ("cut off");
    return g_strdup_printf ("%s %s -> %s, %" G_GINT64_FORMAT " bytes, %.3f s, connection #%" G_GUINT64_FORMAT,
                            transfer->method, url, outcome, transfer->received, (double)transfer->duration_us / 1e6,
                            transfer->connection);
}

/* Whether no_proxy, a list of names and domains or "*", names @host. */
static gboolean
is_exempt (const char *host)
{
    const char *list = g_getenv ("no_proxy") != NULL ? g_getenv ("no_proxy") : g_getenv ("NO_PROXY");
    if (list == NULL)
        return FALSE;
    g_auto (GStrv) names = g_strsplit_set (list, ", ", -1);
    for (guint i = 0; names[i] != NULL; i++) {
        const char *name = names[i][0] == '.' ? names[i] + 1 : names[i];
        if (g_str_equal (name, "*") || (*name != '\0' && g_ascii_strcasecmp (name, host) == 0))
            return TRUE;
        g_autofree char *domain = g_strconcat (".", name, NULL);
        const gsize host_length = strlen (host), domain_length = strlen (domain);
        if (*name != '\0' && host_length > domain_length &&
            g_ascii_strcasecmp (host + host_length - domain_length, domain) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_in_clear (const XnTransfer *transfer)
{
    return g_ascii_strncasecmp (transfer->url, "http:", 5) == 0;
}

/* curl does not say whether it went through a proxy, so the variables that it reads are read here as well. */
gboolean
xn_net_goes_through_proxy (const XnTransfer *transfer)
{
    static const char *const clear[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const tls[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    for (const char *const *name = is_in_clear (transfer) ? clear : tls; *name != NULL; name++) {
        const char *proxy = g_getenv (*name);
        if (proxy != NULL && *proxy != '\0')
            return !is_exempt (transfer->host);
    }
    return FALSE;
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
