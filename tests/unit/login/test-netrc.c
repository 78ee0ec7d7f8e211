/* SPDX-License-Identifier: Apache-2.0 */
/* netrc: each case in which its readers differ, the choice of an entry, and files that are refused. */
#include "base/error.h"
#include "login/netrc.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a text holds for host h, port 443, as LOGIN/PASSWORD; "-" for nothing. */
typedef struct {
    const char *name, *text, *wanted;
} Row;

static const Row ROWS[] = {
    {"plain", "machine h login l password p\n", "l/p"},
    {"lines", "machine h\n  login l\n\tpassword p\n", "l/p"},
    {"no final newline", "machine h login l password p", "l/p"},
    {"crlf", "machine h\r\nlogin l\r\npassword p\r\n", "l/p"},
    {"password first", "machine h password p login l", "l/p"},
    {"host and port", "machine h login a password 1\nmachine h:443 login b password 2\n", "b/2"},
    {"another port", "machine h:8443 login b password 2\nmachine h login a password 1\n", "a/1"},
    {"case of host", "machine H login l password p", "l/p"},
    {"first wins", "machine h login a password 1\nmachine h login b password 2\n", "a/1"},
    {"default last", "default login d password 0\nmachine h login l password p\n", "l/p"},
    {"default used", "machine x login l password p\ndefault login d password 0\n", "d/0"},
    {"default without login", "default password 0\n", "(null)/0"},
    {"quotes", "machine h login \"a b\" password \"c d\"", "a b/c d"},
    {"quote in quotes", "machine h login l password \"a\\\"b\"", "l/a\"b"},
    {"newline in quotes", "machine h login l password \"a\\nb\"", "l/a\nb"},
    {"backslash in quotes", "machine h login l password \"a\\\\b\"", "l/a\\b"},
    {"backslash", "machine h login l password a\\b", "l/a\\b"},
    {"hash first", "machine h login l password #p1\n", "l/#p1"},
    {"hash inside", "machine h login l password a#b", "l/a#b"},
    {"colon", "machine h login l password p:q", "l/p:q"},
    {"utf-8", "machine h login l password p\xc3\xa4", "l/p\xc3\xa4"},
    {"comment line", "# machine h login x password y\nmachine h login l password p", "l/p"},
    {"comment tail", "machine h login l password p # login x\n", "l/p"},
    {"macdef", "macdef m\nmachine h login x password y\n\nmachine h login l password p\n", "l/p"},
    {"macdef crlf", "macdef m\r\nmachine h login x\r\n\r\nmachine h login l password p\r\n", "l/p"},
    {"account", "machine h account x login l password p", "l/p"},
    {"user", "machine h user l password p", "l/p"},
    {"port word", "machine h port 1 login l password p", "l/p"},
    {"capitals", "MACHINE h LOGIN l PASSWORD p", "l/p"},
    {"byte order mark", "\xef\xbb\xbfmachine h login l password p", "l/p"},
    {"keyword as password", "machine h login l password machine", "l/machine"},
    {"nothing", "", "-"},
    {"cut", "machine h login", "(null)/(null)"},
    {"before any machine", "login x password y\nmachine h login l password p", "l/p"},
};

static void
test_row (gconstpointer data)
{
    const Row *row = (const Row *)data;
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (row->text, strlen (row->text));
    const XnNetrcEntry *entry = xn_netrc_find (netrc, "h", 443, NULL);
    g_autofree char *found = entry == NULL ? g_strdup ("-")
                                           : g_strdup_printf ("%s/%s", entry->login != NULL ? entry->login : "(null)",
                                                              entry->password != NULL ? entry->password : "(null)");
    g_assert_cmpstr (found, ==, row->wanted);
}

static void
test_by_login (void)
{
    const char *text = "machine h:80 login a password 1\nmachine h login b password 2\nmachine h login c password 3\n"
                       "default login d password 4\n";
    const struct {
        const char *login, *password;
    } rows[] = {{NULL, "1"}, {"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", NULL}};
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (text, strlen (text));
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        const XnNetrcEntry *entry = xn_netrc_find (netrc, "h", 80, rows[i].login);
        g_assert_cmpstr (entry != NULL ? entry->password : NULL, ==, rows[i].password);
    }
}

static void
test_ipv6 (void)
{
    const char *text = "machine [::1]:8080 login a password 1\nmachine ::1 login b password 2\n";
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (text, strlen (text));
    g_assert_cmpstr (xn_netrc_find (netrc, "::1", 8080, NULL)->login, ==, "a");
    g_assert_cmpstr (xn_netrc_find (netrc, "::1", 80, NULL)->login, ==, "b");
}

/* Where an entry begins, whatever stands before it. */
static void
test_lines (void)
{
    const char *text = "# mine\r\nmachine a login l password \"two\nlines\"\n\nmacdef m\ninit\n\nmachine\n  b login l\n"
                       "default login d";
    const guint wanted[] = {2, 8, 10};
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (text, strlen (text));
    g_assert_cmpuint (netrc->entries->len, ==, G_N_ELEMENTS (wanted));
    for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
        g_assert_cmpuint (((const XnNetrcEntry *)netrc->entries->pdata[i])->line, ==, wanted[i]);
}

/* A login that is asked for is looked for in all entries before one that names none. */
static void
test_exact_login_first (void)
{
    const char *text = "machine h:80 password any\nmachine h password 0\nmachine h login bob password 1\n"
                       "default login eve password 2\n";
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (text, strlen (text));
    g_assert_cmpstr (xn_netrc_find (netrc, "h", 80, "bob")->password, ==, "1");
    g_assert_cmpstr (xn_netrc_find (netrc, "h", 80, "eve")->password, ==, "2");
    g_assert_cmpstr (xn_netrc_find (netrc, "h", 80, "carol")->password, ==, "any");
    g_assert_cmpstr (xn_netrc_find (netrc, "h", 81, "carol")->password, ==, "0");
    g_assert_cmpstr (xn_netrc_find (netrc, "h", 80, NULL)->password, ==, "any");
    g_assert_null (xn_netrc_find (netrc, "other", 80, "carol"));
}

static void
test_warnings (void)
{
    const char *text = "machine h login l password two words\nmachine i login l password p";
    g_autoptr (XnNetrc) netrc = xn_netrc_parse (text, strlen (text));
    g_assert_cmpuint (netrc->warnings->len, ==, 1);
    const char *warning = (const char *)netrc->warnings->pdata[0];
    g_assert_nonnull (strstr (warning, "line 1"));
    /* It may be half of a password. */
    g_assert_null (strstr (warning, "two"));
    g_assert_null (strstr (warning, "words'"));
}

static char *
write_file (const char *directory, const char *text, guint mode)
{
    char *path = g_build_filename (directory, "netrc", NULL);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
    g_assert_cmpint (g_chmod (path, (int)mode), ==, 0);
    return path;
}

static void
test_files (void)
{
    const guint bad_modes[] = {0640, 0604, 0660, 0620, 0644, 0601};
    g_autofree char *directory = g_dir_make_tmp ("xn-netrc-XXXXXX", NULL);
    gboolean missing;
    for (guint i = 0; i < G_N_ELEMENTS (bad_modes); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *path = write_file (directory, "machine h login l password secret", bad_modes[i]);
        g_assert_null (xn_netrc_load (path, &missing, &error));
        g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
        g_autofree char *command = g_strdup_printf ("chmod 600 %s", path);
        g_assert_nonnull (strstr (error->message, command));
        g_assert_null (strstr (error->message, "secret"));
    }
    g_autoptr (GError) error = NULL;
    g_autofree char *path = write_file (directory, "machine h login l password p", 0600);
    g_autoptr (XnNetrc) netrc = xn_netrc_load (path, &missing, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (netrc->entries->len, ==, 1);
    g_assert_null (xn_netrc_load (directory, &missing, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
    g_clear_error (&error);
    g_unlink (path);
    g_assert_null (xn_netrc_load (path, &missing, &error));
    g_assert_no_error (error);
    g_assert_true (missing);
    g_autoptr (XnNetrc) empty = xn_netrc_load ("/dev/null", &missing, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (empty->entries->len, ==, 0);
    g_rmdir (directory);
}

static void
test_foreign_owner (void)
{
    if (geteuid () != 0) {
        g_test_message ("another user's file can only be made by root");
        /* What an ordinary user can have: a file of root's. */
        g_autoptr (GError) error = NULL;
        gboolean missing;
        g_assert_null (xn_netrc_load ("/etc/passwd", &missing, &error));
        g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
        g_assert_nonnull (strstr (error->message, "belongs to another user"));
        return;
    }
    g_autofree char *directory = g_dir_make_tmp ("xn-netrc-XXXXXX", NULL);
    g_autofree char *path = write_file (directory, "machine h login l password p", 0600);
    g_autoptr (GError) error = NULL;
    gboolean missing;
    g_assert_cmpint (chown (path, 12345, 12345), ==, 0);
    g_assert_null (xn_netrc_load (path, &missing, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
    g_assert_nonnull (strstr (error->message, "belongs to another user"));
    g_unlink (path);
    g_rmdir (directory);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++) {
        g_autofree char *path = g_strdup_printf ("/netrc/row/%s", ROWS[i].name);
        g_test_add_data_func (path, &ROWS[i], test_row);
    }
    g_test_add_func ("/netrc/by-login", test_by_login);
    g_test_add_func ("/netrc/ipv6", test_ipv6);
    g_test_add_func ("/netrc/lines", test_lines);
    g_test_add_func ("/netrc/exact-login-first", test_exact_login_first);
    g_test_add_func ("/netrc/warnings", test_warnings);
    g_test_add_func ("/netrc/files", test_files);
    g_test_add_func ("/netrc/foreign-owner", test_foreign_owner);
    return g_test_run ();
}
