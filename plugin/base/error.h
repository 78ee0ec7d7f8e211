/* SPDX-License-Identifier: Apache-2.0 */
/* The one error domain of the plugin: its codes are the kinds that a host sees, and facts about the failure ride
 * beside the message. No other file invents an error domain. */
#pragma once

#include <glib.h>

/** The kinds of failure, equal in number to the host API's IOKind (asserted where the two meet). */
typedef enum {
    XN_ERROR_USAGE = 1,
    XN_ERROR_NOT_FOUND = 2,
    XN_ERROR_AMBIGUOUS = 3,
    XN_ERROR_AUTH = 4,
    XN_ERROR_CONFLICT = 5,
    XN_ERROR_NETWORK = 6,
    XN_ERROR_SERVER = 7,
    XN_ERROR_INTEGRITY = 8,
    XN_ERROR_IO = 9,
    XN_ERROR_CANCELLED = 10,
} XnErrorKind;

/** What is known about a failure beside its message. */
typedef struct {
    int http_status;       /**< the status behind the failure, or 0 */
    gboolean retryable;    /**< the same try may succeed later: a passing fault of network or server */
    gboolean sent;         /**< (network) the request may have reached the server: a write may have been carried out */
    gint64 retry_after_ms; /**< what the server asked for, or -1 */
    char *server_words;    /**< (owned) (nullable) the server's own sentence */
} XnErrorFacts;

#define XN_ERROR (xn_error_quark ())
GQuark xn_error_quark (void);

/** Sets @error to a new error of @kind with a printf-style one-line message, in the way of g_set_error(). */
void xn_error_set (GError **error, XnErrorKind kind, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** As xn_error_set(), of kind IO and with ": " and the text of @errnum (an errno value) appended. */
void xn_error_set_errno (GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** The facts of @error, for reading and for adding to; NULL if it is of another domain. Owned by @error. */
XnErrorFacts *xn_error_facts (const GError *error);

/** Whether @error (nullable) is of our domain and of @kind. */
gboolean xn_error_is (const GError *error, XnErrorKind kind);

/** Whether @error (nullable) is one that the same try may not meet again. */
gboolean xn_error_is_retryable (const GError *error);

/** The HTTP status behind @error (nullable), or 0. */
int xn_error_http_status (const GError *error);
