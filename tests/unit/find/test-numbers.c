/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of resources: how they are read, and how often a server is asked for them. */
#include "find/numbers.h"

#include "base/error.h"

#define TRAIT "no numbers"

/* A server that answers as told, and what it was asked. */
typedef struct {
    int status;         /* of the answer with numbers: 0 is a good one, -1 an answer without the columns */
    gboolean without;   /* whether there is a good answer without numbers */
    GString *questions; /* (owned) 'n' with numbers, 'w' without */
} Server;

static gboolean
ask (gboolean with_numbers, gpointer data, GError **error)
{
    Server *server = data;
    g_string_append_c (server->questions, with_numbers ? 'n' : 'w');
    if (with_numbers ? server->status == 0 : server->without)
        return TRUE;
    xn_error_set (error, server->status > 0 ? XN_ERROR_NETWORK : XN_ERROR_SERVER, "no");
    if (error != NULL && server->status > 0)
        xn_error_facts (*error)->http_status = server->status;
    return FALSE;
}

static void
test_ask (void)
{
    static const struct {
        const char *name;
        int status;
        gboolean without, needed;
        gboolean first, second; /* what two calls say */
        const char *questions;  /* of both */
    } cases[] = {
        {"told", 0, TRUE, FALSE, TRUE, TRUE, "nn"},
        {"refused", 500, TRUE, FALSE, TRUE, TRUE, "nww"},
        {"left out", -1, TRUE, FALSE, TRUE, TRUE, "nww"},
        {"nothing works", 500, FALSE, FALSE, FALSE, FALSE, "nwnw"},
        {"another reason", 504, TRUE, FALSE, FALSE, FALSE, "nn"},
        {"of no use without", 500, TRUE, TRUE, FALSE, FALSE, "nn"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        XnListingCache *listings = xn_listing_cache_new ();
        XnFinder finder = {.client = (XnClient *)&finder, .listings = listings};
        Server server = {cases[i].status, cases[i].without, g_string_new (NULL)};
        g_test_message ("%s", cases[i].name);
        g_assert_cmpint (xn_numbers_ask (&finder, TRAIT, cases[i].needed, ask, &server, NULL), ==, cases[i].first);
        g_assert_cmpint (xn_numbers_ask (&finder, TRAIT, cases[i].needed, ask, &server, NULL), ==, cases[i].second);
        g_assert_cmpstr (server.questions->str, ==, cases[i].questions);
        g_string_free (server.questions, TRUE);
        xn_listing_cache_free (listings);
    }
}

/* What is known to be refused is not asked for, of this server and by this name. */
static void
test_remembered (void)
{
    XnListingCache *listings = xn_listing_cache_new ();
    XnFinder finder = {.client = (XnClient *)&finder, .listings = listings};
    XnFinder other = {.client = (XnClient *)&other, .listings = listings};
    Server server = {500, TRUE, g_string_new (NULL)};
    g_autoptr (GError) error = NULL;
    g_assert_true (xn_numbers_ask (&finder, TRAIT, FALSE, ask, &server, NULL));
    g_string_truncate (server.questions, 0);
    g_assert_false (xn_numbers_ask (&finder, TRAIT, TRUE, ask, &server, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_SERVER));
    g_assert_cmpstr (server.questions->str, ==, "");
    g_assert_true (xn_numbers_ask (&other, TRAIT, FALSE, ask, &server, NULL));
    g_assert_true (xn_numbers_ask (&finder, "others", FALSE, ask, &server, NULL));
    g_assert_cmpstr (server.questions->str, ==, "nwnw");
    g_string_free (server.questions, TRUE);
    xn_listing_cache_free (listings);
}

static void
test_parse (void)
{
    static const struct {
        const char *text;
        guint32 number;
    } cases[] = {
        {"1", 1}, {"4294967295", G_MAXUINT32}, {"4294967296", 0}, {"0", 0}, {"", 0}, {"-1", 0}, {"12x", 0}, {" 12", 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        g_assert_cmpuint (xn_numbers_parse (cases[i].text), ==, cases[i].number);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/numbers/ask", test_ask);
    g_test_add_func ("/numbers/remembered", test_remembered);
    g_test_add_func ("/numbers/parse", test_parse);
    return g_test_run ();
}
