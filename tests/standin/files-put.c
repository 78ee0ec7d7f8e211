/* SPDX-License-Identifier: Apache-2.0 */
/* Storing files: the forms of a body, the resource that is made on the way, the catalog written at the end. */
#include "files.h"
#include "multipart.h"
#include "resources.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char *const inbody_types[] = {"application/octet-stream",
                                           "application/zip",
                                           "application/x-tar",
                                           "application/x-gtar",
                                           "application/x-gzip",
                                           "application/pdf",
                                           "application/dicom",
                                           "text/plain",
                                           "text/xml",
                                           "text/csv",
                                           "image/jpeg",
                                           "image/png",
                                           "image/gif",
                                           "image/tiff",
                                           "video/mpeg",
                                           NULL};

static gssize
pull_body (gpointer data, void *buffer, gsize size)
{
    return request_read (data, buffer, size);
}

static Entry *
known (const Upload *upload, const char *path)
{
    for (guint i = 0; i < upload->snapshot->len; i++) {
        Entry *entry = g_ptr_array_index (upload->snapshot, i);

        if (strcmp (entry->path, path) == 0)
            return entry;
    }
    return NULL;
}

/* Whether something is in the way: an entry, or a file that an earlier try left without one. */
static gboolean
in_the_way (const Upload *upload, const char *path, const char *file)
{
    return !upload->overwrite && (known (upload, path) || g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
note (Upload *upload, const char *path, const char *file, const char *digest, gint64 size)
{
    Stored stored = {S (path), file, S (digest), size};

    g_array_append_val (upload->stored, stored);
}

static gboolean
copy_in (int fd, PullFunc pull, gpointer data, GChecksum *sum, gint64 *size)
{
    g_autofree guint8 *buffer = g_malloc (HTTP_BUFFER);
    gssize n;

    while ((n = pull (data, buffer, HTTP_BUFFER)) > 0) {
        if (fd >= 0 && write (fd, buffer, (gsize)n) != n)
            return FALSE;
        if (sum)
            g_checksum_update (sum, buffer, n);
        *size += n;
    }
    return n == 0;
}

static gboolean
climbs (const char *path)
{
    g_auto (GStrv) steps = g_strsplit (path, "/", -1);
    gint depth = 0;

    for (guint i = 0; steps[i] && depth >= 0; i++) {
        if (strcmp (steps[i], "..") == 0)
            depth--;
        else if (*steps[i] && strcmp (steps[i], ".") != 0)
            depth++;
    }
    return depth < 0;
}

/* What climbs out of the resource is stored all the same, and listed by where it lies on the disk. */
static const char *
listed_path (const Upload *upload, const char *path)
{
    g_autofree char *place = NULL;

    if (!climbs (path))
        return path;
    place = catalog_place (upload->resource->catalog, path);
    return S (place);
}

gboolean
upload_store (Upload *upload, const char *name, PullFunc pull, gpointer data)
{
    const char *path = listed_path (upload, name);
    const char *file = archive_new_file (upload->archive, upload->resource, path);
    g_autoptr (GChecksum) sum = app.settings.checksums ? g_checksum_new (G_CHECKSUM_MD5) : NULL;
    Entry *old = known (upload, path);
    gint64 size = 0;
    gboolean ok;
    int fd;

    if (in_the_way (upload, path, file)) {
        g_ptr_array_add (upload->duplicates, (gpointer)S (path));
        return copy_in (-1, pull, data, NULL, &size);
    }
    /* The old file goes before the new one has come. */
    (void)g_unlink (file);
    if (old)
        old->file = file;
    fd = open (file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 && copy_in (fd, pull, data, sum, &size);
    if (fd >= 0)
        close (fd);
    if (ok)
        note (upload, path, file, sum ? g_checksum_get_string (sum) : NULL, size);
    return ok;
}

/* A part of a file that was spooled. */
typedef struct Piece {
    int fd;
    goffset at;
    gsize left;
} Piece;

static gssize
pull_piece (gpointer data, void *buffer, gsize size)
{
    Piece *piece = data;
    gssize n = piece->left > 0 ? pread (piece->fd, buffer, MIN (size, piece->left), piece->at) : 0;

    if (n > 0) {
        piece->at += n;
        piece->left -= (gsize)n;
    }
    return n;
}

gboolean
upload_move (Upload *upload, const char *path, const char *from, goffset offset, gsize size)
{
    Piece piece = {open (from, O_RDONLY | O_CLOEXEC), offset, size};
    gboolean ok = piece.fd >= 0 && upload_store (upload, path, pull_piece, &piece);

    if (piece.fd >= 0)
        close (piece.fd);
    return ok;
}

/* What is not said anew stays as it was. */
static const char *
param_or (Ctx *ctx, const char *name, const char *otherwise)
{
    const char *value = param_text (ctx, name);

    return value ? value : otherwise;
}

/* Adds what was stored to a list of entries. */
static void
apply_stored (const Upload *upload, GPtrArray *entries)
{
    Ctx *ctx = upload->ctx;

    for (guint i = 0; i < upload->stored->len; i++) {
        const Stored *stored = &g_array_index (upload->stored, Stored, i);
        Entry *old = known (upload, stored->path);
        Entry *entry = g_new0 (Entry, 1);

        entry->path = stored->path;
        entry->file = stored->file;
        entry->size = stored->size;
        entry->format = param_or (ctx, "format", old ? old->format : NULL);
        entry->content = param_or (ctx, "content", old ? old->content : NULL);
        entry->tags = param_or (ctx, "tags", old ? old->tags : NULL);
        /* Without checksums the digest of what was replaced stays. */
        entry->digest = stored->digest ? stored->digest : old ? old->digest : NULL;
        entry->computed = TRUE;
        /* Old servers replace the file of a member and leave its entry as it was. */
        if (old && upload->extract && app.settings.version < 8) {
            entry->size = old->size;
            entry->digest = old->digest;
        }
        for (guint j = 0; j < entries->len; j++) {
            if (strcmp (((Entry *)g_ptr_array_index (entries, j))->path, entry->path) == 0) {
                g_ptr_array_remove_index (entries, j);
                break;
            }
        }
        g_ptr_array_add (entries, entry);
    }
}

/* Writes the catalog if nobody else did since the upload began. @return FALSE when somebody did. */
static gboolean
commit (Upload *upload)
{
    Resource *resource = upload->resource;
    const char *stats = request_param (upload->ctx->req, "update-stats");
    GPtrArray *entries;

    if (upload->stored->len == 0)
        return TRUE;
    g_rw_lock_writer_lock (&upload->archive->lock);
    gboolean clash = resource->catalog->generation != upload->generation;
    if (!clash || app.settings.version < 8) {
        /* An old server writes what it read at the beginning: entries of others are lost. */
        GPtrArray *base = clash ? upload->snapshot : resource->catalog->entries;

        entries = g_ptr_array_sized_new (base->len + upload->stored->len);
        for (guint i = 0; i < base->len; i++)
            g_ptr_array_add (entries, g_ptr_array_index (base, i));
        apply_stored (upload, entries);
        g_atomic_pointer_set (&resource->catalog->entries, entries);
        resource->catalog->generation++;
        resource_describe (upload->ctx, resource);
        if (!stats || strcmp (stats, "true") == 0 || strcmp (stats, "1") == 0)
            resource_restate (upload->archive, resource);
        clash = FALSE;
    }
    g_rw_lock_writer_unlock (&upload->archive->lock);
    return !clash;
}

static void
reply_duplicates (Ctx *ctx, const GPtrArray *duplicates)
{
    GString *out = g_string_new ("{\"duplicates\":[");

    for (guint i = 0; i < duplicates->len; i++) {
        if (i > 0)
            g_string_append_c (out, ',');
        json_string (out, g_ptr_array_index (duplicates, i));
    }
    g_string_append (out, "]}");
    reply_bytes (ctx->reply, 200, "text/html", g_string_free_to_bytes (out));
}

static gboolean
is_inbody (Ctx *ctx, const char *type)
{
    g_autofree char *plain = type ? g_strndup (type, strcspn (type, "; ")) : NULL;

    return flag_param (ctx->req, "inbody", FALSE) || (plain && g_strv_contains (inbody_types, plain));
}

/* The name under which a body without one is kept. */
static const char *
derived_name (const char *type)
{
    if (type && strstr (type, "application/zip"))
        return "upload.zip";
    if (type && strstr (type, "x-tar"))
        return "upload.tar";
    if (type && (strstr (type, "x-gtar") || strstr (type, "x-gzip")))
        return "upload.tar.gz";
    return "upload";
}

static gboolean
has_ending (const char *name, const char *a, const char *b)
{
    return g_str_has_suffix (name, a) || (b && g_str_has_suffix (name, b));
}

/* Stores one body, unpacked when that is asked for and its name says how. */
static gboolean
take_member (Upload *upload, const char *name, PullFunc pull, gpointer data, int *status)
{
    *status = 500;
    if (!flag_param (upload->ctx->req, "extract", FALSE))
        return upload_store (upload, name, pull, data);
    upload->extract = TRUE;
    if (has_ending (name, ".zip", ".zar"))
        return extract_zip (upload, pull, data, status);
    if (has_ending (name, ".tar", ".xar") || has_ending (name, ".tgz", ".tar.gz"))
        /* The first servers gave every archive to the reader of zips. */
        return app.settings.version < 8 ? extract_zip (upload, pull, data, status)
                                        : extract_tar (upload, pull, data, FALSE, NULL);
    if (has_ending (name, ".gz", NULL)) {
        g_autofree char *plain = g_strndup (name, strlen (name) - 3);

        return extract_tar (upload, pull, data, TRUE, plain);
    }
    return upload_store (upload, name, pull, data);
}

static gboolean
take_parts (Upload *upload, const char *type, const char *path, int *status)
{
    Ctx *ctx = upload->ctx;
    g_autofree char *spool =
        g_strdup_printf ("%s/spool-%08x%08x", ctx->archive->root, g_random_int (), g_random_int ());
    g_autoptr (GArray) parts = multipart_read (ctx->req, type, spool);
    gboolean ok = parts != NULL;

    *status = 500;
    for (guint i = 0; ok && i < parts->len; i++) {
        const Part *part = &g_array_index (parts, Part, i);
        Piece piece = {open (spool, O_RDONLY | O_CLOEXEC), part->offset, part->size};
        const char *name = *path ? path : part->name;

        ok = piece.fd >= 0 && take_member (upload, flag_param (ctx->req, "extract", FALSE) ? part->name : name,
                                           pull_piece, &piece, status);
        if (piece.fd >= 0)
            close (piece.fd);
    }
    (void)g_unlink (spool);
    return ok;
}

/* @return FALSE when answered: there is no body that could be stored. */
static gboolean
body_is_usable (Ctx *ctx, const char *type, gboolean inbody, gboolean multipart)
{
    gboolean zip = type && strstr (type, "application/zip") && app.settings.version >= 8;

    if (type && strstr (type, "x-www-form-urlencoded") && !inbody) {
        page_status (ctx, 500, NULL);
        return FALSE;
    }
    if (!inbody && !multipart) {
        page_status (ctx, 400, "Client didn't provide any data to store.");
        return FALSE;
    }
    if (inbody && ctx->req->length < 1 && !zip) {
        g_autofree char *words =
            g_strdup_printf ("In-body File posts must include the file directly as the body of the message. In this "
                             "case, the request entity size is %" G_GINT64_FORMAT
                             " but the media type is not application/zip (i.e. streaming compressed upload).",
                             ctx->req->length);

        page_status (ctx, 500, words);
        return FALSE;
    }
    return TRUE;
}

/* Finds or makes the resource and remembers its catalog. @return FALSE when answered. */
static gboolean
begin (Upload *upload, const Route *route)
{
    Ctx *ctx = upload->ctx;
    g_autoptr (GRWLockWriterLocker) locked = g_rw_lock_writer_locker_new (&ctx->archive->lock);
    g_auto (Target) target = {0};
    GPtrArray *entries;

    if (!target_find (ctx, route, &target))
        return FALSE;
    if (!may_edit_node (ctx->user, target.parent)) {
        /* No right, no word. */
        reply_text (ctx->reply, 200, NULL, "");
        return FALSE;
    }
    upload->parent = target.parent;
    upload->resource = target_own (&target);
    if (!upload->resource) {
        creation_pause (ctx);
        upload->resource =
            resource_make (ctx, target.parent, route->way, route->resource ? xml_escape (route->resource) : NULL);
        upload->created = TRUE;
    }
    upload->generation = upload->resource->catalog->generation;
    entries = resource_entries (ctx->archive, upload->resource);
    upload->snapshot = g_ptr_array_sized_new (entries->len);
    for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add (upload->snapshot, g_ptr_array_index (entries, i));
    return TRUE;
}

static void
upload_clear (Upload *upload)
{
    g_clear_pointer (&upload->snapshot, g_ptr_array_unref);
    g_clear_pointer (&upload->stored, g_array_unref);
    g_clear_pointer (&upload->duplicates, g_ptr_array_unref);
}

static void
work_after (const Upload *upload)
{
    gint64 bytes = 0;

    for (guint i = 0; i < upload->stored->len; i++)
        bytes += g_array_index (upload->stored, Stored, i).size;
    cost_us ((gint64)(upload->snapshot->len + upload->stored->len) * app.settings.catalog_us_per_file);
    if (app.settings.checksums)
        cost_us (rate_us (bytes, app.settings.disk_mb_per_s));
}

static gboolean
names_catalog (const Upload *upload)
{
    g_autofree char *catalog = g_path_get_basename (upload->resource->catalog->path);

    for (guint i = 0; i < upload->stored->len; i++) {
        if (strcmp (g_array_index (upload->stored, Stored, i).path, catalog) == 0)
            return TRUE;
    }
    return FALSE;
}

static void
reply_clash (const Upload *upload)
{
    g_autofree char *words = g_strdup_printf ("Another thread or process modified " ARCHIVE_DIR
                                              "%s since I last read it. To avoid overwriting changes, I'm throwing an "
                                              "exception.",
                                              upload->resource->catalog->path);

    page_status (upload->ctx, 500, words);
}

static void
finish (Upload *upload)
{
    Ctx *ctx = upload->ctx;

    work_after (upload);
    if (names_catalog (upload))
        page_status (ctx, 500, "XNAT cannot catalog the catalog file itself.");
    else if (!commit (upload))
        reply_clash (upload);
    else if (upload->duplicates->len > 0)
        reply_duplicates (ctx, upload->duplicates);
    else
        reply_text (ctx->reply, 200, "text/plain", "");
}

void
put_files (Ctx *ctx, const Route *route)
{
    const char *type = request_header (ctx->req, "Content-Type");
    gboolean inbody = is_inbody (ctx, type);
    gboolean multipart = !inbody && type && strstr (type, "multipart/form-data");
    const char *path = files_path (ctx, route);
    Upload upload = {.ctx = ctx, .archive = ctx->archive};
    int status;
    gboolean ready;
    gboolean ok;

    upload.stored = g_array_new (FALSE, FALSE, sizeof (Stored));
    upload.duplicates = g_ptr_array_new ();
    upload.overwrite = flag_param (ctx->req, "overwrite", FALSE);
    creation_begin (ctx);
    ready = begin (&upload, route);
    creation_end ();
    if (ready && body_is_usable (ctx, type, inbody, multipart)) {
        if (multipart)
            ok = take_parts (&upload, type, path, &status);
        else
            ok = take_member (&upload, *path ? path : derived_name (type), pull_body, ctx->req, &status);
        if (ok)
            finish (&upload);
        else
            page_status (ctx, status, "The file could not be stored.");
    }
    upload_clear (&upload);
}
