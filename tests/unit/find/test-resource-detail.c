/* SPDX-License-Identifier: Apache-2.0 */
/* How much a server tells of resources, how often it is asked for that, and how its words are read. */
#include "find/resource-detail.h"

#include "base/error.h"

#include <string.h>

/* How a server meets a question. */
typedef enum {
    GOOD,
    BROKEN,   /* 500 */
    LEFT_OUT, /* the columns are not among the answer's */
    NOTHING,  /* 200 without a word */
    A_PAGE,   /* 200 with words */
    SLOW      /* 504 */
} Manner;

typedef struct {
    Manner manners[XN_N_DETAILS];
    GString *questions; /* (owned) 'l', 'n' and 's' */
} Server;

static gboolean
ask (XnDetail detail, gpointer data, GError **error)
{
    Server *server = data;
    const Manner manner = server->manners[detail];
    g_string_append_c (server->questions, "lns"[detail]);
    if (manner == GOOD)
        return TRUE;
    const gboolean passing = manner == BROKEN || manner == SLOW;
    xn_error_set (error, passing ? XN_ERROR_NETWORK : XN_ERROR_SERVER, "no");
    if (error == NULL)
        return FALSE;
    XnErrorFacts *facts = xn_error_facts (*error);
    facts->retryable = passing;
    facts->http_status = manner == BROKEN ? 500 : manner == SLOW ? 504 : manner == LEFT_OUT ? 0 : 200;
    facts->server_words = manner == A_PAGE ? g_strdup ("Welcome") : NULL;
    return FALSE;
}

static void
test_ask (void)
{
    static const struct {
        const char *name;
        XnDetailNames names;
        Manner manners[XN_N_DETAILS];
        gboolean good;
        const char *questions; /* of two calls */
    } cases[] = {
        {"all is told", {{NULL, "n", "s"}, 0}, {GOOD, GOOD, GOOD}, TRUE, "ss"},
        {"no sizes", {{NULL, "n", "s"}, 0}, {GOOD, GOOD, BROKEN}, TRUE, "snn"},
        {"names only", {{NULL, "n", "s"}, 0}, {GOOD, LEFT_OUT, NOTHING}, TRUE, "snll"},
        {"sizes are not asked for", {{NULL, "n", NULL}, 0}, {GOOD, GOOD, GOOD}, TRUE, "nn"},
        {"both or neither", {{NULL, NULL, "s"}, 0}, {GOOD, GOOD, BROKEN}, TRUE, "sll"},
        {"nothing works", {{NULL, "n", "s"}, 0}, {BROKEN, BROKEN, BROKEN}, FALSE, "snlsnl"},
        {"a page", {{NULL, "n", "s"}, 0}, {GOOD, GOOD, A_PAGE}, FALSE, "ss"},
        {"slow", {{NULL, "n", "s"}, 0}, {GOOD, GOOD, SLOW}, FALSE, "ss"},
        {"names are of no use", {{NULL, "n", "s"}, XN_DETAIL_NUMBERS}, {GOOD, BROKEN, BROKEN}, FALSE, "snsn"},
        {"numbers are enough", {{NULL, "n", "s"}, XN_DETAIL_NUMBERS}, {GOOD, GOOD, BROKEN}, TRUE, "snn"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        XnListingCache *listings = xn_listing_cache_new ();
        XnFinder finder = {.client = (XnClient *)&finder, .listings = listings};
        Server server = {.questions = g_string_new (NULL)};
        g_test_message ("%s", cases[i].name);
        memcpy (server.manners, cases[i].manners, sizeof server.manners);
        for (guint n = 0; n < 2; n++)
            g_assert_cmpint (xn_detail_ask (&finder, &cases[i].names, ask, &server, NULL), ==, cases[i].good);
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
    Server server = {{GOOD, BROKEN, GOOD}, g_string_new (NULL)};
    XnDetailNames names = {{NULL, "n", NULL}, XN_DETAIL_LABELS};
    g_autoptr (GError) error = NULL;
    g_assert_true (xn_detail_ask (&finder, &names, ask, &server, NULL));
    g_string_truncate (server.questions, 0);
    names.least = XN_DETAIL_NUMBERS;
    g_assert_false (xn_detail_ask (&finder, &names, ask, &server, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_SERVER));
    g_assert_cmpstr (server.questions->str, ==, "");
    names.least = XN_DETAIL_LABELS;
    g_assert_true (xn_detail_ask (&other, &names, ask, &server, NULL));
    names.refusal[XN_DETAIL_NUMBERS] = "numbers of others";
    g_assert_true (xn_detail_ask (&finder, &names, ask, &server, NULL));
    g_assert_cmpstr (server.questions->str, ==, "nlnl");
    g_string_free (server.questions, TRUE);
    xn_listing_cache_free (listings);
}

static void
test_numbers (void)
{
    static const struct {
        const char *text;
        guint32 number;
        gint64 count;
    } cases[] = {
        {"1", 1, 1},
        {"4294967295", G_MAXUINT32, G_MAXUINT32},
        {"4294967296", 0, G_GINT64_CONSTANT (4294967296)},
        {"0", 0, 0},
        {"9223372036854775808", 0, -1},
        {"", 0, -1},
        {"-1", 0, -1},
        {"12x", 0, -1},
        {" 12", 0, -1},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_assert_cmpuint (xn_detail_number (cases[i].text), ==, cases[i].number);
        g_assert_cmpint (xn_detail_count (cases[i].text), ==, cases[i].count);
    }
}

static void
test_least (void)
{
    static const struct {
        const char *selector;
        gboolean regex;
        XnDetail least;
    } cases[] = {
        {"2023", FALSE, XN_DETAIL_NUMBERS}, {"DICOM", FALSE, XN_DETAIL_LABELS}, {"20x", FALSE, XN_DETAIL_LABELS},
        {"2*", FALSE, XN_DETAIL_LABELS},    {"20", TRUE, XN_DETAIL_LABELS},     {NULL, FALSE, XN_DETAIL_LABELS},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (XnMatcher) matcher = xn_matcher_new (cases[i].selector, cases[i].regex, NULL);
        g_assert_cmpint (xn_detail_least (matcher), ==, cases[i].least);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/resource-detail/ask", test_ask);
    g_test_add_func ("/resource-detail/remembered", test_remembered);
    g_test_add_func ("/resource-detail/numbers", test_numbers);
    g_test_add_func ("/resource-detail/least", test_least);
    return g_test_run ();
}
