/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked at once, beside the check of the login. */
#include "find/glance.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "find/file-head.h"
#include "find/shortcut.h"

/* The questions, and the check. */
#define MIN_JOBS 3

/* The short way: xn_shortcut(), xn_shortcut_to_write(). */
typedef XnItem *(*Shortcut) (XnFinder *finder, const XnUrl *url, GError **error);

typedef struct {
    XnFinder *finder;
    const XnUrl *url;
    Shortcut shortcut;
    const char *path;   /* (nullable) of the resource's files, as the URL names it */
    XnItem *item;       /* (owned) (nullable) */
    XnCatalog *catalog; /* (owned) (nullable) */
    XnFileHead head;    /* of the file that the URL names */
} Glance;

static void
glance_clear (Glance *glance)
{
    g_free (glance->item);
    xn_catalog_free (glance->catalog);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Glance, glance_clear)

typedef gboolean (*Task) (Glance *glance, GError **error);

/* Whether the server reads it as one name, and as it stands. */
static gboolean
is_clear (const char *selector)
{
    return selector[strspn (selector, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_")] == '\0' &&
           g_ascii_strcasecmp (selector, "ALL") != 0 && g_ascii_strcasecmp (selector, "NULL") != 0;
}

/* The path of the files of the resource that @url names; NULL if it is no case for this: (transfer full). A number in the place of a label
 * is the name of any resource of the site. */
static char *
glance_path (const XnFinder *finder, const XnUrl *url)
{
    const char *resource = url->selector[XN_LEVEL_RESOURCE];
    if (xn_op_settings (finder->op)->jobs < MIN_JOBS || url->regex || url->selector[XN_LEVEL_PROJECT] == NULL ||
        url->selector[XN_LEVEL_SUBJECT] == NULL || url->selector[XN_LEVEL_EXPERIMENT] == NULL ||
        url->selector[XN_LEVEL_ASSESSOR] != NULL || url->selector[XN_LEVEL_RECONSTRUCTION] != NULL ||
        resource == NULL || resource[strspn (resource, G_CSET_DIGITS)] == '\0')
        return NULL;
    g_autoptr (GString) path = g_string_new ("/data");
    for (XnLevel level = XN_LEVEL_PROJECT; level < XN_N_LEVELS; level++) {
        const char *selector = url->selector[level];
        if (selector == NULL)
            continue;
        if (!is_clear (selector))
            return NULL;
        g_string_append_printf (path, "/%s/%s", xn_level_plural (level), selector);
    }
    g_string_append (path, "/files");
    return g_string_free (g_steal_pointer (&path), FALSE);
}

/* Task */
static gboolean
find_item (Glance *glance, GError **error)
{
    g_autoptr (GError) problem = NULL;
    glance->item = glance->shortcut (glance->finder, glance->url, &problem);
    if (problem == NULL)
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* Task */
static gboolean
guess_files (Glance *glance, GError **error)
{
    g_autoptr (GError) problem = NULL;
    glance->catalog = xn_catalog_guess (glance->finder->client, glance->path, glance->finder->op, &problem);
    if (xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (problem != NULL)
        xn_log (XN_LOG_DEBUG, "going by IDs: %s", problem->message);
    return TRUE;
}

/* Task */
static gboolean
guess_header (Glance *glance, GError **error)
{
    g_autoptr (GError) problem = NULL;
    if (xn_file_head_guess (glance->finder->client, glance->path, glance->url->path, glance->finder->op, &glance->head,
                            &problem))
        return TRUE;
    glance->head.mtime = -1;
    if (!xn_error_is (problem, XN_ERROR_CANCELLED))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* XnTaskFunc */
static gboolean
run_task (gpointer item, gpointer data, GError **error)
{
    const Task *task = item;
    return (*task) (data, error);
}

static gboolean
names_file (const XnUrl *url)
{
    return url->path != NULL && !url->path_is_directory;
}

static gboolean
lists (const XnCatalog *catalog, const XnItem *item)
{
    return catalog->entries->len > 0 && !catalog->of_several && g_str_equal (catalog->resource_id, item->resource_id);
}

/* Asks all at once. FALSE with an error if the operation should stop. */
static gboolean
glance_ask (Glance *glance, GError **error)
{
    static const Task TASKS[] = {find_item, guess_files, guess_header};
    XnFinder *finder = glance->finder;
    const guint n = glance->path == NULL ? 1 : finder->file_mtime == NULL || !names_file (glance->url) ? 2 : 3;
    g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
    for (guint i = 0; i < n; i++)
        g_ptr_array_add (tasks, (gpointer)&TASKS[i]);
    const gboolean ahead = finder->ahead;
    finder->ahead = TRUE;
    const gboolean went_on =
        xn_parallel_run (finder->op, tasks->len, tasks, run_task, glance, XN_PARALLEL_STOP_AT_ERROR, NULL, error);
    finder->ahead = ahead;
    return went_on;
}

gboolean
xn_glance (XnFinder *finder, const XnUrl *url, gboolean *out_tried, XnItem **out_item, XnCatalog **out_catalog,
           GError **error)
{
    g_autofree char *path = glance_path (finder, url);
    g_auto (Glance) glance = {.finder = finder, .url = url, .shortcut = xn_shortcut, .path = path, .head = {-1, -1}};
    *out_tried = FALSE;
    if (!finder->first_look || path == NULL || !xn_client_claim_first (finder->client))
        return TRUE;
    *out_tried = TRUE;
    if (!glance_ask (&glance, error))
        return FALSE;
    if (glance.item != NULL && glance.catalog != NULL && lists (glance.catalog, glance.item))
        *out_catalog = g_steal_pointer (&glance.catalog);
    if (*out_catalog != NULL && glance.head.mtime >= 0)
        *finder->file_mtime = glance.head.mtime;
    *out_item = g_steal_pointer (&glance.item);
    return TRUE;
}

gboolean
xn_glance_to_write (XnFinder *finder, const XnUrl *url, XnItem **out_item, XnCatalog **out_catalog, GError **error)
{
    g_autofree char *path = glance_path (finder, url);
    g_auto (Glance) glance = {.finder = finder, .url = url, .shortcut = xn_shortcut_to_write, .path = path};
    if (!glance_ask (&glance, error))
        return FALSE;
    const gboolean has_resource = glance.item != NULL && glance.item->resource_id != NULL;
    if (has_resource && glance.catalog != NULL && glance.catalog->entries->len == 0)
        xn_item_leave_resource (glance.item);
    else if (has_resource && glance.catalog != NULL && lists (glance.catalog, glance.item))
        *out_catalog = g_steal_pointer (&glance.catalog);
    *out_item = g_steal_pointer (&glance.item);
    return TRUE;
}
