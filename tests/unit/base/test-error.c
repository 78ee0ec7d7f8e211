/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: messages, kinds, and the facts that ride beside them through copies. */
#include "base/error.h"

#include <errno.h>

static void
test_message (void)
{
    g_autoptr (GError) error = NULL;
    xn_error_set (&error, XN_ERROR_CONFLICT, "%s has %d files", "R", 3);
    g_assert_error (error, XN_ERROR, XN_ERROR_CONFLICT);
    g_assert_cmpstr (error->message, ==, "R has 3 files");
    g_assert_true (xn_error_is (error, XN_ERROR_CONFLICT));
    g_assert_false (xn_error_is (error, XN_ERROR_USAGE));
    g_clear_error (&error);

    xn_error_set_errno (&error, ENOENT, "cannot open '%s'", "100%d");
    g_autofree char *wanted = g_strdup_printf ("cannot open '100%%d': %s", g_strerror (ENOENT));
    g_assert_error (error, XN_ERROR, XN_ERROR_IO);
    g_assert_cmpstr (error->message, ==, wanted);

    /* A caller that does not want to know. */
    xn_error_set (NULL, XN_ERROR_IO, "nobody hears");
    xn_error_set_errno (NULL, EIO, "nobody hears");
}

static void
test_facts_of_new (void)
{
    g_autoptr (GError) error = NULL;
    xn_error_set (&error, XN_ERROR_SERVER, "x");
    const XnErrorFacts *facts = xn_error_facts (error);
    g_assert_nonnull (facts);
    g_assert_cmpint (facts->http_status, ==, 0);
    g_assert_false (facts->retryable);
    g_assert_false (facts->sent);
    g_assert_cmpint (facts->retry_after_ms, ==, -1);
    g_assert_null (facts->server_words);
}

static void
test_facts_copied (void)
{
    g_autoptr (GError) error = NULL;
    xn_error_set (&error, XN_ERROR_NETWORK, "broken");
    XnErrorFacts *facts = xn_error_facts (error);
    facts->http_status = 503;
    facts->retryable = TRUE;
    facts->sent = TRUE;
    facts->retry_after_ms = 7000;
    facts->server_words = g_strdup ("come back");

    /* The copy lives on without the original, and prefixing keeps the facts. */
    GError *copy = g_error_copy (error);
    g_assert_true (xn_error_facts (copy) != facts);
    g_assert_true (xn_error_facts (copy)->server_words != facts->server_words);
    g_clear_error (&error);
    g_autoptr (GError) passed = NULL;
    g_propagate_prefixed_error (&passed, copy, "in %s: ", "P");
    g_assert_cmpstr (passed->message, ==, "in P: broken");
    g_assert_true (xn_error_is (passed, XN_ERROR_NETWORK));
    g_assert_true (xn_error_is_retryable (passed));
    g_assert_cmpint (xn_error_http_status (passed), ==, 503);
    const XnErrorFacts *kept = xn_error_facts (passed);
    g_assert_true (kept->sent);
    g_assert_cmpint (kept->retry_after_ms, ==, 7000);
    g_assert_cmpstr (kept->server_words, ==, "come back");
}

static void
test_no_facts (void)
{
    /* Of the same code, but of another domain. */
    g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, (int)XN_ERROR_NETWORK, "not one of ours");
    const GError *const others[] = {NULL, foreign};
    for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
        g_assert_null (xn_error_facts (others[i]));
        g_assert_false (xn_error_is (others[i], XN_ERROR_NETWORK));
        g_assert_false (xn_error_is_retryable (others[i]));
        g_assert_cmpint (xn_error_http_status (others[i]), ==, 0);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/error/message", test_message);
    g_test_add_func ("/error/facts-of-new", test_facts_of_new);
    g_test_add_func ("/error/facts-copied", test_facts_copied);
    g_test_add_func ("/error/no-facts", test_no_facts);
    return g_test_run ();
}
