/* SPDX-License-Identifier: Apache-2.0 */
/* The interface by which tests order faults, look at the log and turn switches; no XNAT has it. */
#include "app.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HERE "/_standin/"

static void
reply_control (Ctx *ctx, int status, const char *text)
{
    reply_text (ctx->reply, status, "text/plain", text);
}

static void
reply_own (Ctx *ctx, char *json)
{
    reply_bytes (ctx->reply, 200, "application/json", g_bytes_new_take (json, strlen (json)));
}

static guint64
number_param (Ctx *ctx, const char *name)
{
    const char *text = request_param (ctx->req, name);

    return text ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static void
control_fault (Ctx *ctx)
{
    g_autoptr (GString) body = NULL;
    const char *wrong;

    if (strcmp (ctx->req->method, "DELETE") == 0) {
        fault_clear ();
        reply_control (ctx, 200, "");
        return;
    }
    if (strcmp (ctx->req->method, "GET") == 0) {
        reply_own (ctx, fault_json ());
        return;
    }
    body = request_body (ctx->req, 65536);
    wrong = body ? fault_add (body->str) : "no body";
    reply_control (ctx, wrong ? 400 : 200, wrong ? wrong : "");
}

static void
control_setting (Ctx *ctx)
{
    const GArray *params = ctx->req->params;

    for (guint i = 0; i < params->len; i++) {
        const Pair *pair = &g_array_index (params, Pair, i);

        if (!settings_set (&app.settings, pair->name, pair->value)) {
            reply_control (ctx, 400, pair->name);
            return;
        }
    }
    reply_control (ctx, 200, "");
}

static void
control_user (Ctx *ctx)
{
    const char *name = request_param (ctx->req, "name");

    if (strcmp (ctx->req->method, "GET") == 0)
        reply_own (ctx, users_json ());
    else if (!name || !user_set (name, request_param (ctx->req, "password"), request_param (ctx->req, "state"),
                                 request_param (ctx->req, "admin")))
        reply_control (ctx, 400, "a user has a name, and a state out of ok, expired, inactive, locked, disabled");
    else
        reply_control (ctx, 200, "");
}

static void
control_role (Ctx *ctx)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    const char *id = request_param (ctx->req, "project");
    const char *user = request_param (ctx->req, "user");
    const char *role = request_param (ctx->req, "role");
    Node *project = id ? archive_project (ctx->archive, id) : NULL;

    if (!project || !user || !role) {
        reply_control (ctx, 400, "project, user and role are needed");
        return;
    }
    if (strcmp (role, "none") == 0)
        g_hash_table_remove (project->roles, user);
    else
        g_hash_table_insert (project->roles, (gpointer)S (user), (gpointer)S (role));
    reply_control (ctx, 200, "");
}

static void
spoil_bytes (const char *file, const char *action)
{
    int fd = open (file, O_RDWR | O_CLOEXEC);
    char byte = 0;

    if (fd < 0)
        return;
    if (strcmp (action, "cut") == 0)
        (void)!ftruncate (fd, lseek (fd, 0, SEEK_END) / 2);
    else if (strcmp (action, "flip") == 0 && pread (fd, &byte, 1, 0) == 1) {
        byte = (char)~byte;
        (void)!pwrite (fd, &byte, 1, 0);
    } else if (strcmp (action, "append") == 0) {
        lseek (fd, 0, SEEK_END);
        (void)!write (fd, "more", 4);
    }
    close (fd);
}

/* Makes a catalog untrue. @return FALSE for an unknown action. */
static gboolean
spoil (Ctx *ctx, Resource *resource, Entry *entry, const char *action)
{
    const char *file = entry_file (ctx->archive, resource, entry);

    (void)entry_digest (ctx->archive, resource, entry);
    if (strcmp (action, "remove") == 0)
        return g_unlink (file) == 0;
    if (strcmp (action, "flip") == 0 || strcmp (action, "append") == 0 || strcmp (action, "cut") == 0)
        spoil_bytes (file, action);
    else if (strcmp (action, "drop-digest") == 0)
        entry->digest = NULL;
    else if (strcmp (action, "false-digest") == 0)
        entry->digest = S ("00000000000000000000000000000000");
    else if (strcmp (action, "false-size") == 0)
        entry->size += 1;
    else if (strcmp (action, "drop-size") == 0)
        entry->size = -1;
    else
        return FALSE;
    return TRUE;
}

/* Puts a file into a catalog whatever its name: what other ways into an archive have left there. */
static gboolean
put_raw (Ctx *ctx, Resource *resource, const char *path)
{
    const char *file = archive_new_file (ctx->archive, resource, path);
    g_autoptr (GString) body = request_body (ctx->req, 1 << 30);

    if (!body || !g_file_set_contents (file, body->str, (gssize)body->len, NULL))
        return FALSE;
    (void)resource_add_entry (ctx->archive, resource, path, file, (gint64)body->len);
    resource_restate (ctx->archive, resource);
    return TRUE;
}

static void
control_file (Ctx *ctx)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    guint id = (guint)number_param (ctx, "resource");
    const char *path = request_param (ctx->req, "path");
    const char *action = request_param (ctx->req, "action");
    Resource *resource = g_hash_table_lookup (ctx->archive->resources, GUINT_TO_POINTER (id));
    Entry *entry = resource && path ? resource_find (ctx->archive, resource, path) : NULL;
    gboolean ok;

    if (!resource || !path) {
        reply_control (ctx, 404, "no such resource");
        return;
    }
    if (strcmp (ctx->req->method, "PUT") == 0)
        ok = !entry && put_raw (ctx, resource, path);
    else
        ok = entry && action && spoil (ctx, resource, entry, action);
    reply_control (ctx, ok ? 200 : 400, "");
}

/* Changes what the database says of a resource. */
static void
control_resource (Ctx *ctx)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    guint id = (guint)number_param (ctx, "resource");
    Resource *resource = g_hash_table_lookup (ctx->archive->resources, GUINT_TO_POINTER (id));
    const char *label = request_param (ctx->req, "label");
    const char *count = request_param (ctx->req, "file_count");

    if (!resource) {
        reply_control (ctx, 404, "no such resource");
        return;
    }
    if (label) {
        g_autofree char *folder = g_strdup_printf ("%u", id);

        /* The place that its old label stood for is free again. */
        resource->label = *label ? S (label) : NULL;
        resource->catalog->path = catalog_path (resource->parent, resource->way, folder, TRUE);
    }
    if (count) {
        resource->unstated = !*count;
        resource->stated_count = g_ascii_strtoll (count, NULL, 10);
    }
    reply_control (ctx, 200, "");
}

/* What catalogs and disk hold of all resources of a label, one line for each, and one for each file that is listed: its
 * resource's number, path, size, MD5, and where its bytes are. */
static void
control_store (Ctx *ctx)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    const char *label = request_param (ctx->req, "label");
    g_autoptr (GString) out = g_string_new (NULL);
    GHashTableIter iter;
    Resource *resource;

    g_hash_table_iter_init (&iter, ctx->archive->resources);
    while (label && g_hash_table_iter_next (&iter, NULL, (gpointer *)&resource)) {
        GPtrArray *entries;

        if (g_strcmp0 (resource->label, label) != 0)
            continue;
        g_string_append_printf (out, "%u\n", resource->id);
        entries = resource_entries (ctx->archive, resource);
        for (guint i = 0; i < entries->len; i++) {
            Entry *entry = g_ptr_array_index (entries, i);

            g_string_append_printf (out, "%u\t%s\t%" G_GINT64_FORMAT "\t%s\t%s\n", resource->id, entry->path,
                                    entry->size, entry->digest ? entry->digest : "",
                                    entry_file (ctx->archive, resource, entry));
        }
    }
    reply_control (ctx, 200, out->str);
}

/* How many connections there are beside that of whoever asks. */
static void
control_connections (Ctx *ctx)
{
    g_autofree char *number = g_strdup_printf ("%u", http_connections () - 1);

    reply_control (ctx, 200, number);
}

static void
control_sessions (Ctx *ctx, const char *what)
{
    if (strcmp (what, "sessions/expire") == 0) {
        sessions_expire (request_param (ctx->req, "user"), flag_param (ctx->req, "kicked", FALSE));
        reply_control (ctx, 200, "");
    } else {
        reply_own (ctx, sessions_json ());
    }
}

static void
control_log (Ctx *ctx)
{
    if (strcmp (ctx->req->method, "DELETE") == 0) {
        log_clear ();
        reply_control (ctx, 200, "");
    } else {
        reply_own (ctx, log_json ());
    }
}

gboolean
control_handle (Ctx *ctx)
{
    const char *what = ctx->req->path + strlen (HERE);

    if (!g_str_has_prefix (ctx->req->path, HERE))
        return FALSE;
    if (strcmp (what, "fault") == 0)
        control_fault (ctx);
    else if (strcmp (what, "fault/let-go") == 0) {
        fault_let_go ();
        reply_control (ctx, 200, "");
    } else if (g_str_has_prefix (what, "sessions"))
        control_sessions (ctx, what);
    else if (strcmp (what, "log") == 0)
        control_log (ctx);
    else if (strcmp (what, "setting") == 0)
        control_setting (ctx);
    else if (strcmp (what, "users") == 0)
        control_user (ctx);
    else if (strcmp (what, "roles") == 0)
        control_role (ctx);
    else if (strcmp (what, "file") == 0)
        control_file (ctx);
    else if (strcmp (what, "resource") == 0)
        control_resource (ctx);
    else if (strcmp (what, "store") == 0)
        control_store (ctx);
    else if (strcmp (what, "connections") == 0)
        control_connections (ctx);
    else if (strcmp (what, "restart") == 0) {
        fault_restart ((guint)number_param (ctx, "seconds"));
        reply_control (ctx, 200, "");
    } else if (strcmp (what, "clock") == 0) {
        clock_advance ((gint64)number_param (ctx, "advance"));
        reply_control (ctx, 200, "");
    } else {
        reply_control (ctx, 404, what);
    }
    return TRUE;
}
