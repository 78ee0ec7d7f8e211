/* SPDX-License-Identifier: Apache-2.0 */
/* A URL, of one resource or of any level: what is printed is read back as the same. */
#include "fuzz.h"

#include "base/log.h"
#include "xnat/url.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup ((const char *)data, size);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnUrl) url = xn_url_parse (text, &error);
    FUZZ_CHECK ((url == NULL) == (error != NULL));
    g_clear_error (&error);
    g_autoptr (XnUrl) place = xn_url_parse_place (text, &error);
    FUZZ_CHECK ((place == NULL) == (error != NULL) && (url == NULL || place != NULL));
    if (place == NULL || place->is_search)
        return 0;
    g_autofree char *printed = xn_url_print (place, TRUE);
    g_autoptr (XnUrl) again = xn_url_parse_place (printed, &error);
    FUZZ_CHECK (again != NULL);
    g_autofree char *twice = xn_url_print (again, TRUE);
    FUZZ_CHECK (g_str_equal (printed, twice));
    FUZZ_CHECK (g_strcmp0 (place->path, again->path) == 0);
    FUZZ_CHECK (g_str_equal (place->server.prefix, again->server.prefix));
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++)
        FUZZ_CHECK (g_strcmp0 (place->selector[level], again->selector[level]) == 0);
    return 0;
}
