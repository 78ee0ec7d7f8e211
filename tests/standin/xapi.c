/* SPDX-License-Identifier: Apache-2.0 */
/* The newer interface, as far as clients use it: who am I, what is this, which schemas are there. */
#include "app.h"

#include <gio/gio.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static void
reply_build_info (Ctx *ctx)
{
    GString *out = g_string_new ("{");
    g_autofree char *version = g_strdup_printf ("1.%d.%d", app.settings.version, app.settings.version == 8 ? 10 : 1);

    json_member (out, "version", version);
    json_member (out, "buildNumber", "12");
    json_member (out, "buildDate", "Tue Jan 02 10:11:12 UTC 2024");
    json_member (out, "commit", "0");
    json_member (out, "isDirty", "false");
    json_member (out, "timestamp", "1704190272000");
    g_string_append_c (out, '}');
    reply_bytes (ctx->reply, 200, "application/json", g_string_free_to_bytes (out));
}

static void
reply_schema (Ctx *ctx, const char *name)
{
    const char *slash = strrchr (name, '/');
    g_autofree char *path = g_strconcat ("/schemas/", slash ? slash + 1 : name, ".xsd", NULL);
    GBytes *text = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

    if (text)
        reply_bytes (ctx->reply, 200, "application/xml", text);
    else
        page_tomcat (ctx, 404, NULL);
}

/* Who has which right where, of the projects that are listed. */
static void
reply_projects (Ctx *ctx)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    GString *out = g_string_new ("[");

    for (guint i = 0; i < ctx->archive->projects->len; i++) {
        const Node *project = g_ptr_array_index (ctx->archive->projects, i);

        if (!may_read (ctx->user, project))
            continue;
        g_string_append (out, out->len > 1 ? ",{" : "{");
        json_member (out, "ID", project->id);
        json_member (out, "name", project->label);
        g_string_append_c (out, '}');
    }
    g_string_append_c (out, ']');
    reply_bytes (ctx->reply, 200, "application/json", g_string_free_to_bytes (out));
}

static void
reply_user (Ctx *ctx)
{
    reply_text (ctx->reply, 200, "text/plain", ctx->user->name);
}

/* Settings of the site are its administrators' business. */
static void
reply_max_sessions (Ctx *ctx)
{
    g_autofree char *text = g_strdup_printf ("%d", app.settings.max_sessions);

    if (ctx->user->admin)
        reply_text (ctx->reply, 200, "application/json", text);
    else
        reply_text (ctx->reply, 403, NULL, "");
}

static const char *
text_of (yajl_val tree, const char *name)
{
    const char *path[] = {name, NULL};

    return YAJL_GET_STRING (yajl_tree_get (tree, path, yajl_t_string));
}

/* A member that is true; absent ones are not. */
static gboolean
true_in (yajl_val tree, const char *name)
{
    const char *path[] = {name, NULL};

    return YAJL_IS_TRUE (yajl_tree_get (tree, path, yajl_t_any));
}

/* POST /xapi/users: an account out of a JSON document. */
static void
make_user (Ctx *ctx)
{
    g_autoptr (GString) body = request_body (ctx->req, 65536);
    yajl_val tree = body ? yajl_tree_parse (body->str, NULL, 0) : NULL;
    const char *name = tree && YAJL_IS_OBJECT (tree) ? text_of (tree, "username") : NULL;
    const char *password = name ? text_of (tree, "password") : NULL;

    if (!ctx->user->admin) {
        page_tomcat (ctx, 403, NULL);
    } else if (!name || !*name || !password) {
        page_tomcat (ctx, 400, NULL);
    } else if (user_find (name)) {
        page_tomcat (ctx, 409, NULL);
    } else {
        GString *out = g_string_new ("{");

        (void)user_set (name, password, true_in (tree, "enabled") && true_in (tree, "verified") ? "ok" : "disabled",
                        NULL);
        json_member (out, "username", name);
        g_string_append_c (out, '}');
        reply_bytes (ctx->reply, 201, "application/json", g_string_free_to_bytes (out));
    }
    yajl_tree_free (tree);
}

void
xapi_handle (Ctx *ctx, const char *path)
{
    if (strcmp (path, "/siteConfig/buildInfo") == 0) {
        reply_build_info (ctx);
        return;
    }
    if (strcmp (path, "/siteConfig/siteId") == 0 || strcmp (path, "/siteConfig/siteUrl") == 0) {
        reply_text (ctx->reply, 200, "text/plain", g_str_has_suffix (path, "Id") ? "SITE" : site_base (ctx, FALSE));
        return;
    }
    if (!ctx->user) {
        reply_unauthorized (ctx);
        return;
    }
    if (strcmp (ctx->req->method, "POST") == 0 && strcmp (path, "/users") == 0)
        make_user (ctx);
    else if (strcmp (ctx->req->method, "GET") != 0)
        page_tomcat (ctx, 405, NULL);
    else if (strcmp (path, "/users/username") == 0)
        reply_user (ctx);
    else if (strcmp (path, "/siteConfig/concurrentMaxSessions") == 0)
        reply_max_sessions (ctx);
    else if (strcmp (path, "/schemas") == 0)
        reply_text (ctx->reply, 200, "application/json", "[\"xdat\",\"xnat\"]");
    else if (strcmp (path, "/access/projects") == 0)
        reply_projects (ctx);
    else if (g_str_has_prefix (path, "/schemas/"))
        reply_schema (ctx, path + strlen ("/schemas/"));
    else
        page_tomcat (ctx, 404, NULL);
}
