/* SPDX-License-Identifier: Apache-2.0 */
/* From a path that a user names to the directory and the name that it means. */
#include "local/target.h"

#include "base/error.h"
#include "local/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LINKS = 40 };

void
xn_target_clear (XnTarget *target)
{
    xn_fd_clear (&target->parent);
    g_clear_pointer (&target->name, g_free);
    g_clear_pointer (&target->parent_path, g_free);
}

/* Follows the links that the last part of @path is, even if they lead to nothing yet. */
static char *
follow_links (const char *path, GError **error)
{
    g_autofree char *at = g_strdup (path);
    for (int i = 0; i < MOST_LINKS; i++) {
        g_autofree char *link = g_file_read_link (at, NULL);
        if (link == NULL)
            return g_steal_pointer (&at);
        g_autofree char *parent = g_path_get_dirname (at);
        char *next = link[0] == '/' ? g_strdup (link) : g_build_filename (parent, link, NULL);
        g_free (at);
        at = next;
    }
    xn_error_set_errno (error, ELOOP, "cannot follow the links at %s", path);
    return NULL;
}

static gboolean
is_dots (const char *name)
{
    return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

static char *
without_end_slashes (const char *path)
{
    gsize length = strlen (path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return g_strndup (path, length);
}

/* What "." and ".." at the end of *@path stand for. */
static gboolean
resolve_dots (char **path, gboolean look, const char *shown, GError **error)
{
    if (!(look ? xn_dir_can_make_path (*path, error) : xn_dir_make_path (*path, error)))
        return FALSE;
    char *real = realpath (*path, NULL);
    if (real == NULL && !look) {
        xn_error_set_errno (error, errno, "cannot find %s", shown);
        return FALSE;
    }
    char *resolved = real != NULL ? g_strdup (real) : g_canonicalize_filename (*path, NULL);
    free (real);
    g_free (*path);
    *path = resolved;
    return TRUE;
}

gboolean
xn_target_find (const char *path, gboolean look, XnTarget *target, GError **error)
{
    *target = (XnTarget){.parent = -1};
    if (path[0] == '\0') {
        xn_error_set (error, XN_ERROR_IO, "the destination is empty");
        return FALSE;
    }
    g_autofree char *plain = without_end_slashes (path);
    g_autofree char *followed = follow_links (plain, error);
    if (followed == NULL)
        return FALSE;
    g_autofree char *clean = without_end_slashes (followed);
    g_autofree char *name = g_path_get_basename (clean);
    if (is_dots (name)) {
        if (!resolve_dots (&clean, look, path, error))
            return FALSE;
        g_free (name);
        name = g_path_get_basename (clean);
    }
    target->parent_path = g_path_get_dirname (clean);
    if (!(look ? xn_dir_can_make_path (target->parent_path, error) : xn_dir_make_path (target->parent_path, error)))
        return FALSE;
    target->parent = open (target->parent_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target->parent < 0 && !(look && errno == ENOENT)) {
        xn_error_set_errno (error, errno, "cannot open the directory %s", target->parent_path);
        return FALSE;
    }
    if (strcmp (name, "/") != 0)
        target->name = g_steal_pointer (&name);
    return TRUE;
}

/* @name, or what fits of it and a digest that stands for the rest. */
static char *
fit_name (const char *name, gsize room)
{
    if (strlen (name) <= room)
        return g_strdup (name);
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, name, -1);
    digest[16] = '\0';
    const char *end;
    g_autofree char *start = g_strndup (name, room - strlen (digest) - 1);
    g_utf8_validate (start, -1, &end); /* some file systems refuse half a character */
    return g_strdup_printf ("%.*s~%s", (int)(end - start), start, digest);
}

char *
xn_target_private_name (const char *name, const char *what)
{
    if (name == NULL)
        return g_strdup_printf (".xnatstorage-%s", what);
    g_autofree char *fitting = fit_name (name, XN_TARGET_SHORT_NAME - strlen (what) - strlen ("..xnatstorage-"));
    return g_strdup_printf (".%s.xnatstorage-%s", fitting, what);
}

char *
xn_target_partial_name (const char *name, gsize longest)
{
    g_autofree char *fitting = fit_name (name, longest - strlen (".partial"));
    return g_strdup_printf ("%s.partial", fitting);
}
