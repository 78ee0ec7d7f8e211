/* SPDX-License-Identifier: Apache-2.0 */
/* Making and deleting resources, with the labels and the races that the real server has. Must not know files. */
#include "resources.h"

#include <string.h>
#include <time.h>

static GMutex gate_lock;
static GCond gate_opened;
static char gate_session[sizeof ((Ctx *)NULL)->session];
static guint inside;

void
creation_begin (Ctx *ctx)
{
    g_mutex_lock (&gate_lock);
    while (inside > 0 && strcmp (gate_session, ctx->session) != 0)
        g_cond_wait (&gate_opened, &gate_lock);
    g_strlcpy (gate_session, ctx->session, sizeof gate_session);
    inside++;
    g_mutex_unlock (&gate_lock);
}

void
creation_end (void)
{
    g_mutex_lock (&gate_lock);
    inside--;
    g_cond_broadcast (&gate_opened);
    g_mutex_unlock (&gate_lock);
}

void
creation_pause (Ctx *ctx)
{
    gint64 ms = app.settings.create_race_ms;

    if (ms == 0)
        return;
    g_rw_lock_writer_unlock (&ctx->archive->lock);
    cost_us (ms * 1000);
    g_rw_lock_writer_lock (&ctx->archive->lock);
}

void
resource_describe (Ctx *ctx, Resource *resource)
{
    const char *format = param_text (ctx, "format");
    const char *content = param_text (ctx, "content");
    const char *description = param_text (ctx, "description");
    const char *tags = param_text (ctx, "tags");

    resource->format = format ? format : resource->format;
    resource->content = content ? content : resource->content;
    resource->description = description ? description : resource->description;
    resource->tags = tags ? tags : resource->tags;
}

static Resource *
make_at (Ctx *ctx, Node *parent, char way, const char *label, const char *path)
{
    gboolean ways = parent->kind == NODE_ASSESSOR || parent->kind == NODE_RECON;
    Resource *resource = archive_add_resource_at (ctx->archive, parent, ways ? way : 0, label, path);

    /* Nobody has counted its files yet. */
    resource->unstated = TRUE;
    resource_describe (ctx, resource);
    return resource;
}

/* The directory of a resource without a label: the second in which it was made. */
static const char *
stamp (void)
{
    time_t now = time (NULL);
    struct tm tm;
    char text[32];

    gmtime_r (&now, &tm);
    strftime (text, sizeof text, "%Y%m%d_%H%M%S", &tm);
    return S (text);
}

Resource *
resource_make (Ctx *ctx, Node *parent, char way, const char *label)
{
    char taken = way ? way : 'o';

    return make_at (ctx, parent, taken, label, catalog_path (parent, taken, label ? label : stamp (), TRUE));
}

/* One that is made in a place where one without a label lies is that one. */
static Resource *
unlabelled_at (const Node *parent, const char *path)
{
    Resource *resource = resource_at (parent, path);

    return resource && !resource->label ? resource : NULL;
}

/* PUT .../resources/LABEL */
static void
put_named (Ctx *ctx, const Route *route, const Target *target)
{
    /* Of a list the first counts; what a comma is for in other requests it is here, too. */
    g_autofree char *label = g_strndup (route->resource, strcspn (route->resource, ","));
    gboolean nameless = g_ascii_strcasecmp (label, "NULL") == 0;
    const char *path = catalog_path (target->parent, 'o', label, FALSE);
    Resource *resource;

    if (!nameless && target_own (target)) {
        page_status (ctx, 409, "Specified resource already exists.");
        return;
    }
    creation_pause (ctx);
    resource = nameless ? unlabelled_at (target->parent, path) : NULL;
    /* Created explicitly, it is always one that comes out. */
    if (!resource)
        resource = make_at (ctx, target->parent, 'o', nameless ? NULL : xml_escape (label), path);
    catalog_empty (ctx->archive, resource);
    reply_id (ctx, 200, "");
}

static Resource *
labelled (const Node *parent, const char *label)
{
    for (guint i = 0; label && parent->resources && i < parent->resources->len; i++) {
        Resource *resource = g_ptr_array_index (parent->resources, i);

        if (g_strcmp0 (resource->label, label) == 0)
            return resource;
    }
    return NULL;
}

/* POST .../resources; the parameter `label` is none. */
static void
post_unnamed (Ctx *ctx, Node *parent)
{
    const char *asked = request_param (ctx->req, "xnat:resourceCatalog/label");
    const char *label = asked && *asked ? xml_escape (asked) : NULL;
    /* On a scan all that are posted have one catalog. */
    const char *folder = parent->kind == NODE_SCAN ? NULL : label ? label : stamp ();
    const char *path = catalog_path (parent, 'o', folder, FALSE);
    Resource *resource = labelled (parent, label);
    g_autofree char *number = NULL;

    if (label && strpbrk (label, " #")) {
        page_status (ctx, 500, "An error occurred trying to set the in/out status on the resource.");
        return;
    }
    if (!resource && parent->kind != NODE_SCAN)
        resource = resource_at (parent, path);
    if (!resource)
        resource = make_at (ctx, parent, 'o', label, path);
    catalog_empty (ctx->archive, resource);
    number = g_strdup_printf ("%u", resource->id);
    reply_created (ctx, number);
}

void
put_resource (Ctx *ctx, const Route *route)
{
    g_auto (Target) target = {0};

    creation_begin (ctx);
    g_rw_lock_writer_lock (&ctx->archive->lock);
    if (target_find (ctx, route, &target)) {
        /* The right is looked at before what exists. */
        if (!may_edit_node (ctx->user, target.parent))
            page_status (ctx, 403, "User account doesn't have permission to modify this session.");
        else if (route->resource)
            put_named (ctx, route, &target);
        else
            post_unnamed (ctx, target.parent);
    }
    g_rw_lock_writer_unlock (&ctx->archive->lock);
    creation_end ();
}

void
delete_resource (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    g_auto (Target) target = {0};
    Resource *resource;

    if (!target_find (ctx, route, &target))
        return;
    if (*route->tail) {
        page_status (ctx, 400, NULL);
        return;
    }
    /* Where there is none, and under a parent that is not its own, nothing is deleted, successfully. */
    resource = target_own (&target);
    if (resource && !may_delete (ctx->user, target.parent->project)) {
        page_status (ctx, 403, "User account doesn't have permission to modify this session.");
        return;
    }
    if (resource)
        archive_remove_resource (ctx->archive, resource);
    reply_id (ctx, 200, "");
}
