/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON, and other small text matters. */
#include "app.h"

#include <string.h>

void
json_string (GString *out, const char *text)
{
    const char *from = text;

    g_string_append_c (out, '"');
    for (const char *p = text; *p; p++) {
        guint8 c = (guint8)*p;

        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        g_string_append_len (out, from, p - from);
        if (c == '"' || c == '\\')
            g_string_append_printf (out, "\\%c", c);
        else
            g_string_append_printf (out, "\\u%04x", c);
        from = p + 1;
    }
    g_string_append (out, from);
    g_string_append_c (out, '"');
}

static void
json_name (GString *out, const char *name)
{
    if (out->len > 0 && !strchr ("{[,:", out->str[out->len - 1]))
        g_string_append_c (out, ',');
    json_string (out, name);
    g_string_append_c (out, ':');
}

void
json_member (GString *out, const char *name, const char *value)
{
    json_name (out, name);
    json_string (out, value);
}

void
json_member_int (GString *out, const char *name, gint64 value)
{
    json_name (out, name);
    g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

gboolean
flag_param (const Request *req, const char *name, gboolean otherwise)
{
    const char *value = request_param (req, name);

    if (!value)
        return otherwise;
    return g_ascii_strcasecmp (value, "false") != 0 && strcmp (value, "0") != 0;
}

const char *
param_text (const Ctx *ctx, const char *name)
{
    const char *value = request_param (ctx->req, name);

    return value && *value ? xml_escape (value) : NULL;
}

const char *
xml_escape (const char *text)
{
    GString *out;
    const char *result;

    if (!text || !strpbrk (text, "&<>\"'"))
        return S (text);
    out = g_string_new (NULL);
    for (const char *p = text; *p; p++) {
        const char *as = *p == '&'    ? "&amp;"
                         : *p == '<'  ? "&lt;"
                         : *p == '>'  ? "&gt;"
                         : *p == '"'  ? "&quot;"
                         : *p == '\'' ? "&apos;"
                                      : NULL;

        if (as)
            g_string_append (out, as);
        else
            g_string_append_c (out, *p);
    }
    result = S (out->str);
    g_string_free (out, TRUE);
    return result;
}
