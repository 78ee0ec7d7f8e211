/* SPDX-License-Identifier: Apache-2.0 */
/* The zip writer, a small state machine: each phase either queues the bytes of a record or copies file data straight
 * into the caller's buffer. It knows nothing of files; members come from the source's functions. */
#include "archive/zip-stream.h"

#include "base/error.h"

#include <string.h>
#include <time.h>
#include <zlib.h>

enum {
    LOCAL_BYTES = 30,
    DESCRIPTOR_BYTES = 16,
    CENTRAL_BYTES = 46,
    CENTRAL_ZIP64_BYTES = 12,
    END_BYTES = 22,
    END_ZIP64_BYTES = 56 + 20,
    BLOCK_BYTES = 65535,  /* of data in a stored block */
    BLOCK_HEAD_BYTES = 5, /* before each */
    FLAGS = 0x0808,       /* a data descriptor follows; the name is UTF-8 */
    METHOD_DEFLATE = 8,
    VERSION = 20,
    VERSION_ZIP64 = 45,
    MADE_BY_UNIX = 3 << 8,
};

typedef enum {
    PHASE_LOCAL,
    PHASE_BLOCK,
    PHASE_DATA,
    PHASE_CENTRAL,
    PHASE_END,
    PHASE_DONE,
} Phase;

typedef struct {
    char *name;
    guint64 size;
    guint64 offset; /* of its local header */
    guint32 dos_time;
    guint32 crc; /* known once it was read */
} Member;

struct XnZipStream {
    XnZipSource source;
    gpointer data;
    GArray *members; /* of Member */
    guint64 members_bytes, central_bytes;
    gboolean too_large;
    const char *bad_name; /* of the member that is too large */

    Phase phase;
    guint index;         /* of the current member */
    gpointer handle;     /* its source, open */
    guint64 member_left; /* of its data */
    guint block_left;    /* of the current stored block's data */
    GByteArray *queue;   /* record bytes that wait to be read */
    gsize queue_at;
};

static void
member_clear (gpointer data)
{
    g_free (((Member *)data)->name);
}

XnZipStream *
xn_zip_stream_new (const XnZipSource *source, gpointer data)
{
    XnZipStream *zip = g_new0 (XnZipStream, 1);
    zip->source = *source;
    zip->data = data;
    zip->members = g_array_new (FALSE, TRUE, sizeof (Member));
    g_array_set_clear_func (zip->members, member_clear);
    zip->queue = g_byte_array_new ();
    return zip;
}

static void
drop_handle (XnZipStream *zip)
{
    if (zip->handle != NULL)
        zip->source.close (zip->handle, NULL);
    zip->handle = NULL;
}

void
xn_zip_stream_free (XnZipStream *zip)
{
    if (zip == NULL)
        return;
    drop_handle (zip);
    g_array_unref (zip->members);
    g_byte_array_unref (zip->queue);
    g_free (zip);
}

void
xn_zip_stream_rewind (XnZipStream *zip)
{
    drop_handle (zip);
    zip->phase = PHASE_LOCAL;
    zip->index = 0;
    zip->queue_at = 0;
    g_byte_array_set_size (zip->queue, 0);
}

/* In UTC, so that the same files make the same archive wherever it is made. */
static guint32
dos_time (gint64 mtime)
{
    const time_t seconds = (time_t)mtime;
    struct tm tm;
    if (gmtime_r (&seconds, &tm) == NULL || tm.tm_year < 80)
        return (1 << 21) | (1 << 16);
    const guint32 year = MIN ((guint32)tm.tm_year - 80, 127);
    return (year << 25) | ((guint32)(tm.tm_mon + 1) << 21) | ((guint32)tm.tm_mday << 16) | ((guint32)tm.tm_hour << 11) |
           ((guint32)tm.tm_min << 5) | ((guint32)tm.tm_sec / 2);
}

static guint64
packed_size (guint64 size)
{
    const guint64 blocks = MAX (1, (size + BLOCK_BYTES - 1) / BLOCK_BYTES);
    return size + blocks * BLOCK_HEAD_BYTES;
}

static gboolean
needs_zip64 (guint64 offset)
{
    return offset >= G_MAXUINT32;
}

void
xn_zip_stream_add (XnZipStream *zip, const char *name, guint64 size, gint64 mtime)
{
    const Member member = {
        .name = g_strdup (name), .size = size, .offset = zip->members_bytes, .dos_time = dos_time (mtime)};
    g_array_append_val (zip->members, member);
    if (size > XN_ZIP_STREAM_MAX_MEMBER || strlen (name) > G_MAXUINT16) {
        zip->too_large = TRUE;
        zip->bad_name = member.name;
        return;
    }
    zip->members_bytes += LOCAL_BYTES + strlen (name) + packed_size (size) + DESCRIPTOR_BYTES;
    zip->central_bytes += CENTRAL_BYTES + strlen (name) + (needs_zip64 (member.offset) ? CENTRAL_ZIP64_BYTES : 0);
}

static gboolean
end_is_zip64 (const XnZipStream *zip)
{
    return zip->members->len >= G_MAXUINT16 || needs_zip64 (zip->members_bytes) || needs_zip64 (zip->central_bytes);
}

guint64
xn_zip_stream_length (const XnZipStream *zip)
{
    return zip->members_bytes + zip->central_bytes + (end_is_zip64 (zip) ? END_ZIP64_BYTES : 0) + END_BYTES;
}

static void
queue_bytes (XnZipStream *zip, const void *bytes, gsize size)
{
    g_byte_array_append (zip->queue, bytes, (guint)size);
}

static void
queue_number (XnZipStream *zip, guint64 value, guint bytes)
{
    const guint64 little = GUINT64_TO_LE (value);
    queue_bytes (zip, &little, bytes);
}

/* What local header and central directory have in common, from the version to the time. */
static void
queue_member_head (XnZipStream *zip, const Member *member, guint version)
{
    queue_number (zip, version, 2);
    queue_number (zip, FLAGS, 2);
    queue_number (zip, METHOD_DEFLATE, 2);
    queue_number (zip, member->dos_time, 4);
}

static gboolean
begin_member (XnZipStream *zip, GError **error)
{
    Member *member = &g_array_index (zip->members, Member, zip->index);
    zip->handle = zip->source.open (zip->index, zip->data, error);
    if (zip->handle == NULL)
        return FALSE;
    member->crc = (guint32)crc32 (0, NULL, 0);
    queue_bytes (zip, "PK\003\004", 4);
    queue_member_head (zip, member, VERSION);
    queue_number (zip, 0, 4); /* CRC and both sizes: in the descriptor */
    queue_number (zip, 0, 8);
    queue_number (zip, strlen (member->name), 2);
    queue_number (zip, 0, 2);
    queue_bytes (zip, member->name, strlen (member->name));
    zip->member_left = member->size;
    zip->phase = PHASE_BLOCK;
    return TRUE;
}

static void
begin_block (XnZipStream *zip)
{
    zip->block_left = (guint)MIN (zip->member_left, BLOCK_BYTES);
    queue_number (zip, zip->block_left == zip->member_left, 1); /* the last block? */
    queue_number (zip, zip->block_left, 2);
    queue_number (zip, zip->block_left ^ 0xffff, 2);
    zip->phase = PHASE_DATA;
}

static gboolean
wrong_size (const Member *member, const char *how, GError **error)
{
    xn_error_set (error, XN_ERROR_IO, "“%s” became %s than %" G_GUINT64_FORMAT " bytes while it was being sent",
                  member->name, how, member->size);
    return FALSE;
}

static gboolean
end_member (XnZipStream *zip, GError **error)
{
    const Member *member = &g_array_index (zip->members, Member, zip->index);
    guint8 more;
    const gssize got = zip->source.read (zip->handle, &more, 1, error);
    if (got < 0)
        return FALSE;
    if (got > 0)
        return wrong_size (member, "longer", error);
    gpointer handle = g_steal_pointer (&zip->handle);
    if (!zip->source.close (handle, error))
        return FALSE;

    queue_bytes (zip, "PK\007\010", 4);
    queue_number (zip, member->crc, 4);
    queue_number (zip, packed_size (member->size), 4);
    queue_number (zip, member->size, 4);
    zip->index++;
    zip->phase = PHASE_LOCAL;
    return TRUE;
}

static void
queue_central (XnZipStream *zip)
{
    const Member *member = &g_array_index (zip->members, Member, zip->index++);
    const gboolean zip64 = needs_zip64 (member->offset);
    const guint version = zip64 ? VERSION_ZIP64 : VERSION;
    queue_bytes (zip, "PK\001\002", 4);
    queue_number (zip, MADE_BY_UNIX | version, 2);
    queue_member_head (zip, member, version);
    queue_number (zip, member->crc, 4);
    queue_number (zip, packed_size (member->size), 4);
    queue_number (zip, member->size, 4);
    queue_number (zip, strlen (member->name), 2);
    queue_number (zip, zip64 ? CENTRAL_ZIP64_BYTES : 0, 2);
    queue_number (zip, 0, 6);                      /* no comment, first disk, not known to be text */
    queue_number (zip, (guint64)0100644 << 16, 4); /* a regular file */
    queue_number (zip, MIN (member->offset, G_MAXUINT32), 4);
    queue_bytes (zip, member->name, strlen (member->name));
    if (zip64) {
        queue_number (zip, 1, 2);
        queue_number (zip, 8, 2);
        queue_number (zip, member->offset, 8);
    }
}

static void
queue_end_zip64 (XnZipStream *zip)
{
    queue_bytes (zip, "PK\006\006", 4);
    queue_number (zip, 56 - 12, 8); /* bytes that follow */
    queue_number (zip, MADE_BY_UNIX | VERSION_ZIP64, 2);
    queue_number (zip, VERSION_ZIP64, 2);
    queue_number (zip, 0, 8); /* this disk, the directory's disk */
    queue_number (zip, zip->members->len, 8);
    queue_number (zip, zip->members->len, 8);
    queue_number (zip, zip->central_bytes, 8);
    queue_number (zip, zip->members_bytes, 8);

    queue_bytes (zip, "PK\006\007", 4);
    queue_number (zip, 0, 4); /* disk */
    queue_number (zip, zip->members_bytes + zip->central_bytes, 8);
    queue_number (zip, 1, 4); /* disks */
}

static void
queue_end (XnZipStream *zip)
{
    if (end_is_zip64 (zip))
        queue_end_zip64 (zip);
    const guint members = MIN (zip->members->len, G_MAXUINT16);
    queue_bytes (zip, "PK\005\006", 4);
    queue_number (zip, 0, 4); /* this disk, the directory's disk */
    queue_number (zip, members, 2);
    queue_number (zip, members, 2);
    queue_number (zip, MIN (zip->central_bytes, G_MAXUINT32), 4);
    queue_number (zip, MIN (zip->members_bytes, G_MAXUINT32), 4);
    queue_number (zip, 0, 2);
    zip->phase = PHASE_DONE;
}

/* Queues the next record; at the end nothing. */
static gboolean
queue_next (XnZipStream *zip, GError **error)
{
    switch (zip->phase) {
    case PHASE_LOCAL:
        if (zip->index < zip->members->len)
            return begin_member (zip, error);
        zip->index = 0;
        zip->phase = PHASE_CENTRAL;
        return TRUE;
    case PHASE_BLOCK:
        begin_block (zip);
        return TRUE;
    case PHASE_DATA: /* no data is left in this block */
        if (zip->member_left == 0)
            return end_member (zip, error);
        zip->phase = PHASE_BLOCK;
        return TRUE;
    case PHASE_CENTRAL:
        if (zip->index < zip->members->len)
            queue_central (zip);
        else
            zip->phase = PHASE_END;
        return TRUE;
    case PHASE_END:
        queue_end (zip);
        return TRUE;
    case PHASE_DONE:
        break;
    }
    return TRUE;
}

static gssize
read_queue (XnZipStream *zip, guint8 *buffer, gsize size)
{
    const gsize part = MIN (size, zip->queue->len - zip->queue_at);
    memcpy (buffer, zip->queue->data + zip->queue_at, part);
    zip->queue_at += part;
    if (zip->queue_at == zip->queue->len) {
        g_byte_array_set_size (zip->queue, 0);
        zip->queue_at = 0;
    }
    return (gssize)part;
}

static gssize
read_member (XnZipStream *zip, guint8 *buffer, gsize size, GError **error)
{
    Member *member = &g_array_index (zip->members, Member, zip->index);
    const gssize got = zip->source.read (zip->handle, buffer, MIN (size, zip->block_left), error);
    if (got < 0)
        return -1;
    if (got == 0) {
        wrong_size (member, "shorter", error);
        return -1;
    }
    member->crc = (guint32)crc32 (member->crc, buffer, (uInt)got);
    zip->block_left -= (guint)got;
    zip->member_left -= (guint64)got;
    return got;
}

gssize
xn_zip_stream_read (XnZipStream *zip, guint8 *buffer, gsize size, GError **error)
{
    if (zip->too_large) {
        xn_error_set (error, XN_ERROR_IO, "“%s” is too large for a zip archive", zip->bad_name);
        return -1;
    }
    gsize done = 0;
    while (done < size) {
        gssize part;
        if (zip->queue->len > 0)
            part = read_queue (zip, buffer + done, size - done);
        else if (zip->phase == PHASE_DATA && zip->block_left > 0)
            part = read_member (zip, buffer + done, size - done, error);
        else if (zip->phase == PHASE_DONE)
            break;
        else
            part = queue_next (zip, error) ? 0 : -1;
        if (part < 0)
            return -1;
        done += (gsize)part;
    }
    return (gssize)done;
}
