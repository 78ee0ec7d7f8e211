/* SPDX-License-Identifier: Apache-2.0 */
/* The order of credentials and their messages; the shared memory of refused logins; the shared session. */
#include "../rounds.h"
#include "base/error.h"
#include "login/credentials.h"
#include "login/lockout-guard.h"
#include "login/private-file.h"
#include "login/session-cache.h"

#include <glib/gstdio.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *directory;

/* The environment of a test: name, value, ..., NULL. */
static const char *const *environment;

static const char *
get_env (const char *name)
{
    for (guint i = 0; environment[i] != NULL; i += 2) {
        if (g_str_equal (environment[i], name))
            return environment[i + 1];
    }
    return NULL;
}

typedef struct {
    const char *name;
    const char *host, *user, *pass; /* XNAT_HOST, ... */
    const char *netrc;              /* text of the file; NULL: no file */
    const char *login;              /* of the URL */
    gboolean guest;
    const char *wanted; /* LOGIN/PASSWORD, or part of the error */
} Row;

static const char ENTRY[] = "machine xnat.org login n password np";

static const Row ROWS[] = {
    {"environment first", "https://xnat.org/x", "u", "p", ENTRY, NULL, FALSE, "u/p"},
    {"slash and port", "https://XNAT.org:443/x/", "u", "p", ENTRY, NULL, FALSE, "u/p"},
    {"other scheme", "http://xnat.org/x", "u", "p", ENTRY, NULL, FALSE, "n/np"},
    {"other port", "https://xnat.org:8443/x", "u", "p", ENTRY, NULL, FALSE, "n/np"},
    {"other prefix", "https://xnat.org", "u", "p", ENTRY, NULL, FALSE, "n/np"},
    {"other host", "https://other.org/x", "u", "p", ENTRY, NULL, FALSE, "n/np"},
    {"no host", NULL, "u", "p", ENTRY, NULL, FALSE, "n/np"},
    {"host without user", "https://xnat.org/x", NULL, "p", ENTRY, NULL, FALSE, "n/np"},
    {"login of the URL", "https://xnat.org/x", "u", "p", ENTRY, "n", FALSE, "n/np"},
    {"login of both", "https://xnat.org/x", "n", "p", ENTRY, "n", FALSE, "n/p"},
    {"entry without login", NULL, NULL, NULL, "machine xnat.org password q", "n", FALSE, "n/q"},
    {"guest with credentials", NULL, NULL, NULL, ENTRY, NULL, TRUE, "n/np"},
    {"guest", NULL, NULL, NULL, "machine other login n password np", NULL, TRUE, "(null)/(null)"},
    {"guest without file", NULL, NULL, NULL, NULL, NULL, TRUE, "(null)/(null)"},
    {"nothing", NULL, NULL, NULL, "machine other login n password np", NULL, FALSE, "has no entry for xnat.org"},
    {"no such login", NULL, NULL, NULL, ENTRY, "m", FALSE, "has no entry for xnat.org with login m"},
    {"no file", NULL, NULL, NULL, NULL, NULL, FALSE, "there is no netrc file"},
    {"what to write", NULL, NULL, NULL, NULL, NULL, FALSE, "machine xnat.org login NAME password SECRET"},
    {"names the other host", "https://u:hidden@other.org/x", "u", "p", NULL, NULL, FALSE,
     "XNAT_HOST names another server (https://other.org:443;"},
    {"password in the path", "https://other.org/u:hidden@x", "u", "p", NULL, NULL, FALSE,
     "XNAT_HOST names another server (https://other.org:443;"},
    {"password in the host", "https://hidden%40other.org/", "u", "p", NULL, NULL, FALSE,
     "XNAT_HOST is no http or https URL"},
    {"password in the port", "https://u:hidden%40other.org/x", "u", "p", NULL, NULL, FALSE,
     "XNAT_HOST is no http or https URL"},
    {"no password", NULL, NULL, NULL, "machine xnat.org login n", NULL, FALSE, "has no password"},
    {"no login", NULL, NULL, NULL, "default password p", NULL, FALSE, "has no login"},
};

static void
test_row (gconstpointer data)
{
    const Row *row = (const Row *)data;
    g_autofree char *path = g_build_filename (directory, "netrc", NULL);
    const char *const variables[] = {"NETRC",
                                     path,
                                     row->host != NULL ? "XNAT_HOST" : "-",
                                     row->host,
                                     row->user != NULL ? "XNAT_USER" : "-",
                                     row->user,
                                     row->pass != NULL ? "XNAT_PASS" : "-",
                                     row->pass,
                                     NULL};
    g_autoptr (GError) error = NULL;
    g_autoptr (XnSettings) settings = xn_settings_new (NULL, NULL, NULL);
    XnServer server = {.scheme = (char *)"xnat+https",
                       .tls = TRUE,
                       .login = (char *)row->login,
                       .host = (char *)"xnat.org",
                       .port = 443,
                       .prefix = (char *)"/x",
                       .verify = TRUE};
    environment = variables;
    settings->guest = row->guest;
    g_unlink (path);
    if (row->netrc != NULL)
        g_assert_true (g_file_set_contents_full (path, row->netrc, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_autoptr (XnCredentials) credentials = xn_credentials_find (&server, &server, settings, get_env, &error);
    const gboolean nowhere = row->netrc == NULL && !row->guest && get_env ("XNAT_HOST") == NULL;
    g_assert_true (xn_credentials_may_exist (&server, settings, get_env, NULL) == !nowhere);
    g_unlink (path);
    if (credentials != NULL) {
        g_autofree char *found = g_strdup_printf ("%s/%s", credentials->login != NULL ? credentials->login : "(null)",
                                                  credentials->password != NULL ? credentials->password : "(null)");
        g_assert_cmpstr (found, ==, row->wanted);
        return;
    }
    g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
    g_assert_nonnull (strstr (error->message, row->wanted));
    g_assert_null (strstr (error->message, "hidden"));
    g_assert_null (strchr (error->message, '\n'));
}

static void
test_open_file (void)
{
    const char *const variables[] = {NULL};
    g_autofree char *path = g_build_filename (directory, "open", NULL);
    g_autoptr (XnSettings) settings = xn_settings_new (NULL, NULL, NULL);
    XnServer server = {.host = (char *)"h", .tls = TRUE, .port = 443, .prefix = (char *)""};
    g_autoptr (GError) error = NULL;
    environment = variables;
    settings->netrc = g_strdup (path);
    /* Not even a guest goes on past a file that others can read. */
    settings->guest = TRUE;
    g_assert_true (g_file_set_contents_full (path, ENTRY, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    g_assert_null (xn_credentials_find (&server, &server, settings, get_env, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
    g_assert_nonnull (strstr (error->message, "chmod 600"));
    g_assert_false (xn_credentials_may_exist (&server, settings, get_env, NULL));
    g_unlink (path);
}

static void
test_header (void)
{
    XnCredentials credentials = {.login = (char *)"bob", .password = (char *)"p:q", .source = (char *)"s"};
    g_autoptr (GError) error = NULL;
    g_autofree char *header = xn_credentials_header (&credentials, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (header, ==, "Authorization: Basic Ym9iOnA6cQ==");
    credentials.login = (char *)"a:b";
    g_assert_null (xn_credentials_header (&credentials, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
}

/* The one file in the directory: (transfer full). */
static char *
only_file (const char *suffix)
{
    g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
    const char *name = g_dir_read_name (dir);
    g_assert_nonnull (name);
    g_assert_true (g_str_has_suffix (name, suffix));
    g_assert_null (g_dir_read_name (dir));
    return g_build_filename (directory, name, NULL);
}

static gboolean
guard_allows (const XnCredentials *credentials, const char *base, gint64 guard_s, gint64 now_s)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnGuard) guard = xn_guard_new (directory, base, credentials, guard_s);
    const gboolean allowed = xn_guard_check (guard, now_s, &error);
    g_assert_cmpint (allowed, ==, error == NULL);
    if (error != NULL) {
        g_assert_true (xn_error_is (error, XN_ERROR_AUTH));
        g_assert_null (strstr (error->message, credentials->password));
        g_assert_nonnull (strstr (error->message, "lockout_guard=0"));
    }
    return allowed;
}

static void
refuse (const XnCredentials *credentials, const char *base, gint64 guard_s, gint64 now_s)
{
    g_autoptr (XnGuard) guard = xn_guard_new (directory, base, credentials, guard_s);
    xn_guard_refused (guard, now_s);
}

static void
accept (const XnCredentials *credentials, const char *base, gint64 guard_s, gint64 now_s)
{
    g_autoptr (XnGuard) guard = xn_guard_new (directory, base, credentials, guard_s);
    xn_guard_accepted (guard, now_s);
}

static void
test_guard (void)
{
    XnCredentials credentials = {.login = (char *)"bob", .password = (char *)"stale!", .source = (char *)"netrc"};
    XnCredentials changed = {.login = (char *)"bob", .password = (char *)"fresh!", .source = (char *)"netrc"};
    XnCredentials other = {.login = (char *)"eve", .password = (char *)"stale!", .source = (char *)"netrc"};
    const char *base = "https://h";
    const gint64 now = 1700000000;
    refuse (&credentials, base, 0, now);
    g_assert_true (guard_allows (&credentials, base, 300, now));
    refuse (&credentials, base, 300, now);
    g_assert_false (guard_allows (&credentials, base, 300, now));
    g_assert_false (guard_allows (&credentials, base, 300, now + 299));
    g_assert_true (guard_allows (&credentials, base, 300, now + 300));
    g_assert_true (guard_allows (&credentials, base, 300, now - 1));
    g_assert_true (guard_allows (&credentials, base, 0, now));
    g_assert_true (guard_allows (&credentials, "https://other", 300, now));
    g_assert_true (guard_allows (&changed, base, 300, now));
    g_assert_true (guard_allows (&other, base, 300, now));

    struct stat info;
    g_autofree char *path = only_file (".verdict");
    g_autofree char *text = NULL;
    g_assert_cmpint (stat (path, &info), ==, 0);
    g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_null (strstr (text, "stale!"));
    g_assert_nonnull (strstr (text, "https://h\nbob\n1700000000\n"));
    /* A file that others can write, or that is damaged, decides nothing. */
    g_chmod (path, 0666);
    g_assert_true (guard_allows (&credentials, base, 300, now));
    g_chmod (path, 0600);
    g_assert_false (guard_allows (&credentials, base, 300, now));
    g_assert_true (g_file_set_contents_full (path, "rubbish\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_true (guard_allows (&credentials, base, 300, now));
    refuse (&credentials, base, 300, now);
    accept (&credentials, base, 0, now);
    g_assert_true (guard_allows (&credentials, base, 300, now));
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static gboolean
stop_at_once (gpointer data)
{
    return *(gboolean *)data;
}

static void
test_session_cache (void)
{
    gboolean stop = FALSE;
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), stop_at_once, NULL, &stop);
    XnSessionCache *cache = xn_session_cache_lock (directory, "https://h", "bob", TRUE, op, &error);
    g_assert_no_error (error);
    g_assert_null (xn_session_cache_load (cache));
    g_autoptr (XnLogin) login = g_new0 (XnLogin, 1);
    login->cookies = xn_cookies_new (NULL);
    login->name = g_strdup ("Bob");
    login->session_cookie = g_strdup ("JSESSIONID");
    xn_cookies_set (login->cookies, "JSESSIONID", "ABC=");
    xn_cookies_set (login->cookies, "route", "n1");
    xn_session_cache_store (cache, login);

    struct stat info;
    g_autofree char *path = only_file (".session");
    g_assert_cmpint (stat (path, &info), ==, 0);
    g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
    /* The second one waits, and can be cancelled. */
    stop = TRUE;
    g_assert_null (xn_session_cache_lock (directory, "https://h", "bob", TRUE, op, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_CANCELLED));
    g_clear_error (&error);
    xn_session_cache_unlock (cache);

    stop = FALSE;
    g_autoptr (XnOp) later = xn_op_new (xn_settings_new (NULL, NULL, NULL), stop_at_once, NULL, &stop);
    cache = xn_session_cache_lock (directory, "https://h", "bob", TRUE, later, &error);
    g_assert_no_error (error);
    XnLogin *loaded = xn_session_cache_load (cache);
    g_assert_cmpstr (loaded->name, ==, "Bob");
    g_autofree char *header = xn_cookies_header (loaded->cookies);
    g_assert_cmpstr (header, ==, "Cookie: JSESSIONID=ABC=; route=n1");
    xn_login_free (loaded);
    xn_session_cache_unlock (cache);
    /* Another key is another file. */
    cache = xn_session_cache_lock (directory, "https://h", "bob", FALSE, later, &error);
    g_assert_null (xn_session_cache_load (cache));
    xn_session_cache_unlock (cache);

    g_chmod (path, 0644);
    g_assert_null (xn_session_cache_lock (directory, "https://h", "bob", TRUE, later, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_IO));
    g_unlink (path);
    g_autofree char *second = only_file (".session");
    g_unlink (second);
}

/* Half a file is worse than none, and the caller is told. */
static void
test_session_cache_full (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, NULL, NULL);
    g_autoptr (XnSessionCache) cache = xn_session_cache_lock (directory, "https://h", "bob", TRUE, op, &error);
    g_autoptr (XnLogin) login = g_new0 (XnLogin, 1);
    login->cookies = xn_cookies_new (NULL);
    login->name = g_strdup ("Bob");
    login->session_cookie = g_strdup ("JSESSIONID");
    xn_cookies_set (login->cookies, "JSESSIONID", "ABC");
    g_assert_true (xn_session_cache_store (cache, login));
    struct rlimit usual, tight;
    g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &usual), ==, 0);
    tight = usual;
    tight.rlim_cur = 20;
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
    const gboolean stored = xn_session_cache_store (cache, login);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &usual), ==, 0);
    g_assert_false (stored);
    struct stat info;
    g_autofree char *path = only_file (".session");
    g_assert_cmpint (stat (path, &info), ==, 0);
    g_assert_cmpint (info.st_size, ==, 0);
    g_free (login->name);
    login->name = g_strdup ("Bob\n");
    g_assert_false (xn_session_cache_store (cache, login));
    g_unlink (path);
}

/* Who holds the file of the guard for long holds up nobody for long. */
static void
test_guard_locked (void)
{
    XnCredentials credentials = {.login = (char *)"bob", .password = (char *)"stale!", .source = (char *)"netrc"};
    const gint64 now = 1700000000;
    refuse (&credentials, "https://h", 300, now);
    g_assert_false (guard_allows (&credentials, "https://h", 300, now));
    g_autofree char *path = only_file (".verdict");
    const int fd = open (path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
    const gint64 begin = g_get_monotonic_time ();
    g_assert_true (guard_allows (&credentials, "https://h", 300, now));
    refuse (&credentials, "https://h", 300, now);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, time_limit (10 * G_USEC_PER_SEC));
    close (fd);
    g_assert_false (guard_allows (&credentials, "https://h", 300, now));
    g_unlink (path);
}

/* What the holder of a turn does while another one waits, and when. */
typedef struct {
    XnGuard *holder;
    guint looks;  /* of the waiting operation */
    guint act_at; /* look */
    enum { ACT_ACCEPTED, ACT_REFUSED, ACT_LEAVE, ACT_STOP, ACT_NOTHING } act;
} Wait;

static gboolean
act (gpointer data)
{
    Wait *wait = (Wait *)data;
    if (++wait->looks != wait->act_at)
        return FALSE;
    const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
    if (wait->act == ACT_ACCEPTED)
        xn_guard_accepted (wait->holder, now_s);
    if (wait->act == ACT_REFUSED)
        xn_guard_refused (wait->holder, now_s);
    if (wait->act == ACT_LEAVE)
        g_clear_pointer (&wait->holder, xn_guard_free);
    return wait->act == ACT_STOP;
}

static const char *
patience (gpointer data, const char *name)
{
    return g_str_equal (name, "answer_timeout") ? (const char *)data : NULL;
}

/* Two logins at once: the second one waits so many seconds for what becomes of the first. (transfer full) its guard */
static XnGuard *
wait_while (const XnCredentials *first, const XnCredentials *second, const char *seconds, Wait *wait, GError **error)
{
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, NULL, NULL);
    g_autoptr (XnOp) waiting = xn_op_new (xn_settings_new (patience, (gpointer)seconds, NULL), act, NULL, wait);
    wait->holder = xn_guard_new (directory, "https://h", first, 300);
    g_assert_true (xn_guard_enter (wait->holder, op, NULL));
    XnGuard *guard = xn_guard_new (directory, "https://h", second, 300);
    const gboolean entered = xn_guard_enter (guard, waiting, error);
    g_assert_cmpint (entered, ==, error == NULL || *error == NULL);
    g_clear_pointer (&wait->holder, xn_guard_free);
    return guard;
}

static char *
verdict (const XnCredentials *credentials)
{
    g_autofree char *key = g_strdup_printf ("https://h\n%s", credentials->login);
    return xn_private_path (directory, key, "verdict");
}

static void
test_guard_turn (void)
{
    XnCredentials credentials = {.login = (char *)"bob", .password = (char *)"stale!", .source = (char *)"netrc"};
    XnCredentials changed = {.login = (char *)"bob", .password = (char *)"fresh!", .source = (char *)"netrc"};
    const struct {
        const XnCredentials *second;
        guint act_at, act;
        gboolean to_the_end; /* what is done while the second one waits is no reason to wait no longer */
        XnErrorKind error;   /* or 0 */
        gboolean noted;      /* there is a verdict in the end */
    } rows[] = {
        {&credentials, 3, ACT_ACCEPTED, FALSE, 0, TRUE},
        {&credentials, 3, ACT_REFUSED, FALSE, XN_ERROR_AUTH, TRUE},
        {&credentials, 3, ACT_LEAVE, FALSE, 0, FALSE},
        {&credentials, 3, ACT_STOP, FALSE, XN_ERROR_CANCELLED, FALSE},
        /* What was said about another password decides nothing: it is waited as long as that makes sense. */
        {&changed, 1, ACT_ACCEPTED, TRUE, 0, TRUE},
        {&changed, 1, ACT_REFUSED, TRUE, 0, TRUE},
        {&credentials, 1, ACT_NOTHING, TRUE, 0, FALSE},
    };
    g_autofree char *path = verdict (&credentials);
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GError) error = NULL;
        Wait wait = {.act_at = rows[i].act_at, .act = rows[i].act};
        const gint64 begin = g_get_monotonic_time ();
        g_autoptr (XnGuard) guard =
            wait_while (&credentials, rows[i].second, rows[i].to_the_end ? "1" : "100", &wait, &error);
        const gint64 waited = g_get_monotonic_time () - begin;
        g_assert_cmpint (waited >= (rows[i].to_the_end ? 1 : 100) * G_USEC_PER_SEC, ==, rows[i].to_the_end);
        g_assert_cmpuint (wait.looks, >=, rows[i].act_at);
        if (rows[i].error != 0)
            g_assert_true (xn_error_is (error, rows[i].error));
        else
            g_assert_no_error (error);
        g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, rows[i].noted);
        g_unlink (path);
    }
    g_autofree char *turn = only_file (".turn");
    g_unlink (turn);
}

/* Who logs in alone computes and leaves nothing; who was accepted is not waited for again. */
static void
test_guard_accepted (void)
{
    XnCredentials credentials = {.login = (char *)"bob", .password = (char *)"stale!", .source = (char *)"netrc"};
    g_autofree char *path = verdict (&credentials);
    g_autoptr (XnOp) op = xn_op_new (xn_settings_new (NULL, NULL, NULL), NULL, NULL, NULL);
    XnGuard *alone = xn_guard_new (directory, "https://h", &credentials, 300);
    g_assert_true (xn_guard_enter (alone, op, NULL));
    xn_guard_accepted (alone, g_get_real_time () / G_USEC_PER_SEC);
    xn_guard_free (alone);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

    Wait wait = {.act_at = 2, .act = ACT_ACCEPTED};
    xn_guard_free (wait_while (&credentials, &credentials, "100", &wait, NULL));
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_null (strstr (text, credentials.password));
    Wait later = {.act_at = 1, .act = ACT_STOP};
    g_autoptr (GError) error = NULL;
    xn_guard_free (wait_while (&credentials, &credentials, "100", &later, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (later.looks, ==, 0);
    /* It stays for others, but not for long. */
    accept (&credentials, "https://h", 300, 0);
    g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    g_free (lines[3]);
    lines[3] = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time () / G_USEC_PER_SEC - 600);
    g_autofree char *old = g_strjoinv ("\n", lines);
    g_assert_true (g_file_set_contents_full (path, old, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    xn_guard_free (wait_while (&credentials, &credentials, "100", &later, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_CANCELLED));
    g_unlink (path);
    g_autofree char *turn = only_file (".turn");
    g_unlink (turn);
}

/* The place does not depend on how a process was started. */
static void
test_place (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *wanted = g_strdup_printf ("/tmp/xnatstorage-%u", (guint)geteuid ());
    g_autofree char *chosen = g_strdup (g_getenv ("XNATSTORAGE_STATE_DIR"));
    const char *const runtimes[] = {"", directory, "/nonexistent"};
    g_unsetenv ("XNATSTORAGE_STATE_DIR");
    for (guint i = 0; i < G_N_ELEMENTS (runtimes); i++) {
        g_setenv ("XDG_RUNTIME_DIR", runtimes[i], TRUE);
        g_autofree char *found = xn_private_directory (TRUE, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (found, ==, wanted);
    }
    g_setenv ("XNATSTORAGE_STATE_DIR", chosen, TRUE);
}

static void
test_private_directory (void)
{
    g_autoptr (GError) error = NULL;
    const char *chosen = g_getenv ("XNATSTORAGE_STATE_DIR");
    g_assert_null (xn_private_directory (FALSE, &error));
    g_assert_no_error (error);
    g_autofree char *made = xn_private_directory (TRUE, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (made, ==, chosen);
    struct stat info;
    g_assert_cmpint (stat (made, &info), ==, 0);
    g_assert_cmpuint (info.st_mode & 07777, ==, 0700);
    /* One that others can enter is not used, nor is a link to a good one. */
    g_chmod (made, 0755);
    g_assert_null (xn_private_directory (TRUE, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_IO));
    g_clear_error (&error);
    g_rmdir (made);
    g_assert_cmpint (symlink (directory, chosen), ==, 0);
    g_assert_null (xn_private_directory (TRUE, &error));
    g_assert_true (xn_error_is (error, XN_ERROR_IO));
    g_unlink (chosen);
}

int
main (int argc, char **argv)
{
    g_autofree char *scratch = g_dir_make_tmp ("xn-credentials-XXXXXX", NULL);
    g_autofree char *state = g_build_filename (scratch, "state", NULL);
    directory = g_build_filename (scratch, "run", NULL);
    g_mkdir (directory, 0700);
    g_setenv ("XNATSTORAGE_STATE_DIR", state, TRUE);
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++) {
        g_autofree char *path = g_strdup_printf ("/credentials/row/%s", ROWS[i].name);
        g_test_add_data_func (path, &ROWS[i], test_row);
    }
    g_test_add_func ("/credentials/open-file", test_open_file);
    g_test_add_func ("/credentials/header", test_header);
    g_test_add_func ("/guard/memory", test_guard);
    g_test_add_func ("/session-cache/lock", test_session_cache);
    g_test_add_func ("/session-cache/full", test_session_cache_full);
    g_test_add_func ("/guard/locked", test_guard_locked);
    g_test_add_func ("/guard/turn", test_guard_turn);
    g_test_add_func ("/guard/accepted", test_guard_accepted);
    g_test_add_func ("/private-directory/place", test_place);
    g_test_add_func ("/private-directory/own", test_private_directory);
    const int result = g_test_run ();
    g_rmdir (directory);
    g_rmdir (scratch);
    return result;
}
