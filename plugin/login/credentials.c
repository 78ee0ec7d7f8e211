/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which credentials are looked for, and the messages when there are none. */
#include "login/credentials.h"

#include "base/error.h"
#include "base/home.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/fields.h"
#include "login/netrc.h"

#include <string.h>

void
xn_credentials_free (XnCredentials *credentials)
{
    if (credentials == NULL)
        return;
    g_free (credentials->login);
    xn_secret_free (credentials->password);
    g_free (credentials->source);
    g_free (credentials->file);
    g_free (credentials->entry);
    g_free (credentials);
}

static XnCredentials *
credentials_new (const char *login, const char *password, char *source)
{
    XnCredentials *credentials = g_new0 (XnCredentials, 1);
    credentials->login = g_strdup (login);
    credentials->password = g_strdup (password);
    credentials->source = source;
    return credentials;
}

gboolean
xn_names_server (const char *text, const XnServer *server)
{
    g_auto (XnLocation) target = {0};
    g_autofree char *stripped = g_strstrip (g_strdup (text));
    if (!xn_location_resolve (&target, stripped, "") || target.tls != server->tls || target.port != server->port ||
        !g_str_equal (target.host, server->host))
        return FALSE;
    gsize length = strlen (target.path);
    while (length > 0 && target.path[length - 1] == '/')
        target.path[--length] = '\0';
    return g_str_equal (target.path, server->prefix);
}

static gboolean
is_plain_host (const char *host)
{
    return host[strspn (host, "abcdefghijklmnopqrstuvwxyz0123456789.-:_")] == '\0';
}

/* What the environment gives; NULL with a reason in @why (nullable on success). */
static XnCredentials *
from_environment (const XnServer *given, const XnServer *found, XnGetenvFunc get_env, GString *why)
{
    const char *host = get_env ("XNAT_HOST");
    const char *user = get_env ("XNAT_USER");
    const char *password = get_env ("XNAT_PASS");
    if (host == NULL || *host == '\0') {
        g_string_append (why, "XNAT_HOST is not set");
        return NULL;
    }
    if (!xn_names_server (host, given) && !xn_names_server (host, found)) {
        g_auto (XnLocation) target = {0};
        /* A password that was not set apart as it should be ends up in the host or in the path. */
        if (xn_location_resolve (&target, host, "") && is_plain_host (target.host))
            g_string_append_printf (why,
                                    "XNAT_HOST names another server (%s://%s:%u; it has to be the same in scheme, "
                                    "host, port and path)",
                                    target.tls ? "https" : "http", target.host, target.port);
        else
            g_string_append (why, "XNAT_HOST is no http or https URL");
        return NULL;
    }
    if (user == NULL || *user == '\0' || password == NULL) {
        g_string_append (why, "XNAT_HOST names this server, but XNAT_USER or XNAT_PASS is not set");
        return NULL;
    }
    if (given->login != NULL && !g_str_equal (given->login, user)) {
        g_string_append (why, "XNAT_USER is another login than the URL's");
        return NULL;
    }
    return credentials_new (user, password, g_strdup ("XNAT_USER and XNAT_PASS"));
}

/* (transfer full), NULL if there is no place for one. */
static char *
netrc_path (const XnSettings *settings, XnGetenvFunc get_env)
{
    if (settings->netrc != NULL)
        return g_strdup (settings->netrc);
    const char *path = get_env ("NETRC");
    if (path != NULL && *path != '\0')
        return g_strdup (path);
    g_autofree char *home = xn_home_directory (get_env ("HOME"));
    return home != NULL ? g_build_filename (home, ".netrc", NULL) : NULL;
}

static XnCredentials *
credentials_of_entry (const char *login, const XnNetrcEntry *entry, const char *path)
{
    XnCredentials *credentials = credentials_new (login, entry->password, g_strdup_printf ("netrc file %s", path));
    credentials->file = g_strdup (path);
    credentials->entry = g_strdup_printf ("line %u, %s%s", entry->line, entry->machine != NULL ? "machine " : "default",
                                          entry->machine != NULL ? entry->machine : "");
    return credentials;
}

/* What the netrc file @path (nullable) gives; NULL with a reason in @why, or with an error. */
static XnCredentials *
from_netrc (const XnServer *found, const char *path, GString *why, GError **error)
{
    gboolean missing;
    GError *own_error = NULL;
    if (path == NULL) {
        g_string_append (why, "there is no home directory to look for .netrc in (HOME is not set, and the user has no "
                              "passwd entry)");
        return NULL;
    }
    g_autoptr (XnNetrc) netrc = xn_netrc_load (path, &missing, &own_error);
    if (own_error != NULL) {
        g_propagate_error (error, own_error);
        return NULL;
    }
    if (missing) {
        g_string_append_printf (why, "there is no netrc file %s", path);
        return NULL;
    }
    const XnNetrcEntry *entry = xn_netrc_find (netrc, found->host, found->port, found->login);
    const gboolean has_url = (entry == NULL || entry->machine == NULL) && xn_netrc_has_url_of (netrc, found->host);
    if (entry != NULL && has_url)
        xn_log (XN_LOG_WARNING,
                "the default entry of netrc file %s is taken for %s, as the machine of another is a URL: write "
                "'machine %s'",
                path, found->host, found->host);
    const char *login = entry == NULL ? NULL : entry->login != NULL ? entry->login : found->login;
    if (login != NULL && *login != '\0' && entry->password != NULL)
        return credentials_of_entry (login, entry, path);
    if (entry != NULL)
        g_string_append_printf (why, "the entry for %s in netrc file %s has no %s", found->host, path,
                                login == NULL || *login == '\0' ? "login" : "password");
    else
        g_string_append_printf (
            why, "netrc file %s has no entry for %s%s%s%s", path, found->host,
            found->login != NULL ? " with login " : "", found->login != NULL ? found->login : "",
            has_url ? ", but one whose machine is a URL, with a scheme or a path: a machine is a host's "
                      "name alone, or HOST:PORT"
                    : "");
    return NULL;
}

XnCredentials *
xn_credentials_find (const XnServer *given, const XnServer *found, const XnSettings *settings, XnGetenvFunc get_env,
                     GError **error)
{
    g_autoptr (GString) env_why = g_string_new (NULL);
    g_autoptr (GString) netrc_why = g_string_new (NULL);
    XnCredentials *credentials = from_environment (given, found, get_env, env_why);
    if (credentials != NULL)
        return credentials;
    g_autofree char *path = netrc_path (settings, get_env);
    GError *own_error = NULL;
    credentials = from_netrc (found, path, netrc_why, &own_error);
    if (credentials != NULL)
        return credentials;
    if (own_error != NULL) {
        g_propagate_error (error, own_error);
        return NULL;
    }
    if (settings->guest)
        return credentials_new (NULL, NULL, g_strdup ("the setting guest"));
    g_autofree char *base = xn_server_base (found);
    xn_error_set (error, XN_ERROR_AUTH,
                  "no credentials for %s: %s; %s. Write 'machine %s login NAME password SECRET' into %s (mode 600), or "
                  "set guest=true",
                  base, netrc_why->str, env_why->str, found->host, path != NULL ? path : "a file that NETRC names");
    return NULL;
}

gboolean
xn_credentials_may_exist (const XnServer *given, const XnSettings *settings, XnGetenvFunc get_env, GError **error)
{
    const char *host = get_env ("XNAT_HOST");
    gboolean missing;
    g_autofree char *path = netrc_path (settings, get_env);
    g_autoptr (XnNetrc) netrc = path != NULL ? xn_netrc_load (path, &missing, NULL) : NULL;
    if (netrc != NULL || (host != NULL && *host != '\0'))
        return TRUE;
    g_autoptr (XnCredentials) credentials = xn_credentials_find (given, given, settings, get_env, error);
    return credentials != NULL;
}

char *
xn_credentials_header (const XnCredentials *credentials, GError **error)
{
    if (strchr (credentials->login, ':') != NULL) {
        xn_error_set (error, XN_ERROR_AUTH, "the login from %s holds a colon, which cannot be sent",
                      credentials->source);
        return NULL;
    }
    g_autoptr (XnSecret) pair = g_strconcat (credentials->login, ":", credentials->password, NULL);
    g_autoptr (XnSecret) encoded = g_base64_encode ((const guchar *)pair, strlen (pair));
    return g_strconcat ("Authorization: Basic ", encoded, NULL);
}
