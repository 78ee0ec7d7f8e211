/* SPDX-License-Identifier: Apache-2.0 */
/* Files' bytes: the version, and then what a generator makes of it and of the names. */
#include "content.h"

#include <string.h>

/* Most files are small; one in so many is of several buffers. */
#define LARGE_IN 24
#define LARGE_SIZE 400000
#define SMALL_SIZE 24000

static guint64
seed_of (const char *resource, const char *path, guint version)
{
    guint64 seed = 14695981039346656037u ^ version;
    for (const char *at = resource; *at != '\0'; at++)
        seed = (seed ^ (guchar)*at) * 1099511628211u;
    for (const char *at = path; *at != '\0'; at++)
        seed = (seed ^ (guchar)*at) * 1099511628211u;
    return seed | 1;
}

static guint64
next (guint64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

GBytes *
content_new (const char *resource, const char *path, guint version)
{
    guint64 state = seed_of (resource, path, version);
    const gsize limit = next (&state) % LARGE_IN == 0 ? LARGE_SIZE : SMALL_SIZE;
    const gsize size = sizeof version + next (&state) % limit;
    guint8 *data = g_malloc (size + sizeof state);
    for (gsize at = sizeof version; at < size; at += sizeof state) {
        const guint64 word = next (&state);
        memcpy (data + at, &word, sizeof word);
    }
    memcpy (data, &version, sizeof version);
    return g_bytes_new_take (data, size);
}

guint
content_version (const char *resource, const char *path, gconstpointer data, gsize size)
{
    guint version;
    if (size < sizeof version)
        return 0;
    memcpy (&version, data, sizeof version);
    g_autoptr (GBytes) right = content_new (resource, path, version);
    const gboolean same = g_bytes_get_size (right) == size && memcmp (g_bytes_get_data (right, NULL), data, size) == 0;
    return same ? version : 0;
}

guint
content_version_of_file (const char *resource, const char *path, const char *file)
{
    g_autofree char *data = NULL;
    gsize size = 0;
    return g_file_get_contents (file, &data, &size, NULL) ? content_version (resource, path, data, size) : 0;
}

char *
content_md5 (const char *resource, const char *path, guint version)
{
    g_autoptr (GBytes) content = content_new (resource, path, version);
    return g_compute_checksum_for_bytes (G_CHECKSUM_MD5, content);
}
