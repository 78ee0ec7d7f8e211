/* SPDX-License-Identifier: Apache-2.0 */
/* The settings: their table, their defaults, what is taken and every refusal. */
#include "base/error.h"
#include "base/settings.h"

#include <string.h>

/* A single setting that is given. */
typedef struct {
    const char *name, *text;
} Given;

static const char *
get_given (gpointer data, const char *name)
{
    const Given *given = data;
    return g_str_equal (given->name, name) ? given->text : NULL;
}

static XnSettings *
read_one (const char *name, const char *text, GError **error)
{
    Given given = {name, text};
    return xn_settings_new (get_given, &given, error);
}

static void
test_defaults (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnSettings) settings = xn_settings_new (NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_null (settings->netrc);
    g_assert_null (settings->ca_file);
    g_assert_cmpuint (settings->jobs, ==, 8);
    g_assert_cmpuint (settings->retries, ==, 5);
    g_assert_cmpint (settings->retry_delay_ms, ==, 1000);
    g_assert_cmpint (settings->stall_timeout_ms, ==, 120000);
    g_assert_cmpint (settings->answer_timeout_ms, ==, 600000);
    g_assert_cmpint (settings->connect_timeout_ms, ==, 30000);
    g_assert_cmpint (settings->lockout_guard_s, ==, 300);
    g_assert_cmpint (settings->stale_catalog, ==, XN_STALE_CATALOG_ERROR);
    g_assert_false (settings->guest);
    g_assert_false (settings->session_cache);
    g_assert_false (settings->attributes);
    g_assert_false (settings->durable);
    g_assert_false (settings->keep_changed);
}

static void
test_table (void)
{
    static const char *const names[] = {"netrc",         "jobs",           "retries",         "retry_delay",
                                        "stall_timeout", "answer_timeout", "connect_timeout", "ca_file",
                                        "guest",         "session_cache",  "lockout_guard",   "stale_catalog",
                                        "attributes",    "durable",        "keep_changed"};
    const char *const *table = xn_settings_table ();
    g_assert_cmpuint (g_strv_length ((char **)table), ==, 3 * G_N_ELEMENTS (names));
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_cmpstr (table[3 * i], ==, names[i]);
        g_assert_cmpuint (strlen (table[3 * i + 2]), >, 0);
        /* A default may be given as well. */
        g_autoptr (XnSettings) settings = read_one (names[i], table[3 * i + 1], &error);
        g_assert_no_error (error);
        g_assert_nonnull (settings);
    }
    g_assert_true (xn_settings_table () == table);
}

static void
test_strings (void)
{
    g_autoptr (XnSettings) netrc = read_one ("netrc", "/a b/ü", NULL);
    g_assert_cmpstr (netrc->netrc, ==, "/a b/ü");
    g_assert_null (netrc->ca_file);
    g_autoptr (XnSettings) ca_file = read_one ("ca_file", "x.pem", NULL);
    g_assert_cmpstr (ca_file->ca_file, ==, "x.pem");
    g_autoptr (XnSettings) empty = read_one ("ca_file", "", NULL);
    g_assert_null (empty->ca_file);
}

static gint64
number_of (const XnSettings *settings, const char *name)
{
    const struct {
        const char *name;
        gint64 value;
    } numbers[] = {
        {"jobs", settings->jobs},
        {"retries", settings->retries},
        {"retry_delay", settings->retry_delay_ms},
        {"stall_timeout", settings->stall_timeout_ms},
        {"answer_timeout", settings->answer_timeout_ms},
        {"connect_timeout", settings->connect_timeout_ms},
        {"lockout_guard", settings->lockout_guard_s},
        {"stale_catalog", settings->stale_catalog},
        {"guest", settings->guest},
        {"session_cache", settings->session_cache},
        {"attributes", settings->attributes},
        {"durable", settings->durable},
        {"keep_changed", settings->keep_changed},
    };
    for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        if (g_str_equal (numbers[i].name, name))
            return numbers[i].value;
    g_assert_not_reached ();
}

static void
test_taken (void)
{
    const struct {
        const char *name, *text;
        gint64 value;
    } cases[] = {
        {"jobs", "1", 1},
        {"jobs", "256", 256},
        {"jobs", "08", 8},
        {"jobs", "8.0", 8},
        {"retries", "0", 0},
        {"retries", "100", 100},
        {"retry_delay", "0", 0},
        {"retry_delay", "0.25", 250},
        {"retry_delay", ".5", 500},
        {"retry_delay", "3600", 3600000},
        {"stall_timeout", "0.01", 10},
        {"stall_timeout", "86400", 86400000},
        {"answer_timeout", "1.0004", 1000},
        {"connect_timeout", "1.0006", 1001},
        {"connect_timeout", "3600", 3600000},
        {"lockout_guard", "0", 0},
        {"lockout_guard", "86400", 86400},
        {"stale_catalog", "error", XN_STALE_CATALOG_ERROR},
        {"stale_catalog", "warn", XN_STALE_CATALOG_WARN},
        {"guest", "true", TRUE},
        {"guest", "1", TRUE},
        {"guest", "True", TRUE},
        {"session_cache", "true", TRUE},
        {"session_cache", "FALSE", FALSE},
        {"durable", "1", TRUE},
        {"keep_changed", "true", TRUE},
        {"durable", "0", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_test_message ("%s=%s", cases[i].name, cases[i].text);
        g_autoptr (XnSettings) settings = read_one (cases[i].name, cases[i].text, &error);
        g_assert_no_error (error);
        g_assert_cmpint (number_of (settings, cases[i].name), ==, cases[i].value);
    }
}

static void
test_refused (void)
{
    static const struct {
        const char *name;
        const char *allowed; /* as the message tells it */
        const char *texts[16];
    } cases[] = {
        {"jobs",
         "a whole number from 1 to 256",
         {"0", "257", "-1", "+8", " 8", "8 ", "8x", "1.5", "x", "0x10", "1e1", "nan", "inf", ".", "8,5"}},
        {"jobs", "a whole number from 1 to 256", {"", "99999999999999999999999"}},
        {"retries", "a whole number from 0 to 100", {"-1", "101", "0.5", ""}},
        {"retry_delay", "a number from 0 to 3600", {"-0.1", "3600.1", "1s", "0,5", "1e-3", "..5", "1.2.3", "-0"}},
        {"stall_timeout", "a number from 0.01 to 86400", {"0", "0.009", "86401", "never"}},
        {"answer_timeout", "a number from 0.01 to 86400", {"0", "86401", "1 min"}},
        {"connect_timeout", "a number from 0.01 to 3600", {"0", "3601", ""}},
        {"lockout_guard", "a whole number from 0 to 86400", {"-1", "86401", "0.5", "off"}},
        {"stale_catalog", "error or warn", {"", "Error", "warning", "true"}},
        {"guest", "true, false, 1 or 0", {"", "yes", "no", "2", "true ", "on"}},
        {"session_cache", "true, false, 1 or 0", {"", "y"}},
        {"durable", "true, false, 1 or 0", {"", "-1"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
        for (guint j = 0; cases[i].texts[j] != NULL; j++) {
            const char *text = cases[i].texts[j];
            g_autoptr (GError) error = NULL;
            g_test_message ("%s='%s'", cases[i].name, text);
            g_assert_null (read_one (cases[i].name, text, &error));
            g_assert_error (error, XN_ERROR, XN_ERROR_USAGE);
            g_autofree char *wanted =
                g_strdup_printf ("setting %s: '%s' is not %s", cases[i].name, text, cases[i].allowed);
            g_assert_cmpstr (error->message, ==, wanted);
        }
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/settings/defaults", test_defaults);
    g_test_add_func ("/settings/table", test_table);
    g_test_add_func ("/settings/strings", test_strings);
    g_test_add_func ("/settings/taken", test_taken);
    g_test_add_func ("/settings/refused", test_refused);
    return g_test_run ();
}
