/* SPDX-License-Identifier: Apache-2.0 */
/* Matching paths: registered routes are prefixes, the longest wins, the rest is handed over as a tail. */
#include "routes.h"

#include <string.h>

typedef struct Pattern {
    char **segments; /* {P} and its like take any segment */
    guint length;
    RouteFunc func;
} Pattern;

static GPtrArray *patterns;

static void
add (const char *base, const char *suffix, RouteFunc func)
{
    Pattern *pattern = g_new0 (Pattern, 1);
    g_autofree char *path = g_strconcat (base + 1, suffix, NULL);

    pattern->segments = g_strsplit (path, "/", -1);
    pattern->length = g_strv_length (pattern->segments);
    pattern->func = func;
    g_ptr_array_add (patterns, pattern);
}

static void
add_resources (const char *base)
{
    add (base, "/resources", list_resources);
    add (base, "/resources/{RES}", item_resource);
    add (base, "/resources/{RES}/files", item_files);
}

static void
add_with_files (const char *base, const char *suffix)
{
    g_autofree char *path = g_strconcat (base, suffix, NULL);

    add_resources (path);
    add (path, "/files", item_files);
}

static void
add_session (const char *base)
{
    static const char *const ways[] = {"", "/in", "/out"};

    add (base, "", item_experiment);
    add (base, "/scans", list_scans);
    add (base, "/scans/{N}", item_scan);
    add (base, "/assessors", list_assessors);
    add (base, "/assessors/{A}", item_assessor);
    add (base, "/reconstructions", list_recons);
    add (base, "/reconstructions/{R}", item_recon);
    add (base, "/projects", list_shares);
    add_with_files (base, "");
    add_with_files (base, "/scans/{N}");
    for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
        g_autofree char *assessor = g_strconcat ("/assessors/{A}", ways[i], NULL);
        g_autofree char *recon = g_strconcat ("/reconstructions/{R}", ways[i], NULL);

        add_with_files (base, assessor);
        add_with_files (base, recon);
    }
}

void
routes_init (void)
{
    patterns = g_ptr_array_new ();
    add ("/projects", "", list_projects);
    add ("/projects/{P}", "", item_project);
    add ("/projects/{P}/users", "", project_users);
    add_with_files ("/projects/{P}", "");
    add ("/projects/{P}/subjects", "", list_subjects);
    add ("/projects/{P}/subjects/{S}", "", item_subject);
    add ("/projects/{P}/subjects/{S}/projects", "", list_shares);
    add_with_files ("/projects/{P}/subjects/{S}", "");
    add ("/projects/{P}/subjects/{S}/experiments", "", list_project_experiments);
    add_session ("/projects/{P}/subjects/{S}/experiments/{E}");
    add ("/projects/{P}/experiments", "", list_project_experiments);
    add ("/projects/{P}/experiments/{E}", "", item_experiment);
    add ("/subjects", "", list_subjects);
    add ("/subjects/{S}", "", item_subject);
    add ("/subjects/{S}/projects", "", list_shares);
    add_with_files ("/subjects/{S}", "");
    add ("/experiments", "", list_experiments);
    add_session ("/experiments/{E}");
    /* Came after 1.7; before, the experiment's own route answers. */
    if (app.settings.version >= 8)
        add_resources ("/projects/{P}/experiments/{E}");
}

static void
capture (Route *route, const char *name, const char *value)
{
    switch (name[1]) {
    case 'P':
        route->project = value;
        break;
    case 'S':
        route->subject = value;
        break;
    case 'E':
        route->experiment = value;
        break;
    case 'N':
        route->scan = value;
        break;
    case 'A':
        route->assessor = value;
        break;
    default:
        if (strcmp (name, "{RES}") == 0)
            route->resource = value;
        else
            route->recon = value;
    }
}

static gboolean
matches (const Pattern *pattern, char **segments, guint count, Route *route)
{
    Route found = {0};

    if (pattern->length > count)
        return FALSE;
    for (guint i = 0; i < pattern->length; i++) {
        const char *wanted = pattern->segments[i];

        if (*wanted == '{')
            capture (&found, wanted, segments[i]);
        else if (strcmp (wanted, segments[i]) != 0)
            return FALSE;
        if (i > 0 && (strcmp (wanted, "in") == 0 || strcmp (wanted, "out") == 0))
            found.way = *wanted;
        if (!*segments[i])
            return FALSE;
    }
    *route = found;
    return TRUE;
}

/* What follows the first @p used segments. */
static void
set_tail (Ctx *ctx, Route *route, const char *path, guint used)
{
    const char *at = path;

    for (guint i = 0; i < used && at; i++)
        at = strchr (at + 1, '/');
    route->bare = !at;
    route->tail = at ? request_strdup (ctx->req, at + 1) : "";
}

void
data_handle (Ctx *ctx, const char *path)
{
    g_auto (GStrv) segments = NULL;
    const Pattern *best = NULL;
    Route route = {0};
    guint count;

    if (g_str_has_prefix (path, "/archive/"))
        path += strlen ("/archive");
    segments = g_strsplit (path[0] ? path + 1 : "", "/", -1);
    count = g_strv_length (segments);
    for (guint i = 0; i < patterns->len; i++) {
        const Pattern *pattern = g_ptr_array_index (patterns, i);
        Route found;

        if ((!best || pattern->length > best->length) && matches (pattern, segments, count, &found)) {
            best = pattern;
            route = found;
        }
    }
    if (!best) {
        page_status (ctx, 404, NULL);
        return;
    }
    if (!is_read (ctx))
        ctx->work_us += (gint64)app.settings.write_ms * 1000;
    set_tail (ctx, &route, path, best->length);
    best->func (ctx, &route);
}

gboolean
method_is (const Ctx *ctx, const char *method)
{
    return strcmp (ctx->req->method, method) == 0;
}

gboolean
is_read (const Ctx *ctx)
{
    return method_is (ctx, "GET") || method_is (ctx, "HEAD");
}

void
reply_not_allowed (Ctx *ctx)
{
    page_status (ctx, 405, NULL);
    reply_header (ctx->reply, "Allow", "GET");
}
