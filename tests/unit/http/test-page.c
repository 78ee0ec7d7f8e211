/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of every producer: whose they are and which words in them are meant for a reader. */
#include "http/page.h"

#include <string.h>

typedef struct {
    const char *name, *type, *body;
    XnPage page;
    const char *words; /* NULL: none */
} Row;

#define STATUS(message)                                                            \
    "<html>\n<head>\n   <title>Status page</title>\n</head>\n<body>\n<h3>" message \
    "</h3><p>You can get technical details <a href=\"x\">here</a>.</p></body></html>"
#define TOMCAT(code, rest)                                                                                            \
    "<!doctype html><html lang=\"en\"><head><title>HTTP Status " code " \xe2\x80\x93 X</title></head><body><h1>HTTP " \
    "Status " code "</h1><hr/>" rest "<h3>Apache Tomcat/9.0.70</h3></body></html>"

static const Row ROWS[] = {
    {"empty", NULL, "", XN_PAGE_EMPTY, NULL},
    {"blank", "text/html", " \n", XN_PAGE_EMPTY, NULL},
    {"text", "text/plain", " Unable  to\nfind scan\t7 \n", XN_PAGE_TEXT, "Unable to find scan 7"},
    {"text without type", NULL, "no", XN_PAGE_TEXT, "no"},
    {"json labelled html", "text/html", "{\"duplicates\":[]}", XN_PAGE_TEXT, "{\"duplicates\":[]}"},
    {"status", "text/html", STATUS ("Unable to find the resource"), XN_PAGE_STATUS, "Unable to find the resource"},
    {"status with raw brackets", "text/html", STATUS ("size < 5 & > 3"), XN_PAGE_STATUS, "size < 5 & > 3"},
    {"status with tags", "text/html", STATUS ("<b>No</b> such\n <i>scan</i>"), XN_PAGE_STATUS, "No such scan"},
    {"tomcat", "text/html;charset=utf-8",
     TOMCAT ("401", "<p><b>Message</b> &lt;ul&gt;&lt;li&gt;login failed &amp;amp; so on&lt;/li&gt;&lt;/ul&gt;</p>"
                    "<p><b>Description</b> Long.</p>"),
     XN_PAGE_TOMCAT, "login failed &amp; so on"},
    {"tomcat without message", "text/html", TOMCAT ("404", "<p><b>Description</b> Not here.</p>"), XN_PAGE_TOMCAT,
     "Not here."},
    {"tomcat without anything", "text/html", TOMCAT ("404", ""), XN_PAGE_TOMCAT, "HTTP Status 404 \xe2\x80\x93 X"},
    {"no file on the disk", "text/html;charset=utf-8",
     TOMCAT ("404", "<p><b>Type</b> Status Report</p><p><b>Message</b> Unable to find file.</p>"
                    "<p><b>Description</b> The origin server did not find it.</p>"),
     XN_PAGE_NO_FILE, "Unable to find file."},
    {"no file in the catalog, by an old tomcat", "text/html;charset=utf-8",
     TOMCAT ("404", "<p><b>message</b> <u>Unable to find catalog entry for given uri.</u></p>"), XN_PAGE_NO_FILE,
     "Unable to find catalog entry for given uri."},
    {"no XNAT", "text/html;charset=utf-8",
     TOMCAT ("404", "<p><b>Message</b> The requested resource [/data/auth] is not available</p>"), XN_PAGE_TOMCAT,
     "The requested resource [/data/auth] is not available"},
    {"xnat error", "text/html",
     "<html><head><title>XNAT</title></head><body><div class=\"errorDisplay\">It <b>broke</b></div></body></html>",
     XN_PAGE_XNAT, "It broke"},
    {"nginx", "text/html",
     "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>"
     "</html>",
     XN_PAGE_OTHER, "502 Bad Gateway"},
    {"nginx's port for TLS", "text/html",
     "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n</html>",
     XN_PAGE_WANTS_TLS, "400 The plain HTTP request was sent to HTTPS port"},
    {"Tomcat's port for TLS", "text/plain", "Bad Request\r\nThis combination of host and port requires TLS.\r\n",
     XN_PAGE_WANTS_TLS, NULL},
    {"maintenance", "text/html", "<!DOCTYPE html><html><head><title>We are back soon</title></head></html>",
     XN_PAGE_OTHER, "We are back soon"},
    {"login form", "text/html", "<html><body><form name=\"f\" method=\"post\" action=\"/xnat/login\"></form></html>",
     XN_PAGE_LOGIN, NULL},
    {"login form, single quotes", "text/html", "<html><form action='/login' method='post'></form></html>",
     XN_PAGE_LOGIN, NULL},
    {"login page", "text/html", "<html><!-- Login.vm --><head><title>XNAT</title></head></html>", XN_PAGE_LOGIN,
     "XNAT"},
    {"another form", "text/html", "<html><form action=\"/search\"></form><a href=\"/login\">x</a></html>",
     XN_PAGE_OTHER, NULL},
    {"expired", "text/html", "<html><form action=\"/app/template/XDATScreen_UpdateUser.vm\"></form></html>",
     XN_PAGE_EXPIRED, NULL},
    {"inactive", "text/html",
     "<html><meta http-equiv=\"refresh\" content=\"0; url=/app/template/InactiveAccount.vm\"></html>", XN_PAGE_INACTIVE,
     NULL},
    {"expired in a comment", "text/html", "<html><!-- BEGIN <b> --><!-- XDATScreen_UpdateUser.vm --></html>",
     XN_PAGE_EXPIRED, NULL},
    {"links to account pages", "text/html",
     "<html><title>T</title><a href=\"/app/template/XDATScreen_UpdateUser.vm\">My account</a>"
     "<a href=\"/app/template/InactiveAccount.vm\">x</a><a href=\"/app/template/Login.vm\">Log in</a></html>",
     XN_PAGE_OTHER, "T"},
    {"text after a comment and a form", "text/html",
     "<html><title>T</title><!-- x --> Login.vm <form action=\"/x\"> InactiveAccount.vm</form></html>", XN_PAGE_OTHER,
     "T"},
    {"xnat error in the site's layout", "text/html",
     "<html><!-- Login.vm --><form action=\"/app/template/XDATScreen_UpdateUser.vm\"></form>"
     "<div class=\"errorDisplay\">It broke</div></html>",
     XN_PAGE_XNAT, "It broke"},
    {"unconfigured", "text/html", "<html><!-- Unconfigured.vm --></html>", XN_PAGE_UNCONFIGURED, NULL},
    {"html without type", NULL, "<html><head><title>T</title></head></html>", XN_PAGE_OTHER, "T"},
    {"xml", "text/xml", "<?xml version=\"1.0\"?><a/>", XN_PAGE_TEXT, "<?xml version=\"1.0\"?><a/>"},
    {"not utf-8", "text/plain", "caf\xe9", XN_PAGE_TEXT, "caf\xef\xbf\xbd"},
    {"control characters", "text/plain", "a\x1b[31mb", XN_PAGE_TEXT, "a [31mb"},
};

static void
test_row (gconstpointer data)
{
    const Row *row = (const Row *)data;
    const gsize length = strlen (row->body);
    const XnPage page = xn_page_kind (row->type, row->body, length);
    g_assert_cmpint (page, ==, row->page);
    g_autofree char *words = xn_page_words (page, row->body, length, NULL);
    g_assert_cmpstr (words, ==, row->words);
}

static void
test_lacking (void)
{
    g_assert_true (xn_words_lack_file ("Unable to find file."));
    g_assert_false (xn_words_lack_file ("Unable to find catalog entry for given uri."));
    g_assert_false (xn_words_lack_file (NULL));
}

static void
test_long (void)
{
    g_autofree char *text = g_strnfill (70 * 1024, 'x');
    g_autofree char *words = xn_page_words (XN_PAGE_TEXT, text, strlen (text), NULL);
    g_assert_cmpuint (strlen (words), ==, 303);
    g_assert_true (g_str_has_suffix (words, "x..."));
}

static void
test_locations (void)
{
    const struct {
        const char *location;
        XnPage page;
    } rows[] = {
        {"https://h/app/template/Login.vm", XN_PAGE_LOGIN},
        {"/xnat/app/template/Login.vm?x=1", XN_PAGE_LOGIN},
        {"http://h/app/template/XDATScreen_UpdateUser.vm", XN_PAGE_EXPIRED},
        {"http://h/app/template/InactiveAccount.vm", XN_PAGE_INACTIVE},
        {"http://h/app/template/Unconfigured.vm", XN_PAGE_UNCONFIGURED},
        {"http://h/setup", XN_PAGE_UNCONFIGURED},
        {"/login;jsessionid=C0FFEE", XN_PAGE_LOGIN},
        {"https://h/app/template/Login.vm;jsessionid=C0FFEE?x#y", XN_PAGE_LOGIN},
        {"https://h/setup;jsessionid=C0FFEE", XN_PAGE_UNCONFIGURED},
        {"https://h/login#x", XN_PAGE_LOGIN},
        {"https://h/x;from=/login", XN_PAGE_LOGIN},
        {"http://h/data/projects?from=/app/template/Login.vm", XN_PAGE_EMPTY},
        {"https://h/data/JSESSION", XN_PAGE_EMPTY},
        {NULL, XN_PAGE_EMPTY},
    };
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        g_assert_cmpint (xn_page_of_location (rows[i].location), ==, rows[i].page);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++) {
        g_autofree char *path = g_strdup_printf ("/page/row/%s", ROWS[i].name);
        g_test_add_data_func (path, &ROWS[i], test_row);
    }
    g_test_add_func ("/page/lacking", test_lacking);
    g_test_add_func ("/page/long", test_long);
    g_test_add_func ("/page/locations", test_locations);
    return g_test_run ();
}
