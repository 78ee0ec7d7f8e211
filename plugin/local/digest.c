/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of what an open file holds. */
#include "local/digest.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

char *
xn_digest_fd (int fd, const char *path, gboolean (*stop) (gpointer), gpointer data, GError **error)
{
    const gsize size = 256 * 1024;
    g_autofree guint8 *buffer = g_malloc (size);
    g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
    posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (;;) {
        if (stop != NULL && stop (data)) {
            xn_error_set (error, XN_ERROR_CANCELLED, "stopped while %s was being compared", path);
            return NULL;
        }
        const ssize_t got = read (fd, buffer, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            xn_error_set_errno (error, errno, "cannot read %s", path);
            return NULL;
        }
        if (got == 0)
            return g_strdup (g_checksum_get_string (checksum));
        g_checksum_update (checksum, buffer, got);
    }
}
