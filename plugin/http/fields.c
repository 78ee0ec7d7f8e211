/* SPDX-License-Identifier: Apache-2.0 */
/* Header field values. */
#include "http/fields.h"

#include "base/http-date.h"

#include <string.h>

/* Idle times outside of this are mistakes: the server computes with 32 bits, so long ones come out negative. */
#define MIN_IDLE_MS 500
#define MAX_ENCODING_LENGTH 32
#define MAX_IDLE_MS (G_GINT64_CONSTANT (40) * 24 * 3600 * 1000)

gint64
xn_retry_after_ms (const char *text, gint64 now_s)
{
    if (text == NULL)
        return -1;
    char *end = NULL;
    const gint64 seconds = g_ascii_strtoll (text, &end, 10);
    if (end != text && *end == '\0')
        return CLAMP (seconds, 0, 24 * 3600) * 1000;
    const gint64 then = xn_http_date_parse (text);
    return then >= 0 ? CLAMP (then - now_s, 0, 24 * 3600) * 1000 : -1;
}

gint64
xn_idle_time_ms (const char *set_cookie, gint64 server_now_ms)
{
    static const char name[] = "SESSION_EXPIRATION_TIME=";
    if (!g_str_has_prefix (set_cookie, name))
        return -1;
    const char *value = set_cookie + strlen (name);
    value += *value == '"' ? 1 : 0;
    char *end = NULL;
    const gint64 first = g_ascii_strtoll (value, &end, 10);
    if (end == value)
        return -1;
    gint64 idle = -1;
    if (*end == ',')
        idle = g_ascii_strtoll (end + 1, NULL, 10);
    else if (first > server_now_ms)
        idle = first - server_now_ms;
    return idle >= MIN_IDLE_MS && idle <= MAX_IDLE_MS ? idle : -1;
}

/* Takes a number and the @sign behind it; NULL if there is none, or none that fits. */
static const char *
take_number (const char *text, char sign, gint64 *out_number)
{
    char *end = NULL;
    if (!g_ascii_isdigit (*text))
        return NULL;
    const guint64 number = g_ascii_strtoull (text, &end, 10);
    *out_number = (gint64)number;
    if (number >= G_MAXINT64 || *end != sign)
        return NULL;
    return sign != '\0' ? end + 1 : end;
}

gboolean
xn_content_range_parse (const char *text, gint64 *out_first, gint64 *out_last, gint64 *out_total)
{
    static const char unit[] = "bytes ";
    if (text == NULL || g_ascii_strncasecmp (text, unit, strlen (unit)) != 0)
        return FALSE;
    text += strlen (unit);
    text = take_number (text, '-', out_first);
    text = text != NULL ? take_number (text, '/', out_last) : NULL;
    text = text != NULL ? take_number (text, '\0', out_total) : NULL;
    return text != NULL && *out_first <= *out_last && *out_last < *out_total;
}

char *
xn_encoding (const char *text)
{
    if (text == NULL || *text == '\0' || g_ascii_strcasecmp (text, "identity") == 0)
        return NULL;
    g_autofree char *name = g_strndup (text, MAX_ENCODING_LENGTH);
    return g_strcanon (g_steal_pointer (&name), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-., ", '?');
}

char *
xn_path_bare (const char *path)
{
    GString *bare = g_string_new (NULL);
    const char *at = path;
    while (*at != '\0' && *at != '?' && *at != '#') {
        if (*at == ';') {
            at += strcspn (at, "/?#");
            continue;
        }
        g_string_append_c (bare, *at++);
    }
    return g_string_free (bare, FALSE);
}

void
xn_location_clear (XnLocation *target)
{
    g_clear_pointer (&target->url, g_free);
    g_clear_pointer (&target->host, g_free);
    g_clear_pointer (&target->path, g_free);
}

gboolean
xn_location_resolve (XnLocation *out_target, const char *url, const char *location)
{
    const GUriFlags flags = G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED;
    *out_target = (XnLocation){0};
    g_autoptr (GUri) from = g_uri_parse (url, flags, NULL);
    g_autoptr (GUri) to = from != NULL && location != NULL ? g_uri_parse_relative (from, location, flags, NULL) : NULL;
    if (to == NULL || g_uri_get_host (to) == NULL || *g_uri_get_host (to) == '\0')
        return FALSE;
    /* GLib takes "http://host:80;x" for a host and a path that is none, which it then refuses to print. */
    if (*g_uri_get_path (to) != '\0' && *g_uri_get_path (to) != '/')
        return FALSE;
    const char *scheme = g_uri_get_scheme (to);
    out_target->tls = g_ascii_strcasecmp (scheme, "https") == 0;
    if (!out_target->tls && g_ascii_strcasecmp (scheme, "http") != 0)
        return FALSE;
    const gint port = g_uri_get_port (to);
    out_target->port = port > 0 ? (guint)port : out_target->tls ? 443 : 80;
    out_target->host = g_ascii_strdown (g_uri_get_host (to), -1);
    out_target->path = g_strdup (*g_uri_get_path (to) != '\0' ? g_uri_get_path (to) : "/");
    out_target->has_login = g_uri_get_userinfo (to) != NULL;
    out_target->url = g_uri_to_string_partial (to, G_URI_HIDE_USERINFO | G_URI_HIDE_FRAGMENT);
    return TRUE;
}
