/* SPDX-License-Identifier: Apache-2.0 */
/* One file per server and login. */
#include "server/lockout-guard.h"

#include "base/error.h"
#include "base/log.h"
#include "server/cookies.h"
#include "server/private-file.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FORMAT "xnatstorage-refused-1"
#define ROUNDS 100000
#define SALT_SIZE 16

/* The lines of a file. */
enum { LINE_FORMAT, LINE_SERVER, LINE_LOGIN, LINE_TIME, LINE_SALT, LINE_DIGEST, N_LINES };

static char *
path_of (const char *directory, const char *base, const XnCredentials *credentials)
{
    g_autofree char *key = g_strdup_printf ("%s\n%s", base, credentials->login);
    return xn_private_path (directory, key, "refused");
}

/* What makes a guess at a password from the file expensive: (transfer full). */
static char *
slow_digest (const char *salt, const char *password)
{
    guint8 digest[32];
    gsize size = sizeof digest;
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_checksum_update (sum, (const guchar *)salt, -1);
    g_checksum_update (sum, (const guchar *)password, -1);
    g_checksum_get_digest (sum, digest, &size);
    for (guint i = 0; i < ROUNDS; i++) {
        g_checksum_reset (sum);
        g_checksum_update (sum, digest, (gssize)size);
        g_checksum_update (sum, (const guchar *)salt, -1);
        g_checksum_update (sum, (const guchar *)password, -1);
        g_checksum_get_digest (sum, digest, &size);
    }
    char *text = g_strdup (g_checksum_get_string (sum));
    g_checksum_free (sum);
    return text;
}

static char *
clock_text (gint64 time_s)
{
    g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_s);
    return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

static char **
read_lines (const char *path)
{
    const int fd = xn_private_open (path, FALSE, NULL);
    if (fd < 0)
        return NULL;
    /* Locks last for the moment of writing only; who holds one for longer is no reason to wait. */
    g_autoptr (XnSecret) text = xn_private_lock (fd, FALSE) ? xn_private_read (fd) : NULL;
    close (fd);
    char **lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
    if (lines != NULL && g_strv_length (lines) >= N_LINES && g_str_equal (lines[LINE_FORMAT], FORMAT))
        return lines;
    g_strfreev (lines);
    return NULL;
}

gboolean
xn_guard_check (const char *directory, const char *base, const XnCredentials *credentials, gint64 guard_s, gint64 now_s,
                GError **error)
{
    if (guard_s <= 0)
        return TRUE;
    g_autofree char *path = path_of (directory, base, credentials);
    g_auto (GStrv) lines = read_lines (path);
    if (lines == NULL || !g_str_equal (lines[LINE_SERVER], base) ||
        !g_str_equal (lines[LINE_LOGIN], credentials->login))
        return TRUE;
    const gint64 since = g_ascii_strtoll (lines[LINE_TIME], NULL, 10);
    /* A time ahead of the clock is no reason to refuse for ever. */
    if (since > now_s || now_s - since >= guard_s)
        return TRUE;
    g_autofree char *digest = slow_digest (lines[LINE_SALT], credentials->password);
    if (!g_str_equal (digest, lines[LINE_DIGEST]))
        return TRUE;
    g_autofree char *from = clock_text (since);
    g_autofree char *until = clock_text (since + guard_s);
    xn_error_set (
        error, XN_ERROR_AUTH,
        "%s refused the login %s at %s, and the same credentials (%s) are not sent again until %s, as that may "
        "lock the account: correct them, or set lockout_guard=0 to try now",
        base, credentials->login, from, credentials->source, until);
    return FALSE;
}

/* (transfer full) NULL if the system has no randomness. */
static char *
random_salt (void)
{
    guint8 bytes[SALT_SIZE];
    if (getrandom (bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return NULL;
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < SALT_SIZE; i++)
        g_string_append_printf (text, "%02x", bytes[i]);
    return g_string_free (text, FALSE);
}

void
xn_guard_remember (const char *directory, const char *base, const XnCredentials *credentials, gint64 now_s)
{
    /* Nothing that could not be read back is written. */
    if (strchr (credentials->login, '\n') != NULL)
        return;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = path_of (directory, base, credentials);
    g_autofree char *salt = random_salt ();
    if (salt == NULL)
        return;
    g_autofree char *digest = slow_digest (salt, credentials->password);
    g_autofree char *text = g_strdup_printf ("%s\n%s\n%s\n%" G_GINT64_FORMAT "\n%s\n%s\n", FORMAT, base,
                                             credentials->login, now_s, salt, digest);
    const int fd = xn_private_open (path, TRUE, &error);
    if (fd < 0) {
        xn_log (XN_LOG_WARNING, "cannot remember the refused login for other processes: %s", error->message);
        return;
    }
    if (!xn_private_lock (fd, TRUE) || !xn_private_write (fd, text))
        xn_log (XN_LOG_WARNING, "cannot remember the refused login for other processes: cannot lock or write %s", path);
    close (fd);
}

void
xn_guard_forget (const char *directory, const char *base, const XnCredentials *credentials)
{
    g_autofree char *path = path_of (directory, base, credentials);
    unlink (path);
}
