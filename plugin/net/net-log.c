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
