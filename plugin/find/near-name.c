/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing names as a reader does. */
#include "find/near-name.h"

#include "xnat/url.h"

#include <string.h>

static gboolean
is_same_when (const char *one, const char *other, char *(*prepare) (const char *text, gssize length))
{
    g_autofree char *left = prepare (one, -1);
    g_autofree char *right = prepare (other, -1);
    return g_strcmp0 (left, right) == 0;
}

/* GUnicodeNormalize of text that is UTF-8, as all names are. */
static char *
composed (const char *text, gssize length)
{
    return g_utf8_normalize (text, length, G_NORMALIZE_NFC);
}

static char *
folded (const char *text, gssize length)
{
    g_autofree char *plain = composed (text, length);
    return plain != NULL ? g_utf8_casefold (plain, -1) : NULL;
}

/* Of most names there are many, and they are ASCII, which has no other form. */
static gboolean
is_far (const char *one, const char *other)
{
    return g_str_is_ascii (one) && g_str_is_ascii (other) && g_ascii_strcasecmp (one, other) != 0;
}

void
xn_near_name_look (XnNearName *near, const char *name)
{
    if (name == NULL || *name == '\0' || near->same_case || strcmp (near->asked, name) == 0 ||
        is_far (near->asked, name) || !g_utf8_validate (name, -1, NULL) || !g_utf8_validate (near->asked, -1, NULL))
        return;
    const gboolean same_case = is_same_when (near->asked, name, composed);
    if (!same_case && (near->name != NULL || !is_same_when (near->asked, name, folded)))
        return;
    near->name = name;
    near->same_case = same_case;
}

char *
xn_near_name_hint (const XnNearName *near)
{
    if (near->name == NULL)
        return g_strdup ("");
    g_autofree char *encoded = xn_encode_path (near->name);
    if (near->same_case)
        return g_strdup_printf (
            "; '%s' is there, which looks the same, but writes its letters in another form of Unicode: "
            "write %s",
            near->name, encoded);
    return g_strdup_printf ("; '%s' is there, and upper and lower case differ: write %s", near->name, encoded);
}
