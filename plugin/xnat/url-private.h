/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the URL parser share. Each reads one part of a URL's text and tells where in it an error is. */
#pragma once

#include "xnat/url.h"

/** The level whose plural name is the @length bytes at @name; FALSE if there is none. */
gboolean xn_level_from_plural (const char *name, gsize length, XnLevel *level);

/** (transfer full) The @length bytes (negative: up to NUL) at @text in quotes and shortened, for a message. */
char *xn_url_quote (const char *text, gssize length);

/** Appends what xn_encode_segment() and xn_encode_path() return. */
void xn_append_segment (GString *out, const char *segment);
void xn_append_path (GString *out, const char *path);

/** (transfer full) A login as it stands before '@'. */
char *xn_url_encode_login (const char *login);

/** Position of @at in the URL, in characters from 1. */
long xn_url_position (const XnUrl *url, const char *at);

/** Sets a USAGE error if the URL's text is no UTF-8 or holds a control character. */
gboolean xn_url_check_characters (const XnUrl *url, GError **error);

/**
 * Percent-decodes @length bytes at @start (inside url->text) once.
 * @form: as form data: '+' is a space
 * Returns: (transfer full) UTF-8 without control characters, or NULL with a USAGE error that says what is where.
 */
char *xn_url_decode (const XnUrl *url, const char *start, gsize length, gboolean form, GError **error);

/** Reads "[LOGIN@]HOST[:PORT]" into url->server. No message repeats any of it but a host. */
gboolean xn_url_read_authority (XnUrl *url, const char *start, gsize length, GError **error);

/**
 * Reads what stands between host and query: prefix, then levels or "/search".
 * A prefix may itself hold a segment "data": the first "/data/" after which a level stands is the one; failing that, a
 * final "/search" (behind a "data" only if the URL has a query).
 */
gboolean xn_url_read_path (XnUrl *url, const char *start, gsize length, gboolean has_query, GError **error);

/** Whether a path, of @length bytes at @start, is one of a web page of XNAT's, for which xn_url_read_path() fails. */
gboolean xn_url_path_is_page (const char *start, gsize length);

/**
 * Sets a USAGE error for the address of one of XNAT's web pages, which says what data URL leads to the item that it shows.
 * @path: @length bytes inside url->text, from "app" on; the server and its prefix have been read
 */
void xn_url_set_is_page (const XnUrl *url, const char *path, gsize length, GError **error);

/** Reads the text after '?' (nullable), fills in defaults and decides how the server is reached. Logs warnings. */
gboolean xn_url_read_options (XnUrl *url, const char *query, GError **error);

/** Sets the defaults of a URL's types. */
void xn_url_set_default_types (XnUrl *url);

/** Whether the scheme, with `insecure` for `xnat`, means TLS. */
gboolean xn_url_scheme_is_tls (const char *scheme, gboolean insecure);
