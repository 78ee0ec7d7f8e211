/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking uploads while they come in: zip as a streaming reader takes it, tar and gzip by libarchive. */
#include "files.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <zlib.h>

typedef struct Input {
    PullFunc pull;
    gpointer data;
    guint8 buffer[HTTP_BUFFER];
    gsize at;
    gsize end;
    gboolean broken;
} Input;

static gboolean
input_fill (Input *input)
{
    gssize n;

    if (input->at < input->end)
        return TRUE;
    n = input->pull (input->data, input->buffer, sizeof input->buffer);
    input->at = 0;
    input->end = n > 0 ? (gsize)n : 0;
    input->broken = n < 0;
    return n > 0;
}

static gboolean
input_get (Input *input, void *to, gsize len)
{
    guint8 *out = to;

    while (len > 0) {
        gsize n;

        if (!input_fill (input))
            return FALSE;
        n = MIN (len, input->end - input->at);
        memcpy (out, input->buffer + input->at, n);
        input->at += n;
        out += n;
        len -= n;
    }
    return TRUE;
}

static guint
get16 (const guint8 *at)
{
    return at[0] | (guint)at[1] << 8;
}

static guint32
get32 (const guint8 *at)
{
    return get16 (at) | (guint32)get16 (at + 2) << 16;
}

/* One member being read. */
typedef struct Inner {
    Input *input;
    guint method;
    guint64 left; /* of a stored one */
    z_stream stream;
    gboolean ended;
    gboolean bad;
} Inner;

static gssize
pull_stored (Inner *inner, void *buffer, gsize size)
{
    gsize n = (gsize)MIN (inner->left, size);

    if (n == 0)
        return 0;
    if (!input_get (inner->input, buffer, n))
        return -1;
    inner->left -= n;
    return (gssize)n;
}

static gssize
pull_deflated (Inner *inner, void *buffer, gsize size)
{
    inner->stream.next_out = buffer;
    inner->stream.avail_out = (uInt)size;
    while (!inner->ended && inner->stream.avail_out == size) {
        int r;

        if (!input_fill (inner->input))
            return -1;
        inner->stream.next_in = inner->input->buffer + inner->input->at;
        inner->stream.avail_in = (uInt)(inner->input->end - inner->input->at);
        r = inflate (&inner->stream, Z_NO_FLUSH);
        inner->input->at = inner->input->end - inner->stream.avail_in;
        inner->ended = r == Z_STREAM_END;
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) {
            inner->bad = TRUE;
            return -1;
        }
    }
    return (gssize)(size - inner->stream.avail_out);
}

static gssize
pull_inner (gpointer data, void *buffer, gsize size)
{
    Inner *inner = data;

    return inner->method == 0 ? pull_stored (inner, buffer, size) : pull_deflated (inner, buffer, size);
}

/* After a deflated member: crc and sizes of four bytes each, with or without a signature; they have to be right. */
static gboolean
check_descriptor (Input *input, const Inner *inner)
{
    guint8 bytes[12];

    if (!input_get (input, bytes, sizeof bytes))
        return FALSE;
    if (get32 (bytes) == 0x08074b50) {
        memmove (bytes, bytes + 4, 8);
        if (!input_get (input, bytes + 8, 4))
            return FALSE;
    }
    return get32 (bytes + 4) == (guint32)inner->stream.total_in &&
           get32 (bytes + 8) == (guint32)inner->stream.total_out;
}

static gboolean
drop_all (PullFunc pull, gpointer data)
{
    guint8 buffer[4096];
    gssize n;

    while ((n = pull (data, buffer, sizeof buffer)) > 0)
        ;
    return n == 0;
}

static gboolean
is_catalogued (const char *name)
{
    const char *slash = strrchr (name, '/');
    const char *base = slash ? slash + 1 : name;

    return !g_str_has_suffix (base, "_catalog.xml") && !g_str_has_prefix (base, ".~lock-");
}

static gboolean
take (Upload *upload, const char *name, PullFunc pull, gpointer data)
{
    if (g_str_has_suffix (name, "/") || !*name || !is_catalogued (name))
        return drop_all (pull, data);
    return upload_store (upload, name, pull, data);
}

static gboolean
read_name (Input *input, const guint8 *head, char **name, int *status)
{
    gsize len = get16 (head + 26);
    gsize extra = get16 (head + 28);
    g_autofree char *text = g_malloc0 (len + 1);
    g_autofree guint8 *rest = g_malloc (extra + 1);

    if (!input_get (input, text, len) || !input_get (input, rest, extra))
        return FALSE;
    if (!g_utf8_validate (text, (gssize)len, NULL)) {
        *status = 400;
        return FALSE;
    }
    *name = g_steal_pointer (&text);
    return TRUE;
}

static gboolean
read_member (Upload *upload, Input *input, const guint8 *head, int *status)
{
    gboolean described = get16 (head + 6) & 8;
    Inner inner = {.input = input, .method = get16 (head + 8), .left = get32 (head + 22)};
    g_autofree char *name = NULL;
    gboolean ok;

    if (!read_name (input, head, &name, status))
        return FALSE;
    /* Where a stored member with a descriptor ends, a streaming reader cannot know. */
    if (inner.method != 8 && (inner.method != 0 || described))
        return FALSE;
    if (inner.method == 8 && inflateInit2 (&inner.stream, -15) != Z_OK)
        return FALSE;
    ok = take (upload, name, pull_inner, &inner);
    if (ok && inner.method == 8 && described)
        ok = check_descriptor (input, &inner);
    if (inner.method == 8)
        inflateEnd (&inner.stream);
    return ok;
}

gboolean
extract_zip (Upload *upload, PullFunc pull, gpointer data, int *status)
{
    g_autofree Input *input = g_new0 (Input, 1);
    guint8 head[30];

    input->pull = pull;
    input->data = data;
    *status = 500;
    /* Anything but the head of a member is the end, at the beginning too. */
    while (input_get (input, head, 4) && get32 (head) == 0x04034b50) {
        if (!input_get (input, head + 4, 26) || !read_member (upload, input, head, status))
            return FALSE;
    }
    return !input->broken && drop_all (pull, data);
}

typedef struct TarInput {
    PullFunc pull;
    gpointer data;
    guint8 buffer[HTTP_BUFFER];
    gboolean broken;
} TarInput;

static la_ssize_t
tar_read (struct archive *tar, void *data, const void **buffer)
{
    TarInput *input = data;
    gssize n = input->pull (input->data, input->buffer, sizeof input->buffer);

    *buffer = input->buffer;
    input->broken = n < 0;
    return n;
}

static gssize
pull_tar (gpointer data, void *buffer, gsize size)
{
    return archive_read_data (data, buffer, size);
}

gboolean
extract_tar (Upload *upload, PullFunc pull, gpointer data, gboolean raw, const char *name)
{
    g_autofree TarInput *input = g_new0 (TarInput, 1);
    struct archive *tar = archive_read_new ();
    struct archive_entry *entry;
    gboolean ok = TRUE;
    int r = ARCHIVE_EOF;

    input->pull = pull;
    input->data = data;
    archive_read_support_filter_gzip (tar);
    if (raw)
        archive_read_support_format_raw (tar);
    else
        archive_read_support_format_tar (tar);
    if (archive_read_open (tar, input, NULL, tar_read, NULL) != ARCHIVE_OK)
        ok = FALSE;
    while (ok && (r = archive_read_next_header (tar, &entry)) == ARCHIVE_OK) {
        const char *path = raw ? name : archive_entry_pathname (entry);

        if (archive_entry_filetype (entry) == AE_IFREG || raw)
            ok = take (upload, g_str_has_prefix (path, "./") ? path + 2 : path, pull_tar, tar);
    }
    ok = ok && r == ARCHIVE_EOF && !input->broken;
    archive_read_free (tar);
    return ok && drop_all (pull, data);
}
