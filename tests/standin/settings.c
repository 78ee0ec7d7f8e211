/* SPDX-License-Identifier: Apache-2.0 */
/* The switches by name. */
#include "app.h"

#include <string.h>

typedef enum Kind { TEXT, NUMBER, BOOLEAN } Kind;

static const struct {
    const char *name;
    Kind kind;
    gsize offset;
} switches[] = {
    {"prefix", TEXT, G_STRUCT_OFFSET (Settings, prefix)},
    {"site-url", TEXT, G_STRUCT_OFFSET (Settings, site_url)},
    {"sticky-cookie", TEXT, G_STRUCT_OFFSET (Settings, sticky)},
    {"jvm-route", TEXT, G_STRUCT_OFFSET (Settings, jvm_route)},
    {"bulk", TEXT, G_STRUCT_OFFSET (Settings, bulk)},
    {"https-port", TEXT, G_STRUCT_OFFSET (Settings, https_port)},
    {"require-login", BOOLEAN, G_STRUCT_OFFSET (Settings, require_login)},
    {"session-timeout", NUMBER, G_STRUCT_OFFSET (Settings, session_timeout)},
    {"max-sessions", NUMBER, G_STRUCT_OFFSET (Settings, max_sessions)},
    {"max-failed-logins", NUMBER, G_STRUCT_OFFSET (Settings, max_failed)},
    {"checksums", BOOLEAN, G_STRUCT_OFFSET (Settings, checksums)},
    {"ranges", BOOLEAN, G_STRUCT_OFFSET (Settings, ranges)},
    {"secure-cookies", BOOLEAN, G_STRUCT_OFFSET (Settings, secure_cookies)},
    {"plain-expiration", BOOLEAN, G_STRUCT_OFFSET (Settings, plain_expiration)},
    {"configured", BOOLEAN, G_STRUCT_OFFSET (Settings, configured)},
    {"paging", BOOLEAN, G_STRUCT_OFFSET (Settings, paging)},
    {"shuffle", BOOLEAN, G_STRUCT_OFFSET (Settings, shuffle)},
    {"keep-alive-ms", NUMBER, G_STRUCT_OFFSET (Settings, keep_alive_ms)},
    {"latency-ms", NUMBER, G_STRUCT_OFFSET (Settings, latency_ms)},
    {"login-ms", NUMBER, G_STRUCT_OFFSET (Settings, login_ms)},
    {"write-ms", NUMBER, G_STRUCT_OFFSET (Settings, write_ms)},
    {"catalog-us-per-file", NUMBER, G_STRUCT_OFFSET (Settings, catalog_us_per_file)},
    {"list-us-per-file", NUMBER, G_STRUCT_OFFSET (Settings, list_us_per_file)},
    {"archive-us-per-file", NUMBER, G_STRUCT_OFFSET (Settings, archive_us_per_file)},
    {"bulk-ms", NUMBER, G_STRUCT_OFFSET (Settings, bulk_ms)},
    {"bulk-us-per-row", NUMBER, G_STRUCT_OFFSET (Settings, bulk_us_per_row)},
    {"bulk-us-per-number", NUMBER, G_STRUCT_OFFSET (Settings, bulk_us_per_number)},
    {"create-race-ms", NUMBER, G_STRUCT_OFFSET (Settings, create_race_ms)},
    {"disk-mb-per-s", NUMBER, G_STRUCT_OFFSET (Settings, disk_mb_per_s)},
    {"archive-mb-per-s", NUMBER, G_STRUCT_OFFSET (Settings, archive_mb_per_s)},
    {"deflate-mb-per-s", NUMBER, G_STRUCT_OFFSET (Settings, deflate_mb_per_s)},
    {"connection-mb-per-s", NUMBER, G_STRUCT_OFFSET (Settings, connection_mb_per_s)},
};

void
settings_init (Settings *settings)
{
    *settings = (Settings){
        .prefix = "",
        .bulk = "true",
        .version = 8,
        .require_login = TRUE,
        .session_timeout = 900,
        .max_sessions = 1000,
        .max_failed = 20,
        .checksums = TRUE,
        .ranges = TRUE,
        .configured = TRUE,
        .paging = TRUE,
        .shuffle = TRUE,
        .keep_alive_ms = 20000,
    };
}

static gboolean
set_version (Settings *settings, const char *value)
{
    if (!g_str_has_prefix (value, "1.") || strlen (value) != 3 || value[2] < '7' || value[2] > '9')
        return FALSE;
    settings->version = value[2] - '0';
    settings->paging = settings->version >= 8;
    return TRUE;
}

gboolean
settings_set (Settings *settings, const char *name, const char *value)
{
    if (strcmp (name, "version") == 0)
        return set_version (settings, value);
    for (guint i = 0; i < G_N_ELEMENTS (switches); i++) {
        gpointer at = (char *)settings + switches[i].offset;
        guint64 number;

        if (strcmp (switches[i].name, name) != 0)
            continue;
        if (switches[i].kind == TEXT) {
            *(const char **)at = *value || strcmp (name, "prefix") == 0 ? S (value) : NULL;
            return TRUE;
        }
        if (switches[i].kind == BOOLEAN) {
            *(gint *)at = strcmp (value, "true") == 0 || strcmp (value, "1") == 0;
            return *(gint *)at || strcmp (value, "false") == 0 || strcmp (value, "0") == 0;
        }
        if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &number, NULL))
            return FALSE;
        *(gint *)at = (gint)number;
        return TRUE;
    }
    return FALSE;
}
