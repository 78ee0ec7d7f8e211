/* SPDX-License-Identifier: Apache-2.0 */
/* Which login and password to use for a server: the environment, then the netrc file, then, if that is wanted, none.
 * Sends nothing. */
#pragma once

#include "base/settings.h"
#include "xnat/url.h"

/** A login; without one (guest) both are NULL. */
typedef struct {
    char *login;    /**< (owned) (nullable) */
    char *password; /**< (owned) (nullable) secret */
    char *source;   /**< (owned) where it comes from, for messages: "XNAT_USER", "netrc file /home/u/.netrc" */
    char *file;     /**< (owned) (nullable) the netrc file that it comes from */
    char *entry;    /**< (owned) (nullable) which entry of that file: "line 3, machine host:8443" */
} XnCredentials;

/** Wipes and frees; NULL is nothing. */
void xn_credentials_free (XnCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCredentials, xn_credentials_free)

/** Gives an environment variable or NULL, as getenv(). */
typedef const char *(*XnGetenvFunc) (const char *name);

/**
 * Finds the credentials.
 * @given: the server as the URL names it; @found: as it answers (another scheme or port after a redirect to https):
 * what the netrc file is asked for. XNAT_HOST may name either.
 * Returns: (transfer full) NULL with an error of kind AUTH that says where was looked and what to write, or that of
 * xn_netrc_load().
 */
XnCredentials *xn_credentials_find (const XnServer *given, const XnServer *found, const XnSettings *settings,
                                    XnGetenvFunc get_env, GError **error);

/** FALSE with that error if nothing can be found wherever the server turns out to be, as there is neither XNAT_HOST nor a
 *  netrc file that may be read: then nobody has to be asked where it is. */
gboolean xn_credentials_may_exist (const XnServer *given, const XnSettings *settings, XnGetenvFunc get_env,
                                   GError **error);

/** Whether @text (a value of XNAT_HOST) names @server: scheme, host, port, prefix. */
gboolean xn_names_server (const char *text, const XnServer *server);

/** The request header "Authorization: Basic ...", (transfer full), secret; NULL with an error of kind AUTH if the login
 *  cannot be sent (it holds a colon). */
char *xn_credentials_header (const XnCredentials *credentials, GError **error);
