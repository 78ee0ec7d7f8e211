/* SPDX-License-Identifier: Apache-2.0 */
/* Matching a selector against IDs and label fields. Pure. */
#pragma once

#include <glib.h>

typedef struct XnMatcher XnMatcher;

/**
 * Compiles a selector.
 * @selector: (nullable) NULL matches everything
 * @regex: a regular expression (Python's re.match: anchored at the start), else a shell pattern (Python's fnmatchcase)
 * if it holds one of * ? [ ], else a plain text
 * Errors: USAGE for a bad expression, with its position.
 */
XnMatcher *xn_matcher_new (const char *selector, gboolean regex, GError **error);
void xn_matcher_free (XnMatcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnMatcher, xn_matcher_free)

/** Whether it is a plain text, so that the server can be asked for it; FALSE for everything. */
gboolean xn_matcher_is_plain (const XnMatcher *matcher);
/** Whether it matches everything: no selector, a lone "*", or ".*" as an expression. */
gboolean xn_matcher_is_everything (const XnMatcher *matcher);
/** The selector's text; NULL for everything. */
const char *xn_matcher_text (const XnMatcher *matcher);

/**
 * Whether @label (a label field as the server sent it; XML-escaped forms match too) matches: a plain selector by
 * equality, a pattern by the whole of it or by equality, an expression from its start or by equality.
 * Errors: USAGE when the expression runs away (FALSE, *@error set).
 * Thread: any; a matcher may be used by several at once.
 */
gboolean xn_matcher_matches (const XnMatcher *matcher, const char *label, GError **error);

/** (transfer full) @text with XML entities (&amp; &lt; &gt; &quot; &apos; &#N; &#xN;) decoded once. */
char *xn_xml_unescape (const char *text);
/** Whether @text holds a character that makes a selector a pattern. */
gboolean xn_has_pattern_characters (const char *text);
