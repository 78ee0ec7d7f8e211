/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting files: by prefix, or as older servers did it. */
#include "files.h"

#include <glib/gstdio.h>
#include <string.h>

static gboolean
is_meant (const Entry *entry, const char *path, GRegex *pattern)
{
    if (pattern)
        return g_regex_match (pattern, entry->path, 0, NULL);
    if (app.settings.version >= 8)
        return g_str_has_prefix (entry->path, path);
    return strcmp (entry->path, path) == 0 || (g_str_has_suffix (path, "/") && g_str_has_prefix (entry->path, path));
}

static guint
delete_matches (Ctx *ctx, Resource *resource, const char *path)
{
    GPtrArray *entries = resource_entries (ctx->archive, resource);
    GPtrArray *left = g_ptr_array_new ();
    g_autofree char *anchored = g_str_has_suffix (path, "*") ? g_strdup_printf ("^(?:%s)", path) : NULL;
    g_autoptr (GRegex) pattern = anchored ? g_regex_new (anchored, 0, 0, NULL) : NULL;
    guint gone;

    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = g_ptr_array_index (entries, i);

        if (!is_meant (entry, path, pattern))
            g_ptr_array_add (left, entry);
        else if (entry->file && flag_param (ctx->req, "removeFiles", TRUE))
            (void)g_unlink (entry->file);
    }
    gone = entries->len - left->len;
    g_atomic_pointer_set (&resource->catalog->entries, left);
    resource->catalog->generation += gone > 0;
    resource_restate (ctx->archive, resource);
    return gone;
}

void
delete_files (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    g_auto (Target) target = {0};
    Resource *resource;

    if (!target_find (ctx, route, &target))
        return;
    if (!route->project && route->subject) {
        page_status (ctx, 500, NULL);
        return;
    }
    if (target.listed->len == 0) {
        page_status (ctx, 400, "Unable to identify the resource.");
        return;
    }
    if (!may_delete (ctx->user, target.parent->project)) {
        page_status (ctx, 403, "User account doesn't have permission to modify this session.");
        return;
    }
    resource = g_array_index (target.listed, Listed, 0).resource;
    if (delete_matches (ctx, resource, files_path (ctx, route)) == 0 && app.settings.version >= 8)
        page_status (ctx, 404, "No matched files.");
    else
        reply_id (ctx, 200, "");
}
