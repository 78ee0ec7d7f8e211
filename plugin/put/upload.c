/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads. */
#include "put/upload.h"

#include "archive/zip-stream.h"

#include <string.h>

void
xn_sending_free (XnSending *sending)
{
    if (sending == NULL)
        return;
    g_free (sending->path);
    g_free (sending->md5);
    g_free (sending->old_digest);
    g_free (sending);
}

gboolean
xn_upload_needs_archive (const XnSending *sending)
{
    return sending->file->size == 0 || !xn_entry_can_be_put (sending->path);
}

gboolean
xn_upload_fits_archive (const XnSending *sending)
{
    return sending->file->size <= (gint64)XN_ZIP_STREAM_MAX_MEMBER;
}

/* XnConsumeFunc: `{"duplicates":[...]}` says that nothing was stored. */
static gboolean
upload_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    gboolean *out_duplicate = data;
    g_autofree char *text = xn_answer_text (answer, error);
    *out_duplicate = text != NULL && strstr (text, "\"duplicates\"") != NULL;
    return text != NULL;
}

/* How far a body has been read. */
typedef struct {
    XnOp *op;
    gint64 bytes;
} Read;

static gssize
read_count (Read *read, gssize n)
{
    if (n > 0) {
        read->bytes += n;
        xn_op_add_done (read->op, 0, n);
    }
    return n;
}

/* What was read counts for nothing. */
static void
read_take_back (Read *read)
{
    xn_op_add_done (read->op, 0, -read->bytes);
    read->bytes = 0;
}

typedef struct {
    XnSending *sending;
    XnSource *source; /* (owned) */
    Read read;
} FileBody;

static void
file_body_note (FileBody *body)
{
    g_free (body->sending->md5);
    body->sending->md5 = g_strdup (xn_source_md5 (body->source));
}

/* XnBodyFunc */
static gssize
file_body_read (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    FileBody *body = data;
    body->sending->broken = TRUE;
    const gssize n = read_count (&body->read, xn_source_read (body->source, buffer, size, error));
    if (n < 0)
        return -1;
    if (body->read.bytes >= body->sending->file->size) {
        if (!xn_source_check (body->source, error))
            return -1;
        file_body_note (body);
    }
    return n;
}

static gboolean
file_body_rewind (gpointer data, GError **error)
{
    FileBody *body = data;
    read_take_back (&body->read);
    return xn_source_rewind (body->source, error);
}

gboolean
xn_upload_file (XnClient *client, const XnItem *resource, XnSending *sending, gboolean overwrite,
                gboolean *out_duplicate, XnOp *op, GError **error)
{
    g_autoptr (XnSource) source = xn_source_open (sending->file, error);
    if (source == NULL)
        return FALSE;
    FileBody body = {.sending = sending, .source = source, .read = {.op = op}};
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *tail = xn_encode_path (sending->path);
    g_autofree char *path = g_strdup_printf ("%s/files/%s", base, tail);
    g_autofree char *what = g_strdup_printf ("sending %s", sending->path);
    const XnCall call = {.method = "PUT",
                         .path = path,
                         .query = overwrite ? "inbody=true&overwrite=true" : "inbody=true",
                         .what = what,
                         .expect = XN_EXPECT_WRITE,
                         .retry = XN_RETRY_NONE,
                         .body = file_body_read,
                         .rewind_body = file_body_rewind,
                         .body_data = &body,
                         .body_length = sending->file->size,
                         .content_type = "application/octet-stream",
                         .consume = upload_consume,
                         .consume_data = out_duplicate};
    if (xn_client_call (client, &call, op, error)) {
        sending->broken = FALSE;
        return TRUE;
    }
    read_take_back (&body.read);
    return FALSE;
}

typedef struct {
    GPtrArray *sendings; /* (borrowed) */
    XnZipStream *zip;    /* (owned) */
    Read read;
} ArchiveBody;

/* One member being read. */
typedef struct {
    XnSending *sending;
    XnSource *source; /* (owned) */
    Read *read;       /* (borrowed) of the whole body: what the archive adds to the files is no progress */
} Member;

static gpointer
member_open (guint index, gpointer data, GError **error)
{
    ArchiveBody *body = data;
    XnSending *sending = g_ptr_array_index (body->sendings, index);
    sending->broken = TRUE;
    XnSource *source = xn_source_open (sending->file, error);
    if (source == NULL)
        return NULL;
    Member *member = g_new0 (Member, 1);
    member->sending = sending;
    member->source = source;
    member->read = &body->read;
    return member;
}

static gssize
member_read (gpointer handle, guint8 *buffer, gsize size, GError **error)
{
    Member *member = handle;
    return read_count (member->read, xn_source_read (member->source, buffer, size, error));
}

static gboolean
member_close (gpointer handle, GError **error)
{
    Member *member = handle;
    const gboolean ok = xn_source_check (member->source, error);
    if (ok) {
        g_free (member->sending->md5);
        member->sending->md5 = g_strdup (xn_source_md5 (member->source));
    }
    xn_source_free (member->source);
    g_free (member);
    return ok;
}

/* XnBodyFunc */
static gssize
archive_body_read (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    ArchiveBody *body = data;
    return xn_zip_stream_read (body->zip, buffer, size, error);
}

static gboolean
archive_body_rewind (gpointer data, GError **error)
{
    ArchiveBody *body = data;
    read_take_back (&body->read);
    xn_zip_stream_rewind (body->zip);
    return TRUE;
}

gboolean
xn_upload_archive (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean overwrite,
                   gboolean *out_duplicate, XnOp *op, GError **error)
{
    static const XnZipSource SOURCE = {member_open, member_read, member_close};
    ArchiveBody body = {.sendings = sendings, .read = {.op = op}};
    g_autoptr (XnZipStream) zip = xn_zip_stream_new (&SOURCE, &body);
    body.zip = zip;
    for (guint i = 0; i < sendings->len; i++) {
        const XnSending *sending = g_ptr_array_index (sendings, i);
        xn_zip_stream_add (zip, sending->path, (guint64)sending->file->size,
                           sending->file->mtime_ns / G_GINT64_CONSTANT (1000000000));
    }
    g_autofree char *base = xn_item_resource (resource);
    g_autofree char *path = g_strdup_printf ("%s/files/upload.zip", base);
    g_autofree char *what = g_strdup_printf ("sending %u files", sendings->len);
    const XnCall call = {.method = "PUT",
                         .path = path,
                         .query = overwrite ? "extract=true&inbody=true&overwrite=true" : "extract=true&inbody=true",
                         .what = what,
                         .expect = XN_EXPECT_WRITE,
                         .retry = XN_RETRY_NONE,
                         .body = archive_body_read,
                         .rewind_body = archive_body_rewind,
                         .body_data = &body,
                         .body_length = (gint64)xn_zip_stream_length (zip),
                         .content_type = "application/zip",
                         .consume = upload_consume,
                         .consume_data = out_duplicate};
    if (!xn_client_call (client, &call, op, error)) {
        read_take_back (&body.read);
        return FALSE;
    }
    for (guint i = 0; i < sendings->len; i++)
        ((XnSending *)g_ptr_array_index (sendings, i))->broken = FALSE;
    return TRUE;
}
