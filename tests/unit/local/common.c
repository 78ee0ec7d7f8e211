/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the local room share. */
#include "common.h"

#include "base/error.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char *
scratch_new (void)
{
    g_autoptr (GError) error = NULL;
    char *directory = g_dir_make_tmp ("local-XXXXXX", &error);
    g_assert_no_error (error);
    return directory;
}

void
scratch_clear (char **directory)
{
    const char *argv[] = {"rm", "-rf", *directory, NULL};
    g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free (*directory);
}

char *
in (const char *directory, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    g_autofree char *relative = g_strdup_vprintf (format, args);
    va_end (args);
    return g_strdup_printf ("%s/%s", directory, relative);
}

void
put (const char *path, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *parent = g_path_get_dirname (path);
    g_assert_cmpint (g_mkdir_with_parents (parent, 0777), ==, 0);
    g_file_set_contents (path, text, -1, &error);
    g_assert_no_error (error);
}

void
assert_file (const char *path, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *found = NULL;
    g_file_get_contents (path, &found, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (found, ==, text);
}

static void
add_entries (GPtrArray *found, const char *path, const char *prefix)
{
    DIR *entries = opendir (path);
    g_assert_nonnull (entries);
    for (struct dirent *entry = readdir (entries); entry != NULL; entry = readdir (entries)) {
        if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
            continue;
        g_autofree char *below = g_build_filename (path, entry->d_name, NULL);
        const gboolean is_directory = entry->d_type == DT_DIR;
        char *name = g_strconcat (prefix, entry->d_name, is_directory ? "/" : "", NULL);
        g_ptr_array_add (found, name);
        if (is_directory)
            add_entries (found, below, name);
    }
    closedir (entries);
}

static int
compare (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *)a, *(char *const *)b);
}

void
assert_tree (const char *path, const char *wanted)
{
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
        add_entries (found, path, "");
    else
        g_ptr_array_add (found, g_strdup ("-"));
    g_ptr_array_sort (found, compare);
    g_ptr_array_add (found, NULL);
    g_autofree char *text = g_strjoinv (" ", (char **)found->pdata);
    g_assert_cmpstr (text, ==, wanted);
}

pid_t
spawn_child (void (*function) (gpointer data), gpointer data)
{
    const pid_t child = fork ();
    g_assert_cmpint (child, >=, 0);
    if (child != 0)
        return child;
    function (data);
    execlp ("true", "true", (char *)NULL); /* what the parent holds is no leak of the child's */
    _exit (127);
}

int
wait_child (pid_t child)
{
    int status = 0;
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

void
assert_failed (const GError *error, int kind, const char *part)
{
    g_assert_error (error, XN_ERROR, kind);
    g_assert_null (strchr (error->message, '\n'));
    if (strstr (error->message, part) == NULL)
        g_error ("“%s” does not mention “%s”", error->message, part);
}

void
assert_no_place (const char *path, int kind, const char *part)
{
    const guint flags[] = {0, XN_PLACE_LOOK};
    for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (xn_place_open_file (path, "f", flags[i], &error));
        assert_failed (error, kind, part);
    }
}

XnPlace *
open_free (const char *path)
{
    g_autoptr (GError) error = NULL;
    xn_place_free (xn_place_open_file (path, "f", XN_PLACE_LOOK, &error));
    g_assert_no_error (error);
    XnPlace *place = xn_place_open_file (path, "f", 0, &error);
    g_assert_no_error (error);
    return place;
}

void
wait_for_kill (const char *path)
{
    put (path, "");
    for (;;)
        pause ();
}

void
wait_for_file (const char *path)
{
    for (int i = 0; i < 1000 && !g_file_test (path, G_FILE_TEST_EXISTS); i++)
        g_usleep (10000);
    g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

void
expect (XnPlace *place, const char *paths)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
    g_auto (GStrv) words = g_strsplit (paths, " ", -1);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add (all, g_strdup (words[i]));
    xn_place_expect (place, all, &error);
    g_assert_no_error (error);
}

XnPlace *
place_tree (const char *path)
{
    g_autoptr (GError) error = NULL;
    XnPlace *place = xn_place_open_tree (path, FALSE, &error);
    g_assert_no_error (error);
    return place;
}

XnPlaceFile *
tree_begin (XnPlace *place, const char *relative, const char *text)
{
    g_autoptr (GError) error = NULL;
    XnPlaceFile *file = xn_place_create (place, relative, (gint64)strlen (text), TRUE, &error);
    g_assert_no_error (error);
    g_assert_true (xn_place_file_write (file, (const guint8 *)text, strlen (text), &error));
    return file;
}

void
tree_add (XnPlace *place, const char *relative, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnPlaceFile) file = tree_begin (place, relative, text);
    xn_place_file_commit (file, 1000000000, &error);
    g_assert_no_error (error);
}

void
tree_keep (XnPlace *place, const char *relative)
{
    g_autoptr (GError) error = NULL;
    xn_place_keep (place, relative, &error);
    g_assert_no_error (error);
}

void
tree_end (XnPlace *place)
{
    g_autoptr (GError) error = NULL;
    xn_place_commit (place, &error);
    g_assert_no_error (error);
    xn_place_free (place);
}

void
assert_found (XnPlace *place, const char *relative, gint64 size, gboolean in_partial)
{
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_true (xn_place_find (place, relative, &found, &error));
    g_assert_cmpint (found.size, ==, size);
    g_assert_cmpint (found.in_partial, ==, in_partial);
}

void
assert_missing (XnPlace *place, const char *relative)
{
    g_autoptr (GError) error = NULL;
    XnLocalFile found;
    g_assert_false (xn_place_find (place, relative, &found, &error));
    g_assert_no_error (error);
}
