/* SPDX-License-Identifier: Apache-2.0 */
/* What a diagnosis wants to know of the way to a server: its addresses, whether a proxy stands there, and what a try found. */
#pragma once

#include <glib.h>

/** A certificate of a server, or of an authority above it. */
typedef struct {
    char *subject, *issuer; /**< (owned) on one line */
    gint64 ends_s;          /**< until when it is valid, in seconds since 1970; -1: not understood */
} XnCertificate;

/** What one try found, as far as it came. */
typedef struct {
    gboolean connected; /**< to the server, or to the proxy that leads there */
    gboolean secured;   /**< the TLS handshake is over, and the certificate trusted if it was checked */
    gboolean untrusted; /**< the certificate is why it is not */
    char *address;      /**< (owned) (nullable) numerical, of the server or the proxy */
    guint port;         /**< of the same */
    char *protocol;     /**< (owned) (nullable) "TLSv1.3 / TLS_AES_256_GCM_SHA384" */
    char *authorities;  /**< (owned) (nullable) file or directory of the authorities that are trusted */
    GPtrArray *chain;   /**< (owned) (nullable) (element-type XnCertificate) the server's own first */
} XnPeer;

/** Frees what is in it; it may be used again. */
void xn_peer_clear (XnPeer *peer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnPeer, xn_peer_clear)

/** The numerical addresses of @host (a name, or an address itself): (transfer full) (element-type utf8), NULL if there are none,
 *  with the resolver's words in *@out_words (static). Blocks. Thread: any. */
GPtrArray *xn_net_addresses (const char *host, const char **out_words);

/** How the environment has a server reached. */
typedef struct {
    const char *variable; /**< (nullable) the variable that names a proxy; static */
    char *proxy;          /**< (owned) (nullable) its value, without a login */
    gboolean exempt;      /**< no_proxy names the server, so that it is reached without */
} XnProxyChoice;

/** Which proxy, if any, leads to @host by TLS or in clear. To be cleared. Thread: any. */
XnProxyChoice xn_net_proxy_for (gboolean tls, const char *host);
void xn_proxy_choice_clear (XnProxyChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XnProxyChoice, xn_proxy_choice_clear)
