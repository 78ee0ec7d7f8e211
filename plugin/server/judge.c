/* SPDX-License-Identifier: Apache-2.0 */
/* Good, suspect, passing or final. */
#include "server/judge.h"

#include "base/error.h"

gboolean
xn_judge_header (const XnCall *call, int status, const char *content_type, gint64 content_length)
{
    if (status == 304)
        return call->accept_304;
    if (status == 206)
        return call->accept_206;
    if (status < 200 || status > 299)
        return FALSE;
    switch (call->expect) {
    case XN_EXPECT_JSON:
        return status != 204 && content_length != 0 && !xn_is_html (content_type);
    case XN_EXPECT_ARCHIVE:
        return status != 204 && !xn_is_html (content_type);
    case XN_EXPECT_FILE:
        /* "Unable to find file", from calls that are asked to accept it. */
        return status != 204;
    case XN_EXPECT_WRITE:
        return TRUE;
    }
    return FALSE;
}

XnVerdict
xn_judge_reply (const XnCall *call, const XnReply *reply, gboolean good_header)
{
    if (good_header) {
        const gboolean page = call->expect == XN_EXPECT_WRITE && reply->page == XN_PAGE_LOGIN;
        return page ? XN_VERDICT_SUSPECT : XN_VERDICT_GOOD;
    }
    if (reply->status >= 300 && reply->status < 400 && reply->location != NULL) {
        const XnPage target = xn_page_of_location (reply->location);
        if (xn_page_is_account (target))
            return XN_VERDICT_FINAL;
        return target == XN_PAGE_LOGIN ? XN_VERDICT_SUSPECT : XN_VERDICT_REDIRECT;
    }
    if (xn_reply_fault (reply) != XN_FAULT_FINAL)
        return XN_VERDICT_RETRY;
    switch (reply->status) {
    case 404:
        /* Whose page it is does not tell: XNAT has its container speak for it, too, and to a HEAD nobody says more. */
        if (reply->page != XN_PAGE_STATUS && reply->page != XN_PAGE_NO_FILE)
            return XN_VERDICT_UNPROVEN;
        return XN_VERDICT_SUSPECT;
    case 401:
    case 403: /* on a site that is open to guests a lost session shows only as things that are not there */
    case 200:
    case 201:
        return XN_VERDICT_SUSPECT;
    default:
        return XN_VERDICT_FINAL;
    }
}

static void
not_found (GError **error, const XnCall *call, const XnReply *reply, const char *base, const char *user)
{
    g_autofree char *words = xn_reply_words (reply);
    xn_reply_error (error, XN_ERROR_NOT_FOUND, reply, "%s: not found on %s, or not visible to %s (HTTP %d%s)",
                    call->what, base, user, reply->status, words);
}

static void
no_answer_of_xnat (GError **error, const XnCall *call, const XnReply *reply, const char *base)
{
    g_autofree char *words = xn_reply_words (reply);
    if (xn_page_is_account (reply->page) || reply->page == XN_PAGE_LOGIN) {
        xn_reply_error (error, XN_ERROR_AUTH, reply, "%s: %s: %s", call->what, base, xn_page_meaning (reply->page));
        return;
    }
    xn_reply_error (error, XN_ERROR_SERVER, reply, "%s: %s answered HTTP %d with %s instead of what was asked for%s",
                    call->what, base, reply->status,
                    reply->page == XN_PAGE_EMPTY    ? "nothing"
                    : reply->page == XN_PAGE_PACKED ? "something packed"
                    : reply->page == XN_PAGE_TEXT   ? "a text"
                                                    : "a web page",
                    reply->page == XN_PAGE_TEXT ? "" : words);
}

void
xn_judge_error (GError **error, const XnCall *call, const XnReply *reply, const char *base, const char *user,
                guint tries)
{
    g_autofree char *words = xn_reply_words (reply);
    if (xn_reply_fault (reply) != XN_FAULT_FINAL) {
        xn_reply_error (error, XN_ERROR_NETWORK, reply, "%s: %s answered HTTP %d%s (%u %s)%s", call->what, base,
                        reply->status, words, tries, tries == 1 ? "try" : "tries",
                        reply->away ? "; XNAT is not running there (yet), or not below this path" : "");
        return;
    }
    switch (reply->status) {
    case 401:
        xn_reply_error (error, XN_ERROR_AUTH, reply, "%s: %s wants a login that %s does not have (HTTP 401%s)",
                        call->what, base, user, words);
        return;
    case 403:
        xn_reply_error (error, XN_ERROR_AUTH, reply, "%s: %s does not permit it to %s (HTTP 403%s)", call->what, base,
                        user, words);
        return;
    case 204:
    case 404:
    case 410:
        not_found (error, call, reply, base, user);
        return;
    case 409:
        xn_reply_error (error, XN_ERROR_CONFLICT, reply, "%s: conflict on %s (HTTP 409%s)", call->what, base, words);
        return;
    default:
        break;
    }
    if (reply->status < 300)
        no_answer_of_xnat (error, call, reply, base);
    else if (reply->status < 400 && reply->status != 304)
        xn_reply_error (error, XN_ERROR_SERVER, reply, "%s: %s redirects (HTTP %d) without saying where to%s",
                        call->what, base, reply->status, words);
    else
        xn_reply_error (error, XN_ERROR_SERVER, reply, "%s: %s answered HTTP %d%s", call->what, base, reply->status,
                        words);
}
