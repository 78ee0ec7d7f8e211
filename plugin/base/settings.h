/* SPDX-License-Identifier: Apache-2.0 */
/* The settings: names, defaults, meanings and parser come from one table. */
#pragma once

#include <glib.h>

/** What to do when two whole transfers agree with each other but not with the listing. */
typedef enum {
    XN_STALE_CATALOG_ERROR,
    XN_STALE_CATALOG_WARN,
} XnStaleCatalog;

/** The settings of one operation. Times in milliseconds unless the name says otherwise. */
typedef struct {
    char *netrc;   /**< (owned) (nullable) netrc file; NULL: $NETRC or ~/.netrc */
    char *ca_file; /**< (owned) (nullable) PEM bundle to trust instead of the system's */
    guint jobs;    /**< requests at a time per server, 1 to 256 */
    guint retries; /**< further tries after the first */
    gint64 retry_delay_ms;
    gint64 stall_timeout_ms;
    gint64 answer_timeout_ms;
    gint64 connect_timeout_ms;
    gint64 lockout_guard_s; /**< seconds */
    XnStaleCatalog stale_catalog;
    gboolean guest;
    gboolean session_cache;
    gboolean attributes; /**< data URLs are looked at when they are expanded */
    gboolean durable;
    gboolean keep_changed;      /**< a local file that differs is no fetch's to replace */
    gboolean keep_changed_said; /**< so or otherwise: who said that it is to be replaced needs no warning */
} XnSettings;

/** Gives the text of a setting, or NULL for its default. */
typedef const char *(*XnSettingFunc) (gpointer data, const char *name);

/**
 * Reads all settings.
 * @get: (nullable) where texts come from
 * Returns: (transfer full) the settings, or NULL with an error of kind USAGE that names setting, value and what is
 * allowed.
 */
XnSettings *xn_settings_new (XnSettingFunc get, gpointer data, GError **error);
void xn_settings_free (XnSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnSettings, xn_settings_free)

/** Names, defaults and help as name, default, help, ..., NULL; static. */
const char *const *xn_settings_table (void);
