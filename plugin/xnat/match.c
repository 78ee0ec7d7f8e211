/* SPDX-License-Identifier: Apache-2.0 */
/* Matching a selector: plain texts, shell patterns and regular expressions behind one face. */
#include "xnat/match.h"

#include "base/error.h"
#include "xnat/glob.h"

#include <string.h>

/* Bounds the steps of one match, with and without a just-in-time compiler, and its memory, in KiB; a label takes some hundreds
 * of steps, and the memory of a few of them. */
#define LIMITS "(*LIMIT_MATCH=1000000)(*LIMIT_HEAP=16384)"

struct XnMatcher {
    char *text;    /* (nullable) NULL: everything */
    XnGlob *glob;  /* (nullable) */
    GRegex *regex; /* (nullable) */
};

gboolean
xn_has_pattern_characters (const char *text)
{
    return strpbrk (text, "*?[]") != NULL;
}

static void
bad_expression (const char *selector, const char *reason, long position, GError **error)
{
    if (position >= 0)
        xn_error_set (error, XN_ERROR_USAGE, "bad regular expression '%s': %s at position %ld", selector, reason,
                      position);
    else
        xn_error_set (error, XN_ERROR_USAGE, "bad regular expression '%s': %s", selector, reason);
}

/* GLib tells the position only inside a message, "... expression PATTERN at char N: REASON", maybe translated. */
static void
explain (const char *selector, const char *pattern, const char *message, GError **error)
{
    const char *p = strstr (message, pattern);
    p = p != NULL ? p + strlen (pattern) : message;
    while (*p != '\0' && !g_ascii_isdigit (*p))
        p = g_utf8_next_char (p);
    if (*p == '\0') {
        bad_expression (selector, message, -1, error);
        return;
    }
    char *end = NULL;
    gint64 position = g_ascii_strtoll (p, &end, 10) - (gint64)strlen (LIMITS);
    while (*end == ':' || *end == ' ')
        end++;
    bad_expression (selector, end, (long)MAX (position, 0), error);
}

static GRegex *
compile (const char *selector, GError **error)
{
    if (g_str_has_prefix (selector, "(*")) {
        /* Words in such brackets would change how the rest is matched, the limits too. */
        bad_expression (selector, "nothing to repeat", 1, error);
        return NULL;
    }
    g_autoptr (GError) inner = NULL;
    g_autofree char *pattern = g_strconcat (LIMITS, selector, NULL);
    GRegex *regex = g_regex_new (pattern, G_REGEX_ANCHORED | G_REGEX_NEWLINE_LF, 0, &inner);
    if (regex == NULL)
        explain (selector, pattern, inner->message, error);
    return regex;
}

XnMatcher *
xn_matcher_new (const char *selector, gboolean regex, GError **error)
{
    g_autoptr (XnMatcher) matcher = g_new0 (XnMatcher, 1);
    if (selector == NULL || strcmp (selector, regex ? ".*" : "*") == 0)
        return g_steal_pointer (&matcher);
    if (!g_utf8_validate (selector, -1, NULL)) {
        xn_error_set (error, XN_ERROR_USAGE, "a selector is not UTF-8: convert it");
        return NULL;
    }
    matcher->text = g_strdup (selector);
    if (regex) {
        matcher->regex = compile (selector, error);
        if (matcher->regex == NULL)
            return NULL;
    } else if (xn_has_pattern_characters (selector)) {
        matcher->glob = xn_glob_new (selector);
    }
    return g_steal_pointer (&matcher);
}

void
xn_matcher_free (XnMatcher *matcher)
{
    if (matcher == NULL)
        return;
    g_free (matcher->text);
    xn_glob_free (matcher->glob);
    if (matcher->regex != NULL)
        g_regex_unref (matcher->regex);
    g_free (matcher);
}

gboolean
xn_matcher_is_plain (const XnMatcher *matcher)
{
    return matcher->text != NULL && matcher->glob == NULL && matcher->regex == NULL;
}

gboolean
xn_matcher_is_everything (const XnMatcher *matcher)
{
    return matcher->text == NULL;
}

const char *
xn_matcher_text (const XnMatcher *matcher)
{
    return matcher->text;
}

/* Whether one form of a label, valid UTF-8, matches. */
static gboolean
matches_form (const XnMatcher *matcher, const char *label, GError **error)
{
    if (strcmp (matcher->text, label) == 0)
        return TRUE;
    if (matcher->glob != NULL)
        return xn_glob_matches (matcher->glob, label);
    if (matcher->regex == NULL)
        return FALSE;
    g_autoptr (GError) inner = NULL;
    gboolean found = g_regex_match_full (matcher->regex, label, -1, 0, 0, NULL, &inner);
    if (inner == NULL)
        return found;
    g_autofree char *start = g_utf8_strlen (label, -1) > 60 ? g_utf8_substring (label, 0, 60) : g_strdup (label);
    xn_error_set (error, XN_ERROR_USAGE,
                  "the regular expression '%s' takes too many steps, or too much memory, on '%s': write it without "
                  "nested repetitions",
                  matcher->text, start);
    return FALSE;
}

gboolean
xn_matcher_matches (const XnMatcher *matcher, const char *label, GError **error)
{
    if (matcher->text == NULL)
        return TRUE;
    g_autofree char *valid = g_utf8_validate (label, -1, NULL) ? NULL : g_utf8_make_valid (label, -1);
    if (valid != NULL)
        label = valid;
    g_autoptr (GError) inner = NULL;
    if (matches_form (matcher, label, &inner))
        return TRUE;
    if (inner == NULL && strchr (label, '&') != NULL) {
        g_autofree char *plain = xn_xml_unescape (label);
        if (strcmp (plain, label) != 0 && matches_form (matcher, plain, &inner))
            return TRUE;
    }
    if (inner != NULL)
        g_propagate_error (error, g_steal_pointer (&inner));
    return FALSE;
}
