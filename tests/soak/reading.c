/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching, listing and reading. */
#include "reading.h"

#include "content.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define N_MANY 3

static char *
place_of (const Worker *worker, const Resource *resource, const char *path)
{
    g_autofree char *name = g_strdup_printf ("%s-%s", resource->label, path);
    return g_strdup_printf ("%s/%s", worker->directory, g_strdelimit (name, "/", '_'));
}

/* Judges a fetched file. What was there before is of some version, too, or there was none. */
static void
check_file (Verb verb, const Resource *resource, const char *path, const char *place, Outcome outcome)
{
    const guint version = content_version_of_file (resource->label, path, place);
    if (outcome == OUTCOME_OK && version != resource_version (resource, path))
        world_wrong (verb, "%s has version %u of %s/%s, not %u", place, version, resource->label, path,
                     resource_version (resource, path));
    if (outcome != OUTCOME_OK && version == 0 && g_file_test (place, G_FILE_TEST_EXISTS))
        world_wrong (verb, "%s has wrong bytes after a fetch of %s/%s that did not succeed", place, resource->label,
                     path);
}

void
fetch_file (Worker *worker, const Resource *resource)
{
    Running running;
    const char *path = resource_any_path (resource, worker->random);
    if (path == NULL)
        return;
    g_autofree char *place = place_of (worker, resource, path);
    g_autofree char *url = g_strdup_printf ("%s/files/%s", resource->url, path);
    if (g_rand_boolean (worker->random))
        g_unlink (place);
    const IOCall *call = call_begin (&running, worker, VERB_FETCH_FILE);
    const Outcome outcome = call_end (&running, worker->plugin->fetch_url (url, place, call), url, IO_KIND_OK, NULL);
    check_file (VERB_FETCH_FILE, resource, path, place, outcome);
}

/* Judges all below a directory. @exact: as many files as the resource has, and of their versions. @return how many. */
static guint
check_below (const Resource *resource, const char *top, const char *below, gboolean exact)
{
    guint count = 0;
    const char *name;
    g_autofree char *directory = g_build_filename (top, below, NULL);
    g_autoptr (GDir) entries = g_dir_open (directory, 0, NULL);
    while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
        g_autofree char *path = below[0] != '\0' ? g_strdup_printf ("%s/%s", below, name) : g_strdup (name);
        g_autofree char *place = g_build_filename (top, path, NULL);
        if (g_file_test (place, G_FILE_TEST_IS_DIR)) {
            count += check_below (resource, top, path, exact);
            continue;
        }
        const guint version = content_version_of_file (resource->label, path, place);
        const guint wanted = resource_version (resource, path);
        if (version == 0 || (exact && version != wanted && wanted != 0))
            world_wrong (VERB_FETCH_TREE, "%s has version %u, not %u", place, version, wanted);
        count += wanted != 0;
    }
    return count;
}

/* After a fetch into a directory that was not there before, or was. */
static void
check_tree (Resource *resource, const char *place, gboolean was_there, Outcome outcome)
{
    const guint n = g_hash_table_size (resource->files);
    g_autofree char *partial = g_strdup_printf ("%s.partial", place);
    if (outcome == OUTCOME_OK) {
        const guint count = check_below (resource, place, "", TRUE);
        if (count != n)
            world_wrong (VERB_FETCH_TREE, "%s has %u files, not %u", place, count, n);
        if (g_file_test (partial, G_FILE_TEST_EXISTS))
            world_wrong (VERB_FETCH_TREE, "%s is left", partial);
        g_hash_table_remove (resource->left, place);
        return;
    }
    if (!was_there && g_file_test (place, G_FILE_TEST_EXISTS))
        world_wrong (VERB_FETCH_TREE, "%s is there, though it was not complete", place);
    check_below (resource, place, "", FALSE);
    check_below (resource, partial, "", FALSE);
    g_hash_table_add (resource->left, g_strdup (place));
}

void
fetch_tree (Worker *worker, Resource *resource, const char *destination)
{
    Running running;
    g_autofree char *place = destination != NULL ? g_strdup (destination) : place_of (worker, resource, "tree");
    if (destination == NULL && g_rand_boolean (worker->random))
        world_remove (place);
    const gboolean was_there = g_file_test (place, G_FILE_TEST_EXISTS);
    const IOCall *call = call_begin (&running, worker, VERB_FETCH_TREE);
    const Outcome outcome =
        call_end (&running, worker->plugin->fetch_url (resource->url, place, call), resource->url, IO_KIND_OK, NULL);
    check_tree (resource, place, was_there, outcome);
}

void
fetch_many (Worker *worker)
{
    Running running;
    IOFetch fetches[N_MANY];
    const Resource *from[N_MANY];
    const char *paths[N_MANY];
    char *urls[N_MANY], *places[N_MANY];
    gboolean fetched[N_MANY];
    for (guint i = 0; i < N_MANY; i++) {
        from[i] = world_shared[(worker->number + i) % N_SHARED];
        paths[i] = resource_any_path (from[i], worker->random);
        urls[i] = g_strdup_printf ("%s/files/%s", from[i]->url, paths[i]);
        places[i] = g_strdup_printf ("%s/many-%u", worker->directory, i);
        g_unlink (places[i]);
        fetches[i] = (IOFetch){urls[i], places[i]};
    }
    const IOCall *call = call_begin (&running, worker, VERB_FETCH_MANY);
    IOResult *result = worker->plugin->fetch_many (fetches, N_MANY, NULL, NULL, call);
    for (guint i = 0; i < N_MANY; i++)
        fetched[i] = i < result->n_items && result->items[i]->value != NULL;
    const Outcome outcome = call_end (&running, result, urls[0], IO_KIND_OK, NULL);
    for (guint i = 0; i < N_MANY; i++) {
        if (outcome == OUTCOME_OK && !fetched[i])
            world_wrong (VERB_FETCH_MANY, "success, but not of %s", urls[i]);
        check_file (VERB_FETCH_MANY, from[i], paths[i], places[i], fetched[i] ? OUTCOME_OK : OUTCOME_FAILED);
        g_unlink (places[i]);
        g_free (urls[i]);
        g_free (places[i]);
    }
}

void
expand (Worker *worker)
{
    Running running;
    guint found = 0;
    g_autofree char *url = g_strdup_printf ("%s/search?projects=sandbox&experiments=experiment*&scans=1&"
                                            "resources=SHARED*&id=resource&label=true",
                                            worker->base);
    const IOCall *call = call_begin (&running, worker, VERB_EXPAND);
    IOResult *result = worker->plugin->expand_url (url, call);
    for (gsize i = 0; i < result->n_items; i++) {
        g_autofree char *end = g_strdup_printf ("/resources/SHARED%" G_GSIZE_FORMAT, i);
        const IOItem *item = result->items[i];
        found += g_strcmp0 (item->id, strrchr (end, '/') + 1) == 0 && g_str_has_suffix (item->value, end);
    }
    const gsize n = result->n_items;
    if (call_end (&running, result, url, IO_KIND_OK, NULL) == OUTCOME_OK && (found != N_SHARED || n != N_SHARED))
        world_wrong (VERB_EXPAND, "%u of %u were found, and %" G_GSIZE_FORMAT " in all", found, N_SHARED, n);
}

static const char *
attribute (const IOItem *item, const char *name)
{
    for (const char *const *at = item->attributes; at[0] != NULL; at += 2)
        if (strcmp (at[0], name) == 0)
            return at[1];
    return "";
}

static gboolean
is_as_known (const Resource *resource, const char *path, const IOItem *item)
{
    const guint version = resource_version (resource, path);
    if (version == 0)
        return FALSE;
    g_autoptr (GBytes) content = content_new (resource->label, path, version);
    g_autofree char *md5 = content_md5 (resource->label, path, version);
    const char *told = attribute (item, "md5");
    return g_ascii_strtoull (attribute (item, "bytes"), NULL, 10) == g_bytes_get_size (content) &&
           (told[0] == '\0' || strcmp (told, md5) == 0);
}

void
stat_file (Worker *worker, const Resource *resource)
{
    Running running;
    const gboolean is_there = g_rand_int_range (worker->random, 0, 4) != 0;
    const char *path = is_there ? resource_any_path (resource, worker->random) : "not/there.txt";
    if (path == NULL)
        return;
    g_autofree char *url = g_strdup_printf ("%s/files/%s", resource->url, path);
    const IOCall *call = call_begin (&running, worker, VERB_STAT);
    IOResult *result = worker->plugin->stat_url (url, 0, call);
    const gboolean right = result->n_items == 1 && is_as_known (resource, path, result->items[0]);
    const Outcome outcome = call_end (&running, result, url, is_there ? IO_KIND_OK : IO_KIND_NOT_FOUND, NULL);
    if (outcome == OUTCOME_OK && is_there && !right)
        world_wrong (VERB_STAT, "size or MD5 of %s", url);
}

void
list_files (Worker *worker, const Resource *resource)
{
    Running running;
    guint right = 0, n = 0;
    const IOCall *call = call_begin (&running, worker, VERB_LIST);
    IOResult *result = worker->plugin->list_url (resource->url, IO_RECURSIVE, call);
    for (gsize i = 0; i < result->n_items; i++) {
        const IOItem *item = result->items[i];
        if (strcmp (attribute (item, "type"), "file") != 0)
            continue;
        n++;
        right += is_as_known (resource, attribute (item, "path"), item);
    }
    const guint wanted = g_hash_table_size (resource->files);
    if (call_end (&running, result, resource->url, IO_KIND_OK, NULL) == OUTCOME_OK && (right != wanted || n != wanted))
        world_wrong (VERB_LIST, "%s: %u right ones of %u, %u were listed", resource->url, right, wanted, n);
}

static int
take_bytes (void *taken, const void *bytes, size_t size)
{
    g_byte_array_append (taken, bytes, (guint)size);
    return 0;
}

void
read_part (Worker *worker, const Resource *resource)
{
    Running running;
    const char *path = resource_any_path (resource, worker->random);
    if (path == NULL)
        return;
    g_autoptr (GBytes) content = content_new (resource->label, path, resource_version (resource, path));
    g_autoptr (GByteArray) taken = g_byte_array_new ();
    const gsize size = g_bytes_get_size (content);
    const gboolean whole = g_rand_boolean (worker->random);
    const gsize from = whole ? 0 : (gsize)g_rand_int_range (worker->random, 0, (gint32)size);
    const gsize length = whole ? size : (size - from) / 2 + 1;
    g_autofree char *url = g_strdup_printf ("%s/files/%s", resource->url, path);
    const IOCall *call = call_begin (&running, worker, VERB_READ);
    const Outcome outcome = call_end (&running, worker->plugin->read_url (url, from, length, take_bytes, taken, call),
                                      url, IO_KIND_OK, NULL);
    const gsize wanted = MIN (length, size - from);
    const guint8 *right = (const guint8 *)g_bytes_get_data (content, NULL) + from;
    /* Of a part the plugin knows the size only, and faults change bytes. */
    const gboolean told = whole || !worker->faulty;
    if (outcome == OUTCOME_OK && (taken->len != wanted || (told && memcmp (taken->data, right, wanted) != 0)))
        world_wrong (VERB_READ, "%u of %" G_GSIZE_FORMAT " bytes of %s from %" G_GSIZE_FORMAT " on, or other ones",
                     taken->len, wanted, url, from);
}
