/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising secrets by what stands before them, and by comparison with those in use. */
#include "http/redact.h"

#include "base/secret.h"
#include "http/fields.h"

#include <string.h>

#define HIDDEN "***"
/* Shorter ones would hide half of every sentence, and are hidden by what stands before them. */
#define MIN_SECRET 4
#define MAX_PATH 200
#define DELIMITERS " \t\r\n;\"'<>&,)"

/* What a secret follows, and how far it reaches. */
typedef enum {
    UNTIL_LINE_END, /* a header field's value, blanks and all */
    UNTIL_DELIMITER,
    ONE_TOKEN, /* a scheme of credentials, which is also a word of English */
} Reach;

static const struct {
    const char *name;
    Reach reach;
} MARKS[] = {
    {"authorization", UNTIL_LINE_END},
    {"cookie", UNTIL_LINE_END},
    {"jsessionid", UNTIL_DELIMITER},
    {"basic", ONE_TOKEN},
    {"bearer", ONE_TOKEN},
};

void
xn_secrets_free (char **secrets)
{
    for (guint i = 0; secrets != NULL && secrets[i] != NULL; i++)
        xn_secret_free (secrets[i]);
    g_free (secrets);
}

static void
take_secret (GPtrArray *secrets, const char *start, gsize length)
{
    if (length >= MIN_SECRET)
        g_ptr_array_add (secrets, g_strndup (start, length));
}

/* The encoded pair and the password in it. */
static void
take_basic (GPtrArray *secrets, const char *encoded)
{
    gsize length = 0;
    guchar *pair = g_base64_decode (encoded, &length);
    const char *colon = length > 0 ? (const char *)memchr (pair, ':', length) : NULL;
    take_secret (secrets, encoded, strlen (encoded));
    if (colon != NULL)
        take_secret (secrets, colon + 1, length - (gsize)(colon + 1 - (const char *)pair));
    explicit_bzero (pair, length);
    g_free (pair);
}

static void
take_cookies (GPtrArray *secrets, const char *text)
{
    while (*text != '\0') {
        const gsize length = strcspn (text, ";");
        const char *equals = (const char *)memchr (text, '=', length);
        if (equals != NULL)
            take_secret (secrets, equals + 1, length - (gsize)(equals + 1 - text));
        text += length;
        text += *text == ';' ? 1 : 0;
    }
}

char **
xn_secrets_of (const char *const *headers)
{
    static const char basic[] = "Authorization: Basic ", cookie[] = "Cookie: ";
    GPtrArray *secrets = g_ptr_array_new ();
    for (guint i = 0; headers != NULL && headers[i] != NULL; i++) {
        if (g_str_has_prefix (headers[i], basic))
            take_basic (secrets, headers[i] + strlen (basic));
        else if (g_str_has_prefix (headers[i], cookie))
            take_cookies (secrets, headers[i] + strlen (cookie));
    }
    g_ptr_array_add (secrets, NULL);
    return (char **)g_ptr_array_free (secrets, FALSE);
}

static gboolean
is_mark_at (const char *text, const char *at, const char *name)
{
    return g_ascii_strncasecmp (at, name, strlen (name)) == 0 && (at == text || !g_ascii_isalnum (at[-1]));
}

/* Behind a name: blanks, quotes, and one colon or equals sign; NULL if there is none. */
static const char *
behind_sign (const char *at)
{
    at += strspn (at, " \t\"'");
    if (*at != ':' && *at != '=')
        return NULL;
    at++;
    return at + strspn (at, " \t\"'");
}

/* Behind the name of a scheme: credentials, which look like no word, as in "Basic authentication." */
static const char *
behind_scheme (const char *at)
{
    const gsize blanks = strspn (at, " \t");
    at += blanks;
    const gsize length = strcspn (at, DELIMITERS);
    if (blanks == 0 || length < MIN_SECRET)
        return NULL;
    const gsize letters = 1 + strspn (at + 1, "abcdefghijklmnopqrstuvwxyz");
    const gboolean word = letters == length || (letters + 1 == length && strchr (".:!?", at[letters]) != NULL);
    return word ? NULL : at;
}

/* The length of what a secret that @at begins with a mark covers: @out_start is where it is, its length the result. */
static gsize
secret_at (const char *text, const char *at, const char **out_start)
{
    for (guint i = 0; i < G_N_ELEMENTS (MARKS); i++) {
        if (!is_mark_at (text, at, MARKS[i].name))
            continue;
        const char *end = at + strlen (MARKS[i].name);
        const char *start = MARKS[i].reach == ONE_TOKEN ? behind_scheme (end) : behind_sign (end);
        if (start == NULL)
            return 0;
        *out_start = start;
        return strcspn (start, MARKS[i].reach == UNTIL_LINE_END ? "\r\n" : DELIMITERS);
    }
    return 0;
}

static char *
without_marked (const char *text)
{
    GString *out = g_string_sized_new (strlen (text) + 64);
    for (const char *at = text; *at != '\0'; at++) {
        const char *start = at;
        const gsize length = secret_at (text, at, &start);
        if (length == 0) {
            g_string_append_c (out, *at);
            continue;
        }
        g_string_append_len (out, at, start - at);
        g_string_append (out, HIDDEN);
        at = start + length - 1;
    }
    return g_string_free (out, FALSE);
}

char *
xn_redact (const char *text, const char *const *secrets)
{
    char *plain = g_strdup (text);
    for (guint i = 0; secrets != NULL && secrets[i] != NULL; i++) {
        const gsize length = strlen (secrets[i]);
        for (char *found = plain; (found = strstr (found, secrets[i])) != NULL; found += length)
            memset (found, '*', length);
    }
    char *redacted = without_marked (plain);
    xn_secret_free (plain);
    return redacted;
}

char *
xn_redact_path (const char *path, const char *const *secrets)
{
    g_autofree char *bare = xn_path_bare (path);
    g_autofree char *redacted = xn_redact (bare, secrets);
    if (strlen (redacted) <= MAX_PATH)
        return g_steal_pointer (&redacted);
    g_autofree char *cut = g_strndup (redacted, MAX_PATH);
    g_autofree char *valid = g_utf8_make_valid (cut, -1);
    return g_strconcat (valid, "...", NULL);
}

char *
xn_redact_location (const char *location, const char *const *secrets)
{
    g_autofree char *path = xn_redact_path (location, secrets);
    g_autofree char *valid = g_utf8_make_valid (path, -1);
    for (char *c = valid; *c != '\0'; c++) {
        if (g_ascii_iscntrl (*c))
            *c = '?';
    }
    const char *rest = strlen (path) < strlen (location) ? "..." : "";
    const char *slashes = strstr (valid, "//");
    const char *authority = slashes != NULL ? slashes + strlen ("//") : valid;
    const char *login_end = (const char *)memrchr (authority, '@', strcspn (authority, "/"));
    if (login_end == NULL)
        return g_strconcat (valid, rest, NULL);
    return g_strdup_printf ("%.*s" HIDDEN "%s%s", (int)(authority - valid), valid, login_end, rest);
}
