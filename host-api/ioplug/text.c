/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for text that goes out. Must not write anything itself. */
#include <string.h>

#include "text.h"

static void
append_json_char (GString *out, gunichar c)
{
    static const char short_forms[] = "b\bf\fn\nr\rt\t\"\"\\\\";

    for (const char *form = short_forms; *form != '\0'; form += 2)
        if ((gunichar)form[1] == c) {
            g_string_append_c (out, '\\');
            g_string_append_c (out, form[0]);
            return;
        }
    /* The separators U+2028 and U+2029 end a line for some readers of "one object a line". */
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
        g_string_append_printf (out, "\\u%04x", c);
    else
        g_string_append_unichar (out, c);
}

void
text_append_json (GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

    g_string_append_c (out, '"');
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
        append_json_char (out, g_utf8_get_char (p));
    g_string_append_c (out, '"');
}

static gboolean
is_integer (const char *value)
{
    gsize length = strlen (value);

    return length > 0 && length < 20 && strspn (value, "0123456789") == length && (value[0] != '0' || length == 1);
}

void
text_append_member (GString *out, const char *name, const char *value, gboolean number)
{
    if (out->len > 0 && out->str[out->len - 1] != '{')
        g_string_append_c (out, ',');
    text_append_json (out, name);
    g_string_append_c (out, ':');
    if (number && value != NULL && is_integer (value))
        g_string_append (out, value);
    else
        text_append_json (out, value);
}

char *
text_one_line (const char *text)
{
    char *copy = g_strdup (text);

    for (guchar *p = (guchar *)copy; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = ' ';
        /* The second set of control characters, in UTF-8; some terminals obey them. */
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            p[0] = p[1] = ' ';
    }
    return copy;
}

char *
text_column (const char *text)
{
    GString *out = g_string_new (NULL);

    for (const guchar *p = (const guchar *)text; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f)
            g_string_append_printf (out, "%%%02X", *p);
        else
            g_string_append_c (out, (char)*p);
    }
    return g_string_free (out, FALSE);
}

/* The '@' that ends the login part, or NULL. A password with a '/' in it ends the authority too early for a strict
 * reader: what follows the ':' is then no port, and an '@' comes later. */
static const char *
end_of_login (const char *authority, const char *colon)
{
    gsize length = strcspn (authority, "/?#");
    const char *at = g_strrstr_len (authority, (gssize)length, "@");

    if (at == NULL && colon[1 + strspn (colon + 1, "0123456789")] != authority[length])
        at = strchr (authority + length, '@');
    return at;
}

char *
text_without_password (const char *url)
{
    const char *authority = strstr (url, "://");
    const char *colon, *at;

    if (authority == NULL)
        return g_strdup (url);
    authority += 3;
    colon = authority + strcspn (authority, ":/?#[");
    if (*colon != ':')
        return g_strdup (url);
    at = end_of_login (authority, colon);
    if (at == NULL || at < colon)
        return g_strdup (url);
    return g_strdup_printf ("%.*s:***%s", (int)(colon - url), url, at);
}

char *
text_size (double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    gsize unit = 0;

    while (bytes >= 999.95 && unit + 1 < G_N_ELEMENTS (units)) {
        bytes /= 1000;
        unit++;
    }
    return g_strdup_printf (unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}
