/* SPDX-License-Identifier: Apache-2.0 */
/* A selector against a label: a byte for the kind, the selector, NUL, the label. */
#include "fuzz.h"

#include "xnat/match.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    FuzzBytes bytes = {data, size};
    const gboolean regex = (fuzz_byte (&bytes) & 1) != 0;
    g_autofree char *selector = fuzz_text (&bytes);
    g_autofree char *label = fuzz_text (&bytes);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnMatcher) matcher = xn_matcher_new (selector, regex, &error);
    FUZZ_CHECK ((matcher == NULL) == (error != NULL));
    if (matcher == NULL)
        return 0;
    const gboolean found = xn_matcher_matches (matcher, label, &error);
    FUZZ_CHECK (!found || error == NULL);
    FUZZ_CHECK (regex || error == NULL);
    /* A label that equals the selector always fits. */
    if (g_utf8_validate (selector, -1, NULL))
        FUZZ_CHECK (xn_matcher_matches (matcher, selector, NULL));
    g_autofree char *plain = xn_xml_unescape (label);
    FUZZ_CHECK (plain != NULL);
    return 0;
}
