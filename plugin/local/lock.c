/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a destination.
 *
 * The record lock belongs to the open file description (F_OFD_SETLK), not to the process: so it holds between threads, and
 * the file may be opened a second time to be read. */
#include "local/lock.h"

#include "base/error.h"
#include "local/dir.h"
#include "local/output.h"
#include "local/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct XnLock {
    int dir, file;
    char *name;
    const char *shown;   /* (borrowed) while it is taken: what is locked */
    gboolean created;    /* the file is new, not one that was left */
    gboolean read_only;  /* the file is another user's, and not ours to write to */
    gboolean by_name;    /* no record lock: the file's existence counts */
    uid_t uid, left_uid; /* of the file; of the one that was left by a dead holder */
    gboolean was_left;
    char *text;        /* (nullable) that was written into it */
    gint64 renewed_us; /* (atomic in effect: a lost update renews twice) */
};

typedef enum { TRY_TAKEN, TRY_FAILED, TRY_AGAIN, TRY_UNSUPPORTED } Try;

typedef char Text[512];

static void
read_text (int file, Text text)
{
    const ssize_t got = pread (file, text, sizeof (Text) - 1, 0);
    text[MAX (got, 0)] = '\0';
}

static void
read_text_by_name (int dir, const char *name, Text text)
{
    XN_AUTO_FD int file = openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    text[0] = '\0';
    if (file >= 0)
        read_text (file, text);
}

/* Where a file cannot be opened for reading and writing at once, by a second way. */
static void
read_lock_text (const XnLock *lock, Text text)
{
    read_text (lock->file, text);
    if (text[0] == '\0')
        read_text_by_name (lock->dir, lock->name, text);
}

/* Whether the open file stands under @name: its last holder may just have removed it. Where a file's number changes from
 * one look to the next, its text, which is no other's, shows it. */
static gboolean
is_current (const XnLock *lock, const char *name)
{
    struct stat opened, named;
    if (fstat (lock->file, &opened) != 0 || opened.st_nlink == 0 ||
        fstatat (lock->dir, name, &named, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (named.st_mode))
        return FALSE;
    if (opened.st_dev == named.st_dev && opened.st_ino == named.st_ino)
        return TRUE;
    Text mine, there;
    read_text (lock->file, mine);
    read_text_by_name (lock->dir, name, there);
    return strcmp (lock->text != NULL ? lock->text : mine, there) == 0;
}

/* (transfer full) " (user NAME)" for another user's. */
static char *
user_text (uid_t uid)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (uid == geteuid ())
        return g_strdup ("");
    if (getpwuid_r (uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        return g_strdup_printf (" (user %s)", found->pw_name);
    return g_strdup_printf (" (user %u)", (guint)uid);
}

static Try
conflict (const XnLock *lock, const XnOwner *owner, GError **error)
{
    struct stat status;
    g_autofree char *user =
        fstatat (lock->dir, lock->name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? user_text (status.st_uid) : g_strdup ("");
    if (owner == NULL)
        xn_error_set (error, XN_ERROR_CONFLICT, "%s is being written by another process%s; wait for it to end",
                      lock->shown, user);
    else
        xn_error_set (
            error, XN_ERROR_CONFLICT,
            "%s is being written by process %d on host %s%s; wait for it to end or choose another destination",
            lock->shown, (int)owner->pid, owner->host, user);
    return TRY_FAILED;
}

static Try
not_ours (const XnLock *lock, const char *what, GError **error)
{
    xn_error_set (error, XN_ERROR_CONFLICT, "cannot lock %s: %s beside it %s; move it out of the way", lock->shown,
                  lock->name, what);
    return TRY_FAILED;
}

static Try
try_record_lock (const XnLock *lock)
{
    struct flock whole = {.l_type = lock->read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl (lock->file, F_OFD_SETLK, &whole) == 0)
        return TRY_TAKEN;
    if (errno == EINTR)
        return TRY_AGAIN;
    return errno == EACCES || errno == EAGAIN ? TRY_FAILED : TRY_UNSUPPORTED;
}

/* Notes whose the lock was that a dead run left; one that was killed before it wrote its name has done nothing. */
static void
note_left (XnLock *lock, const struct stat *status)
{
    lock->was_left = status->st_size > 0;
    lock->left_uid = status->st_uid;
}

/* Puts the file of a dead holder out of the way. Two processes may do that at once, and the slower one would take the
 * quicker one's new lock: hence by a name of its own, and back if it is another file than was looked at. */
static Try
set_aside (XnLock *lock, GError **error)
{
    struct stat status;
    g_autofree char *aside = g_strdup_printf (".xnatstorage-stale-%d-%d", (int)getpid (), lock->file);
    const gboolean has_status = fstat (lock->file, &status) == 0;
    if (renameat (lock->dir, lock->name, lock->dir, aside) != 0) {
        const int errnum = errno;
        if (errnum == ENOENT)
            return TRY_AGAIN;
        g_autofree char *user = user_text (has_status ? status.st_uid : geteuid ());
        xn_error_set (error, XN_ERROR_CONFLICT,
                      "%s was being written by a process%s that is gone, but its lock cannot be removed: %s: %s",
                      lock->shown, user, lock->name, g_strerror (errnum));
        return TRY_FAILED;
    }
    if (!is_current (lock, aside)) {
        if (linkat (lock->dir, aside, lock->dir, lock->name, 0) == 0)
            unlinkat (lock->dir, aside, 0);
        return TRY_AGAIN;
    }
    unlinkat (lock->dir, aside, 0);
    if (has_status)
        note_left (lock, &status);
    return TRY_AGAIN;
}

/* Who holds it is named. It may not have written its name yet; and a fork of a dead one may hold it still. */
static Try
name_holder (XnLock *lock, GError **error)
{
    XnOwner owner;
    Text text;
    for (int i = 0; i < 50; i++) {
        if (!is_current (lock, lock->name))
            return TRY_AGAIN;
        read_lock_text (lock, text);
        if (xn_owner_parse (text, &owner))
            return xn_owner_is_here (&owner) && !xn_owner_is_alive (&owner) ? set_aside (lock, error)
                                                                            : conflict (lock, &owner, error);
        g_usleep (10000);
    }
    return conflict (lock, NULL, error);
}

static gboolean
is_stale (const XnLock *lock, const char *text)
{
    struct stat status;
    XnOwner owner;
    if (fstat (lock->file, &status) != 0)
        return FALSE;
    const gboolean old = status.st_mtime + XN_LOCK_STALE_S < time (NULL);
    if (!xn_owner_parse (text, &owner))
        return old;
    return xn_owner_is_here (&owner) ? !xn_owner_is_alive (&owner) : old;
}

/* A file that nobody holds: what a dead run left is taken, or replaced if it is another user's. */
static Try
take_left (XnLock *lock, GError **error)
{
    struct stat status;
    if (fstat (lock->file, &status) != 0)
        return TRY_AGAIN;
    if (status.st_uid != geteuid () || lock->read_only) {
        g_autoptr (GError) problem = NULL;
        const Try outcome = set_aside (lock, &problem);
        /* In a directory where only owners may remove things it serves all the same. */
        if (outcome == TRY_FAILED && !lock->read_only)
            return TRY_TAKEN;
        if (problem != NULL)
            g_propagate_error (error, g_steal_pointer (&problem));
        return outcome;
    }
    note_left (lock, &status);
    return TRY_TAKEN;
}

/* A file that was there already. */
static Try
try_existing (XnLock *lock, GError **error)
{
    struct stat status;
    Text text;
    if (fstat (lock->file, &status) != 0 || status.st_nlink == 0)
        return TRY_AGAIN;
    if (!S_ISREG (status.st_mode))
        return not_ours (lock, "is no file", error);
    const Try outcome = try_record_lock (lock);
    if (outcome == TRY_AGAIN)
        return outcome;
    read_lock_text (lock, text);
    if (!xn_owner_may_be (text) || status.st_nlink > 1)
        return not_ours (lock, "is no lock of this program", error);
    if (outcome == TRY_TAKEN)
        return take_left (lock, error);
    if (outcome == TRY_UNSUPPORTED && is_stale (lock, text))
        return set_aside (lock, error);
    return name_holder (lock, error);
}

/* Who may write into the directory, a group maybe, must be able to see who holds it, and to take it over. */
static void
open_to_others (XnLock *lock)
{
    struct stat above, status;
    if (fstat (lock->file, &status) != 0)
        return;
    lock->uid = status.st_uid;
    mode_t wanted = 0444;
    if (fstat (lock->dir, &above) == 0)
        wanted |= above.st_mode & 0022;
    if ((status.st_mode & wanted) != wanted && fchmod (lock->file, (status.st_mode & 0777) | wanted) != 0)
        return; /* then a conflict says less */
}

/* Some file systems open no file for reading and writing at once. */
static int
create_lock (const XnLock *lock)
{
    const int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat (lock->dir, lock->name, O_RDWR | flags, 0666);
    if (file >= 0 || errno == EEXIST)
        return file;
    const int errnum = errno;
    file = openat (lock->dir, lock->name, O_WRONLY | flags, 0666);
    if (file < 0 && errno != EEXIST)
        errno = errnum;
    return file;
}

/* Another user's may be open to readers alone. */
static int
open_left (XnLock *lock)
{
    static const int access[] = {O_RDWR, O_WRONLY, O_RDONLY};
    int errnum = 0;
    for (guint i = 0; i < G_N_ELEMENTS (access) && errnum != ENOENT; i++) {
        const int file = openat (lock->dir, lock->name, access[i] | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        lock->read_only = access[i] == O_RDONLY;
        if (file >= 0)
            return file;
        if (i == 0 || errno == ENOENT)
            errnum = errno;
    }
    errno = errnum;
    return -1;
}

static Try
cannot_open (const XnLock *lock, GError **error)
{
    const int errnum = errno;
    struct stat status;
    const gboolean exists = fstatat (lock->dir, lock->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && (errnum == EACCES || errnum == EPERM) && S_ISREG (status.st_mode) && status.st_uid != geteuid ())
        return conflict (lock, NULL, error); /* it does not say more */
    if (exists && !S_ISREG (status.st_mode))
        return not_ours (lock, S_ISLNK (status.st_mode) ? "is a link" : "is no file", error);
    xn_error_set_errno (error, errnum, "cannot write beside %s (its lock %s)", lock->shown, lock->name);
    return TRY_FAILED;
}

/* The text is this lock's alone. On a full disk the lock stays without one and still is a lock. */
static void
write_owner (XnLock *lock)
{
    XnOwner self;
    xn_owner_self (&self);
    lock->text = xn_owner_text (&self);
    if (!lock->created && ftruncate (lock->file, 0) != 0)
        return;
    (void)xn_output_at (lock->file, lock->text, strlen (lock->text), 0);
}

static Try
try_take (XnLock *lock, GError **error)
{
    xn_fd_clear (&lock->file);
    g_clear_pointer (&lock->text, g_free);
    lock->file = create_lock (lock);
    lock->created = lock->file >= 0;
    lock->read_only = FALSE;
    if (!lock->created && errno == EEXIST) {
        lock->file = open_left (lock);
        if (lock->file < 0 && errno == ENOENT)
            return TRY_AGAIN;
    }
    if (lock->file < 0)
        return cannot_open (lock, error);
    Try outcome;
    if (lock->created) {
        outcome = try_record_lock (lock);
        lock->by_name = outcome == TRY_UNSUPPORTED;
        if (outcome == TRY_FAILED) /* who opened it in the moment between has it */
            return name_holder (lock, error);
        outcome = lock->by_name ? TRY_TAKEN : outcome;
    } else {
        outcome = try_existing (lock, error);
    }
    if (outcome != TRY_TAKEN)
        return outcome;
    lock->uid = geteuid ();
    if (lock->created)
        open_to_others (lock);
    write_owner (lock);
    return is_current (lock, lock->name) ? TRY_TAKEN : TRY_AGAIN;
}

static void
lock_free (XnLock *lock)
{
    xn_fd_clear (&lock->file);
    xn_fd_clear (&lock->dir);
    g_free (lock->name);
    g_free (lock->text);
    g_free (lock);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnLock, lock_free)

static XnLock *
lock_new (int dir, const char *name, const char *shown, GError **error)
{
    g_autoptr (XnLock) lock = g_new0 (XnLock, 1);
    lock->file = -1;
    lock->name = g_strdup (name);
    lock->shown = shown;
    lock->dir = openat (dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (lock->dir >= 0)
        return g_steal_pointer (&lock);
    xn_error_set_errno (error, errno, "cannot open the directory of %s", shown);
    return NULL;
}

/* What a look at the file that has the lock's name tells: it is nobody's any more, or an error. */
static gboolean
look_at_left (XnLock *lock, const struct stat *status, GError **error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    XnOwner owner;
    Text text;
    read_text (lock->file, text);
    if (!xn_owner_may_be (text) || status->st_nlink > 1)
        return not_ours (lock, "is no lock of this program", error) == TRY_TAKEN;
    const gboolean has_owner = xn_owner_parse (text, &owner);
    const gboolean is_told = fcntl (lock->file, F_OFD_GETLK, &whole) == 0;
    const gboolean is_held = is_told && whole.l_type != F_UNLCK;
    const gboolean is_dead = has_owner && xn_owner_is_here (&owner) && !xn_owner_is_alive (&owner);
    if ((is_held && !is_dead) || (!is_told && !is_stale (lock, text)))
        return conflict (lock, has_owner ? &owner : NULL, error) == TRY_TAKEN;
    note_left (lock, status);
    return TRUE;
}

XnLock *
xn_lock_look (int dir, const char *name, const char *shown, GError **error)
{
    struct stat status;
    g_autoptr (XnLock) lock = lock_new (dir, name, shown, error);
    if (lock == NULL)
        return NULL;
    lock->uid = geteuid ();
    lock->file = openat (lock->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (lock->file < 0) {
        if (errno == ENOENT && xn_dir_is_writable (lock->dir))
            return g_steal_pointer (&lock);
        cannot_open (lock, error);
        return NULL;
    }
    if (fstat (lock->file, &status) != 0 || !S_ISREG (status.st_mode)) {
        not_ours (lock, "is no file", error);
        return NULL;
    }
    const gboolean is_free = look_at_left (lock, &status, error);
    xn_fd_clear (&lock->file);
    lock->shown = NULL;
    return is_free ? g_steal_pointer (&lock) : NULL;
}

XnLock *
xn_lock_take (int dir, const char *name, const char *shown, GError **error)
{
    g_autoptr (XnLock) lock = lock_new (dir, name, shown, error);
    if (lock == NULL)
        return NULL;
    Try outcome = TRY_AGAIN;
    for (int i = 0; i < 1000 && outcome == TRY_AGAIN; i++)
        outcome = try_take (lock, error);
    if (outcome == TRY_AGAIN)
        outcome = conflict (lock, NULL, error);
    if (outcome != TRY_TAKEN)
        return NULL;
    lock->shown = NULL;
    lock->renewed_us = g_get_monotonic_time ();
    return g_steal_pointer (&lock);
}

uid_t
xn_lock_uid (const XnLock *lock)
{
    return lock->uid;
}

gboolean
xn_lock_was_left (const XnLock *lock)
{
    return lock->was_left && lock->left_uid == lock->uid;
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
    struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    if (lock->file >= 0 && is_current (lock, lock->name))
        unlinkat (lock->dir, lock->name, 0);
    /* Closing would not do: a fork of the host may hold a copy of the descriptor. */
    if (lock->file >= 0 && !lock->by_name)
        (void)fcntl (lock->file, F_OFD_SETLK, &whole);
    lock_free (lock);
}
