/* SPDX-License-Identifier: Apache-2.0 */
/* What error pages echo of a request: nothing of it may be shown. */
#include "http/fields.h"
#include "http/page.h"
#include "http/redact.h"

#include <string.h>

/* Patterns that need no knowledge of what was sent. */
static void
test_marks (void)
{
    const struct {
        const char *text, *wanted;
    } rows[] = {
        {"Authorization: Basic YWxpY2U6cHc=\nHost: h", "Authorization: ***\nHost: h"},
        {"{\"authorization\": \"Basic YWxpY2U6cHc=\"}", "{\"authorization\": \"***"},
        {"Cookie: a=b; JSESSIONID=C0FFEE\r\nX: y", "Cookie: ***\r\nX: y"},
        {"Set-Cookie: JSESSIONID=C0FFEE", "Set-Cookie: ***"},
        {"got BASIC YWxpY2U6cHc=, sorry", "got BASIC ***, sorry"},
        {"Bearer abc123def", "Bearer ***"},
        {"at /login;jsessionid=C0FFEE?x", "at /login;jsessionid=***"},
        {"JSESSIONID=C0FFEE; path", "JSESSIONID=***; path"},
        {"'JSESSIONID' = 'C0FFEE'", "'JSESSIONID' = '***'"},
        {"Basic authentication failed.", "Basic authentication failed."},
        {"Basic Authentication", "Basic Authentication"},
        {"no cookie, no authorization", "no cookie, no authorization"},
        {"a basic", "a basic"},
        {"", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *redacted = xn_redact (rows[i].text, NULL);
        g_assert_cmpstr (redacted, ==, rows[i].wanted);
    }
}

/* What was sent is recognised wherever it stands, the password in plain too. */
static void
test_known (void)
{
    const char *const headers[] = {"Accept: */*", "Authorization: Basic Ym9iOnN3b3JkZmlzaA==",
                                   "Cookie: JSESSIONID=C0FFEE00; route=n1.east; x=ab", NULL};
    char **secrets = xn_secrets_of (headers);
    g_autofree char *redacted = xn_redact ("Ym9iOnN3b3JkZmlzaA== of bob (swordfish) with C0FFEE00 by n1.east, ab",
                                           (const char *const *)secrets);
    xn_secrets_free (secrets);
    for (guint i = 0; i < 4; i++)
        g_assert_null (strstr (redacted, ((const char *[]){"Ym9i", "swordfish", "C0FFEE", "n1.east"})[i]));
    g_assert_nonnull (strstr (redacted, " of bob ("));
    g_assert_true (g_str_has_suffix (redacted, ", ab"));
    char **none = xn_secrets_of (NULL);
    g_assert_null (none[0]);
    xn_secrets_free (none);
}

/* In pages: behind tags, and where the words are cut. */
static void
test_words (void)
{
    const char *const secrets[] = {"C0FFEE0123456789", NULL};
    g_autofree char *filler = g_strnfill (295, 'x');
    g_autofree char *text = g_strconcat (filler, " C0FFEE0123456789", NULL);
    g_autofree char *cut = xn_page_words (XN_PAGE_TEXT, text, strlen (text), secrets);
    g_assert_null (strstr (cut, "C0F"));
    const char *page = "<html><head><title>Status page</title></head><h3>Cookie: <b>JSESSIONID=C0FFEE</b></h3></html>";
    g_autofree char *words = xn_page_words (XN_PAGE_STATUS, page, strlen (page), NULL);
    g_assert_null (strstr (words, "C0FFEE"));
    const char *tomcat = "<html><p><b>Message</b> Authorization&#58; Basic YWxpY2U6cHc=</p></html>";
    g_autofree char *message = xn_page_words (XN_PAGE_TOMCAT, tomcat, strlen (tomcat), NULL);
    g_assert_null (strstr (message, "YWxp"));
}

static void
test_paths (void)
{
    g_autofree char *bare = xn_path_bare ("/a;v=1/login;jsessionid=C0FFEE?x=y#z");
    g_assert_cmpstr (bare, ==, "/a/login");
    g_autofree char *shown = xn_redact_path ("/s/C0FFEE00/x;p", (const char *const[]){"C0FFEE00", NULL});
    g_assert_cmpstr (shown, ==, "/s/********/x");
    g_autofree char *filler = g_strnfill (5000, 'x');
    g_autofree char *path = g_strconcat ("/", filler, NULL);
    g_autofree char *cut = xn_redact_path (path, NULL);
    g_assert_cmpuint (strlen (cut), ==, 203);
}

static void
test_locations (void)
{
    static const struct {
        const char *location, *shown;
    } cases[] = {
        {"ftp://bob:pw@host/a/b?x=y#z", "ftp://***@host/a/b..."},
        {"//bob@host", "//***@host"},
        {"bob:pw@host/a", "***@host/a"},
        {"http://host/a@b", "http://host/a@b"},
        {"http://host:1;x", "http://host:1..."},
        {"C0FFEE00", "********"},
        {"a\x1b[2J", "a?[2J"},
        {"a\xff", "a\xef\xbf\xbd"},
        {"", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *shown = xn_redact_location (cases[i].location, (const char *const[]){"C0FFEE00", NULL});
        g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/redact/marks", test_marks);
    g_test_add_func ("/redact/known", test_known);
    g_test_add_func ("/redact/words", test_words);
    g_test_add_func ("/redact/paths", test_paths);
    g_test_add_func ("/redact/locations", test_locations);
    return g_test_run ();
}
