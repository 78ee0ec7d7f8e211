/* SPDX-License-Identifier: Apache-2.0 */
/* The jar: names and values in the order of their coming. */
#include "http/cookies.h"

#include "base/http-date.h"
#include "base/secret.h"

#include <string.h>

/* Servers refuse longer headers, and so each request. */
#define MAX_COOKIES 50
#define MAX_SIZE 4096

struct XnCookies {
    GPtrArray *names;  /* (element-type utf8) */
    GPtrArray *values; /* (element-type XnSecret), of the same length */
    char *path;        /* (owned) (nullable) below which requests go */
};

static void
free_secret (gpointer secret)
{
    xn_secret_free ((char *)secret);
}

/* What all requests to the server at @base begin with. */
static char *
path_below (const char *base)
{
    const char *authority = strstr (base, "://");
    const char *path = authority != NULL ? strchr (authority + 3, '/') : base;
    return g_strconcat (path != NULL ? path : "", "/data/", NULL);
}

XnCookies *
xn_cookies_new (const char *base)
{
    XnCookies *cookies = g_new0 (XnCookies, 1);
    cookies->path = base != NULL ? path_below (base) : NULL;
    cookies->names = g_ptr_array_new_with_free_func (g_free);
    cookies->values = g_ptr_array_new_with_free_func (free_secret);
    return cookies;
}

void
xn_cookies_free (XnCookies *cookies)
{
    if (cookies == NULL)
        return;
    g_ptr_array_unref (cookies->names);
    g_ptr_array_unref (cookies->values);
    g_free (cookies->path);
    g_free (cookies);
}

XnCookies *
xn_cookies_copy (const XnCookies *cookies)
{
    XnCookies *copy = xn_cookies_new (NULL);
    copy->path = g_strdup (cookies->path);
    for (guint i = 0; i < xn_cookies_count (cookies); i++)
        xn_cookies_set (copy, xn_cookies_name (cookies, i), xn_cookies_value (cookies, i));
    return copy;
}

static gint
index_of (const XnCookies *cookies, const char *name)
{
    for (guint i = 0; i < cookies->names->len; i++) {
        if (g_str_equal (cookies->names->pdata[i], name))
            return (gint)i;
    }
    return -1;
}

static void
cookies_remove (XnCookies *cookies, const char *name)
{
    const gint index = index_of (cookies, name);
    if (index < 0)
        return;
    g_ptr_array_remove_index (cookies->names, (guint)index);
    g_ptr_array_remove_index (cookies->values, (guint)index);
}

void
xn_cookies_set (XnCookies *cookies, const char *name, const char *value)
{
    const gint index = index_of (cookies, name);
    char *copy = g_strdup (value);
    if (index < 0) {
        g_ptr_array_add (cookies->names, g_strdup (name));
        g_ptr_array_add (cookies->values, copy);
        return;
    }
    xn_secret_free ((char *)cookies->values->pdata[index]);
    cookies->values->pdata[index] = copy;
}

static gboolean
is_sendable (const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl (*c) || *c == ';')
            return FALSE;
    }
    return TRUE;
}

/* Whether a date, also in the older form "01-Jan-1970", has gone by. */
static gboolean
is_past (const char *date)
{
    g_autofree char *text = g_strdelimit (g_strdup (date), "-", ' ');
    const gint64 then_s = xn_http_date_parse (text);
    return then_s != -1 && then_s <= g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
is_removal (char **attributes)
{
    gboolean removal = FALSE;
    for (guint i = 0; attributes[i] != NULL; i++) {
        const char *attribute = g_strstrip (attributes[i]);
        /* The age outweighs the date. */
        if (g_ascii_strncasecmp (attribute, "max-age=", 8) == 0)
            return g_ascii_strtoll (attribute + 8, NULL, 10) <= 0;
        if (g_ascii_strncasecmp (attribute, "expires=", 8) == 0)
            removal = is_past (attribute + 8);
    }
    return removal;
}

/* Whether requests below @path are among those that a cookie with these attributes is for. The last Path counts. */
static gboolean
is_for (char **attributes, const char *path)
{
    gboolean fits = TRUE;
    for (guint i = 0; path != NULL && attributes[i] != NULL; i++) {
        const char *attribute = g_strstrip (attributes[i]);
        if (g_ascii_strncasecmp (attribute, "path=", 5) != 0)
            continue;
        const char *wanted = attribute + 5;
        const gsize length = strlen (wanted);
        fits =
            *wanted != '/' || (g_str_has_prefix (path, wanted) && (wanted[length - 1] == '/' || path[length] == '/'));
    }
    return fits;
}

/* Whether one more value, or another one, leaves the jar within its bounds. */
static gboolean
has_room (const XnCookies *cookies, const char *name, const char *value)
{
    gsize size = strlen (name) + strlen (value);
    guint count = 1;
    for (guint i = 0; i < cookies->names->len; i++) {
        if (g_str_equal (xn_cookies_name (cookies, i), name))
            continue;
        count++;
        size += strlen (xn_cookies_name (cookies, i)) + strlen (xn_cookies_value (cookies, i));
    }
    return count <= MAX_COOKIES && size <= MAX_SIZE;
}

void
xn_cookies_take (XnCookies *cookies, const char *set_cookie, const char *except)
{
    g_auto (GStrv) parts = g_strsplit (set_cookie, ";", -1);
    char *equals = parts[0] != NULL ? strchr (parts[0], '=') : NULL;
    if (equals == NULL)
        return;
    *equals = '\0';
    const char *name = g_strstrip (parts[0]);
    const char *value = g_strstrip (equals + 1);
    if (*name == '\0' || !is_sendable (name) || !is_sendable (value))
        return;
    if (g_str_equal (name, "SESSION_EXPIRATION_TIME") || g_strcmp0 (name, except) == 0 ||
        !is_for (parts + 1, cookies->path))
        return;
    if (*value == '\0' || is_removal (parts + 1))
        cookies_remove (cookies, name);
    else if (has_room (cookies, name, value))
        xn_cookies_set (cookies, name, value);
}

guint
xn_cookies_count (const XnCookies *cookies)
{
    return cookies->names->len;
}

const char *
xn_cookies_name (const XnCookies *cookies, guint index)
{
    return (const char *)cookies->names->pdata[index];
}

const char *
xn_cookies_value (const XnCookies *cookies, guint index)
{
    return (const char *)cookies->values->pdata[index];
}

const char *
xn_cookies_get (const XnCookies *cookies, const char *name)
{
    const gint index = index_of (cookies, name);
    return index >= 0 ? xn_cookies_value (cookies, (guint)index) : NULL;
}

const char *
xn_cookies_find_value (const XnCookies *cookies, const char *value)
{
    for (guint i = 0; i < cookies->values->len; i++) {
        if (g_str_equal (cookies->values->pdata[i], value))
            return xn_cookies_name (cookies, i);
    }
    return NULL;
}

char *
xn_cookies_header (const XnCookies *cookies)
{
    if (cookies->names->len == 0)
        return NULL;
    gsize size = strlen ("Cookie: ") + 1;
    for (guint i = 0; i < cookies->names->len; i++)
        size += strlen (xn_cookies_name (cookies, i)) + strlen (xn_cookies_value (cookies, i)) + 3;
    /* Of its full size at once: a string that grows would leave pieces of the secret behind. */
    GString *header = g_string_sized_new (size);
    g_string_append (header, "Cookie: ");
    for (guint i = 0; i < cookies->names->len; i++)
        g_string_append_printf (header, "%s%s=%s", i > 0 ? "; " : "", xn_cookies_name (cookies, i),
                                xn_cookies_value (cookies, i));
    return g_string_free (header, FALSE);
}
