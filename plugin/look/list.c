/* SPDX-License-Identifier: Apache-2.0 */
/* list: level by level, what is side by side at a time. */
#include "look/look.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "look/mtime.h"
#include "look/place.h"

typedef struct Node {
    XnItem *item;     /* (owned) */
    GPtrArray *below; /* (owned) (nullable) (element-type Node) once it was looked for */
} Node;

static void
node_free (gpointer data)
{
    Node *node = data;
    g_clear_pointer (&node->below, g_ptr_array_unref);
    g_free (node->item);
    g_free (node);
}

/* @item: (transfer full) */
static Node *
node_new (XnItem *item)
{
    Node *node = g_new0 (Node, 1);
    node->item = item;
    return node;
}

typedef struct {
    XnFinder *finder;
    gboolean recursive;
    const Node *top;
    XnLevel of_top; /* the one that is listed of @top; XN_N_LEVELS: each */
} Listing;

/* Takes @items, which are emptied. */
static void
node_take (Node *node, GPtrArray *items)
{
    node->below = g_ptr_array_new_full (items->len, node_free);
    for (guint i = 0; i < items->len; i++)
        g_ptr_array_add (node->below, node_new (g_steal_pointer (&items->pdata[i])));
}

/* What is below a directory, or the top, of a resource whose files are known. */
static void
node_fill_files (Listing *listing, Node *node, const XnItem *resource, const XnCatalog *catalog)
{
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    xn_look_files_below (listing->finder->pool, resource, catalog, node->item->file, items);
    node_take (node, items);
    for (guint i = 0; listing->recursive && i < node->below->len; i++) {
        Node *below = g_ptr_array_index (node->below, i);
        if (below->item->is_directory)
            node_fill_files (listing, below, resource, catalog);
    }
}

static gboolean
node_fill (Listing *listing, Node *node, GError **error)
{
    XnFinder *finder = listing->finder;
    if (node->item->resource_id != NULL || node->item->resource_label != NULL) {
        g_autoptr (XnCatalog) catalog = xn_catalog_get (finder->client, node->item, finder->op, error);
        if (catalog != NULL)
            node_fill_files (listing, node, node->item, catalog);
        return catalog != NULL;
    }
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
    const gboolean one = node == listing->top && listing->of_top != XN_N_LEVELS;
    if (!(one ? xn_look_level (finder, node->item, listing->of_top, items, error)
              : xn_look_below (finder, node->item, items, error)))
        return FALSE;
    node_take (node, items);
    return TRUE;
}

/* XnTaskFunc: what went away meanwhile, or may not be read, has nothing below it; but not what was asked for. */
static gboolean
fill_task (gpointer item, gpointer data, GError **error)
{
    Listing *listing = data;
    Node *node = item;
    g_autoptr (GError) problem = NULL;
    if (node_fill (listing, node, &problem))
        return TRUE;
    const gboolean unreadable = xn_error_is (problem, XN_ERROR_NOT_FOUND) || xn_error_http_status (problem) == 403;
    if (unreadable && node != listing->top) {
        xn_log (XN_LOG_WARNING, "%s is passed over: %s", xn_look_name (node->item), problem->message);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* All nodes below @nodes: (transfer container) */
static GPtrArray *
next_level (GPtrArray *nodes)
{
    GPtrArray *next = g_ptr_array_new ();
    for (guint i = 0; i < nodes->len; i++) {
        const Node *node = g_ptr_array_index (nodes, i);
        for (guint j = 0; node->below != NULL && j < node->below->len; j++) {
            Node *below = g_ptr_array_index (node->below, j);
            if (below->item->file == NULL)
                g_ptr_array_add (next, below);
        }
    }
    return next;
}

static gboolean
fill_all (Listing *listing, Node *top, GError **error)
{
    XnOp *op = listing->finder->op;
    g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
    g_ptr_array_add (nodes, top);
    while (nodes->len > 0) {
        if (!xn_parallel_run (op, xn_op_settings (op)->jobs, nodes, fill_task, listing, XN_PARALLEL_STOP_AT_ERROR, NULL,
                              error))
            return FALSE;
        GPtrArray *next = next_level (nodes);
        g_ptr_array_unref (nodes);
        nodes = next;
        if (!listing->recursive)
            break;
    }
    return TRUE;
}

/* XnTaskFunc: a file that went away meanwhile has no time. */
static gboolean
mtime_task (gpointer item, gpointer data, GError **error)
{
    const XnFinder *finder = data;
    g_autoptr (GError) problem = NULL;
    if (xn_look_mtime (finder->client, finder->op, item, &problem) || xn_error_is (problem, XN_ERROR_NOT_FOUND))
        return TRUE;
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

static void
add_files (const Node *node, GPtrArray *files)
{
    for (guint i = 0; node->below != NULL && i < node->below->len; i++) {
        const Node *below = g_ptr_array_index (node->below, i);
        if (below->item->file != NULL && !below->item->is_directory)
            g_ptr_array_add (files, below->item);
        add_files (below, files);
    }
}

/* The times of all files below @top. */
static gboolean
ask_mtimes (XnFinder *finder, const Node *top, GError **error)
{
    XnOp *op = finder->op;
    g_autoptr (GPtrArray) files = g_ptr_array_new ();
    add_files (top, files);
    return xn_parallel_run (op, xn_op_settings (op)->jobs, files, mtime_task, finder, XN_PARALLEL_STOP_AT_ERROR, NULL,
                            error);
}

/* A name among others that are joined with '/'. */
static void
append_name (GString *path, const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (*c == '/')
            g_string_append (path, "%2F");
        else
            g_string_append_c (path, *c);
}

static void
add_pairs (XnPairMaker *maker, const Node *node, GString *path)
{
    const gsize length = path->len;
    for (guint i = 0; node->below != NULL && i < node->below->len; i++) {
        const Node *below = g_ptr_array_index (node->below, i);
        const char *name = xn_look_name (below->item);
        if (length > 0)
            g_string_append_c (path, '/');
        append_name (path, name);
        xn_pair_add_named (maker, path->str, name, below->item);
        add_pairs (maker, below, path);
        g_string_truncate (path, length);
    }
}

/* Fills @top with what is below what the URL names. */
static gboolean
list_once (XnLook *look, Listing *listing, Node *top, GError **error)
{
    if (!xn_look_find (look, TRUE, error))
        return FALSE;
    if (g_str_equal (look->item->type, "file")) {
        xn_error_set (error, XN_ERROR_USAGE, "%s is a file, which has nothing below it", look->url->text);
        return FALSE;
    }
    top->item = xn_item_copy (look->item);
    if (look->catalog != NULL) {
        XnItem resource = *look->item;
        resource.file = NULL;
        resource.is_directory = FALSE;
        node_fill_files (listing, top, &resource, look->catalog);
        return TRUE;
    }
    look->finder.not_before_us = look->finder.began_us;
    return fill_all (listing, top, error);
}

XnPairs *
xn_list (XnRuntime *runtime, XnOp *op, const char *text, gboolean recursive, gboolean with_mtime, GError **error)
{
    g_auto (XnLook) look = {0};
    if (!xn_look_begin (&look, runtime, op, xn_url_parse_list (text, error), "list", error))
        return NULL;
    for (;;) {
        const guint generation = xn_client_generation (look.client);
        Node top = {0};
        Listing listing = {&look.finder, recursive, &top, look.url->listed};
        gboolean lost = FALSE;
        gboolean ok = list_once (&look, &listing, &top, error);
        /* A guest is shown less than a user, without a word. */
        if (ok && look.catalog == NULL)
            ok = xn_client_confirm (look.client, generation, op, &lost, error);
        if (ok && with_mtime)
            ok = ask_mtimes (&look.finder, &top, error);
        if (ok) {
            g_autoptr (XnPairMaker) maker = xn_pair_maker_new (look.pairs, look.url);
            g_autoptr (GString) path = g_string_new (NULL);
            add_pairs (maker, &top, path);
        }
        g_clear_pointer (&top.below, g_ptr_array_unref);
        g_free (top.item);
        if (ok)
            break;
        if (!lost)
            return NULL;
        look.finder.began_us = g_get_monotonic_time ();
    }
    xn_op_set_phase (op, XN_PHASE_DONE);
    return g_steal_pointer (&look.pairs);
}
