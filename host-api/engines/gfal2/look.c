/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at files and directories. Must not change anything on a server. */
#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "guard.h"
#include "operation.h"
#include "place.h"
#include "plugin.h"
#include "plugins.h"

typedef struct Entry {
    struct dirent name;
    struct stat about;
} Entry;

typedef struct Directory {
    GArray *entries; /* of Entry */
    guint next;
} Directory;

/* @item NULL: a directory for a level. */
static void
describe (const IOItem *item, struct stat *about)
{
    memset (about, 0, sizeof *about);
    about->st_mode = S_IFDIR | 0755;
    about->st_nlink = 1;
    if (item == NULL)
        return;
    if (g_strcmp0 (operation_attribute (item, "type"), "file") == 0)
        about->st_mode = S_IFREG | 0644;
    about->st_size = (off_t)operation_number (item, "bytes");
    about->st_mtime = about->st_ctime = about->st_atime = (time_t)operation_number (item, "mtime");
}

int
look_stat (plugin_handle handle, const char *url, struct stat *about, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    uint32_t flags;

    if (!operation_begin (&operation, handle, url, error) || !place_of (&operation, url, &place, error))
        return -1;
    flags = place.kind == PLACE_PATH ? IO_WITH_MTIME : 0;
    if (!operation_took (&operation, operation.plugin->stat_url (place.url, flags, &operation.call), error))
        return -1;
    describe (place.kind == PLACE_LEVEL ? NULL : operation.result->items[0], about);
    return 0;
}

int
look_access (plugin_handle handle, const char *url, int mode, GError **error)
{
    struct stat about;

    return look_stat (handle, url, &about, error);
}

static gboolean
add_entry (GArray *entries, const char *name, const IOItem *item, GError **error)
{
    Entry entry = {0};

    if (strlen (name) >= sizeof entry.name.d_name) {
        gfal2_set_error (error, PLUGINS_ERROR, ENAMETOOLONG, __func__, "the name is too long for gfal2: %s", name);
        return FALSE;
    }
    strcpy (entry.name.d_name, name);
    describe (item, &entry.about);
    entry.name.d_type = S_ISDIR (entry.about.st_mode) ? DT_DIR : DT_REG;
    g_array_append_val (entries, entry);
    return TRUE;
}

static gboolean
has_entry (const GArray *entries, const char *name)
{
    for (guint i = 0; i < entries->len; i++)
        if (strcmp (g_array_index (entries, Entry, i).name.d_name, name) == 0)
            return TRUE;
    return FALSE;
}

/* Adds what is in @place; of an item above resources: the levels that it has something at. */
static gboolean
add_listed (const IOResult *listed, const Place *place, GArray *entries, GError **error)
{
    for (size_t i = 0; i < listed->n_items; i++) {
        const IOItem *item = listed->items[i];
        const char *type = operation_attribute (item, "type");
        g_autofree char *name = place_name_of (item);
        const char *level = place_level_of (type);

        if (place->kind == PLACE_LEVEL && g_strcmp0 (type, place->type) != 0)
            continue;
        if (place->kind != PLACE_ITEM) {
            if (!add_entry (entries, name, item, error))
                return FALSE;
        } else if (level != NULL && !has_entry (entries, level) && !add_entry (entries, level, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static const char *
only_entry (PlaceKind kind)
{
    switch (kind) {
    case PLACE_SERVER:
        return "data";
    case PLACE_DATA:
        return "projects";
    case PLACE_RESOURCE:
        return "files";
    default:
        return NULL;
    }
}

static gboolean
read_entries (gfal2_context_t context, const char *url, GArray *entries, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    const char *only;
    IOResult *answer;

    if (!operation_begin (&operation, context, url, error) || !place_of (&operation, url, &place, error))
        return FALSE;
    only = only_entry (place.kind);
    answer = only != NULL ? operation.plugin->stat_url (place.url, 0, &operation.call)
                          : operation.plugin->list_url (place.url, 0, &operation.call);
    if (!operation_took (&operation, answer, error))
        return FALSE;
    if (place.kind < PLACE_RESOURCE)
        guard_listed (context, url);
    return only != NULL ? add_entry (entries, only, NULL, error)
                        : add_listed (operation.result, &place, entries, error);
}

gfal_file_handle
look_open_directory (plugin_handle handle, const char *url, GError **error)
{
    g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
    Directory *directory;

    if (!read_entries (handle, url, entries, error))
        return NULL;
    directory = g_new0 (Directory, 1);
    directory->entries = g_steal_pointer (&entries);
    return gfal_file_handle_new2 (plugin_name (), directory, NULL, url);
}

struct dirent *
look_read_directory_with_stat (plugin_handle handle, gfal_file_handle file, struct stat *about, GError **error)
{
    Directory *directory = gfal_file_handle_get_fdesc (file);
    Entry *entry;

    if (directory->next >= directory->entries->len)
        return NULL;
    entry = &g_array_index (directory->entries, Entry, directory->next++);
    *about = entry->about;
    return &entry->name;
}

struct dirent *
look_read_directory (plugin_handle handle, gfal_file_handle file, GError **error)
{
    struct stat about;

    return look_read_directory_with_stat (handle, file, &about, error);
}

int
look_close_directory (plugin_handle handle, gfal_file_handle file, GError **error)
{
    Directory *directory = gfal_file_handle_get_fdesc (file);

    g_array_unref (directory->entries);
    g_free (directory);
    gfal_file_handle_delete (file);
    return 0;
}

/* An IOPlugin::read_url's take. */
static int
on_bytes (void *data, const void *bytes, size_t size)
{
    g_checksum_update (data, bytes, (gssize)size);
    return 0;
}

/* The digest that the server lists for a whole file; to be freed. NULL without an error if it lists none. */
static char *
listed_digest (Operation *operation, const char *url, GError **error)
{
    if (!operation_took (operation, operation->plugin->stat_url (url, 0, &operation->call), error))
        return NULL;
    return g_strdup (operation_attribute (operation->result->items[0], "md5"));
}

static char *
digest_of (gfal2_context_t context, const char *url, off_t start, size_t length, GError **error)
{
    g_auto (Operation) operation = {0};
    g_auto (Place) place = {0};
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);
    GError *failed = NULL;
    IOResult *answer;
    char *listed;

    if (!operation_begin (&operation, context, url, error) || !place_of (&operation, url, &place, error))
        return NULL;
    if (start == 0 && length == 0) {
        listed = listed_digest (&operation, place.url, &failed);
        if (failed != NULL)
            g_propagate_error (error, failed);
        if (listed != NULL || failed != NULL)
            return listed;
    }
    answer = operation.plugin->read_url (place.url, (uint64_t)start, length != 0 ? length : UINT64_MAX, on_bytes, sum,
                                         &operation.call);
    return operation_took (&operation, answer, error) ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

int
look_checksum (plugin_handle handle, const char *url, const char *type, char *buffer, size_t size, off_t start,
               size_t length, GError **error)
{
    g_autofree char *digest = NULL;

    if (g_ascii_strcasecmp (type, "MD5") != 0) {
        gfal2_set_error (error, PLUGINS_ERROR, ENOTSUP, __func__, "XNAT keeps MD5 sums, and no %s", type);
        return -1;
    }
    digest = digest_of (handle, url, start, length, error);
    if (digest == NULL)
        return -1;
    if (g_strlcpy (buffer, digest, size) < size)
        return 0;
    gfal2_set_error (error, PLUGINS_ERROR, ENOBUFS, __func__, "no room for an MD5 sum");
    return -1;
}
