/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as a whole: cutting the text into its parts, and printing it again. */
#include "xnat/url-private.h"

#include "base/error.h"

#include <string.h>

static const char *const schemes[] = {"xnat+https", "xnat+http", "xnat", NULL};

void
xn_url_free (XnUrl *url)
{
    if (url == NULL)
        return;
    xn_server_clear (&url->server);
    for (guint i = 0; i < XN_N_LEVELS; i++) {
        g_free (url->selector[i]);
        g_free (url->type[i]);
    }
    g_free (url->text);
    g_free (url->path);
    g_free (url->files);
    for (guint i = 0; i < XN_N_ALSO; i++)
        g_free (url->also[i]);
    g_free (url->date_from);
    g_free (url->date_to);
    g_free (url);
}

/* Reads the scheme; returns what follows "://", or NULL. */
static const char *
read_scheme (XnUrl *url, GError **error)
{
    const char *colon = strstr (url->text, "://");
    if (colon == NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "the URL has no scheme: it begins with xnat+https:// or xnat+http://");
        return NULL;
    }
    g_autofree char *scheme = g_ascii_strdown (url->text, colon - url->text);
    if (!g_strv_contains (schemes, scheme)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "the URL's scheme is none of xnat+https, xnat+http and xnat: it begins with xnat+https:// or "
                      "xnat+http://");
        return NULL;
    }
    url->server.scheme = g_steal_pointer (&scheme);
    return colon + 3;
}

/* Whether all that stands before @hash is the address of a web page: what follows is a tab of it. */
static gboolean
is_tab_of_page (const XnUrl *url, const char *hash)
{
    const char *authority = strstr (url->text, "://");
    if (authority == NULL || authority > hash)
        return FALSE;
    const char *path = authority + 3 + strcspn (authority + 3, "/?#");
    return xn_url_path_is_page (path, strcspn (path, "?#"));
}

static XnUrl *
url_parse (const char *text, gboolean any_level, gboolean may_list, GError **error)
{
    if (text == NULL || *text == '\0') {
        xn_error_set (error, XN_ERROR_USAGE, "the URL is empty");
        return NULL;
    }
    g_autoptr (XnUrl) url = g_new0 (XnUrl, 1);
    url->text = g_strdup (text);
    url->any_level = any_level;
    url->may_list = may_list;
    url->listed = XN_N_LEVELS;
    if (!xn_url_check_characters (url, error))
        return NULL;
    char *hash = strchr (url->text, '#');
    if (hash != NULL && is_tab_of_page (url, hash)) {
        *hash = '\0';
    } else if (hash != NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "'#' at character %ld of the URL: write it as %%23",
                      xn_url_position (url, hash));
        return NULL;
    }
    const char *authority = read_scheme (url, error);
    if (authority == NULL)
        return NULL;

    gsize length = strcspn (authority, "/?");
    const char *path = authority + length;
    const char *query = strchr (path, '?');
    gsize path_length = query != NULL ? (gsize)(query - path) : strlen (path);
    if (!xn_url_read_authority (url, authority, length, error) ||
        !xn_url_read_path (url, path, path_length, query != NULL, error) ||
        !xn_url_read_options (url, query != NULL ? query + 1 : NULL, error))
        return NULL;
    return g_steal_pointer (&url);
}

XnUrl *
xn_url_parse (const char *text, GError **error)
{
    return url_parse (text, FALSE, FALSE, error);
}

XnUrl *
xn_url_parse_place (const char *text, GError **error)
{
    return url_parse (text, TRUE, FALSE, error);
}

XnUrl *
xn_url_parse_list (const char *text, GError **error)
{
    return url_parse (text, TRUE, TRUE, error);
}

XnLevel
xn_url_lowest_level (const XnUrl *url)
{
    for (guint level = XN_N_LEVELS; level > 0; level--)
        if (url->selector[level - 1] != NULL)
            return (XnLevel)(level - 1);
    return XN_N_LEVELS;
}

XnUrl *
xn_url_new_like (const XnUrl *url)
{
    XnUrl *like = g_new0 (XnUrl, 1);
    like->text = g_strdup ("");
    like->server = xn_server_copy (&url->server);
    like->insecure_given = url->insecure_given;
    like->insecure = url->insecure;
    like->verify_given = url->verify_given;
    xn_url_set_default_types (like);
    return like;
}

static void
append_server (GString *out, const XnServer *server)
{
    const gboolean bracketed = strchr (server->host, ':') != NULL;
    g_string_append (out, server->scheme);
    g_string_append (out, "://");
    if (server->login != NULL) {
        g_autofree char *login = xn_url_encode_login (server->login);
        g_string_append (out, login);
        g_string_append_c (out, '@');
    }
    g_string_append (out, bracketed ? "[" : "");
    g_string_append (out, server->host);
    g_string_append (out, bracketed ? "]" : "");
    if (server->port_given)
        g_string_append_printf (out, ":%u", server->port);
    g_string_append (out, server->prefix);
}

void
xn_url_append (GString *out, const XnUrl *url, gboolean keep_regex)
{
    append_server (out, &url->server);
    g_string_append (out, "/data/archive");
    for (guint i = 0; i < XN_N_LEVELS; i++) {
        if (url->selector[i] == NULL)
            continue;
        g_string_append_c (out, '/');
        g_string_append (out, xn_level_plural ((XnLevel)i));
        g_string_append_c (out, '/');
        xn_append_segment (out, url->selector[i]);
    }
    if (url->path != NULL) {
        g_string_append (out, "/files/");
        xn_append_path (out, url->path);
        if (url->path_is_directory)
            g_string_append_c (out, '/');
    }

    char separator = '?';
    if (url->insecure_given) {
        g_string_append_printf (out, "%cinsecure=%s", separator, url->insecure ? "true" : "false");
        separator = '&';
    }
    if (url->verify_given) {
        g_string_append_printf (out, "%cverify=%s", separator, url->server.verify ? "true" : "false");
        separator = '&';
    }
    if (keep_regex && url->regex)
        g_string_append_printf (out, "%cregex=true", separator);
}

char *
xn_url_print (const XnUrl *url, gboolean keep_regex)
{
    GString *out = g_string_new (NULL);
    xn_url_append (out, url, keep_regex);
    return g_string_free (out, FALSE);
}

char *
xn_url_print_file (const XnUrl *url, const char *path)
{
    XnUrl file = *url;
    file.path = (char *)path;
    file.path_is_directory = FALSE;
    return xn_url_print (&file, TRUE);
}

char *
xn_url_print_level (const XnUrl *url, XnLevel level)
{
    XnUrl above = *url;
    above.path = NULL;
    for (guint below = level + 1; below < XN_N_LEVELS; below++)
        above.selector[below] = NULL;
    return xn_url_print (&above, TRUE);
}
