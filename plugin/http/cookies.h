/* SPDX-License-Identifier: Apache-2.0 */
/* The cookies of one login, kept by hand: one jar per server and login, so that a late answer to a lost session or a
 * second server on the same host can never replace them. Pure: knows names and values, not what they mean. */
#pragma once

#include <glib.h>

typedef struct XnCookies XnCookies;

/** An empty jar. @base: (nullable) the server that it is for, "https://host/xnat"; cookies for other paths of that host,
 *  another application's, are not taken (RFC 6265, 5.1.4). */
XnCookies *xn_cookies_new (const char *base);
/** Wipes the values and frees; NULL is nothing. */
void xn_cookies_free (XnCookies *cookies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCookies, xn_cookies_free)
XnCookies *xn_cookies_copy (const XnCookies *cookies);

/**
 * Takes in one Set-Cookie value; a cookie with Max-Age=0, a date of expiry in the past or an empty value is removed. SESSION_EXPIRATION_TIME is left
 * out: it is news for the client, not to be sent back. What cannot be a cookie, or is none for this server, is ignored, and what does not fit any more (50 cookies, 4 KiB), so those that came first stay.
 * @except: (nullable) name of a cookie that is not to be touched
 */
void xn_cookies_take (XnCookies *cookies, const char *set_cookie, const char *except);

/** Sets one cookie. */
void xn_cookies_set (XnCookies *cookies, const char *name, const char *value);

guint xn_cookies_count (const XnCookies *cookies);
/** The @index-th cookie; owned by @cookies. */
const char *xn_cookies_name (const XnCookies *cookies, guint index);
const char *xn_cookies_value (const XnCookies *cookies, guint index);

/** The value of the cookie @name, or NULL. Owned by @cookies. */
const char *xn_cookies_get (const XnCookies *cookies, const char *name);
/** The name of the cookie with @value, or NULL. Owned by @cookies. */
const char *xn_cookies_find_value (const XnCookies *cookies, const char *value);

/** The request header "Cookie: a=b; c=d", (transfer full); NULL if there is no cookie. Wipe it after use. */
char *xn_cookies_header (const XnCookies *cookies);
