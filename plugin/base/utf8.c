/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

char *
xn_utf8_normalize (const char *text, gssize length, GNormalizeMode mode)
{
    return g_utf8_validate (text, length, NULL) ? g_utf8_normalize (text, length, mode) : NULL;
}
