/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a destination. */
#include "local/lock.h"

#include "base/error.h"
#include "base/sync.h"
#include "local/dir.h"
#include "local/output.h"
#include "local/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct XnLock {
    int dir, file;
    char *name;
    char *key;         /* in the table */
    gboolean by_name;  /* no record lock: the file's existence counts */
    gint64 renewed_us; /* (atomic in effect: a lost update renews twice) */
};

/* The locks of this process: record locks do not exclude its own threads, and are lost when any descriptor of the file is
 * closed, so that a second opening must not even be tried. */
static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *table; /* a set of keys (owned) */

static void
table_lock (void)
{
    pthread_mutex_lock (&table_mutex);
}

static void
table_unlock (void)
{
    pthread_mutex_unlock (&table_mutex);
}

static void
table_begin (void)
{
    table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    pthread_atfork (table_lock, table_unlock, table_unlock); /* a child must not find it locked for ever */
}

/* With the process in it: what a parent holds is not held by the child, which is told so by the file. */
static char *
table_key (int dir, const char *name)
{
    struct stat status;
    if (fstat (dir, &status) != 0)
        return NULL;
    return g_strdup_printf ("%d %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s", (int)getpid (), (guint64)status.st_dev,
                            (guint64)status.st_ino, name);
}

static gboolean
table_add (const char *key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once (&once, table_begin);
    XN_LOCKED (&table_mutex);
    return g_hash_table_add (table, g_strdup (key));
}

static void
table_remove (const char *key)
{
    XN_LOCKED (&table_mutex);
    g_hash_table_remove (table, key);
}

static void
conflict (const char *shown, const XnOwner *owner, GError **error)
{
    if (owner == NULL)
        xn_error_set (error, XN_ERROR_CONFLICT, "%s is being written by another process; wait for it to end", shown);
    else
        xn_error_set (error, XN_ERROR_CONFLICT,
                      "%s is being written by process %d on host %s; wait for it to end or choose another destination",
                      shown, (int)owner->pid, owner->host);
}

static gboolean
read_owner (int file, XnOwner *owner)
{
    char text[512];
    const ssize_t got = pread (file, text, sizeof text - 1, 0);
    text[MAX (got, 0)] = '\0';
    return xn_owner_parse (text, owner);
}

static void
write_owner (XnLock *lock)
{
    XnOwner self;
    xn_owner_self (&self);
    g_autofree char *text = xn_owner_text (&self);
    /* On a full disk the lock stays without a name in it and still is one. */
    if (ftruncate (lock->file, 0) != 0 || xn_output_at (lock->file, text, strlen (text), 0) < 0)
        return;
}

/* Whether the open file is still the one that stands under the name: its last holder may just have removed it. */
static gboolean
is_current (int dir, const char *name, int file)
{
    struct stat opened, named;
    return fstat (file, &opened) == 0 && fstatat (dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

typedef enum { TRY_TAKEN, TRY_BUSY, TRY_AGAIN, TRY_UNSUPPORTED } Try;

static Try
try_record_lock (int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl (file, F_SETLK, &whole) == 0)
        return TRY_TAKEN;
    if (errno == EINTR)
        return TRY_AGAIN;
    return errno == EACCES || errno == EAGAIN ? TRY_BUSY : TRY_UNSUPPORTED;
}

/* Its holder may not have written its name yet. */
static Try
name_holder (XnLock *lock, const char *shown, GError **error)
{
    XnOwner owner;
    for (int i = 0; i < 50; i++) {
        if (!is_current (lock->dir, lock->name, lock->file))
            return TRY_AGAIN;
        if (read_owner (lock->file, &owner)) {
            conflict (shown, &owner, error);
            return TRY_BUSY;
        }
        g_usleep (10000);
    }
    conflict (shown, NULL, error);
    return TRY_BUSY;
}

static gboolean
is_stale (int file)
{
    struct stat status;
    XnOwner owner;
    if (fstat (file, &status) != 0)
        return FALSE;
    const gboolean old = status.st_mtime + XN_LOCK_STALE_S < time (NULL);
    if (!read_owner (file, &owner))
        return old;
    return xn_owner_is_here (&owner) ? !xn_owner_is_alive (&owner) : old;
}

/* Puts a stale lock file out of the way. Two processes may do that at once, and the slower one would take the quicker one's
 * new lock: hence by a name of its own, and back if it is another file than was looked at. */
static void
set_aside (XnLock *lock)
{
    g_autofree char *aside = g_strdup_printf (".xnatstorage-stale-%d-%d", (int)getpid (), lock->file);
    if (renameat (lock->dir, lock->name, lock->dir, aside) != 0)
        return;
    if (!is_current (lock->dir, aside, lock->file) && linkat (lock->dir, aside, lock->dir, lock->name, 0) != 0)
        return;
    unlinkat (lock->dir, aside, 0);
}

static Try
try_by_name (XnLock *lock, gboolean created, const char *shown, GError **error)
{
    if (created) {
        lock->by_name = TRUE;
        return TRY_TAKEN;
    }
    if (!is_stale (lock->file))
        return name_holder (lock, shown, error);
    set_aside (lock);
    return TRY_AGAIN;
}

static Try
try_take (XnLock *lock, const char *shown, GError **error)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    xn_fd_clear (&lock->file);
    lock->file = openat (lock->dir, lock->name, flags | O_CREAT | O_EXCL, 0666);
    const gboolean created = lock->file >= 0;
    if (!created && errno == EEXIST) {
        lock->file = openat (lock->dir, lock->name, flags);
        if (lock->file < 0 && errno == ENOENT)
            return TRY_AGAIN;
    }
    if (lock->file < 0) {
        xn_error_set_errno (error, errno, "cannot write beside %s (its lock %s)", shown, lock->name);
        return TRY_BUSY;
    }
    Try outcome = try_record_lock (lock->file);
    if (outcome == TRY_BUSY)
        outcome = name_holder (lock, shown, error);
    else if (outcome == TRY_UNSUPPORTED)
        outcome = try_by_name (lock, created, shown, error);
    if (outcome == TRY_TAKEN && !is_current (lock->dir, lock->name, lock->file))
        return TRY_AGAIN;
    return outcome;
}

static void
lock_free (XnLock *lock)
{
    xn_fd_clear (&lock->file);
    xn_fd_clear (&lock->dir);
    g_free (lock->name);
    g_free (lock->key);
    g_free (lock);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnLock, lock_free)

XnLock *
xn_lock_take (int dir, const char *name, const char *shown, GError **error)
{
    g_autoptr (XnLock) lock = g_new0 (XnLock, 1);
    lock->file = -1;
    lock->name = g_strdup (name);
    lock->dir = openat (dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    lock->key = lock->dir >= 0 ? table_key (lock->dir, name) : NULL;
    if (lock->key == NULL) {
        xn_error_set_errno (error, errno, "cannot open the directory of %s", shown);
        return NULL;
    }
    if (!table_add (lock->key)) {
        XnOwner self;
        xn_owner_self (&self);
        conflict (shown, &self, error);
        return NULL;
    }
    Try outcome = TRY_AGAIN;
    for (int i = 0; i < 1000 && outcome == TRY_AGAIN; i++)
        outcome = try_take (lock, shown, error);
    if (outcome == TRY_TAKEN) {
        write_owner (lock);
        lock->renewed_us = g_get_monotonic_time ();
        return g_steal_pointer (&lock);
    }
    if (outcome == TRY_AGAIN)
        conflict (shown, NULL, error);
    xn_fd_clear (&lock->file); /* before others of this process may open it */
    table_remove (lock->key);
    return NULL;
}

void
xn_lock_renew (XnLock *lock)
{
    if (!lock->by_name)
        return;
    const gint64 now = g_get_monotonic_time ();
    if (now - __atomic_load_n (&lock->renewed_us, __ATOMIC_RELAXED) < XN_LOCK_RENEW_S * G_USEC_PER_SEC)
        return;
    __atomic_store_n (&lock->renewed_us, now, __ATOMIC_RELAXED);
    futimens (lock->file, NULL);
}

void
xn_lock_release (XnLock *lock)
{
    if (lock == NULL)
        return;
    if (is_current (lock->dir, lock->name, lock->file))
        unlinkat (lock->dir, lock->name, 0);
    xn_fd_clear (&lock->file);
    table_remove (lock->key);
    lock_free (lock);
}
