/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation keeps in mind of servers that were asked in vain. */
#include "base/away.h"
#include "base/error.h"

#include <string.h>

#define ONE "https://one.example.com"
#define OTHER "https://other.example.com"
#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static void
note (XnAway *away, gint64 begun_us)
{
    g_autoptr (GError) why = NULL;
    xn_error_set (&why, XN_ERROR_NETWORK, "listing: not reached");
    xn_error_facts (why)->retryable = TRUE;
    xn_away_note (away, ONE, begun_us, why);
}

static void
test_asked_once (void)
{
    XnAway *away = xn_away_new ();
    gboolean once = TRUE;
    g_autoptr (GError) error = NULL;
    g_assert_true (xn_away_may_ask (away, ONE, &once, &error) && !once);
    g_assert_false (xn_away_is_noted (away, ONE));
    /* A try that took no time: the next may be made at once. */
    note (away, g_get_monotonic_time () + HOUR_US);
    g_assert_true (xn_away_is_noted (away, ONE));
    g_assert_true (xn_away_may_ask (away, ONE, &once, &error) && once);
    g_assert_true (xn_away_may_ask (away, OTHER, &once, &error) && !once);
    xn_away_forget (away, OTHER);
    g_assert_true (xn_away_is_noted (away, ONE));
    xn_away_forget (away, ONE);
    g_assert_true (xn_away_may_ask (away, ONE, &once, &error) && !once);
    g_assert_no_error (error);
    xn_away_free (away);
}

static void
test_not_asked_so_soon (void)
{
    XnAway *away = xn_away_new ();
    gboolean once = FALSE;
    g_autoptr (GError) error = NULL;
    note (away, g_get_monotonic_time () - HOUR_US);
    g_assert_false (xn_away_may_ask (away, ONE, &once, &error));
    g_assert_error (error, XN_ERROR, XN_ERROR_NETWORK);
    g_assert_nonnull (strstr (error->message, "listing: not reached"));
    g_assert_true (xn_error_is_retryable (error));
    g_clear_error (&error);
    g_assert_true (xn_away_may_ask (away, OTHER, &once, &error) && !once);
    /* What was under way has come through. */
    xn_away_forget (away, ONE);
    g_assert_true (xn_away_may_ask (away, ONE, &once, &error) && !once);
    g_assert_no_error (error);
    xn_away_free (away);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/away/asked-once", test_asked_once);
    g_test_add_func ("/away/not-asked-so-soon", test_not_asked_so_soon);
    return g_test_run ();
}
