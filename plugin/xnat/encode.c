/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding in both directions. What is encoded and what is not follows what XNAT reads raw: it compares most
 * path segments without decoding them, so nothing is encoded that need not be. */
#include "xnat/url-private.h"

#include "base/error.h"

#include <string.h>

#define UNRESERVED "-._~"
/* Not '+', which XNAT decodes to a space where it decodes, and not ';', which it refuses. */
#define RAW_IN_SEGMENT UNRESERVED "!$&'()*,=:@"
#define RAW_IN_PATH RAW_IN_SEGMENT "/"
#define RAW_IN_QUERY UNRESERVED ":/,*"

static void
append (GString *out, const char *text, const char *raw)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p != '\0'; p++) {
        const char *plain = p;
        while (g_ascii_isalnum (*p) || (*p != '\0' && strchr (raw, *p) != NULL))
            p++;
        g_string_append_len (out, plain, p - plain);
        if (*p == '\0')
            return;
        const guchar byte = (guchar)*p;
        const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
        g_string_append_len (out, escape, sizeof escape);
    }
}

static char *
encode (const char *text, const char *raw)
{
    GString *out = g_string_sized_new (strlen (text) + 16);
    append (out, text, raw);
    return g_string_free (out, FALSE);
}

void
xn_append_segment (GString *out, const char *segment)
{
    append (out, segment, RAW_IN_SEGMENT);
}

void
xn_append_path (GString *out, const char *path)
{
    append (out, path, RAW_IN_PATH);
}

char *
xn_encode_segment (const char *segment)
{
    return encode (segment, RAW_IN_SEGMENT);
}

char *
xn_encode_path (const char *path)
{
    return encode (path, RAW_IN_PATH);
}

char *
xn_encode_query (const char *value)
{
    return encode (value, RAW_IN_QUERY);
}

char *
xn_url_encode_login (const char *login)
{
    return encode (login, UNRESERVED);
}

char *
xn_url_quote (const char *text, gssize length)
{
    enum { LONGEST = 60 };
    g_autofree char *copy = length < 0 ? g_strdup (text) : g_strndup (text, (gsize)length);
    g_autofree char *valid = g_utf8_make_valid (copy, -1);
    if (g_utf8_strlen (valid, -1) <= LONGEST)
        return g_strdup_printf ("'%s'", valid);
    g_autofree char *head = g_utf8_substring (valid, 0, LONGEST);
    return g_strdup_printf ("'%s...'", head);
}

long
xn_url_position (const XnUrl *url, const char *at)
{
    return g_utf8_pointer_to_offset (url->text, at) + 1;
}

static char *
control_name (gunichar c)
{
    switch (c) {
    case '\r':
        return g_strdup ("carriage return");
    case '\n':
        return g_strdup ("line feed");
    case '\t':
        return g_strdup ("tab");
    default:
        return g_strdup_printf ("control character U+%04X", c);
    }
}

/* The first control character in @text, or NULL. */
static const char *
find_control (const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
        if (g_unichar_iscntrl (g_utf8_get_char (p)))
            return p;
    return NULL;
}

gboolean
xn_url_check_characters (const XnUrl *url, GError **error)
{
    const char *bad = NULL;
    if (!g_utf8_validate (url->text, -1, &bad)) {
        xn_error_set (error, XN_ERROR_USAGE, "the URL is not UTF-8 from byte %ld on: convert it, or write %%XX escapes",
                      (long)(bad - url->text) + 1);
        return FALSE;
    }
    bad = find_control (url->text);
    if (bad == NULL)
        return TRUE;

    g_autofree char *name = control_name (g_utf8_get_char (bad));
    const char *rest = bad;
    while (*rest != '\0' && (g_ascii_isspace (*rest) || g_ascii_iscntrl (*rest)))
        rest++;
    if (*rest != '\0')
        xn_error_set (error, XN_ERROR_USAGE, "%s at character %ld of the URL: remove it", name,
                      xn_url_position (url, bad));
    else if (*bad == '\r')
        xn_error_set (error, XN_ERROR_USAGE,
                      "%s at the end of the URL (character %ld): its source has Windows line ends, convert the file",
                      name, xn_url_position (url, bad));
    else
        xn_error_set (error, XN_ERROR_USAGE, "%s at the end of the URL (character %ld): remove it", name,
                      xn_url_position (url, bad));
    return FALSE;
}

/* Where in the encoded text its @offset-th decoded byte comes from. */
static const char *
source_of (const char *start, gsize offset)
{
    const char *p = start;
    while (offset-- > 0)
        p += *p == '%' ? 3 : 1;
    return p;
}

static gboolean
check_decoded (const XnUrl *url, const char *start, const char *decoded, GError **error)
{
    const char *bad = NULL;
    if (!g_utf8_validate (decoded, -1, &bad)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "the %%XX escapes from character %ld of the URL on are not UTF-8: encode the name as UTF-8",
                      xn_url_position (url, source_of (start, (gsize)(bad - decoded))));
        return FALSE;
    }
    bad = find_control (decoded);
    if (bad == NULL)
        return TRUE;
    const char *source = source_of (start, (gsize)(bad - decoded));
    g_autofree char *name = control_name (g_utf8_get_char (bad));
    xn_error_set (error, XN_ERROR_USAGE, "encoded %s (%.3s) at character %ld of the URL: remove it", name, source,
                  xn_url_position (url, source));
    return FALSE;
}

char *
xn_url_decode (const XnUrl *url, const char *start, gsize length, gboolean form, GError **error)
{
    g_autoptr (GString) out = g_string_sized_new (length);
    for (gsize i = 0; i < length; i++) {
        if (start[i] != '%') {
            g_string_append_c (out, form && start[i] == '+' ? ' ' : start[i]);
            continue;
        }
        if (length - i < 3 || !g_ascii_isxdigit (start[i + 1]) || !g_ascii_isxdigit (start[i + 2])) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "'%%' at character %ld of the URL is not followed by two hexadecimal digits: write a percent "
                          "sign as %%25",
                          xn_url_position (url, start + i));
            return NULL;
        }
        int byte = g_ascii_xdigit_value (start[i + 1]) * 16 + g_ascii_xdigit_value (start[i + 2]);
        if (byte == 0) {
            xn_error_set (error, XN_ERROR_USAGE, "encoded NUL (%%00) at character %ld of the URL: remove it",
                          xn_url_position (url, start + i));
            return NULL;
        }
        g_string_append_c (out, (char)byte);
        i += 2;
    }
    if (!check_decoded (url, start, out->str, error))
        return NULL;
    return g_string_free (g_steal_pointer (&out), FALSE);
}
