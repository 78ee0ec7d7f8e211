/* SPDX-License-Identifier: Apache-2.0 */
/* What /data offers besides the archive: sessions, logins, tokens, catalog refresh. */
#include "routes.h"
#include "target.h"

#include <glib/gstdio.h>
#include <string.h>

static void
reply_plain (Ctx *ctx, const char *text)
{
    reply_id (ctx, 200, text);
}

static void
reply_json (Ctx *ctx, char *json)
{
    reply_bytes (ctx->reply, 200, "application/json", g_bytes_new_take (json, strlen (json)));
}

static void
service_session (Ctx *ctx)
{
    if (method_is (ctx, "DELETE")) {
        session_end (ctx->session);
        reply_plain (ctx, "");
    } else if (method_is (ctx, "PUT")) {
        reply_not_allowed (ctx);
        reply_header (ctx->reply, "Allow", "GET, POST, DELETE");
    } else if (request_param (ctx->req, "CSRF")) {
        g_autofree char *token = g_uuid_string_random ();
        g_autofree char *text = g_strdup_printf ("%s; XNAT_CSRF=%s", ctx->session, token);

        reply_plain (ctx, text);
    } else {
        reply_plain (ctx, ctx->session);
    }
}

static void
service_whoami (Ctx *ctx)
{
    g_autofree char *text = g_strdup_printf ("User '%s' is logged in", ctx->user ? ctx->user->name : "guest");

    reply_plain (ctx, text);
}

/* A value of a form-encoded body; owned by the request. */
static const char *
form_value (Ctx *ctx, const char *body, const char *name)
{
    g_auto (GStrv) parts = g_strsplit (body, "&", -1);

    for (guint i = 0; parts[i]; i++) {
        gsize len = strlen (name);

        if (strncmp (parts[i], name, len) == 0 && parts[i][len] == '=') {
            g_autofree char *value = http_decode (parts[i] + len + 1, -1, TRUE);

            return request_strdup (ctx->req, value);
        }
    }
    return NULL;
}

/* This login is in no registry: not counted, not listed. */
static void
service_login (Ctx *ctx)
{
    g_autoptr (GString) body = NULL;
    const char *type = request_header (ctx->req, "Content-Type");
    const char *name;
    const char *password;
    const User *user;

    if (!method_is (ctx, "PUT") && !method_is (ctx, "POST")) {
        page_status (ctx, 404, NULL);
        return;
    }
    body = request_body (ctx->req, 65536);
    /* The container has taken this body for parameters by now. */
    if (body && method_is (ctx, "POST") && type && strstr (type, "x-www-form-urlencoded"))
        g_string_truncate (body, 0);
    name = body ? form_value (ctx, body->str, "username") : NULL;
    password = body ? form_value (ctx, body->str, "password") : NULL;
    if (body && form_value (ctx, body->str, "provider") &&
        strcmp (form_value (ctx, body->str, "provider"), "localdb") != 0) {
        page_status (ctx, 400, "Unknown authentication provider.");
        return;
    }
    user = name && password ? auth_login (name, password) : NULL;
    if (!user) {
        page_status (ctx, 401, "Authentication failed.");
        return;
    }
    session_end (ctx->session);
    session_new (ctx, user, FALSE);
    ctx->user = user;
    reply_plain (ctx, ctx->session);
}

static void
service_tokens (Ctx *ctx, const char *rest)
{
    g_auto (GStrv) parts = g_strsplit (rest, "/", -1);
    guint count = g_strv_length (parts);
    const User *user = ctx->user;

    if (!user || !is_read (ctx)) {
        page_status (ctx, user ? 405 : 403, NULL);
        return;
    }
    if (strcmp (rest, "issue") == 0) {
        reply_json (ctx, token_issue (user));
    } else if (count == 3 && strcmp (parts[0], "issue") == 0) {
        const User *other = user_find (parts[2]);

        if (!user->admin || !other)
            page_status (ctx, user->admin ? 404 : 403, NULL);
        else
            reply_json (ctx, token_issue (other));
    } else if (strcmp (rest, "show") == 0) {
        reply_json (ctx, tokens_json (user));
    } else if (count == 3 && strcmp (parts[0], "validate") == 0) {
        const User *owner = token_valid (parts[1], parts[2]);

        reply_json (ctx, owner ? g_strdup_printf ("{\"valid\":\"%s\"}", owner->name) : g_strdup ("{}"));
    } else if (count == 3 && strcmp (parts[0], "invalidate") == 0) {
        (void)token_invalidate (parts[1], parts[2]);
        reply_json (ctx, g_strdup ("{\"result\": \"OK\"}"));
    } else {
        page_status (ctx, 404, NULL);
    }
}

/* /data/user/NAME/sessions */
static void
service_user_sessions (Ctx *ctx, const char *rest)
{
    g_auto (GStrv) parts = g_strsplit (rest, "/", -1);

    if (g_strv_length (parts) != 2 || strcmp (parts[1], "sessions") != 0) {
        page_status (ctx, 404, NULL);
        return;
    }
    if (!ctx->user || (!ctx->user->admin && strcmp (ctx->user->name, parts[0]) != 0)) {
        page_status (ctx, 403, NULL);
        return;
    }
    if (method_is (ctx, "DELETE")) {
        sessions_expire (parts[0], TRUE);
        reply_plain (ctx, "");
        return;
    }
    reply_json (ctx, g_strdup_printf ("{\"%s\":%u}", parts[0], sessions_count (parts[0])));
}

static gboolean
is_current (Resource *resource, Entry *entry, const char *options, gboolean all)
{
    gboolean gone = entry->file && !g_file_test (entry->file, G_FILE_TEST_EXISTS);
    GStatBuf st;

    if (gone && (all || strstr (options, "delete")))
        return FALSE;
    if (!gone && entry->file && (all || strstr (options, "checksum"))) {
        entry->computed = FALSE;
        if (g_stat (entry->file, &st) == 0)
            entry->size = st.st_size;
    }
    return TRUE;
}

/* Files that lie beside the catalog are listed again. */
static void
take_back (Catalog *catalog, GPtrArray *entries)
{
    for (guint i = 0; catalog->unlisted && i < catalog->unlisted->len; i++) {
        Entry *entry = g_ptr_array_index (catalog->unlisted, i);
        gboolean listed = FALSE;

        for (guint j = 0; j < entries->len && !listed; j++)
            listed = ((const Entry *)g_ptr_array_index (entries, j))->path == entry->path;
        if (!listed && (!entry->file || g_file_test (entry->file, G_FILE_TEST_EXISTS)))
            g_ptr_array_add (entries, entry);
    }
    catalog->unlisted = NULL;
}

static void
refresh_resource (Ctx *ctx, Resource *resource, const char *options)
{
    gboolean all = !options;
    GPtrArray *entries = resource_entries (ctx->archive, resource);
    GPtrArray *left = g_ptr_array_new ();

    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = g_ptr_array_index (entries, i);

        if (is_current (resource, entry, options ? options : "", all))
            g_ptr_array_add (left, entry);
    }
    if (all || strstr (options, "append"))
        take_back (resource->catalog, left);
    g_atomic_pointer_set (&resource->catalog->entries, left);
    resource->catalog->generation++;
    resource_restate (ctx->archive, resource);
}

/* POST /data/services/refresh/catalog?resource=/archive/experiments/ID[/scans/N][/resources/L] */
static void
service_refresh (Ctx *ctx)
{
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    const char *path = request_param (ctx->req, "resource");
    g_auto (GStrv) parts = g_strsplit (path ? path : "", "/", -1);
    g_auto (Target) target = {0};
    Route route = {.tail = ""};

    for (guint i = 0; parts[i] && parts[i + 1]; i++) {
        if (strcmp (parts[i], "projects") == 0)
            route.project = parts[i + 1];
        else if (strcmp (parts[i], "subjects") == 0)
            route.subject = parts[i + 1];
        else if (strcmp (parts[i], "experiments") == 0)
            route.experiment = parts[i + 1];
        else if (strcmp (parts[i], "scans") == 0)
            route.scan = parts[i + 1];
        else if (strcmp (parts[i], "resources") == 0)
            route.resource = parts[i + 1];
    }
    if (!target_find (ctx, &route, &target))
        return;
    if (!target.parent || !may_edit_node (ctx->user, target.parent)) {
        page_status (ctx, target.parent ? 403 : 404, NULL);
        return;
    }
    for (guint i = 0; i < target.listed->len; i++)
        refresh_resource (ctx, g_array_index (target.listed, Listed, i).resource, request_param (ctx->req, "options"));
    reply_plain (ctx, "");
}

gboolean
services_handle (Ctx *ctx, const char *path)
{
    /* A slash behind it and JSESSION is no longer open to everybody; auth.c has seen to that. */
    if (strcmp (path, "/JSESSION") == 0 || strcmp (path, "/JSESSION/") == 0)
        service_session (ctx);
    else if (strcmp (path, "/auth") == 0 || strcmp (path, "/auth/") == 0)
        service_whoami (ctx);
    else if (strcmp (path, "/services/auth") == 0)
        service_login (ctx);
    else if (g_str_has_prefix (path, "/services/tokens/"))
        service_tokens (ctx, path + strlen ("/services/tokens/"));
    else if (strcmp (path, "/services/sessions") == 0)
        reply_json (ctx, g_strdup_printf ("%u", sessions_count (NULL)));
    else if (strcmp (path, "/services/refresh/catalog") == 0)
        service_refresh (ctx);
    else if (g_str_has_prefix (path, "/user/"))
        service_user_sessions (ctx, path + strlen ("/user/"));
    else if (g_str_has_prefix (path, "/search/"))
        search_handle (ctx, path + strlen ("/search/"));
    else
        return FALSE;
    return TRUE;
}
