/* SPDX-License-Identifier: Apache-2.0 */
/* Building and changing the archive's tree. Must not know HTTP. */
#include "model.h"

#include <string.h>

Archive *
archive_new (const char *root)
{
    Archive *archive = g_new0 (Archive, 1);

    g_rw_lock_init (&archive->lock);
    g_mutex_init (&archive->bodies);
    archive->projects = g_ptr_array_new ();
    archive->by_id = g_hash_table_new (g_direct_hash, g_direct_equal);
    archive->resources = g_hash_table_new (g_direct_hash, g_direct_equal);
    archive->deleted = g_hash_table_new (g_str_hash, g_str_equal);
    archive->prefix = S ("SITE");
    archive->root = S (root);
    return archive;
}

static void
add_to (GPtrArray **list, gpointer item)
{
    if (!*list)
        *list = g_ptr_array_new ();
    g_ptr_array_add (*list, item);
}

static void
take_from (GPtrArray *list, gpointer item)
{
    if (list)
        g_ptr_array_remove (list, item);
}

static Node *
node_new (NodeKind kind, const char *id, const char *label, const char *xsi, Node *parent)
{
    Node *node = g_new0 (Node, 1);

    node->kind = kind;
    node->id = S (id);
    node->label = S (label);
    node->xsi = S (xsi);
    node->parent = parent;
    node->project = !parent ? node : parent->project;
    node->inserted = S ("2024-01-02 10:11:12.123");
    node->inserted_by = S ("admin");
    return node;
}

static const char *
name_key (NodeKind kind, const char *label)
{
    g_autofree char *key = g_strdup_printf ("%c%s", kind == NODE_SUBJECT ? 's' : 'e', label);

    return S (key);
}

static void
register_node (Archive *archive, Node *node)
{
    g_hash_table_insert (archive->by_id, (gpointer)node->id, node);
    if (node->label)
        g_hash_table_insert (node->project->by_name, (gpointer)name_key (node->kind, node->label), node);
}

Node *
archive_add_project (Archive *archive, const char *id, const char *name, Access access)
{
    Node *node = node_new (NODE_PROJECT, id, name, "xnat:projectData", NULL);

    node->access = access;
    node->roles = g_hash_table_new (g_str_hash, g_str_equal);
    node->by_name = g_hash_table_new (g_direct_hash, g_direct_equal);
    g_ptr_array_add (archive->projects, node);
    return node;
}

static const char *
next_id (Archive *archive, const char *id, char letter, guint *counter)
{
    g_autofree char *made = NULL;

    if (id)
        return id;
    made = g_strdup_printf ("%s_%c%05u", archive->prefix, letter, ++*counter);
    return S (made);
}

Node *
archive_add_subject (Archive *archive, Node *project, const char *id, const char *label)
{
    Node *node =
        node_new (NODE_SUBJECT, next_id (archive, id, 'S', &archive->next_subject), label, "xnat:subjectData", project);

    add_to (&project->subjects, node);
    register_node (archive, node);
    return node;
}

Node *
archive_add_experiment (Archive *archive, Node *subject, const char *id, const char *label, const char *xsi)
{
    Node *node = node_new (NODE_EXPERIMENT, next_id (archive, id, 'E', &archive->next_experiment), label, xsi, subject);

    add_to (&subject->experiments, node);
    add_to (&subject->project->experiments, node);
    register_node (archive, node);
    return node;
}

Node *
archive_add_assessor (Archive *archive, Node *session, const char *id, const char *label, const char *xsi)
{
    Node *node = node_new (NODE_ASSESSOR, next_id (archive, id, 'E', &archive->next_experiment), label, xsi, session);

    add_to (&session->assessors, node);
    register_node (archive, node);
    return node;
}

Node *
archive_add_scan (Archive *archive, Node *session, const char *id, const char *type, const char *xsi)
{
    Node *node = node_new (NODE_SCAN, id, type, xsi, session);

    node->pk = ++archive->next_scan;
    add_to (&session->scans, node);
    return node;
}

Node *
archive_add_recon (Archive *archive, Node *session, const char *id, const char *type)
{
    Node *node = node_new (NODE_RECON, id, type, "xnat:reconstructedImageData", session);

    node->pk = ++archive->next_scan;
    add_to (&session->recons, node);
    return node;
}

Resource *
archive_add_resource_at (Archive *archive, Node *parent, char way, const char *label, const char *path)
{
    Resource *resource = g_new0 (Resource, 1);
    Resource *twin = resource_at (parent, path);

    resource->catalog = twin ? twin->catalog : g_new0 (Catalog, 1);
    resource->catalog->path = S (path);
    resource->id = ++archive->next_resource;
    resource->label = S (label);
    resource->element = S ("xnat:resourceCatalog");
    resource->parent = parent;
    resource->way = way;
    add_to (&parent->resources, resource);
    g_hash_table_insert (archive->resources, GUINT_TO_POINTER (resource->id), resource);
    return resource;
}

Resource *
archive_add_resource (Archive *archive, Node *parent, char way, const char *label)
{
    const char *path = catalog_path (parent, way, label, FALSE);

    for (guint i = 2; resource_at (parent, path); i++) {
        g_autofree char *folder = g_strdup_printf ("%s_%u", label ? label : "", i);

        path = catalog_path (parent, way, folder, FALSE);
    }
    return archive_add_resource_at (archive, parent, way, label, path);
}

void
node_share (Node *node, Node *project, const char *label)
{
    Share share = {project, S (label)};

    if (!node->shares)
        node->shares = g_array_new (FALSE, FALSE, sizeof (Share));
    g_array_append_val (node->shares, share);
    add_to (&project->guests, node);
}

void
node_unshare (Node *node, Node *project)
{
    for (guint i = 0; node->shares && i < node->shares->len; i++) {
        if (g_array_index (node->shares, Share, i).project == project) {
            g_array_remove_index (node->shares, i);
            take_from (project->guests, node);
            return;
        }
    }
}

void
experiment_move (Node *experiment, Node *subject)
{
    take_from (experiment->parent->experiments, experiment);
    add_to (&subject->experiments, experiment);
    experiment->parent = subject;
}

void
node_rename (Node *node, const char *label)
{
    if (node->label)
        g_hash_table_remove (node->project->by_name, name_key (node->kind, node->label));
    node->label = S (label);
    g_hash_table_insert (node->project->by_name, (gpointer)name_key (node->kind, node->label), node);
}

static void
remove_all (Archive *archive, GPtrArray *list)
{
    while (list && list->len > 0)
        archive_remove (archive, g_ptr_array_index (list, list->len - 1));
}

void
archive_remove_resource (Archive *archive, Resource *resource)
{
    take_from (resource->parent->resources, resource);
    g_hash_table_remove (archive->resources, GUINT_TO_POINTER (resource->id));
    /* The files go with it, also where another resource lists them. */
    if (resource_at (resource->parent, resource->catalog->path))
        catalog_remove_files (archive, resource);
}

static void
remove_from_parents (Archive *archive, Node *node)
{
    if (node->kind == NODE_PROJECT) {
        take_from (archive->projects, node);
        g_hash_table_add (archive->deleted, (gpointer)node->id);
        return;
    }
    take_from (node->parent->subjects, node);
    take_from (node->parent->experiments, node);
    take_from (node->parent->scans, node);
    take_from (node->parent->assessors, node);
    take_from (node->parent->recons, node);
    if (node->kind == NODE_SCAN || node->kind == NODE_RECON)
        return;
    if (node->kind == NODE_EXPERIMENT)
        take_from (node->project->experiments, node);
    g_hash_table_remove (archive->by_id, node->id);
    if (node->label)
        g_hash_table_remove (node->project->by_name, name_key (node->kind, node->label));
}

void
archive_remove (Archive *archive, Node *node)
{
    remove_all (archive, node->subjects);
    if (node->kind != NODE_PROJECT)
        remove_all (archive, node->experiments);
    remove_all (archive, node->assessors);
    remove_all (archive, node->scans);
    remove_all (archive, node->recons);
    while (node->resources && node->resources->len > 0)
        archive_remove_resource (archive, g_ptr_array_index (node->resources, 0));
    /* What is shared into a project is only no longer shared. */
    while (node->guests && node->guests->len > 0)
        node_unshare (g_ptr_array_index (node->guests, 0), node);
    for (guint i = 0; node->shares && i < node->shares->len; i++)
        take_from (g_array_index (node->shares, Share, i).project->guests, node);
    remove_from_parents (archive, node);
}

const char *
node_field (const Node *node, const char *name)
{
    for (guint i = 0; node->fields && i < node->fields->len; i++) {
        const Field *field = &g_array_index (node->fields, Field, i);

        if (g_ascii_strcasecmp (field->name, name) == 0)
            return field->value;
    }
    return NULL;
}

void
node_set_field (Node *node, const char *name, const char *value)
{
    Field field = {S (name), S (value)};

    if (!node->fields)
        node->fields = g_array_new (FALSE, FALSE, sizeof (Field));
    for (guint i = 0; i < node->fields->len; i++) {
        if (g_ascii_strcasecmp (g_array_index (node->fields, Field, i).name, name) == 0) {
            g_array_remove_index (node->fields, i);
            break;
        }
    }
    if (value && *value)
        g_array_append_val (node->fields, field);
}

Node *
archive_project (Archive *archive, const char *id)
{
    for (guint i = 0; i < archive->projects->len; i++) {
        Node *project = g_ptr_array_index (archive->projects, i);

        if (strcmp (project->id, id) == 0)
            return project;
    }
    for (guint i = 0; i < archive->projects->len; i++) {
        Node *project = g_ptr_array_index (archive->projects, i);

        if (g_strcmp0 (node_field (project, "aliases/alias/alias"), id) == 0)
            return project;
    }
    return NULL;
}

Node *
archive_by_id (Archive *archive, const char *id)
{
    return g_hash_table_lookup (archive->by_id, S (id));
}

static gboolean
same_name_space (NodeKind a, NodeKind b)
{
    return (a == NODE_SUBJECT) == (b == NODE_SUBJECT);
}

Node *
project_by_label (const Node *project, NodeKind kind, const char *label)
{
    Node *own = g_hash_table_lookup (project->by_name, name_key (kind, label));

    if (own)
        return own;
    for (guint i = 0; project->guests && i < project->guests->len; i++) {
        Node *guest = g_ptr_array_index (project->guests, i);
        const Share *share = node_share_in (guest, project);

        /* Shared without a label it is shown under its own, and not found by it. */
        if (same_name_space (guest->kind, kind) && g_strcmp0 (share->label, label) == 0)
            return guest;
    }
    return NULL;
}

Node *
session_scan (const Node *session, const char *id)
{
    for (guint i = 0; session->scans && i < session->scans->len; i++) {
        Node *scan = g_ptr_array_index (session->scans, i);

        if (strcmp (scan->id, id) == 0)
            return scan;
    }
    return NULL;
}

static Node *
project_recon (const Node *project, const char *id)
{
    for (guint i = 0; project->experiments && i < project->experiments->len; i++) {
        const Node *session = g_ptr_array_index (project->experiments, i);

        for (guint j = 0; session->recons && j < session->recons->len; j++) {
            Node *recon = g_ptr_array_index (session->recons, j);

            if (strcmp (recon->id, id) == 0)
                return recon;
        }
    }
    return NULL;
}

Node *
archive_recon (Archive *archive, const char *id)
{
    Node *found = NULL;

    for (guint i = 0; !found && i < archive->projects->len; i++)
        found = project_recon (g_ptr_array_index (archive->projects, i), id);
    return found;
}

const Share *
node_share_in (const Node *node, const Node *project)
{
    for (guint i = 0; node->shares && i < node->shares->len; i++) {
        const Share *share = &g_array_index (node->shares, Share, i);

        if (share->project == project)
            return share;
    }
    return NULL;
}

gboolean
node_in_project (const Node *node, const Node *project)
{
    return node->project == project || node_share_in (node, project);
}

const char *
node_label_in (const Node *node, const Node *project)
{
    const Share *share = project && project != node->project ? node_share_in (node, project) : NULL;

    return share && share->label ? share->label : node->label;
}

const Node *
node_above (const Node *node, NodeKind kind)
{
    while (node && node->kind != kind)
        node = node->parent;
    return node;
}
