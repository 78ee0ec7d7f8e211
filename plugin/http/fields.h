/* SPDX-License-Identifier: Apache-2.0 */
/* What the values of header fields mean: times, targets of redirects. Pure. */
#pragma once

#include <glib.h>

/**
 * What a Retry-After value (nullable; seconds or a date) asks for, in milliseconds, 0 at least; -1 if it asks nothing.
 * @now_s: the time now, in seconds since 1970
 */
gint64 xn_retry_after_ms (const char *text, gint64 now_s);

/**
 * The idle time of a server session, in milliseconds, from a Set-Cookie value of SESSION_EXPIRATION_TIME in either of
 * its forms (`"NOW,IDLE"`, quoted, or the moment of expiry); -1 if it is another cookie or makes no sense.
 * @server_now_ms: the server's time (its Date field), in milliseconds since 1970
 */
gint64 xn_idle_time_ms (const char *set_cookie, gint64 server_now_ms);

/** The part of a file that a Content-Range value (nullable) names, from its first byte to its last of so many; FALSE if it
 *  names none that can be. */
gboolean xn_content_range_parse (const char *text, gint64 *out_first, gint64 *out_last, gint64 *out_total);

/** The encoding that a Content-Encoding value (nullable) names, as far as a message needs it: (transfer full), NULL if the
 *  body is as it is. */
char *xn_encoding (const char *text);

/** A path (or a Location value) without query and fragment, and without what follows a ';' in its segments, where some
 *  servers put a session's ID. Returns: (transfer full) */
char *xn_path_bare (const char *path);

/** Where a redirect leads. */
typedef struct {
    char *url; /**< (owned) absolute, without fragment */
    gboolean tls;
    char *host;         /**< (owned) lower-case, an IPv6 address without brackets */
    guint port;         /**< effective */
    char *path;         /**< (owned) percent-encoded, "/" at least, without query */
    gboolean has_login; /**< the target names a user: never to be followed */
} XnLocation;

/** Resolves a Location value against the URL that was asked; FALSE if it is no http or https URL. */
gboolean xn_location_resolve (XnLocation *out_target, const char *url, const char *location);
void xn_location_clear (XnLocation *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnLocation, xn_location_clear)
