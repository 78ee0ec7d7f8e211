/* SPDX-License-Identifier: Apache-2.0 */
/* Names of members, and what they may stand for. */
#include "fetch/member-names.h"

#include <string.h>

/* Of one resource. */
typedef struct {
    const XnDownload *download;
    const char *directory;
    char *places[2];     /* (owned) (nullable) of several: what stands before its files, by label and by number */
    GHashTable *by_path; /* (owned) Map<path, XnWanted> */
    GHashTable *by_size; /* (owned) Map<gint64, GPtrArray of XnWanted> whose digest can prove a guess, not yet taken */
    GHashTable *renamed; /* (owned) Set<gint64> sizes of listed files that the server may rename */
} Names;

struct XnMemberNames {
    Names *names; /* (owned) */
    guint n;
};

/* The path inside the resource, from a member named "LABEL/scans/4-T1/resources/DICOM/files/sub/1.dcm". The resource's own
 * name is looked for first: it may be "files". */
static const char *
path_in_member (const Names *names, const char *name)
{
    const XnItem *item = names->download->item;
    const char *const own[] = {item->resource_label, item->resource_id};
    for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
        const char *path = own[i] != NULL ? xn_path_in_resource (name, own[i]) : NULL;
        if (path != NULL)
            return path;
    }
    const char *path = xn_path_in_resource (name, NULL);
    return path != NULL ? path : name;
}

static XnWanted *
find_by_path (Names *names, const char *name)
{
    XnWanted *wanted = g_hash_table_lookup (names->by_path, path_in_member (names, name));
    if (wanted == NULL)
        wanted = g_hash_table_lookup (names->by_path, name);
    if (wanted == NULL && names->directory != NULL && strchr (name, '/') == NULL) {
        /* The only file of a directory comes under its base name. */
        g_autofree char *path = g_strdup_printf ("%s/%s", names->directory, name);
        wanted = g_hash_table_lookup (names->by_path, path);
    }
    return wanted;
}

static gboolean
has_part (const char *path, const char *id, const char *rest)
{
    if (id == NULL)
        return FALSE;
    g_autofree char *whole = g_strconcat ("/", path, NULL);
    g_autofree char *part = g_strdup_printf ("/%s/%s", id, rest);
    return strstr (whole, part) != NULL;
}

/* Whether the server's archive of a whole resource may hold the file under another name. */
static gboolean
is_renamed (const XnItem *item, const char *path)
{
    const char *const anywhere[] = {item->subject_id, item->experiment_id, item->assessor_id};
    for (gsize i = 0; i < G_N_ELEMENTS (anywhere); i++)
        if (anywhere[i] != NULL && strstr (path, anywhere[i]) != NULL)
            return TRUE;
    return has_part (path, item->scan_id, "") || has_part (path, item->reconstruction_id, "") ||
           has_part (path, item->resource_id, "files/");
}

static GHashTable *
sizes_of_renamed (const XnDownload *download, const char *directory)
{
    GHashTable *sizes = g_hash_table_new (g_int64_hash, g_int64_equal);
    for (guint i = 0; directory == NULL && i < download->catalog->entries->len; i++) {
        XnEntry *entry = g_ptr_array_index (download->catalog->entries, i);
        if (is_renamed (download->item, entry->path))
            g_hash_table_add (sizes, &entry->size);
    }
    return sizes;
}

/* A member's name proves nothing where another file of that size may have got it and no digest tells them apart. */
static gboolean
name_proves (Names *names, const XnEntry *entry)
{
    const gint64 unknown = -1;
    if (entry->digest != NULL)
        return TRUE;
    if (names->download->catalog->of_several) /* the archive holds another resource's files, too */
        return FALSE;
    if (g_hash_table_size (names->renamed) == 0)
        return TRUE;
    return entry->size >= 0 && !g_hash_table_contains (names->renamed, &entry->size) &&
           !g_hash_table_contains (names->renamed, &unknown);
}

/* The one file of that size which is not there yet, if its digest can prove it. Those that are taken are forgotten, so that
 * an archive of very many members costs no more than a look at each. */
static XnWanted *
find_by_size (Names *names, gint64 size)
{
    GPtrArray *same = g_hash_table_lookup (names->by_size, &size);
    for (guint i = 0; same != NULL && i < MIN (same->len, 2);) {
        if (((const XnWanted *)g_ptr_array_index (same, i))->taken)
            g_ptr_array_remove_index_fast (same, i);
        else
            i++;
    }
    return same != NULL && same->len == 1 ? g_ptr_array_index (same, 0) : NULL;
}

static void
add_by_size (Names *names, XnWanted *wanted)
{
    const XnEntry *entry = wanted->entry;
    if (entry->size < 0 || entry->digest == NULL)
        return;
    GPtrArray *same = g_hash_table_lookup (names->by_size, &entry->size);
    if (same == NULL) {
        same = g_ptr_array_new ();
        g_hash_table_insert (names->by_size, (gpointer)&entry->size, same);
    }
    g_ptr_array_add (same, wanted);
}

/* Whether the resource lists a file under the member's name, wanted or not: then it is that one and no other. */
static gboolean
is_listed (Names *names, const char *name)
{
    return xn_catalog_find (names->download->catalog, path_in_member (names, name)) != NULL ||
           xn_catalog_find (names->download->catalog, name) != NULL;
}

/* Sets what stands before the files of a resource in an archive of several: behind the session's label what the server's
 * listing says of its place, with the label, if it has one, or its number. */
static void
set_places (Names *names)
{
    const XnItem *item = names->download->item;
    g_autofree char *scan = item->scan_id != NULL ? g_strdup_printf ("scans/%s/", item->scan_id) : g_strdup ("");
    const char *const own[] = {item->resource_label, item->resource_id};
    for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
        if (own[i] != NULL)
            names->places[i] = g_strdup_printf ("%sresources/%s/files/", scan, own[i]);
}

static void
names_init (Names *names, const XnShare *share, const char *directory, gboolean is_one_of_several)
{
    names->download = share->download;
    names->directory = directory;
    names->by_path = g_hash_table_new (g_str_hash, g_str_equal);
    names->by_size = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    names->renamed = sizes_of_renamed (share->download, directory);
    if (is_one_of_several)
        set_places (names);
    for (guint i = 0; i < share->wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (share->wanted, i);
        if (one->done)
            continue;
        g_hash_table_insert (names->by_path, one->entry->path, one);
        add_by_size (names, one);
    }
}

static void
names_clear (Names *names)
{
    g_hash_table_unref (names->by_path);
    g_hash_table_unref (names->by_size);
    g_hash_table_unref (names->renamed);
    for (gsize i = 0; i < G_N_ELEMENTS (names->places); i++)
        g_free (names->places[i]);
}

static XnMemberNames *
names_new (const XnShare *shares, guint n, const char *directory)
{
    XnMemberNames *names = g_new0 (XnMemberNames, 1);
    names->names = g_new0 (Names, n);
    names->n = n;
    for (guint i = 0; i < n; i++)
        names_init (&names->names[i], &shares[i], directory, n > 1);
    return names;
}

XnMemberNames *
xn_member_names_new (const XnDownload *download, const char *directory, GPtrArray *wanted)
{
    const XnShare share = {download, wanted};
    return names_new (&share, 1, directory);
}

XnMemberNames *
xn_member_names_new_of_several (const XnShare *shares, guint n)
{
    return names_new (shares, n, NULL);
}

void
xn_member_names_free (XnMemberNames *names)
{
    if (names == NULL)
        return;
    for (guint i = 0; i < names->n; i++)
        names_clear (&names->names[i]);
    g_free (names->names);
    g_free (names);
}

/* Whether @wanted can be that member: another size is another file, under a name that fits by chance. */
static gboolean
may_be (Names *names, const XnWanted *wanted, gint64 size)
{
    if (wanted == NULL || !name_proves (names, wanted->entry))
        return FALSE;
    return size < 0 || wanted->entry->size < 0 || size == wanted->entry->size;
}

static XnWanted *
find_in_one (Names *names, const char *name, gint64 size, gboolean *out_by_name)
{
    XnWanted *wanted = find_by_path (names, name);
    *out_by_name = wanted != NULL;
    if (wanted == NULL && !is_listed (names, name))
        wanted = find_by_size (names, size);
    return may_be (names, wanted, size) ? wanted : NULL;
}

/* What of @name, behind the session's label, is the path in the resource; NULL if it is not of that one. */
static const char *
path_at_place (const Names *names, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (names->places); i++)
        if (names->places[i] != NULL && g_str_has_prefix (name, names->places[i]))
            return name + strlen (names->places[i]);
    return NULL;
}

/* By a name that tells one resource, and nothing else: nothing is guessed among several. */
static XnWanted *
find_in_several (XnMemberNames *names, const char *name, gint64 size)
{
    const char *slash = strchr (name, '/');
    Names *whose = NULL;
    const char *path = NULL;
    for (guint i = 0; slash != NULL && i < names->n; i++) {
        const char *one = path_at_place (&names->names[i], slash + 1);
        if (one != NULL && whose != NULL)
            return NULL;
        if (one == NULL)
            continue;
        whose = &names->names[i];
        path = one;
    }
    XnWanted *wanted = whose != NULL ? g_hash_table_lookup (whose->by_path, path) : NULL;
    return may_be (whose, wanted, size) ? wanted : NULL;
}

XnWanted *
xn_member_names_find (XnMemberNames *names, const char *name, gint64 size, gboolean *out_by_name)
{
    *out_by_name = TRUE;
    return names->n == 1 ? find_in_one (&names->names[0], name, size, out_by_name)
                         : find_in_several (names, name, size);
}
