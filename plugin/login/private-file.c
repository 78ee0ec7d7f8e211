/* SPDX-License-Identifier: Apache-2.0 */
/* Files of mode 0600 in a directory of mode 0700. */
#include "login/private-file.h"

#include "base/error.h"
#include "base/home.h"
#include "base/log.h"
#include "base/secret.h"
#include "local/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT_SIZE (64 * 1024)
#define LOCK_PATIENCE_US (2 * G_USEC_PER_SEC)
#define LOCK_TICK_US (20 * 1000)

/* Whether @path is a directory of the user's alone; made if @create and it is missing. A link is none. */
static gboolean
is_own_directory (const char *path, gboolean create)
{
    struct stat info;
    if (create && mkdir (path, 0700) != 0 && errno != EEXIST)
        return FALSE;
    return lstat (path, &info) == 0 && S_ISDIR (info.st_mode) && info.st_uid == geteuid () && (info.st_mode & 077) == 0;
}

/* As XDG has it: (transfer full) (nullable). */
static char *
cache_directory (void)
{
    const char *chosen = g_getenv ("XDG_CACHE_HOME");
    if (chosen != NULL && g_path_is_absolute (chosen))
        return g_strdup (chosen);
    g_autofree char *home = xn_home_directory (g_getenv ("HOME"));
    return home != NULL ? g_build_filename (home, ".cache", NULL) : NULL;
}

/* The places in the order of preference; NULL-terminated. One that depends on how a process was started comes last, as
 * batch jobs and login shells have to meet. (transfer full) */
static char **
places (void)
{
    GPtrArray *paths = g_ptr_array_new ();
    const char *chosen = g_getenv ("XNATSTORAGE_STATE_DIR");
    const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
    if (chosen != NULL && *chosen != '\0') {
        g_ptr_array_add (paths, g_strdup (chosen));
    } else {
        g_ptr_array_add (paths, g_strdup_printf ("/tmp/xnatstorage-%u", (guint)geteuid ()));
        if (runtime != NULL && g_path_is_absolute (runtime))
            g_ptr_array_add (paths, g_build_filename (runtime, "xnatstorage", NULL));
        g_autofree char *cache = cache_directory ();
        if (cache != NULL)
            g_ptr_array_add (paths, g_build_filename (cache, "xnatstorage", NULL));
    }
    g_ptr_array_add (paths, NULL);
    return (char **)g_ptr_array_free (paths, FALSE);
}

char *
xn_private_directory (gboolean create, GError **error)
{
    g_auto (GStrv) paths = places ();
    for (guint i = 0; paths[i] != NULL; i++) {
        if (is_own_directory (paths[i], create))
            return g_strdup (paths[i]);
    }
    if (create)
        xn_error_set (error, XN_ERROR_IO, "%s cannot be made, or is not a directory of the user's alone (mode 700)",
                      paths[0]);
    return NULL;
}

gboolean
xn_private_lock (int fd, gboolean exclusive)
{
    const int how = (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
    const gint64 end = g_get_monotonic_time () + LOCK_PATIENCE_US;
    while (flock (fd, how) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || g_get_monotonic_time () >= end)
            return FALSE;
        g_usleep (LOCK_TICK_US);
    }
    return TRUE;
}

char *
xn_private_path (const char *directory, const char *key, const char *suffix)
{
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
    digest[32] = '\0';
    return g_strdup_printf ("%s/%s.%s", directory, digest, suffix);
}

int
xn_private_open (const char *path, gboolean create, GError **error)
{
    const int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0600);
    if (fd < 0 && errno == ENOENT && !create)
        return -1;
    if (fd < 0) {
        xn_error_set_errno (error, errno, "cannot open %s", path);
        return -1;
    }
    struct stat info;
    if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_uid == geteuid () && (info.st_mode & 077) == 0)
        return fd;
    close (fd);
    xn_error_set (error, XN_ERROR_IO, "%s is not a file of the user's alone (mode 600): remove it", path);
    return -1;
}

char *
xn_private_read (int fd)
{
    char *text = g_malloc (MAX_TEXT_SIZE + 1);
    gsize length = 0;
    while (length < MAX_TEXT_SIZE) {
        const ssize_t count = pread (fd, text + length, MAX_TEXT_SIZE - length, (off_t)length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            text[length] = '\0';
            xn_secret_free (text);
            return NULL;
        }
        if (count == 0)
            break;
        length += (gsize)count;
    }
    text[length] = '\0';
    return text;
}

gboolean
xn_private_write (int fd, const char *text)
{
    const gsize size = strlen (text);
    gsize done = 0;
    if (ftruncate (fd, 0) != 0)
        return FALSE;
    if (size > MAX_TEXT_SIZE)
        return FALSE;
    while (done < size) {
        const gssize count = xn_output_at (fd, text + done, size - done, (gint64)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            if (ftruncate (fd, 0) != 0)
                xn_log (XN_LOG_WARNING, "a file that could not be written cannot be emptied: %s", g_strerror (errno));
            return FALSE;
        }
        done += (gsize)count;
    }
    return TRUE;
}
