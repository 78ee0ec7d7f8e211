/* SPDX-License-Identifier: Apache-2.0 */
/* Two files per server and login: what the server last said about the login, and the turn, which is locked by who logs
 * in and holds a byte when somebody has been waiting. */
#include "login/lockout-guard.h"

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "local/output.h"
#include "login/private-file.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFUSED "xnatstorage-refused-1"
#define ACCEPTED "xnatstorage-accepted-1"
#define ROUNDS 100000
#define SALT_SIZE 16
/* How long an accepted login lets others log in at the same time: the password may change on the server. */
#define ACCEPTED_S 180
/* How long a turn is waited for: a server that is down must not keep a process for as many tries as others wait. */
#define TURN_PATIENCE_MS (120 * 1000)

/* The lines of a verdict. */
enum { LINE_FORMAT, LINE_SERVER, LINE_LOGIN, LINE_TIME, LINE_SALT, LINE_DIGEST, N_LINES };

struct XnGuard {
    const char *base;
    const XnCredentials *credentials;
    gint64 guard_s;
    char *verdict_path, *turn_path; /* (owned) */
    int turn;                       /* locked; -1: none */
    gboolean late;                  /* goes on without the turn, after a long wait for it */
    char *salt, *digest;            /* (owned) (nullable) the last ones that were computed: it takes long */
};

XnGuard *
xn_guard_new (const char *directory, const char *base, const XnCredentials *credentials, gint64 guard_s)
{
    g_autofree char *key = g_strdup_printf ("%s\n%s", base, credentials->login);
    XnGuard *guard = g_new0 (XnGuard, 1);
    guard->base = base;
    guard->credentials = credentials;
    guard->guard_s = guard_s;
    guard->verdict_path = xn_private_path (directory, key, "verdict");
    guard->turn_path = xn_private_path (directory, key, "turn");
    guard->turn = -1;
    return guard;
}

void
xn_guard_free (XnGuard *guard)
{
    if (guard == NULL)
        return;
    if (guard->turn >= 0) {
        /* A child that was forked meanwhile has the file open, too. */
        flock (guard->turn, LOCK_UN);
        close (guard->turn);
    }
    g_free (guard->verdict_path);
    g_free (guard->turn_path);
    g_free (guard->salt);
    g_free (guard->digest);
    g_free (guard);
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

/* The verdict on the login, whatever its password: (transfer full), or NULL. */
static char **
read_verdict (const XnGuard *guard)
{
    const int fd = xn_private_open (guard->verdict_path, FALSE, NULL);
    if (fd < 0)
        return NULL;
    /* Locks last for the moment of writing only; who holds one for longer is no reason to wait. */
    g_autoptr (XnSecret) text = xn_private_lock (fd, FALSE) ? xn_private_read (fd) : NULL;
    close (fd);
    char **lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
    if (lines != NULL && g_strv_length (lines) >= N_LINES && g_str_equal (lines[LINE_SERVER], guard->base) &&
        g_str_equal (lines[LINE_LOGIN], guard->credentials->login))
        return lines;
    g_strfreev (lines);
    return NULL;
}

/* Whether the verdict is of this format, less than @limit_s old, and on these very credentials. */
static gboolean
verdict_is (XnGuard *guard, char **lines, const char *format, gint64 limit_s, gint64 now_s)
{
    if (lines == NULL || !g_str_equal (lines[LINE_FORMAT], format))
        return FALSE;
    const gint64 since = g_ascii_strtoll (lines[LINE_TIME], NULL, 10);
    /* A time ahead of the clock is no reason to believe it for ever. */
    if (since > now_s || now_s - since >= limit_s)
        return FALSE;
    if (g_strcmp0 (guard->salt, lines[LINE_SALT]) != 0) {
        g_free (guard->salt);
        g_free (guard->digest);
        guard->salt = g_strdup (lines[LINE_SALT]);
        guard->digest = slow_digest (guard->salt, guard->credentials->password);
    }
    return g_str_equal (guard->digest, lines[LINE_DIGEST]);
}

/* As xn_guard_check(), of a verdict that was read. @lines: (nullable) */
static gboolean
check_verdict (XnGuard *guard, char **lines, gint64 now_s, GError **error)
{
    if (!verdict_is (guard, lines, REFUSED, guard->guard_s, now_s))
        return TRUE;
    const gint64 since = g_ascii_strtoll (lines[LINE_TIME], NULL, 10);
    g_autofree char *from = clock_text (since);
    g_autofree char *until = clock_text (since + guard->guard_s);
    xn_error_set (
        error, XN_ERROR_AUTH,
        "%s refused the login %s at %s, and the same credentials (%s) are not sent again until %s, as that may "
        "lock the account: correct them, or set lockout_guard=0 to try now",
        guard->base, guard->credentials->login, from, guard->credentials->source, until);
    return FALSE;
}

gboolean
xn_guard_check (XnGuard *guard, gint64 now_s, GError **error)
{
    g_auto (GStrv) lines = read_verdict (guard);
    return check_verdict (guard, lines, now_s, error);
}

/* Whether the turn, whose file is open as @fd, was taken. */
static gboolean
take_turn (XnGuard *guard, int fd)
{
    if (flock (fd, LOCK_EX | LOCK_NB) != 0)
        return FALSE;
    guard->turn = fd;
    return TRUE;
}

/* Waits for the turn, whose file is open as @fd, as long as that makes sense. FALSE with an error: the operation should
 * stop, or the login was refused meanwhile. */
static gboolean
wait_for_turn (XnGuard *guard, int fd, XnOp *op, GError **error)
{
    const gint64 patience_ms = MIN (xn_op_settings (op)->answer_timeout_ms, TURN_PATIENCE_MS);
    const gint64 end_us = g_get_monotonic_time () + patience_ms * 1000;
    while (!take_turn (guard, fd)) {
        /* A file system without locks. */
        if (errno != EWOULDBLOCK && errno != EINTR)
            return TRUE;
        const gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
        g_auto (GStrv) lines = read_verdict (guard);
        if (!check_verdict (guard, lines, now_s, error))
            return FALSE;
        if (verdict_is (guard, lines, ACCEPTED, ACCEPTED_S, now_s))
            return TRUE;
        guard->late = g_get_monotonic_time () >= end_us;
        if (guard->late)
            return TRUE;
        /* Asks who has the turn to say that the login was accepted. Unheard, it costs time only. */
        if (xn_output_at (fd, "w", 1, 0) != 1)
            xn_log (XN_LOG_DEBUG, "cannot write %s", guard->turn_path);
        if (!xn_op_sleep (op, XN_OP_TICK_MS, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
xn_guard_enter (XnGuard *guard, XnOp *op, GError **error)
{
    g_autoptr (GError) own_error = NULL;
    if (guard->guard_s <= 0)
        return TRUE;
    const int fd = xn_private_open (guard->turn_path, TRUE, &own_error);
    if (fd < 0)
        xn_log (XN_LOG_INFO, "logins of several processes do not wait for each other: %s", own_error->message);
    const gboolean go_on = fd < 0 || wait_for_turn (guard, fd, op, error);
    if (fd >= 0 && guard->turn < 0)
        close (fd);
    if (!go_on)
        return FALSE;
    return xn_guard_check (guard, g_get_real_time () / G_USEC_PER_SEC, error);
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

/* Replaces the verdict. */
static void
write_verdict (const XnGuard *guard, const char *format, gint64 now_s)
{
    /* Nothing that could not be read back is written. */
    if (strchr (guard->credentials->login, '\n') != NULL)
        return;
    g_autoptr (GError) error = NULL;
    g_autofree char *salt = random_salt ();
    if (salt == NULL)
        return;
    g_autofree char *digest = slow_digest (salt, guard->credentials->password);
    g_autofree char *text = g_strdup_printf ("%s\n%s\n%s\n%" G_GINT64_FORMAT "\n%s\n%s\n", format, guard->base,
                                             guard->credentials->login, now_s, salt, digest);
    const int fd = xn_private_open (guard->verdict_path, TRUE, &error);
    if (fd < 0) {
        xn_log (XN_LOG_WARNING, "cannot tell other processes what came of a login: %s", error->message);
        return;
    }
    if (!xn_private_lock (fd, TRUE) || !xn_private_write (fd, text))
        xn_log (XN_LOG_WARNING, "cannot tell other processes what came of a login: cannot lock or write %s",
                guard->verdict_path);
    close (fd);
}

void
xn_guard_refused (XnGuard *guard, gint64 now_s)
{
    if (guard->guard_s > 0)
        write_verdict (guard, REFUSED, now_s);
}

/* Whether somebody has been waiting for the turn that this one has. */
static gboolean
is_waited_for (const XnGuard *guard)
{
    struct stat info;
    if (guard->turn < 0 || fstat (guard->turn, &info) != 0 || info.st_size == 0)
        return FALSE;
    /* Who waits goes on asking. */
    return ftruncate (guard->turn, 0) == 0;
}

void
xn_guard_accepted (XnGuard *guard, gint64 now_s)
{
    /* Only for those who want to know, as the digest takes long. */
    if (guard->late || is_waited_for (guard)) {
        write_verdict (guard, ACCEPTED, now_s);
        return;
    }
    g_auto (GStrv) lines = read_verdict (guard);
    if (lines == NULL || !g_str_equal (lines[LINE_FORMAT], ACCEPTED))
        unlink (guard->verdict_path);
}
