/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: lists of files, single files, the catalog itself. */
#include "files.h"
#include "table.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *
files_path (Ctx *ctx, const Route *route)
{
    g_autofree char *decoded = NULL;

    /* Old servers take the tail as it is. */
    if (app.settings.version < 8 || !(strstr (route->tail, "%20") || strstr (route->tail, "%2B")))
        return route->tail;
    decoded = http_decode (route->tail, -1, TRUE);
    return request_strdup (ctx->req, decoded);
}

/* Of one resource's file the container says so, of several resources' the application itself. */
void
reply_missing (Ctx *ctx, const Target *target, const char *message)
{
    if (flag_param (ctx->req, "accept-not-found", FALSE))
        reply_text (ctx->reply, 204, "text/plain", "");
    else if (target->listed->len == 1)
        page_tomcat (ctx, 404, message);
    else
        page_status (ctx, 404, message);
}

static gboolean
value_passes (const char *wanted, const char *value)
{
    if (!wanted)
        return TRUE;
    if (strcmp (wanted, "NULL") == 0)
        return !value || !*value;
    return g_strcmp0 (wanted, value) == 0;
}

gboolean
entry_passes (Ctx *ctx, const Entry *entry, const char *folder)
{
    if (!g_str_has_prefix (entry->path, folder))
        return FALSE;
    /* This switch works the wrong way round. */
    if (request_param (ctx->req, "recursive") && !flag_param (ctx->req, "recursive", TRUE) &&
        !strchr (entry->path + strlen (folder), '/'))
        return FALSE;
    return value_passes (request_param (ctx->req, "file_format"), entry->format) &&
           value_passes (request_param (ctx->req, "file_content"), entry->content);
}

static const char *
listed_digest (Ctx *ctx, Resource *resource, Entry *entry)
{
    if (entry->computed)
        return entry->digest;
    return app.settings.checksums ? S (entry_digest (ctx->archive, resource, entry)) : NULL;
}

/* The address of a file, or where it lies on the disk, from the root or from its project's directory on. */
static char *
locate (const Resource *resource, const Entry *entry, const char *locator, const char *uri)
{
    g_autofree char *place = NULL;
    g_autofree char *project = NULL;

    if (!locator)
        return g_strdup_printf ("%s/files/%s", uri, entry->path);
    place = catalog_place (resource->catalog, entry->path);
    project = g_strdup_printf (ARCHIVE_DIR "%s/", resource->parent->project->id);
    if (strcmp (locator, "projectPath") == 0 && g_str_has_prefix (place, project))
        return g_strdup (place + strlen (project));
    return g_steal_pointer (&place);
}

static const char *
asked_locator (Ctx *ctx)
{
    const char *asked = request_param (ctx->req, "locator");

    if (asked && g_ascii_strcasecmp (asked, "projectPath") == 0)
        return "projectPath";
    return asked && g_ascii_strcasecmp (asked, "absolutePath") == 0 ? "absolutePath" : NULL;
}

static void
add_file (Ctx *ctx, Table *table, Resource *resource, Entry *entry, const char *uri)
{
    const char **cells = table_row (table);
    const char *slash = strrchr (entry->path, '/');
    g_autofree char *size = g_strdup_printf ("%" G_GINT64_FORMAT, entry->size);
    g_autofree char *id = g_strdup_printf ("%u", resource->id);
    g_autofree char *full = locate (resource, entry, asked_locator (ctx), uri);

    cells[0] = S (slash ? slash + 1 : entry->path);
    cells[1] = entry->size >= 0 ? S (size) : NULL;
    cells[2] = S (full);
    cells[3] = resource->label;
    cells[4] = entry->tags;
    cells[5] = entry->format;
    cells[6] = entry->content;
    cells[7] = S (id);
    cells[8] = listed_digest (ctx, resource, entry);
}

static void
list_files (Ctx *ctx, const Route *route, const Target *target, const char *folder)
{
    const char *locator = asked_locator (ctx);
    const char *columns[] = {
        "Name",   "Size", locator ? locator : "URI", "collection", "file_tags", "file_format", "file_content", "cat_ID",
        "digest", NULL};
    Table *table = table_new (columns);

    table->total = FALSE;
    table->us_per_row = app.settings.list_us_per_file;
    table->head = TRUE;
    table->title = "Files";
    for (guint i = 0; i < target->listed->len; i++) {
        const Listed *listed = &g_array_index (target->listed, Listed, i);
        Resource *resource = listed->resource;
        GPtrArray *entries = resource_entries (ctx->archive, resource);
        g_autofree char *uri = listed_uri (route, target, listed);

        for (guint j = 0; j < entries->len; j++) {
            Entry *entry = g_ptr_array_index (entries, j);

            if (entry_passes (ctx, entry, folder))
                add_file (ctx, table, resource, entry, uri);
        }
    }
    reply_table (ctx, table);
}

static const char *
media_type (const char *path)
{
    static const char *const types[][2] = {
        {".bmp", "image/bmp"},   {".gif", "image/gif"},       {".html", "text/html"}, {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"}, {".pdf", "application/pdf"}, {".png", "image/png"},  {".svg", "image/svg+xml"},
        {".tiff", "image/tiff"}, {".txt", "text/plain"},      {".xml", "text/xml"}};

    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        if (g_str_has_suffix (path, types[i][0]))
            return types[i][1];
    }
    return "application/octet-stream";
}

static void
http_date (time_t when, char *text, gsize size)
{
    struct tm tm;

    gmtime_r (&when, &tm);
    strftime (text, size, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static gboolean
unchanged (Ctx *ctx, time_t modified)
{
    const char *since = request_header (ctx->req, "If-Modified-Since");
    struct tm tm = {0};

    return since && strptime (since, "%a, %d %b %Y %H:%M:%S GMT", &tm) && modified <= timegm (&tm);
}

void
reply_file (Ctx *ctx, const Target *target, Resource *resource, Entry *entry)
{
    const char *file = entry_file (ctx->archive, resource, entry);
    int fd = open (file, O_RDONLY | O_CLOEXEC);
    const char *slash = strrchr (entry->path, '/');
    g_autofree char *disposition = NULL;
    char modified[64];
    struct stat st;

    if (fd < 0 || fstat (fd, &st) < 0) {
        reply_missing (ctx, target, "Unable to find file.");
        return;
    }
    disposition = g_strdup_printf ("attachment; filename=\"%s\";", slash ? slash + 1 : entry->path);
    reply_header (ctx->reply, "Content-Disposition", disposition);
    reply_header (ctx->reply, "Cache-Control", "must-revalidate");
    if (unchanged (ctx, st.st_mtime)) {
        close (fd);
        ctx->reply->status = 304;
        return;
    }
    http_date (st.st_mtime, modified, sizeof modified);
    ctx->reply->status = 200;
    ctx->reply->fd = fd;
    ctx->reply->has_fd = TRUE;
    ctx->reply->length = st.st_size;
    reply_header (ctx->reply, "Content-Type", media_type (entry->path));
    reply_header (ctx->reply, "Last-Modified", modified);
}

Entry *
files_entry (Ctx *ctx, Resource *resource, const char *path)
{
    g_autofree char *decoded = NULL;
    Entry *entry = resource_find (ctx->archive, resource, path);

    if (entry)
        return entry;
    decoded = http_decode (path, -1, TRUE);
    return resource_find (ctx->archive, resource, decoded);
}

/* Of several resources the next one is looked into only where the catalog of the last one lists what the disk lacks. */
static Entry *
find_entry (Ctx *ctx, const Target *target, const char *path, Resource **where)
{
    Entry *entry = NULL;

    for (guint i = 0; i < target->listed->len; i++) {
        *where = g_array_index (target->listed, Listed, i).resource;
        entry = files_entry (ctx, *where, path);
        if (!entry || entry_is_there (entry))
            break;
    }
    return entry;
}

/* What lies below a name with such an ending is looked for inside that archive. */
static gboolean
inside_archive (const char *path)
{
    static const char *const endings[] = {".zip/", ".zip!", ".jar/", ".jar!", ".rar/", ".ear/", ".gar/", ".mrb/"};

    for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
        if (strstr (path, endings[i]))
            return TRUE;
    }
    return FALSE;
}

static void
get_one (Ctx *ctx, const Target *target, const char *path)
{
    Resource *resource = NULL;
    Entry *entry = inside_archive (path) ? NULL : find_entry (ctx, target, path, &resource);

    if (entry)
        reply_file (ctx, target, resource, entry);
    else
        reply_missing (ctx, target,
                       target->listed->len == 1 ? "Unable to find catalog entry for given uri."
                                                : "Unable to find file.");
}

static void
charge_catalogs (Ctx *ctx, const Target *target)
{
    if (app.settings.catalog_us_per_file == 0)
        return;
    for (guint i = 0; i < target->listed->len; i++) {
        Resource *resource = g_array_index (target->listed, Listed, i).resource;

        ctx->work_us += (gint64)resource_entries (ctx->archive, resource)->len * app.settings.catalog_us_per_file;
    }
}

static void
get_files (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    g_auto (Target) target = {0};
    const char *path = files_path (ctx, route);
    const PackKind *kind = pack_kind (request_param (ctx->req, "format"));

    if (!target_find (ctx, route, &target))
        return;
    if (!target.parent && !target.by_number) {
        page_thrown (ctx);
        return;
    }
    if (method_is (ctx, "HEAD") && target.parents->len != 1 && !target.by_number) {
        page_status (ctx, 404, "Unable to identify scan");
        return;
    }
    charge_catalogs (ctx, &target);
    /* A file that is such an archive already is sent as it is. */
    if (kind && !g_str_has_suffix (path, kind->ending))
        reply_archive (ctx, route, &target, path, kind);
    else if (*path && !g_str_has_suffix (path, "/"))
        get_one (ctx, &target, path);
    else
        list_files (ctx, route, &target, path);
}

void
item_files (Ctx *ctx, const Route *route)
{
    if (is_read (ctx))
        get_files (ctx, route);
    else if (method_is (ctx, "PUT") || method_is (ctx, "POST"))
        put_files (ctx, route);
    else if (method_is (ctx, "DELETE"))
        delete_files (ctx, route);
    else
        reply_not_allowed (ctx);
}

static void
reply_catalog (Ctx *ctx, Resource *resource)
{
    static const char *const offers[] = {"text/xml", NULL};
    GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cat:Catalog xmlns:cat=\""
                                 "http://nrg.wustl.edu/catalog\">\n<cat:entries>\n");
    GPtrArray *entries = resource_entries (ctx->archive, resource);

    if (!accept_best (ctx->req, offers)) {
        g_string_free (out, TRUE);
        page_status (ctx, 406, NULL);
        return;
    }
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index (entries, i);
        const char *path = xml_escape (entry->path);

        g_string_append_printf (
            out,
            "<cat:entry URI=\"%s\" ID=\"%s\"><cat:metaFields><cat:metaField name=\"SIZE\">%" G_GINT64_FORMAT
            "</cat:metaField></cat:metaFields></cat:entry>\n",
            path, path, entry->size);
    }
    g_string_append (out, "</cat:entries>\n</cat:Catalog>\n");
    reply_bytes (ctx->reply, 200, "text/xml", g_string_free_to_bytes (out));
}

static void
get_catalog (Ctx *ctx, const Route *route)
{
    g_autoptr (GRWLockReaderLocker) locked = g_rw_lock_reader_locker_new (&ctx->archive->lock);
    const PackKind *kind = pack_kind (request_param (ctx->req, "format"));
    g_auto (Target) target = {0};

    if (!target_find (ctx, route, &target))
        return;
    charge_catalogs (ctx, &target);
    if (!route->project && route->subject)
        page_status (ctx, 500, NULL);
    else if (target.listed->len == 0)
        page_status (ctx, 404, "Unable to find specified catalog.");
    else if (kind)
        reply_archive (ctx, route, &target, "", kind);
    else
        reply_catalog (ctx, g_array_index (target.listed, Listed, 0).resource);
}

void
item_resource (Ctx *ctx, const Route *route)
{
    if (is_read (ctx))
        get_catalog (ctx, route);
    else if (method_is (ctx, "PUT") || method_is (ctx, "POST"))
        put_resource (ctx, route);
    else if (method_is (ctx, "DELETE"))
        delete_resource (ctx, route);
    else
        reply_not_allowed (ctx);
}
