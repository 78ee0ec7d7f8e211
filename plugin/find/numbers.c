/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for numbers where the server tells them. */
#include "find/numbers.h"

#include "base/error.h"
#include "base/log.h"

/* A server that does not know a column fails, or leaves it out; any other failure has another reason. */
static gboolean
is_about_columns (const GError *problem)
{
    const int status = xn_error_http_status (problem);
    const gboolean left_out = xn_error_is (problem, XN_ERROR_SERVER) && status == 0 && !xn_error_is_retryable (problem);
    return status == 500 || left_out;
}

gboolean
xn_numbers_ask (XnFinder *finder, const char *trait, gboolean needed, XnNumbersFunc ask, gpointer data, GError **error)
{
    g_autoptr (GError) problem = NULL;
    const gboolean refused = xn_listing_cache_has_trait (finder->listings, finder->client, trait);
    if (refused && needed)
        xn_error_set (&problem, XN_ERROR_SERVER, "the server tells no numbers of resources");
    else if (!refused && ask (TRUE, data, &problem))
        return TRUE;
    if (needed || (problem != NULL && !is_about_columns (problem))) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "%s; asking without the numbers of resources", problem->message);
    if (!ask (FALSE, data, error))
        return FALSE;
    if (!refused)
        xn_listing_cache_note_trait (finder->listings, finder->client, trait);
    return TRUE;
}

guint32
xn_numbers_parse (const char *text)
{
    guint64 number = 0;
    return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &number, NULL) ? (guint32)number : 0;
}
