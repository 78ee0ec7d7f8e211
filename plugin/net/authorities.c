/* SPDX-License-Identifier: Apache-2.0 */
/* Where the certificates of authorities lie. libcurl knows the place of the system that it was built for; one that is linked
 * in statically runs on others, too. */
#include "net/internal.h"

#include <unistd.h>

/* The bundles of Debian and Ubuntu, of Red Hat's family, of SUSE's and of Alpine. */
static const char *const SYSTEM_BUNDLES[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    NULL,
};

/* NULL for a variable that is empty, too. */
static const char *
variable (const char *name)
{
    const char *value = g_getenv (name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static const char *
if_readable (const char *path)
{
    return path != NULL && access (path, R_OK) == 0 ? path : NULL;
}

/* With no bundle at all it is the built-in one, so that the error names it. */
static const char *
find_bundle (const char *built_in, const char *const *bundles)
{
    if (if_readable (built_in) != NULL)
        return built_in;
    for (const char *const *bundle = bundles; *bundle != NULL; bundle++)
        if (if_readable (*bundle) != NULL)
            return *bundle;
    return built_in;
}

XnAuthorities
xn_authorities_choose (const char *setting, const XnAuthorities *built_in, const char *const *bundles)
{
    if (setting != NULL)
        return (XnAuthorities){setting, NULL};
    const char *directory = if_readable (built_in->directory);
    const char *file = variable ("CURL_CA_BUNDLE");
    if (file == NULL)
        file = variable ("SSL_CERT_FILE");
    if (file != NULL)
        return (XnAuthorities){file, directory};
    if (variable ("SSL_CERT_DIR") != NULL)
        directory = variable ("SSL_CERT_DIR");
    file = find_bundle (built_in->file, bundles);
    return (XnAuthorities){directory != NULL ? if_readable (file) : file, directory};
}

XnAuthorities
xn_authorities_of (const XnTransfer *transfer)
{
    const curl_version_info_data *curl = curl_version_info (CURLVERSION_NOW);
    const XnAuthorities built_in = {curl->cainfo, curl->capath};
    return xn_authorities_choose (transfer->ca_file, &built_in, SYSTEM_BUNDLES);
}
