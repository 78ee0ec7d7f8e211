/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing the XML escapes that older servers leave in the texts of listings. */
#include "xnat/match.h"

#include <string.h>

static const struct {
    const char *entity;
    char character;
} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

/* The character that "&#N;" or "&#xN;" at @text stands for, with *@length set; 0 if it is no such thing. */
static gunichar
numeric (const char *text, gsize *length)
{
    gboolean hex = text[2] == 'x' || text[2] == 'X';
    const char *digits = text + (hex ? 3 : 2);
    const char *p = digits;
    gunichar value = 0;
    while (p - digits < 8 && (hex ? g_ascii_isxdigit (*p) : g_ascii_isdigit (*p))) {
        value = value * (hex ? 16 : 10) + (gunichar)g_ascii_xdigit_value (*p);
        p++;
    }
    if (p == digits || *p != ';' || !g_unichar_validate (value))
        return 0;
    *length = (gsize)(p + 1 - text);
    return value;
}

/* Appends what the entity at @text stands for and returns its length; 0 if it is none. */
static gsize
append_entity (GString *out, const char *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS (entities); i++) {
        gsize length = strlen (entities[i].entity);
        if (strncmp (text, entities[i].entity, length) != 0)
            continue;
        g_string_append_c (out, entities[i].character);
        return length;
    }
    gsize length = 0;
    gunichar c = text[1] == '#' ? numeric (text, &length) : 0;
    if (c == 0)
        return 0;
    g_string_append_unichar (out, c);
    return length;
}

char *
xn_xml_unescape (const char *text)
{
    GString *out = g_string_sized_new (strlen (text));
    for (const char *p = text; *p != '\0';) {
        gsize length = *p == '&' ? append_entity (out, p) : 0;
        if (length == 0)
            g_string_append_c (out, *p++);
        else
            p += length;
    }
    return g_string_free (out, FALSE);
}
