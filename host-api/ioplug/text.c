/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for text that goes out. Must not write anything itself. */
#include <string.h>

#include "text.h"

/* What a terminal obeys, or what reorders or hides what stands on a line: controls, formats (U+202E and its like),
 * separators of lines. */
static gboolean
is_unsafe (gunichar c)
{
    switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return TRUE;
    default:
        return FALSE;
    }
}

/* Whether a character stands for itself wherever it goes, as nearly all of what is written does. */
static gboolean
is_plain (char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* How many of the @length bytes at @text are plain, from the first on; eight at a time, as there are many. */
static gsize
plain_length (const char *text, gsize length)
{
    const guint64 ones = 0x0101010101010101, highs = 0x8080808080808080;
    gsize plain = 0;

    for (; plain + 8 <= length; plain += 8) {
        guint64 word, quotes, slashes;

        memcpy (&word, text + plain, 8);
        quotes = word ^ (ones * '"');
        slashes = word ^ (ones * '\\');
        /* Each term has a high bit where a byte is no ASCII, above '~', below ' ', or one of the two. */
        if (((word | (word + ones) | (word - ones * ' ') | (quotes - ones) | (slashes - ones)) & highs) != 0)
            break;
    }
    while (plain < length && is_plain (text[plain]))
        plain++;
    return plain;
}

/* g_string_append_len() without its call, where there is room. */
static void
append_bytes (GString *out, const char *bytes, gsize length)
{
    if (out->allocated_len - out->len <= length) {
        g_string_append_len (out, bytes, (gssize)length);
        return;
    }
    memcpy (out->str + out->len, bytes, length);
    out->len += length;
    out->str[out->len] = '\0';
}

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
    if (is_unsafe (c) && c <= 0xffff)
        g_string_append_printf (out, "\\u%04x", c);
    else if (is_unsafe (c))
        g_string_append_printf (out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
    else
        g_string_append_unichar (out, c);
}

/* What is not plain from its first byte on. */
static void
append_json_rest (GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    const char *p = valid, *end = valid + strlen (valid);

    while (p < end) {
        gsize plain;

        append_json_char (out, g_utf8_get_char (p));
        p = g_utf8_next_char (p);
        plain = plain_length (p, (gsize)(end - p));
        append_bytes (out, p, plain);
        p += plain;
    }
}

void
text_append_json (GString *out, const char *text)
{
    const char *whole = text != NULL ? text : "";
    gsize length = strlen (whole);
    gsize plain = plain_length (whole, length);

    g_string_append_c (out, '"');
    append_bytes (out, whole, plain);
    if (plain < length)
        append_json_rest (out, whole + plain);
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

/* The next character of @text, and its length in bytes. A byte that is no UTF-8 stands for itself, as Latin-1 has it: some
 * terminals read it so. */
static gunichar
next_character (const char *text, gsize *out_length)
{
    const gunichar c = g_utf8_get_char_validated (text, -1);

    *out_length = 1;
    if (c == (gunichar)-1 || c == (gunichar)-2)
        return (guchar)*text;
    *out_length = (gsize)(g_utf8_next_char (text) - text);
    return c;
}

char *
text_one_line (const char *text)
{
    GString *out = g_string_new (NULL);
    gsize length;

    for (; *text != '\0'; text += length) {
        if (is_unsafe (next_character (text, &length)))
            g_string_append_c (out, ' ');
        else
            g_string_append_len (out, text, (gssize)length);
    }
    return g_string_free (out, FALSE);
}

void
text_append_column (GString *out, const char *text)
{
    const char *end = text + strlen (text);
    gsize length;

    for (; text < end; text += length) {
        length = plain_length (text, (gsize)(end - text));
        if (length > 0 || !is_unsafe (next_character (text, &length))) {
            append_bytes (out, text, length);
            continue;
        }
        for (gsize i = 0; i < length; i++)
            g_string_append_printf (out, "%%%02X", (guchar)text[i]);
    }
}

char *
text_column (const char *text)
{
    GString *out = g_string_new (NULL);

    text_append_column (out, text);
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

/* A login with its ':' encoded: no port can follow. */
static char *
without_password_after (const char *url, const char *password)
{
    const char *at = g_strrstr_len (password, (gssize)strcspn (password, "/?#"), "@");

    if (at == NULL)
        at = strchr (password, '@');
    if (at == NULL)
        return g_strdup (url);
    return g_strdup_printf ("%.*s***%s", (int)(password - url), url, at);
}

char *
text_without_password (const char *url)
{
    const char *authority = strstr (url, "://");
    const char *colon, *at;

    if (authority == NULL)
        return g_strdup (url);
    authority += 3;
    colon = authority + strcspn (authority, ":/?#[%");
    while (*colon == '%' && g_ascii_strncasecmp (colon, "%3A", 3) != 0)
        colon += 1 + strcspn (colon + 1, ":/?#[%");
    if (*colon == '%')
        return without_password_after (url, colon + 3);
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

static int
columns_of (gunichar c)
{
    if (g_unichar_iszerowidth (c))
        return 0;
    return g_unichar_iswide (c) ? 2 : 1;
}

int
text_width (const char *text)
{
    gsize length;
    int width = 0;

    for (; *text != '\0'; text += length)
        width += columns_of (next_character (text, &length));
    return width;
}

char *
text_cut (const char *text, int columns)
{
    static const char mark[] = "..";
    int marked = (int)strlen (mark), width = 0;
    const char *end = text;
    gsize length;

    if (text_width (text) <= columns)
        return g_strdup (text);
    if (columns < marked)
        return g_strndup (mark, (gsize)MAX (columns, 0));
    while ((width += columns_of (next_character (end, &length))) <= columns - marked)
        end += length;
    return g_strdup_printf ("%.*s%s", (int)(end - text), text, mark);
}
