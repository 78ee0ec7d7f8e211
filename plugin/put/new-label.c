/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of new resources. What is not known to work is refused, as a try can leave an object without a label behind, or a
 * catalog that is shared with another resource. */
#include "put/new-label.h"

#include <string.h>

#define PLAIN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-."
#define IN_PATH PLAIN "()@:~!$='+&"
#define IN_QUERY PLAIN ",/"

static gboolean
consists_of (const char *label, const char *characters)
{
    return label[strspn (label, characters)] == '\0';
}

/* Whether one character can be sent in a query: those beyond ASCII that show. */
static gboolean
fits_query (gunichar c)
{
    return c < 0x80 ? strchr (IN_QUERY, (int)c) != NULL : g_unichar_isprint (c) && !g_unichar_isspace (c);
}

static gboolean
is_no_label (const char *label)
{
    return g_ascii_strcasecmp (label, "null") == 0;
}

/* The label is a path of directories on the server. */
static gboolean
has_odd_segment (const char *label)
{
    g_autofree char *framed = g_strdup_printf ("/%s/", label);
    return strstr (framed, "//") != NULL || strstr (framed, "/./") != NULL || strstr (framed, "..") != NULL;
}

/* The first character for which there is no way, taken alone, as a message names it. */
static char *
name_bad_character (const char *label)
{
    for (const char *p = label; *p != '\0'; p = g_utf8_next_char (p)) {
        const gunichar c = g_utf8_get_char (p);
        if (c == ' ')
            return g_strdup ("a space");
        if (!fits_query (c) && (c >= 0x80 || strchr (IN_PATH, (int)c) == NULL))
            return g_unichar_isprint (c) && !g_unichar_isspace (c)
                       ? g_strdup_printf ("'%.*s'", (int)(g_utf8_next_char (p) - p), p)
                       : g_strdup_printf ("the character U+%04X", c);
    }
    return g_strdup ("letters beyond ASCII, ',' or '/' beside one of ()@:~!$='+&");
}

/* All that can make trouble becomes '_'. */
static char *
nearest (const char *label)
{
    g_autoptr (GString) text = g_string_new (NULL);
    const gboolean in_path = strpbrk (label, ",/") == NULL && g_str_is_ascii (label);
    for (const char *p = label; *p != '\0'; p = g_utf8_next_char (p)) {
        const gunichar c = g_utf8_get_char (p);
        const gboolean good = in_path ? strchr (IN_PATH, (int)c) != NULL : fits_query (c) && c != '/';
        g_string_append_unichar (text, good ? c : '_');
    }
    g_string_replace (text, "..", "_", 0);
    if (g_str_equal (text->str, ".") || is_no_label (text->str))
        g_string_append_c (text, '_');
    return g_string_free (g_steal_pointer (&text), FALSE);
}

XnLabelWay
xn_label_way (const char *label, char **out_why, char **out_instead)
{
    g_autofree char *why = NULL;
    gboolean all_fit = TRUE;
    for (const char *p = label; *p != '\0'; p = g_utf8_next_char (p))
        all_fit = all_fit && fits_query (g_utf8_get_char (p));
    if (is_no_label (label))
        why = g_strdup ("the word, which XNAT takes for no label at all");
    else if (has_odd_segment (label))
        why =
            g_strdup_printf ("%s", strstr (label, "..") != NULL ? "'..'" : "an empty part or '.' between its slashes");
    else if (!all_fit && !consists_of (label, IN_PATH))
        why = name_bad_character (label);
    if (why != NULL) {
        if (out_why != NULL)
            *out_why = g_steal_pointer (&why);
        if (out_instead != NULL)
            *out_instead = nearest (label);
        return XN_LABEL_BY_NOTHING;
    }
    return consists_of (label, IN_PATH) && !consists_of (label, G_CSET_DIGITS) ? XN_LABEL_BY_PATH : XN_LABEL_BY_QUERY;
}
