/* SPDX-License-Identifier: Apache-2.0 */
/* Putting and removing. */
#include "writing.h"

#include "content.h"
#include "control.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS "?overwrite=true&scan_type=xnat:mrScanData"
/* No more files than that in a resource. */
#define FILES_MAX 16

/* A path that is no other's beginning. */
static char *
random_path (GRand *random)
{
    const gint32 number = g_rand_int_range (random, 0, 12);
    switch (g_rand_int_range (random, 0, 4)) {
    case 0:
        return g_strdup_printf ("f%02d.bin", number);
    case 1:
        return g_strdup_printf ("sub/g%02d.dat", number);
    case 2:
        return g_strdup_printf ("sub/deep/h%02d.dat", number);
    default:
        return g_strdup_printf ("image-%02d.nii.gz", number);
    }
}

static void
write_content (const char *place, const Resource *resource, const char *path, guint version)
{
    g_autoptr (GBytes) content = content_new (resource->label, path, version);
    g_autofree char *directory = g_path_get_dirname (place);
    gsize size;
    const char *data = g_bytes_get_data (content, &size);
    FILE *file = g_mkdir_with_parents (directory, 0700) == 0 ? fopen (place, "we") : NULL;
    if (file == NULL || fwrite (data, 1, size, file) != size || fclose (file) != 0)
        g_error ("%s cannot be written", place);
}

/* Leaves the worker's resource alone until all is quiet. */
static void
retire (Worker *worker)
{
    g_ptr_array_add (worker->retired, g_steal_pointer (&worker->own));
}

/* What the files of a put are known to be from now on. @sent: (element-type utf8 guint). */
static void
take_over (Resource *resource, GHashTable *sent, gboolean succeeded)
{
    GHashTableIter iter;
    gpointer path, version;
    g_hash_table_iter_init (&iter, sent);
    while (g_hash_table_iter_next (&iter, &path, &version))
        g_hash_table_insert (succeeded ? resource->files : resource->doubt, g_strdup (path), version);
}

/* Puts what was written to @source. @where: behind the resource's URL. */
static Outcome
put (Worker *worker, Verb verb, Resource *resource, const char *source, const char *where, GHashTable *sent)
{
    Running running;
    g_autofree char *url = g_strdup_printf ("%s%s" OPTIONS, resource->url, where);
    const IOCall *call = call_begin (&running, worker, verb);
    const Outcome outcome =
        call_end (&running, worker->plugin->put_url (source, url, call), url, IO_KIND_OK, resource->said);
    take_over (resource, sent, outcome == OUTCOME_OK);
    if (outcome == OUTCOME_OK)
        check_stored (verb, resource);
    return outcome;
}

void
put_file (Worker *worker)
{
    Resource *own = worker->own;
    if (own == NULL)
        return;
    const char *known = resource_any_path (own, worker->random);
    const gboolean another =
        known != NULL && (g_hash_table_size (own->files) >= FILES_MAX || g_rand_boolean (worker->random));
    g_autofree char *path = another ? g_strdup (known) : random_path (worker->random);
    g_autofree char *source = g_strdup_printf ("%s/source-file", worker->directory);
    g_autofree char *where = g_strdup_printf ("/files/%s", path);
    g_autoptr (GHashTable) sent = g_hash_table_new (g_str_hash, g_str_equal);
    const guint version = world_next_version ();
    write_content (source, own, path, version);
    g_hash_table_insert (sent, path, GUINT_TO_POINTER (version));
    if (put (worker, VERB_PUT_FILE, own, source, where, sent) != OUTCOME_OK)
        retire (worker);
    g_unlink (source);
}

/* Writes files to a directory, and puts it. @sent: path -> version. */
static Outcome
put_directory (Worker *worker, Resource *resource, GHashTable *sent)
{
    g_autofree char *source = g_strdup_printf ("%s/source-tree", worker->directory);
    GHashTableIter iter;
    gpointer path, version;
    g_hash_table_iter_init (&iter, sent);
    while (g_hash_table_iter_next (&iter, &path, &version)) {
        g_autofree char *place = g_build_filename (source, path, NULL);
        write_content (place, resource, path, GPOINTER_TO_UINT (version));
    }
    const Outcome outcome = put (worker, VERB_PUT_TREE, resource, source, "", sent);
    world_remove (source);
    return outcome;
}

void
put_tree (Worker *worker)
{
    static gint labels;
    g_autoptr (GHashTable) sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    if (worker->own == NULL) {
        g_autofree char *scan = g_strdup_printf ("T%02u", worker->number);
        g_autofree char *label = g_strdup_printf ("SOAK%d", g_atomic_int_add (&labels, 1));
        worker->own = resource_new (worker->base, scan, label);
    }
    for (gint left = g_rand_int_range (worker->random, 2, 7); left > 0; left--) {
        char *path = random_path (worker->random);
        const guint known = resource_version (worker->own, path);
        const gboolean same = known != 0 && g_rand_boolean (worker->random);
        g_hash_table_insert (sent, path, GUINT_TO_POINTER (same ? known : world_next_version ()));
    }
    if (put_directory (worker, worker->own, sent) != OUTCOME_OK)
        retire (worker);
}

char *
common_label (guint number)
{
    return g_strdup_printf ("COMMON%u", number % N_COMMON);
}

void
put_common (Worker *worker)
{
    Running running;
    g_autofree char *label = common_label (worker->number);
    Resource *resource = resource_new (worker->base, "C", label);
    const guint version = world_next_version ();
    g_autofree char *path = g_strdup_printf ("t%02u-%08u.bin", worker->number, version);
    g_autofree char *source = g_strdup_printf ("%s/source-common", worker->directory);
    g_autofree char *url = g_strdup_printf ("%s/files/%s" OPTIONS, resource->url, path);
    write_content (source, resource, path, version);
    const IOCall *call = call_begin (&running, worker, VERB_PUT_COMMON);
    if (call_end (&running, worker->plugin->put_url (source, url, call), url, IO_KIND_OK, NULL) == OUTCOME_OK) {
        g_hash_table_insert (worker->common, g_steal_pointer (&path), GUINT_TO_POINTER (version));
        check_common (worker);
    }
    g_unlink (source);
    resource_free (resource);
}

void
remove_file (Worker *worker)
{
    Running running;
    Resource *own = worker->own;
    const char *path = own != NULL ? resource_any_path (own, worker->random) : NULL;
    if (path == NULL || g_hash_table_size (own->files) < 2)
        return;
    g_autofree char *url = g_strdup_printf ("%s/files/%s", own->url, path);
    const IOCall *call = call_begin (&running, worker, VERB_REMOVE);
    if (call_end (&running, worker->plugin->remove_url (url, call), url, IO_KIND_OK, own->said) == OUTCOME_OK) {
        g_hash_table_remove (own->files, path);
        check_stored (VERB_REMOVE, own);
    } else {
        g_hash_table_insert (own->doubt, g_strdup (path), GUINT_TO_POINTER (0));
        retire (worker);
    }
}

void
put_whole (Worker *worker, Resource *resource)
{
    g_autoptr (GHashTable) sent = g_hash_table_new (g_str_hash, g_str_equal);
    GHashTable *const all[] = {resource->files, resource->doubt};
    for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
        GHashTableIter iter;
        gpointer path;
        g_hash_table_iter_init (&iter, all[i]);
        while (g_hash_table_iter_next (&iter, &path, NULL))
            g_hash_table_insert (sent, path, GUINT_TO_POINTER (world_next_version ()));
    }
    put_directory (worker, resource, sent);
}

void
remove_whole (Worker *worker, const Resource *resource)
{
    Running running;
    guint n;
    const IOCall *call = call_begin (&running, worker, VERB_REMOVE);
    call_end (&running, worker->plugin->remove_url (resource->url, call), resource->url, IO_KIND_OK, NULL);
    g_autoptr (GPtrArray) stored = control_store (resource->label, &n);
    if (n > 0)
        world_wrong (VERB_REMOVE, "%s is still there, with %u files", resource->url, stored->len);
}

/* Judges one file of those that the server stores. */
static gboolean
is_stored_right (const Resource *resource, const Stored *stored, guint version)
{
    g_autofree char *md5 = content_md5 (resource->label, stored->path, version);
    g_autoptr (GBytes) content = content_new (resource->label, stored->path, version);
    return stored->size == (gint64)g_bytes_get_size (content) &&
           (stored->md5[0] == '\0' || strcmp (stored->md5, md5) == 0) &&
           content_version_of_file (resource->label, stored->path, stored->place) == version;
}

void
check_stored (Verb verb, const Resource *resource)
{
    guint n;
    g_autoptr (GPtrArray) all = control_store (resource->label, &n);
    if (n != 1 || all->len != g_hash_table_size (resource->files))
        world_wrong (verb, "%s: %u resources, and %u files, not %u", resource->url, n, all->len,
                     g_hash_table_size (resource->files));
    for (guint i = 0; i < all->len; i++) {
        const Stored *stored = g_ptr_array_index (all, i);
        const guint version = resource_version (resource, stored->path);
        if (version == 0 || !is_stored_right (resource, stored, version))
            world_wrong (verb, "%s/%s is not stored as version %u", resource->url, stored->path, version);
    }
}

/* Whether the messages of the writes name a file. */
static gboolean
was_said (const Resource *resource, const char *path)
{
    const char *slash = strrchr (path, '/');
    return strstr (resource->said->str, slash != NULL ? slash + 1 : path) != NULL;
}

static void
check_doubtful_file (const Resource *resource, const Stored *stored)
{
    gpointer other = NULL;
    const guint version = content_version_of_file (resource->label, stored->path, stored->place);
    const guint known = resource_version (resource, stored->path);
    const gboolean in_doubt = g_hash_table_lookup_extended (resource->doubt, stored->path, NULL, &other);
    if (version != 0 && (version == known || (in_doubt && version == GPOINTER_TO_UINT (other))))
        return;
    if (!in_doubt || !was_said (resource, stored->path))
        world_wrong (VERB_PUT_FILE, "%s/%s has version %u, not %u or %u, and nobody said so: %s", resource->url,
                     stored->path, version, known, GPOINTER_TO_UINT (other), resource->said->str);
}

void
check_doubtful (const Resource *resource)
{
    guint n;
    GHashTableIter iter;
    gpointer path;
    g_autoptr (GPtrArray) all = control_store (resource->label, &n);
    g_autoptr (GHashTable) there = g_hash_table_new (g_str_hash, g_str_equal);
    if (n > 1)
        world_wrong (VERB_PUT_FILE, "%s is there %u times", resource->url, n);
    for (guint i = 0; i < all->len; i++) {
        const Stored *stored = g_ptr_array_index (all, i);
        g_hash_table_add (there, stored->path);
        check_doubtful_file (resource, stored);
    }
    g_hash_table_iter_init (&iter, resource->files);
    while (g_hash_table_iter_next (&iter, &path, NULL)) {
        gpointer other = NULL;
        const gboolean in_doubt = g_hash_table_lookup_extended (resource->doubt, path, NULL, &other);
        const gboolean removed = in_doubt && GPOINTER_TO_UINT (other) == 0;
        if (!g_hash_table_contains (there, path) && !removed && !(in_doubt && was_said (resource, path)))
            world_wrong (VERB_PUT_FILE, "%s/%s is gone, and nobody said so: %s", resource->url, (char *)path,
                         resource->said->str);
    }
}

void
check_common (const Worker *worker)
{
    guint n, found = 0;
    g_autofree char *label = common_label (worker->number);
    Resource *resource = resource_new (worker->base, "C", label);
    g_autoptr (GPtrArray) all = control_store (label, &n);
    for (guint i = 0; i < all->len; i++) {
        const Stored *stored = g_ptr_array_index (all, i);
        const guint version = GPOINTER_TO_UINT (g_hash_table_lookup (worker->common, stored->path));
        found += version != 0 && is_stored_right (resource, stored, version);
    }
    if (found != g_hash_table_size (worker->common))
        world_wrong (VERB_PUT_COMMON, "%s: %u of %u files are there", label, found, g_hash_table_size (worker->common));
    resource_free (resource);
}
