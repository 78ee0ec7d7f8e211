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

static char *
default_name (const Route *route, const Target *target, Resource *resource, const Entry *entry)
{
    const Node *owner = archive_owner (resource->parent);
    g_autofree char *uri = resource_uri (route, resource, FALSE);
    g_autofree char *mark = g_strdup_printf ("/%s/", owner->id);
    g_autofree char *number = g_strdup_printf ("/%u/files/", resource->id);
    g_autofree char *label = g_strdup_printf ("/%s/files/", resource->label ? resource->label : "");
    const char *at = strstr (uri, mark);
    char *name = g_strdup_printf ("%s/files/%s", at ? at + 1 : uri, entry->path);

    name = replace (name, owner->id, owner_name (owner));
    if (resource->label && *resource->label)
        name = replace (name, number, label);
    return add_types (name, target);
}

static char *
member_name (Ctx *ctx, const Route *route, const Target *target, Resource *resource, const Entry *entry)
{
    const char *structure = request_param (ctx->req, "structure");
    char *name = default_name (route, target, resource, entry);

    if (g_strcmp0 (structure, "simplified") == 0) {
        name = replace (name, "/resources", "");
        name = replace (name, "/files", "");
    }
    return name;
}

static void
choose (Ctx *ctx, const Route *route, const Target *target, const char *folder, Pack *pack)
{
    for (guint i = 0; i < target->listed->len; i++) {
        Resource *resource = g_array_index (target->listed, Listed, i).resource;
        GPtrArray *entries = resource_entries (ctx->archive, resource);

        for (guint j = 0; j < entries->len; j++) {
            Entry *entry = g_ptr_array_index (entries, j);
            Packed packed = {resource, entry, NULL};

            if (!entry_passes (ctx, entry, folder))
                continue;
            /* What is gone from the disk already is left out without a word. */
            if (entry->file && !g_file_test (entry->file, G_FILE_TEST_EXISTS))
                continue;
            packed.name = *folder ? g_strdup (entry->path) : member_name (ctx, route, target, resource, entry);
            g_array_append_val (pack->items, packed);
        }
    }
}

void
reply_archive (Ctx *ctx, const Route *route, const Target *target, const char *folder, const char *format)
{
    const char *compression = request_param (ctx->req, "compression");
    Pack *pack = g_new0 (Pack, 1);
    gboolean tar = strstr (format, "tar") != NULL;
    gboolean gz = strcmp (format, "tar.gz") == 0 || strcmp (format, "application/x-gtar") == 0;
    g_autofree char *disposition = NULL;

    pack->archive = ctx->archive;
    pack->items = g_array_new (FALSE, FALSE, sizeof (Packed));
    pack->deflate = g_strcmp0 (compression, "8") == 0;
    pack->keep = ctx->zip_members;
    choose (ctx, route, target, folder, pack);
    if (pack->items->len == 0) {
        pack_free (pack);
        page_status (ctx, flag_param (ctx->req, "accept-not-found", FALSE) ? 204 : 404, "Unable to find any files.");
        return;
    }
    if (compression && strcmp (compression, "0") != 0 && !pack->deflate) {
        pack_free (pack);
        page_status (ctx, 500, NULL);
        return;
    }
    if (*folder && pack->items->len == 1) {
        Packed *only = &g_array_index (pack->items, Packed, 0);
        char *base = g_path_get_basename (only->name);

        g_free (only->name);
        only->name = base;
    }
    disposition =
        g_strdup_printf ("attachment; filename=\"%s.%s\";", owner_name (archive_owner (target->parent)), format);
    reply_header (ctx->reply, "Content-Disposition", disposition);
    if (request_header (ctx->req, "Range") && app.settings.ranges &&
        g_str_has_suffix (request_header (ctx->req, "Range"), "-")) {
        pack_free (pack);
        page_status (ctx, 500, NULL);
        return;
    }
    reply_stream (ctx->reply, 200,
                  gz    ? "application/x-gtar"
                  : tar ? "application/x-tar"
                        : "application/zip",
                  gz    ? tar_gz_write
                  : tar ? tar_write
                        : zip_write,
                  pack, (GDestroyNotify)pack_free);
}
