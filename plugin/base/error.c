/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's error domain, a GLib extended one: the facts live in the error's private part. Such a domain must never
 * be unmapped, which is one reason why the module is linked with -z nodelete. */
#include "base/error.h"

#include <errno.h>

static void
xn_error_private_init (XnErrorFacts *facts)
{
    facts->retry_after_ms = -1;
}

static void
xn_error_private_copy (const XnErrorFacts *source, XnErrorFacts *target)
{
    *target = *source;
    target->server_words = g_strdup (source->server_words);
}

static void
xn_error_private_clear (XnErrorFacts *facts)
{
    g_free (facts->server_words);
}

typedef XnErrorFacts XnErrorPrivate;
/* GLib's macro finds the private part by a lookup that gcc 12 believes may fail for the domain that it has just made. */
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-null-dereference"
#endif
G_DEFINE_EXTENDED_ERROR (XnError, xn_error)
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic pop
#endif

void
xn_error_set (GError **error, XnErrorKind kind, const char *format, ...)
{
    if (error == NULL)
        return;
    va_list args;
    va_start (args, format);
    g_propagate_error (error, g_error_new_valist (XN_ERROR, (int)kind, format, args));
    va_end (args);
}

void
xn_error_set_errno (GError **error, int errnum, const char *format, ...)
{
    if (error == NULL)
        return;
    va_list args;
    va_start (args, format);
    g_autofree char *text = g_strdup_vprintf (format, args);
    va_end (args);
    xn_error_set (error, XN_ERROR_IO, "%s: %s", text, g_strerror (errnum));
}

XnErrorFacts *
xn_error_facts (const GError *error)
{
    if (error == NULL || error->domain != XN_ERROR)
        return NULL;
    return xn_error_get_private (error);
}

gboolean
xn_error_is (const GError *error, XnErrorKind kind)
{
    return error != NULL && error->domain == XN_ERROR && error->code == (int)kind;
}

gboolean
xn_error_is_retryable (const GError *error)
{
    const XnErrorFacts *facts = xn_error_facts (error);
    return facts != NULL && facts->retryable;
}

int
xn_error_http_status (const GError *error)
{
    const XnErrorFacts *facts = xn_error_facts (error);
    return facts != NULL ? facts->http_status : 0;
}
