/* SPDX-License-Identifier: Apache-2.0 */
/* What all creations share. */
#include "put/creation.h"

#include "base/error.h"
#include "http/retry.h"
#include "put/new-label.h"

#include <string.h>

static gboolean
is_plain_id (const char *text)
{
    return *text != '\0' && text[strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] == '\0';
}

/* Whether XNAT can be made to give a new object of @level its name. */
static gboolean
name_allowed (XnLevel level, const char *selector, GError **error)
{
    if (level != XN_LEVEL_RESOURCE) {
        if (is_plain_id (selector))
            return TRUE;
        xn_error_set (error, XN_ERROR_USAGE,
                      "there is no %s '%s', and XNAT refuses such a name for a new one: only letters, digits, '_' and "
                      "'-' are allowed",
                      xn_level_name (level), selector);
        return FALSE;
    }
    g_autofree char *why = NULL, *instead = NULL;
    if (xn_label_way (selector, &why, &instead) != XN_LABEL_BY_NOTHING)
        return TRUE;
    xn_error_set (
        error, XN_ERROR_USAGE,
        "there is no resource '%s', and XNAT cannot be made to give a new one that label because of %s: write "
        "'%s', for example",
        selector, why, instead);
    return FALSE;
}

gboolean
xn_creation_allowed (const XnCreation *creation, XnLevel level, GError **error)
{
    const XnUrl *url = creation->url;
    const char *selector = url->selector[level];
    if (url->regex || xn_has_pattern_characters (selector)) {
        xn_error_set (
            error, XN_ERROR_USAGE,
            "there is no %s '%s', and a pattern cannot be the name of a new one: %s; write a name without any "
            "of * ? [ ]",
            xn_level_name (level), selector, url->text);
        return FALSE;
    }
    if (!name_allowed (level, selector, error))
        return FALSE;
    if (level == XN_LEVEL_EXPERIMENT &&
        (url->selector[XN_LEVEL_PROJECT] == NULL || url->selector[XN_LEVEL_SUBJECT] == NULL)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "there is no experiment '%s'; to create it the URL must name its project and subject "
                      "(/data/projects/PROJECT/subjects/SUBJECT/experiments/%s/...)",
                      selector, selector);
        return FALSE;
    }
    if (url->type[level] == NULL) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "there is no %s '%s'; to create it add its type to the URL, such as ?%s_type=%s",
                      xn_level_name (level), selector, xn_level_name (level),
                      level == XN_LEVEL_EXPERIMENT ? "xnat:mrSessionData"
                      : level == XN_LEVEL_SCAN     ? "xnat:mrScanData"
                      : level == XN_LEVEL_ASSESSOR ? "xnat:qcAssessmentData"
                                                   : "xnat:reconstructedImageData");
        return FALSE;
    }
    return TRUE;
}

void
xn_creation_plan (const XnCreation *creation, XnLevel level)
{
    const XnUrl *url = creation->url;
    for (; level < XN_N_LEVELS; level++)
        if (url->selector[level] != NULL)
            xn_plan_add (creation->plan, XN_ACTION_CREATE, -1, xn_url_print_level (url, level), NULL, url->type[level]);
}

gboolean
xn_creation_send (const XnCreation *creation, const char *method, const char *path, const char *query, const char *what,
                  GError **error)
{
    XnFinder *finder = creation->finder;
    const XnCall call = {.method = method,
                         .path = path,
                         .query = query,
                         .what = what,
                         .expect = XN_EXPECT_WRITE,
                         .retry = XN_RETRY_NONE,
                         .content_type = "text/plain"};
    const gboolean ok = xn_client_call (finder->client, &call, finder->op, error);
    xn_listing_cache_forget (finder->listings, finder->client);
    finder->not_before_us = g_get_monotonic_time ();
    return ok;
}

gboolean
xn_creation_again (const XnCreation *creation, XnLevel level, const GError *problem, guint tried, GError **error)
{
    XnOp *op = creation->finder->op;
    const gboolean may_pass = xn_error_is_retryable (problem) || xn_error_http_status (problem) == 500;
    if (!may_pass || tried >= xn_op_settings (op)->retries)
        return FALSE;
    g_autofree char *what =
        g_strdup_printf ("%s %s is not there yet", xn_level_name (level), creation->url->selector[level]);
    return xn_retry_wait (op, what, problem->message, tried, xn_error_facts (problem)->retry_after_ms, 0, error);
}

void
xn_creation_note (const XnCreation *creation, XnLevel level, const char *id, gboolean sure)
{
    const char *name = creation->url->selector[level];
    const gboolean told = id != NULL && !g_str_equal (id, name);
    g_ptr_array_add (creation->created, g_strdup_printf ("%s %s%s%s%s%s", xn_level_name (level), name, told ? " (" : "",
                                                         told ? id : "", told ? ")" : "", sure ? "" : " (perhaps)"));
}

gboolean
xn_creation_is_unsure (const GError *problem)
{
    const int status = xn_error_http_status (problem);
    return xn_error_is (problem, XN_ERROR_CANCELLED) || status >= 500 ||
           (status == 0 && xn_error_facts (problem)->sent);
}
