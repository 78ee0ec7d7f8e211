/* SPDX-License-Identifier: Apache-2.0 */
/* The normal forms of text that may be none. */
#pragma once

#include <glib.h>

/** The normal form of @text, which has @length bytes, or ends with a NUL if @length is negative: (transfer full), NULL if it
 *  is no UTF-8. Of such text g_utf8_normalize() reads what lies behind its end. Thread: any. */
char *xn_utf8_normalize (const char *text, gssize length, GNormalizeMode mode);
