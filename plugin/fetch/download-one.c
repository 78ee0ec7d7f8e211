/* SPDX-License-Identifier: Apache-2.0 */
/* One file, by its path, or by an archive where no path reaches it. */
#include "base/error.h"
#include "fetch/download.h"
#include "http/page.h"

#include <string.h>

char *
xn_download_reached_directory (const char *path)
{
    g_autofree char *directory = g_strdup (path);
    for (char *slash = strrchr (directory, '/'); slash != NULL; slash = strrchr (directory, '/')) {
        *slash = '\0';
        g_autofree char *tail = xn_entry_tail (directory);
        if (tail != NULL)
            return g_steal_pointer (&directory);
    }
    return NULL;
}

/* Out of the smallest archive that holds it. */
static gboolean
fetch_by_archive (const XnDownload *download, XnWanted *wanted, GError **error)
{
    g_autoptr (GPtrArray) one = g_ptr_array_new ();
    g_autofree char *directory = xn_download_reached_directory (wanted->entry->path);
    g_ptr_array_add (one, wanted);
    return xn_download_archive (download, one, directory, NULL, NULL, error);
}

static gboolean
download_file (const XnDownload *download, XnWanted *wanted, GError **error)
{
    g_autofree char *tail = xn_entry_tail (wanted->entry->path);
    g_autoptr (GError) problem = NULL;
    if (tail != NULL && xn_download_by_path (download, wanted, tail, &problem))
        return TRUE;
    /* Old servers do not decode the path, so a name that had to be encoded is not found by it; one that was understood is. */
    const gboolean understood = problem != NULL && xn_words_lack_file (xn_error_facts (problem)->server_words);
    const gboolean encoded = tail == NULL || (!g_str_equal (tail, wanted->entry->path) && !understood);
    if (encoded && (tail == NULL || xn_error_is (problem, XN_ERROR_NOT_FOUND))) {
        g_autoptr (GError) archive_problem = NULL;
        if (fetch_by_archive (download, wanted, &archive_problem) && wanted->done)
            return TRUE;
        if (archive_problem != NULL && !xn_error_is (archive_problem, XN_ERROR_NOT_FOUND)) {
            g_propagate_error (error, g_steal_pointer (&archive_problem));
            return FALSE;
        }
    }
    if (problem != NULL && !xn_error_is (problem, XN_ERROR_NOT_FOUND)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    const int status = xn_error_http_status (problem);
    g_autofree char *name = xn_item_describe (download->item);
    g_autofree char *answer = status != 0 ? g_strdup_printf ("HTTP %d", status)
                                          : g_strdup ("no path reaches it, and its archive does not tell it apart");
    xn_error_set (
        error, XN_ERROR_NOT_FOUND,
        "%s is listed in %s, but the server cannot deliver it (%s): its catalog is out of date; refresh it, or "
        "set stale_catalog=warn to go without such files",
        wanted->entry->path, name, answer);
    if (error != NULL)
        xn_error_facts (*error)->http_status = status;
    return FALSE;
}

gboolean
xn_download_file (const XnDownload *download, XnWanted *wanted, GError **error)
{
    wanted->done = download_file (download, wanted, error) && xn_wanted_publish (download, wanted, error);
    xn_wanted_leave (wanted);
    return wanted->done;
}
