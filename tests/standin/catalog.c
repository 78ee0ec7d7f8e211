/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs: where they lie, what they list, and the bytes of the files. Must not know HTTP. */
#include "model.h"

#include <string.h>
#include <glib/gstdio.h>

static const char *
lazy_path (const Resource *resource, guint index)
{
    const char *label = resource->label ? resource->label : "";
    g_autofree char *path = NULL;

    if (g_ascii_strcasecmp (label, "DICOM") == 0 || g_ascii_strcasecmp (label, "secondary") == 0)
        path = g_strdup_printf ("%04u.dcm", index + 1);
    else if (index == 0)
        path = g_strdup ("image.nii.gz");
    else
        path = g_strdup_printf ("image_%u.nii.gz", index + 1);
    return S (path);
}

Entry *
resource_add_entry (Archive *archive, Resource *resource, const char *path, const char *file, gint64 size)
{
    Entry *entry = g_new0 (Entry, 1);

    entry->path = S (path);
    entry->file = S (file);
    entry->size = size;
    entry->seed = (guint64)resource->id * 1000003u + g_str_hash (path);
    g_ptr_array_add (resource_entries (archive, resource), entry);
    return entry;
}

GPtrArray *
resource_entries (Archive *archive, Resource *resource)
{
    GPtrArray *made = g_atomic_pointer_get (&resource->catalog->entries);

    if (made)
        return made;
    g_mutex_lock (&archive->bodies);
    if (!resource->catalog->entries) {
        made = g_ptr_array_sized_new (resource->catalog->lazy_files);
        for (guint i = 0; i < resource->catalog->lazy_files; i++) {
            Entry *entry = g_new0 (Entry, 1);

            entry->path = lazy_path (resource, i);
            entry->size = resource->catalog->lazy_size;
            entry->seed = (guint64)resource->id * 1000003u + i;
            entry->format = resource->format;
            entry->content = resource->content;
            g_ptr_array_add (made, entry);
        }
        g_atomic_pointer_set (&resource->catalog->entries, made);
    }
    g_mutex_unlock (&archive->bodies);
    return resource->catalog->entries;
}

char *
catalog_place (const Catalog *catalog, const char *path)
{
    const char *slash = strrchr (catalog->path, '/');

    if (*path == '/')
        return g_strdup (path);
    return g_strdup_printf (ARCHIVE_DIR "%.*s/%s", (int)(slash - catalog->path), catalog->path, path);
}

static const char *
catalog_dir (Archive *archive, Resource *resource)
{
    Catalog *catalog = resource->catalog;

    if (!catalog->dir) {
        g_autofree char *dir = g_strdup_printf ("%s/%u", archive->root, resource->id);

        g_mkdir_with_parents (dir, 0700);
        catalog->dir = S (dir);
    }
    return catalog->dir;
}

const char *
archive_new_file (Archive *archive, Resource *resource, const char *path)
{
    g_autofree char *file = NULL;
    g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, path, -1);
    const char *dot = strrchr (path, '.');

    /* The catalog's path may hold anything, the disk's name holds nothing of it but the ending. */
    g_mutex_lock (&archive->bodies);
    file = g_strdup_printf ("%s/%s%s", catalog_dir (archive, resource), sum, dot && !strchr (dot, '/') ? dot : "");
    g_mutex_unlock (&archive->bodies);
    return S (file);
}

static GBytes *
entry_generate (const Entry *entry)
{
    return sample_body (entry->path, entry->seed, entry->size);
}

const char *
entry_file (Archive *archive, Resource *resource, Entry *entry)
{
    const char *file;

    if (entry->file)
        return entry->file;
    file = archive_new_file (archive, resource, entry->path);
    g_mutex_lock (&archive->bodies);
    if (!entry->file) {
        g_autoptr (GBytes) bytes = entry_generate (entry);
        gsize size;
        const char *data = g_bytes_get_data (bytes, &size);

        if (g_file_set_contents_full (file, data ? data : "", (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
            entry->file = file;
    }
    g_mutex_unlock (&archive->bodies);
    return file;
}

gboolean
entry_is_there (const Entry *entry)
{
    return !entry->file || g_file_test (entry->file, G_FILE_TEST_EXISTS);
}

static const char *
file_md5 (const char *file)
{
    g_autoptr (GMappedFile) map = g_mapped_file_new (file, FALSE, NULL);
    g_autoptr (GBytes) bytes = map ? g_mapped_file_get_bytes (map) : NULL;
    g_autofree char *sum = bytes ? g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes) : NULL;

    return S (sum);
}

const char *
entry_digest (Archive *archive, Resource *resource, Entry *entry)
{
    g_mutex_lock (&archive->bodies);
    if (!entry->computed) {
        if (entry->file) {
            entry->digest = file_md5 (entry->file);
        } else {
            g_autoptr (GBytes) bytes = entry_generate (entry);
            g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, bytes);

            entry->digest = S (sum);
        }
        entry->computed = TRUE;
    }
    g_mutex_unlock (&archive->bodies);
    return entry->digest ? entry->digest : "";
}

Entry *
resource_find (Archive *archive, Resource *resource, const char *path)
{
    GPtrArray *entries = resource_entries (archive, resource);

    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = g_ptr_array_index (entries, i);

        if (strcmp (entry->path, path) == 0)
            return entry;
    }
    return NULL;
}

void
resource_restate (Archive *archive, Resource *resource)
{
    GPtrArray *entries = resource_entries (archive, resource);

    resource->unstated = FALSE;
    resource->stated_count = resource->stated_size = 0;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index (entries, i);

        /* What is called like a catalog is listed, and not counted. */
        if (g_str_has_suffix (entry->path, "_catalog.xml"))
            continue;
        resource->stated_count++;
        resource->stated_size += entry->size;
    }
}

/* The directory of a session's part in the archive. */
static char *
session_dir (const Node *session)
{
    return g_strdup_printf ("%s/arc001/%s", session->project->id, session->label ? session->label : session->id);
}

const char *
catalog_path (const Node *parent, char way, const char *folder, gboolean uploaded)
{
    const Node *session = node_above (parent, NODE_EXPERIMENT);
    g_autofree char *base = session ? session_dir (session) : NULL;
    g_autofree char *dir = NULL;
    g_autofree char *path = NULL;
    const char *name = folder;
    const char *slash = folder ? "/" : "";

    switch (parent->kind) {
    case NODE_PROJECT:
        dir = g_strdup_printf ("%s/resources", parent->id);
        break;
    case NODE_SUBJECT:
        dir = g_strdup_printf ("%s/subjects/%s", parent->project->id, parent->label ? parent->label : parent->id);
        break;
    case NODE_SCAN:
        dir = g_strdup_printf ("%s/SCANS/%s", base, parent->id);
        name = uploaded && folder ? folder : parent->id;
        break;
    case NODE_ASSESSOR:
        dir = uploaded ? g_strdup_printf ("%s/ASSESSORS/%s/%s", base, parent->id, way == 'i' ? "in" : "out")
                       : g_strdup_printf ("%s/ASSESSORS/%s", base, parent->label ? parent->label : parent->id);
        break;
    case NODE_RECON:
        dir = g_strdup_printf (uploaded ? "%s/PROCESSED/%s" : "%s/ASSESSORS/PROCESSED/%s", base, parent->id);
        name = uploaded && folder ? folder : parent->id;
        break;
    default:
        dir = g_strdup_printf ("%s/RESOURCES", base);
    }
    path = g_strdup_printf ("%s%s%s/%s_catalog.xml", dir, slash, folder ? folder : "", name ? name : "");
    return S (path);
}

void
catalog_empty (Archive *archive, Resource *resource)
{
    Catalog *catalog = resource->catalog;
    GPtrArray *listed = resource_entries (archive, resource);

    if (!catalog->unlisted)
        catalog->unlisted = g_ptr_array_new ();
    for (guint i = 0; i < listed->len; i++)
        g_ptr_array_add (catalog->unlisted, g_ptr_array_index (listed, i));
    g_atomic_pointer_set (&catalog->entries, g_ptr_array_new ());
    catalog->generation++;
}

void
catalog_remove_files (Archive *archive, Resource *resource)
{
    Catalog *catalog = resource->catalog;

    catalog_empty (archive, resource);
    for (guint i = 0; i < catalog->unlisted->len; i++) {
        const Entry *entry = g_ptr_array_index (catalog->unlisted, i);

        if (entry->file)
            (void)g_unlink (entry->file);
    }
    catalog->unlisted = NULL;
}

Resource *
resource_at (const Node *parent, const char *path)
{
    for (guint i = 0; parent->resources && i < parent->resources->len; i++) {
        Resource *resource = g_ptr_array_index (parent->resources, i);

        if (strcmp (resource->catalog->path, path) == 0)
            return resource;
    }
    return NULL;
}
