/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for numbers and sizes where the server tells them. */
#include "find/resource-detail.h"

#include "base/digits.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>

/* A server that does not know a column fails, leaves it out, or says nothing at all; any other failure has another reason. */
static gboolean
is_about_columns (const GError *problem)
{
    const XnErrorFacts *facts = xn_error_facts (problem);
    const gboolean left_out = facts->http_status == 0 && !facts->retryable;
    const gboolean nothing = facts->http_status == 200 && facts->server_words == NULL;
    return facts->http_status == 500 || (xn_error_is (problem, XN_ERROR_SERVER) && (left_out || nothing));
}

gboolean
xn_detail_ask (XnFinder *finder, const XnDetailNames *names, XnDetailFunc ask, gpointer data, GError **error)
{
    gboolean refused[XN_N_DETAILS] = {FALSE};
    for (int detail = XN_DETAIL_SIZES; detail >= (int)names->least; detail--) {
        const char *refusal = names->refusal[detail];
        g_autoptr (GError) problem = NULL;
        if (detail != XN_DETAIL_LABELS &&
            (refusal == NULL || xn_listing_cache_has_trait (finder->listings, finder->client, refusal)))
            continue;
        if (ask ((XnDetail)detail, data, &problem)) {
            for (int more = detail + 1; more < XN_N_DETAILS; more++)
                if (refused[more])
                    xn_listing_cache_note_trait (finder->listings, finder->client, names->refusal[more]);
            return TRUE;
        }
        if (detail == (int)names->least || !is_about_columns (problem)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
        xn_log (XN_LOG_DEBUG, "%s; asking for less about resources", problem->message);
        refused[detail] = TRUE;
    }
    xn_error_set (error, XN_ERROR_SERVER, "the server does not tell the numbers of resources");
    return FALSE;
}

XnDetail
xn_detail_least (const XnMatcher *resource)
{
    const char *text = xn_matcher_text (resource);
    const gboolean is_number =
        text != NULL && xn_matcher_is_plain (resource) && strspn (text, "0123456789") == strlen (text);
    return is_number ? XN_DETAIL_NUMBERS : XN_DETAIL_LABELS;
}

guint32
xn_detail_number (const char *text)
{
    const gint64 number = xn_digits_read (text);
    return number >= 1 && number <= (gint64)G_MAXUINT32 ? (guint32)number : 0;
}

gint64
xn_detail_count (const char *text)
{
    return xn_digits_read (text);
}
