/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings and its parser. */
#include "base/settings.h"

#include "base/error.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

typedef enum {
    SETTING_STRING,
    SETTING_COUNT,         /* guint */
    SETTING_SECONDS,       /* fractions allowed; kept in milliseconds, gint64 */
    SETTING_WHOLE_SECONDS, /* gint64 */
    SETTING_BOOLEAN,
    SETTING_STALE_CATALOG,
} SettingType;

typedef struct {
    const char *name;
    const char *fallback;
    const char *help;
    SettingType type;
    gsize offset;
    double min, max;
    gsize said; /* offset of what notes that it was set; 0: nothing does */
} Setting;

#define AT(member) offsetof (XnSettings, member)

static const Setting TABLE[] = {
    {"netrc", "", "netrc file with the logins (default: $NETRC, else ~/.netrc)", SETTING_STRING, AT (netrc), 0, 0},
    {"jobs", "8", "requests at a time per server", SETTING_COUNT, AT (jobs), 1, 256},
    {"retries", "5", "further tries after a passing fault", SETTING_COUNT, AT (retries), 0, 100},
    {"retry_delay", "1", "seconds before the first retry; doubles up to 30", SETTING_SECONDS, AT (retry_delay_ms), 0,
     3600},
    {"stall_timeout", "120", "seconds without a byte that end a try", SETTING_SECONDS, AT (stall_timeout_ms), 0.01,
     86400},
    {"answer_timeout", "600", "seconds that a server may work before its first byte", SETTING_SECONDS,
     AT (answer_timeout_ms), 0.01, 86400},
    {"connect_timeout", "30", "seconds to reach the server", SETTING_SECONDS, AT (connect_timeout_ms), 0.01, 3600},
    {"ca_file", "", "PEM file of certificate authorities to trust instead of the system's", SETTING_STRING,
     AT (ca_file), 0, 0},
    {"guest", "false", "without credentials go on as guest", SETTING_BOOLEAN, AT (guest), 0, 0},
    {"session_cache", "false", "share the server session between processes of this user on this machine",
     SETTING_BOOLEAN, AT (session_cache), 0, 0},
    {"lockout_guard", "300", "seconds in which no process tries a refused login again", SETTING_WHOLE_SECONDS,
     AT (lockout_guard_s), 0, 86400},
    {"stale_catalog", "error", "error, or warn: deliver files whose catalog entry is out of date",
     SETTING_STALE_CATALOG, AT (stale_catalog), 0, 0},
    {"attributes", "false", "expand asks the server about a data URL as well, to tell its attributes", SETTING_BOOLEAN,
     AT (attributes), 0, 0},
    {"durable", "false", "flush the result to the disk before an operation ends", SETTING_BOOLEAN, AT (durable), 0, 0},
    {"keep_changed", "false", "fetch replaces no local file that differs from the server's: that is a conflict",
     SETTING_BOOLEAN, AT (keep_changed), 0, 0, AT (keep_changed_said)},
};

static gboolean
setting_refuse (const Setting *setting, const char *text, const char *wanted, GError **error)
{
    xn_error_set (error, XN_ERROR_USAGE, "setting %s: '%s' is not %s", setting->name, text, wanted);
    return FALSE;
}

static gboolean
setting_number (const Setting *setting, const char *text, double *out_number, GError **error)
{
    char *end = NULL;
    const gboolean whole = setting->type != SETTING_SECONDS;
    /* errno says nothing here: the first thread that converts makes a locale, for which the others may have to wait. */
    const double number = g_ascii_strtod (text, &end);
    /* Only digits and a point: no sign, blank, exponent or hexadecimal, all of which strtod takes. */
    const gboolean odd = end == text || *end != '\0' || !(number >= setting->min && number <= setting->max) ||
                         text[strspn (text, "0123456789.")] != '\0' || (whole && number != (double)(gint64)number);
    if (odd) {
        g_autofree char *wanted =
            g_strdup_printf ("a %s from %g to %g", whole ? "whole number" : "number", setting->min, setting->max);
        return setting_refuse (setting, text, wanted, error);
    }
    *out_number = number;
    return TRUE;
}

static gboolean
setting_boolean (const Setting *setting, const char *text, gboolean *out_value, GError **error)
{
    if (g_ascii_strcasecmp (text, "true") == 0 || g_str_equal (text, "1")) {
        *out_value = TRUE;
        return TRUE;
    }
    if (g_ascii_strcasecmp (text, "false") == 0 || g_str_equal (text, "0")) {
        *out_value = FALSE;
        return TRUE;
    }
    return setting_refuse (setting, text, "true, false, 1 or 0", error);
}

static gboolean
setting_store (const Setting *setting, XnSettings *settings, const char *text, GError **error)
{
    gpointer member = (char *)settings + setting->offset;
    double number = 0;

    switch (setting->type) {
    case SETTING_STRING:
        *(char **)member = *text != '\0' ? g_strdup (text) : NULL;
        return TRUE;
    case SETTING_BOOLEAN:
        return setting_boolean (setting, text, member, error);
    case SETTING_STALE_CATALOG:
        if (!g_str_equal (text, "error") && !g_str_equal (text, "warn"))
            return setting_refuse (setting, text, "error or warn", error);
        *(XnStaleCatalog *)member = g_str_equal (text, "warn") ? XN_STALE_CATALOG_WARN : XN_STALE_CATALOG_ERROR;
        return TRUE;
    case SETTING_COUNT:
        if (!setting_number (setting, text, &number, error))
            return FALSE;
        *(guint *)member = (guint)number;
        return TRUE;
    case SETTING_WHOLE_SECONDS:
        if (!setting_number (setting, text, &number, error))
            return FALSE;
        *(gint64 *)member = (gint64)number;
        return TRUE;
    case SETTING_SECONDS:
        if (!setting_number (setting, text, &number, error))
            return FALSE;
        *(gint64 *)member = (gint64)(number * 1000.0 + 0.5);
        return TRUE;
    }
    return FALSE;
}

XnSettings *
xn_settings_new (XnSettingFunc get, gpointer data, GError **error)
{
    g_autoptr (XnSettings) settings = g_new0 (XnSettings, 1);
    for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++) {
        const char *text = get != NULL ? get (data, TABLE[i].name) : NULL;
        if (!setting_store (&TABLE[i], settings, text != NULL ? text : TABLE[i].fallback, error))
            return NULL;
        if (TABLE[i].said != 0)
            *(gboolean *)(gpointer)((char *)settings + TABLE[i].said) = text != NULL;
    }
    return g_steal_pointer (&settings);
}

void
xn_settings_free (XnSettings *settings)
{
    if (settings == NULL)
        return;
    g_free (settings->netrc);
    g_free (settings->ca_file);
    g_free (settings);
}

static const char *flat_table[G_N_ELEMENTS (TABLE) * 3 + 1];

static void
flat_table_fill (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++) {
        flat_table[3 * i] = TABLE[i].name;
        flat_table[3 * i + 1] = TABLE[i].fallback;
        flat_table[3 * i + 2] = TABLE[i].help;
    }
}

const char *const *
xn_settings_table (void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once (&once, flat_table_fill);
    return flat_table;
}
