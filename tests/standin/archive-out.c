/* SPDX-License-Identifier: Apache-2.0 */
/* Which files go into an archive, and under which names. */
#include "files.h"

#include <string.h>

void
pack_free (Pack *pack)
{
    for (guint i = 0; i < pack->items->len; i++)
        g_free (g_array_index (pack->items, Packed, i).name);
    g_array_unref (pack->items);
    g_free (pack);
}

static char *
replace (char *text, const char *what, const char *with)
{
    g_auto (GStrv) parts = g_strsplit (text, what, -1);

    g_free (text);
    return g_strjoinv (with, parts);
}

/* The object whose label names the archive and its first directory. */
static const Node *
archive_owner (const Node *node)
{
    return node->kind == NODE_SCAN || node->kind == NODE_RECON ? node->parent : node;
}

static const char *
owner_name (const Node *owner)
{
    return owner->kind == NODE_PROJECT ? owner->id : owner->label;
}

static char *
scan_dir (const Node *scan)
{
    GString *out = g_string_new (scan->id);

    g_string_prepend_c (out, '/');
    g_string_append_c (out, '-');
    for (const char *p = scan->label; *p; p = g_utf8_next_char (p)) {
        gboolean plain = g_ascii_isalnum (*p) || *p == '_';

        g_string_append_c (out, plain ? *p : '_');
    }
    g_string_append_c (out, '/');
    return g_string_free (out, FALSE);
}

/* Scans and reconstructions that the URL names get their type behind their ID, wherever that ID is a whole segment. */
static char *
add_types (char *name, const Target *target)
{
    for (guint i = 0; i < target->parents->len; i++) {
        const Node *node = g_ptr_array_index (target->parents, i);
        g_autofree char *id = NULL;
        g_autofree char *with = NULL;

        if ((node->kind != NODE_SCAN && node->kind != NODE_RECON) || !node->label || !*node->label)
            continue;
        id = g_strdup_printf ("/%s/", node->id);
        with = scan_dir (node);
        name = replace (name, id, with);
    }
    return name;
}

/* The same for one member: a session that was asked for everything below it stands for its assessors, and what the URL names for
 * what is elsewhere. */
static const Node *
member_owner (const Target *target, const Listed *listed)
{
    const Node *owner = archive_owner (listed->resource->parent);

    if (listed->elsewhere && target->parent)
        return archive_owner (target->parent);
    return owner->kind == NODE_ASSESSOR && target->parent == owner->parent ? owner->parent : owner;
}

/* What is named by its number only, and is not of what the URL names, is said to be there all the same. */
static char *
default_name (const Route *route, const Target *target, const Listed *listed, const Entry *entry)
{
    const Resource *resource = listed->resource;
    const Node *owner = member_owner (target, listed);
    g_autofree char *uri = listed->elsewhere ? listed_uri (route, target, listed) : resource_uri (resource);
    g_autofree char *mark = g_strdup_printf ("/%s/", owner->id);
    g_autofree char *number = g_strdup_printf ("/%u/files/", resource->id);
    g_autofree char *label = g_strdup_printf ("/%s/files/", resource->label ? resource->label : "");
    const char *at = strstr (uri, mark);
    char *name = g_strdup_printf ("%s/files/%s", at ? at + 1 : uri, entry->path);

    name = replace (name, owner->id, owner_name (owner));
    if (resource->label && *resource->label)
        name = replace (name, number, label);
    return name;
}

/* Where the file lies on the disk, from the owner's directory on. */
static char *
legacy_name (const Resource *resource, const Entry *entry)
{
    g_autofree char *place = catalog_place (resource->catalog, entry->path);
    g_autofree char *mark = g_strdup_printf ("/%s/", owner_name (archive_owner (resource->parent)));
    const char *at = strstr (place, mark);

    return g_strdup (at ? at + 1 : place);
}

/* By the resource's row in the list of resources: what it belongs to, the label or number, and the path in it. */
static char *
improved_name (const Listed *listed, const Entry *entry, const PackKind *kind)
{
    const Resource *resource = listed->resource;
    GString *out = g_string_new (listed->category);

    g_string_append_c (out, '/');
    if (*listed->cat_id) {
        g_string_append (out, listed->cat_id);
        /* A tar's names are short. */
        if (kind->write == zip_write && *listed->cat_desc) {
            g_autofree char *plain = g_strdup (listed->cat_desc);

            g_string_append_printf (out, "_%s", g_strdelimit (plain, "/\\:*?\"<>|", '_'));
        }
        g_string_append_c (out, '/');
    }
    if (resource->label && *resource->label)
        g_string_append (out, resource->label);
    else
        g_string_append_printf (out, "%u", resource->id);
    g_string_append_printf (out, "/%s", entry->path);
    return g_string_free (out, FALSE);
}

static char *
member_name (Ctx *ctx, const Route *route, const Target *target, const Listed *listed, const Entry *entry,
             const PackKind *kind)
{
    const char *structure = request_param (ctx->req, "structure");
    char *name;

    if (g_strcmp0 (structure, "improved") == 0)
        return improved_name (listed, entry, kind);
    if (g_strcmp0 (structure, "legacy") == 0)
        return legacy_name (listed->resource, entry);
    name = default_name (route, target, listed, entry);
    if (g_strcmp0 (structure, "simplified") == 0)
        return replace (replace (name, "/resources", ""), "/files", "");
    return add_types (name, target);
}

/* What is gone from the disk already is left out without a word. */
static void
pack_add (Pack *pack, Resource *resource, Entry *entry, char *name)
{
    Packed packed = {resource, entry, name};

    if (entry_is_there (entry))
        g_array_append_val (pack->items, packed);
    else
        g_free (name);
}

static void
choose_all (Ctx *ctx, const Route *route, const Target *target, const PackKind *kind, Pack *pack)
{
    for (guint i = 0; i < target->listed->len; i++) {
        const Listed *listed = &g_array_index (target->listed, Listed, i);
        GPtrArray *entries = resource_entries (ctx->archive, listed->resource);

        for (guint j = 0; j < entries->len; j++) {
            Entry *entry = g_ptr_array_index (entries, j);

            if (entry_passes (ctx, entry, ""))
                pack_add (pack, listed->resource, entry, member_name (ctx, route, target, listed, entry, kind));
        }
    }
}

static GPtrArray *
entries_below (Ctx *ctx, Resource *resource, const char *path)
{
    GPtrArray *entries = resource_entries (ctx->archive, resource);
    GPtrArray *found = g_ptr_array_new ();
    Entry *exact = files_entry (ctx, resource, path);

    if (exact)
        g_ptr_array_add (found, exact);
    for (guint i = 0; !exact && g_str_has_suffix (path, "/") && i < entries->len; i++) {
        if (entry_passes (ctx, g_ptr_array_index (entries, i), path))
            g_ptr_array_add (found, g_ptr_array_index (entries, i));
    }
    return found;
}

/*
 * A file goes by its base name, a directory's files by their paths, but by the base name where there is only one. Of
 * several resources the next one is looked into only where the catalog lists one file, and the disk lacks it.
 */
static void
choose_below (Ctx *ctx, const Target *target, const char *path, Pack *pack)
{
    gboolean more = TRUE;

    for (guint i = 0; more && i < target->listed->len; i++) {
        Resource *resource = g_array_index (target->listed, Listed, i).resource;
        g_autoptr (GPtrArray) found = entries_below (ctx, resource, path);

        for (guint j = 0; j < found->len; j++) {
            Entry *entry = g_ptr_array_index (found, j);

            pack_add (pack, resource, entry,
                      found->len == 1 ? g_path_get_basename (entry->path) : g_strdup (entry->path));
        }
        more = found->len == 1 && pack->items->len == 0;
    }
}

const PackKind *
pack_kind (const char *format)
{
    static const PackKind kinds[] = {{".zip", "application/zip", zip_write},
                                     {".tar", "application/x-tar", tar_write},
                                     {".tar.gz", "application/x-gtar", tar_gz_write}};
    static const struct {
        const char *format;
        guint kind;
    } formats[] = {{"zip", 0},
                   {"xar", 0},
                   {"application/zip", 0},
                   {"tar", 1},
                   {"application/x-tar", 1},
                   {"tar.gz", 2},
                   {"application/x-gtar", 2}};

    for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
        if (g_strcmp0 (format, formats[i].format) == 0)
            return &kinds[formats[i].kind];
    }
    return NULL;
}

/* Said before anybody knows whether there is something to pack. */
static void
add_disposition (Ctx *ctx, const Target *target, const PackKind *kind)
{
    const Node *parent = target->parent ? target->parent : g_array_index (target->listed, Listed, 0).resource->parent;
    g_autofree char *text =
        g_strdup_printf ("attachment; filename=\"%s%s\";", owner_name (archive_owner (parent)), kind->ending);

    reply_header (ctx->reply, "Content-Disposition", text);
}

void
reply_archive (Ctx *ctx, const Route *route, const Target *target, const char *path, const PackKind *kind)
{
    const char *compression = request_param (ctx->req, "compression");
    Pack *pack;

    add_disposition (ctx, target, kind);
    if (compression && strcmp (compression, "0") != 0 && strcmp (compression, "8") != 0) {
        page_status (ctx, 500, NULL);
        return;
    }
    pack = g_new0 (Pack, 1);
    pack->archive = ctx->archive;
    pack->items = g_array_new (FALSE, FALSE, sizeof (Packed));
    pack->deflate = g_strcmp0 (compression, "8") == 0;
    pack->keep = ctx->zip_members;
    if (*path)
        choose_below (ctx, target, path, pack);
    else
        choose_all (ctx, route, target, kind, pack);
    ctx->work_us += (gint64)pack->items->len * app.settings.archive_us_per_file;
    if (pack->items->len > 0) {
        reply_stream (ctx->reply, 200, kind->type, kind->write, pack, (GDestroyNotify)pack_free);
        ctx->reply->buffered = TRUE;
        return;
    }
    pack_free (pack);
    page_status (ctx, flag_param (ctx->req, "accept-not-found", FALSE) ? 204 : 404,
                 *path ? "Unable to find file." : NULL);
}
