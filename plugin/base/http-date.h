/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as HTTP writes them (RFC 9110, 5.6.7), without the process locale. Pure. */
#pragma once

#include <glib.h>

/** Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT"; -1 if @text (nullable) is no such date. */
gint64 xn_http_date_parse (const char *text);
/** The text of @seconds: (transfer full). */
char *xn_http_date_format (gint64 seconds);
