/* SPDX-License-Identifier: Apache-2.0 */
/* Writing zip and tar archives as a stream. Must not know routes. */
#include "app.h"
#include "files.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_SIZE (256u * 1024u)
#define LIMIT32 G_GUINT64_CONSTANT (0xffffffff)

/* A member as the central directory needs it. */
typedef struct Member {
    const char *name;
    guint32 crc;
    guint64 packed;
    guint64 size;
    guint64 at;
    guint16 flags;
    guint16 method;
    guint32 time;
    gboolean ancient; /* before DOS could tell: an extra field holds the time */
    gint32 seconds;
} Member;

typedef struct ZipOut {
    Sink *sink;
    Pack *pack;
    guint64 at;
    GArray *members; /* of Member */
    GHashTable *names;
    guint8 *buffer;
    guint8 *packed;
    Pace pace;
} ZipOut;

static void
put16 (GByteArray *out, guint value)
{
    guint8 bytes[2] = {(guint8)value, (guint8)(value >> 8)};

    g_byte_array_append (out, bytes, 2);
}

static void
put32 (GByteArray *out, guint32 value)
{
    put16 (out, value & 0xffff);
    put16 (out, value >> 16);
}

static void
put64 (GByteArray *out, guint64 value)
{
    put32 (out, (guint32)value);
    put32 (out, (guint32)(value >> 32));
}

static gboolean
out_write (ZipOut *zip, const void *data, gsize len)
{
    zip->at += len;
    return sink_write (zip->sink, data, len);
}

static void
set_time (Member *member, time_t when)
{
    struct tm tm;

    localtime_r (&when, &tm);
    member->ancient = tm.tm_year < 80;
    member->seconds = (gint32)when;
    if (member->ancient)
        tm = (struct tm){.tm_year = 80, .tm_mday = 1};
    member->time = (guint32)(((tm.tm_year - 80) << 25) | ((tm.tm_mon + 1) << 21) | (tm.tm_mday << 16) |
                             (tm.tm_hour << 11) | (tm.tm_min << 5) | (tm.tm_sec / 2));
}

#define STAMP_SIZE 9u

/* The extended time stamp, of the last change alone. */
static void
put_stamp (GByteArray *out, const Member *member)
{
    static const guint8 changed = 1;

    if (!member->ancient)
        return;
    put16 (out, 0x5455);
    put16 (out, STAMP_SIZE - 4);
    g_byte_array_append (out, &changed, 1);
    put32 (out, (guint32)member->seconds);
}

static gboolean
crc_of_file (ZipOut *zip, int fd, Member *member)
{
    uLong crc = crc32 (0, NULL, 0);
    gssize n;

    while ((n = read (fd, zip->buffer, BUFFER_SIZE)) > 0) {
        crc = crc32_z (crc, zip->buffer, (gsize)n);
        pace_work (&zip->pace, rate_us (n, app.settings.disk_mb_per_s));
    }
    member->crc = (guint32)crc;
    return n == 0 && lseek (fd, 0, SEEK_SET) == 0;
}

static gboolean
local_header (ZipOut *zip, const Member *member)
{
    g_autoptr (GByteArray) head = g_byte_array_new ();
    gboolean wide = member->size >= LIMIT32 && member->method == 0;
    gboolean known = member->method == 0;

    put32 (head, 0x04034b50);
    put16 (head, wide ? 45 : 20);
    put16 (head, member->flags);
    put16 (head, member->method);
    put32 (head, member->time);
    put32 (head, known ? member->crc : 0);
    put32 (head, !known ? 0 : wide ? (guint32)LIMIT32 : (guint32)member->size);
    put32 (head, !known ? 0 : wide ? (guint32)LIMIT32 : (guint32)member->size);
    put16 (head, (guint)strlen (member->name));
    put16 (head, (wide ? 20 : 0) + (member->ancient ? STAMP_SIZE : 0));
    g_byte_array_append (head, (const guint8 *)member->name, (guint)strlen (member->name));
    if (wide) {
        put16 (head, 1);
        put16 (head, 16);
        put64 (head, member->size);
        put64 (head, member->size);
    }
    put_stamp (head, member);
    return out_write (zip, head->data, head->len);
}

static gboolean
store_data (ZipOut *zip, int fd, guint64 size)
{
    while (size > 0) {
        gssize n = read (fd, zip->buffer, (gsize)MIN (size, BUFFER_SIZE));

        if (n <= 0 || !out_write (zip, zip->buffer, (gsize)n))
            return FALSE;
        pace_work (&zip->pace, rate_us (n, app.settings.archive_mb_per_s));
        size -= (guint64)n;
    }
    return TRUE;
}

static gboolean
deflate_data (ZipOut *zip, int fd, Member *member)
{
    z_stream stream = {0};
    uLong crc = crc32 (0, NULL, 0);
    gboolean ok = deflateInit2 (&stream, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    gssize n = 1;

    while (ok && n > 0) {
        n = read (fd, zip->buffer, BUFFER_SIZE);
        crc = n > 0 ? crc32_z (crc, zip->buffer, (gsize)n) : crc;
        stream.next_in = zip->buffer;
        stream.avail_in = (uInt)MAX (n, 0);
        do {
            stream.next_out = zip->packed;
            stream.avail_out = BUFFER_SIZE;
            (void)deflate (&stream, n > 0 ? Z_NO_FLUSH : Z_FINISH);
            ok = out_write (zip, zip->packed, BUFFER_SIZE - stream.avail_out);
        } while (ok && stream.avail_out == 0);
        pace_work (&zip->pace, rate_us (n, app.settings.deflate_mb_per_s));
    }
    member->crc = (guint32)crc;
    member->size = stream.total_in;
    member->packed = stream.total_out;
    deflateEnd (&stream);
    return ok && n == 0;
}

static gboolean
descriptor (ZipOut *zip, const Member *member)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    gboolean wide = member->size >= LIMIT32 || member->packed >= LIMIT32;

    put32 (out, 0x08074b50);
    put32 (out, member->crc);
    if (wide) {
        put64 (out, member->packed);
        put64 (out, member->size);
    } else {
        put32 (out, (guint32)member->packed);
        put32 (out, (guint32)member->size);
    }
    return out_write (zip, out->data, out->len);
}

typedef enum Outcome { DONE, STOP, BROKEN } Outcome;

/* A file that has gone, or a name that was there, ends the archive early, but properly. */
static Outcome
write_member (ZipOut *zip, const Packed *packed)
{
    const char *file = entry_file (zip->pack->archive, packed->resource, packed->entry);
    int fd = open (file, O_RDONLY | O_CLOEXEC);
    Member member = {.name = packed->name, .at = zip->at, .method = zip->pack->deflate ? 8 : 0};
    struct stat st;
    gboolean ok;

    if (fd < 0 || fstat (fd, &st) < 0 || !g_hash_table_add (zip->names, packed->name)) {
        if (fd >= 0)
            close (fd);
        return STOP;
    }
    member.size = member.packed = (guint64)st.st_size;
    member.flags = zip->pack->deflate ? 0x0808 : 0x0800;
    set_time (&member, st.st_mtime);
    if (zip->pack->deflate)
        ok = local_header (zip, &member) && deflate_data (zip, fd, &member) && descriptor (zip, &member);
    else
        ok = crc_of_file (zip, fd, &member) && local_header (zip, &member) && store_data (zip, fd, member.size);
    close (fd);
    g_array_append_val (zip->members, member);
    return ok ? DONE : BROKEN;
}

static void
central_entry (GByteArray *out, const Member *member)
{
    gboolean wide = member->size >= LIMIT32 || member->packed >= LIMIT32 || member->at >= LIMIT32;

    put32 (out, 0x02014b50);
    put16 (out, wide ? 45 : 20);
    put16 (out, wide ? 45 : 20);
    put16 (out, member->flags);
    put16 (out, member->method);
    put32 (out, member->time);
    put32 (out, member->crc);
    put32 (out, wide ? (guint32)LIMIT32 : (guint32)member->packed);
    put32 (out, wide ? (guint32)LIMIT32 : (guint32)member->size);
    put16 (out, (guint)strlen (member->name));
    put16 (out, (wide ? 28 : 0) + (member->ancient ? STAMP_SIZE : 0));
    put16 (out, 0);
    put16 (out, 0);
    put16 (out, 0);
    put32 (out, 0);
    put32 (out, wide ? (guint32)LIMIT32 : (guint32)member->at);
    g_byte_array_append (out, (const guint8 *)member->name, (guint)strlen (member->name));
    if (wide) {
        put16 (out, 1);
        put16 (out, 24);
        put64 (out, member->size);
        put64 (out, member->packed);
        put64 (out, member->at);
    }
    put_stamp (out, member);
}

static gboolean
write_end (ZipOut *zip)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    guint64 start = zip->at;
    guint64 count = zip->members->len;
    guint64 size;
    gboolean wide;

    for (guint i = 0; i < zip->members->len; i++)
        central_entry (out, &g_array_index (zip->members, Member, i));
    size = out->len;
    wide = count >= 0xffff || start >= LIMIT32;
    if (wide) {
        put32 (out, 0x06064b50);
        put64 (out, 44);
        put16 (out, 45);
        put16 (out, 45);
        put32 (out, 0);
        put32 (out, 0);
        put64 (out, count);
        put64 (out, count);
        put64 (out, size);
        put64 (out, start);
        put32 (out, 0x07064b50);
        put32 (out, 0);
        put64 (out, start + size);
        put32 (out, 1);
    }
    put32 (out, 0x06054b50);
    put32 (out, 0);
    put16 (out, (guint)MIN (count, 0xffff));
    put16 (out, (guint)MIN (count, 0xffff));
    put32 (out, (guint32)MIN (size, LIMIT32));
    put32 (out, (guint32)MIN (start, LIMIT32));
    put16 (out, 0);
    return out_write (zip, out->data, out->len);
}

gboolean
zip_write (Sink *sink, gpointer data)
{
    ZipOut zip = {.sink = sink, .pack = data};
    Outcome outcome = DONE;
    gboolean ok;

    zip.members = g_array_new (FALSE, FALSE, sizeof (Member));
    zip.names = g_hash_table_new (g_str_hash, g_str_equal);
    zip.buffer = g_malloc (BUFFER_SIZE);
    zip.packed = g_malloc (BUFFER_SIZE);
    for (guint i = 0; i < zip.pack->items->len && outcome == DONE; i++) {
        if (zip.pack->keep > 0 && i >= zip.pack->keep)
            outcome = STOP;
        else
            outcome = write_member (&zip, &g_array_index (zip.pack->items, Packed, i));
    }
    ok = outcome != BROKEN && write_end (&zip);
    g_array_unref (zip.members);
    g_hash_table_unref (zip.names);
    g_free (zip.buffer);
    g_free (zip.packed);
    return ok;
}

static la_ssize_t
tar_output (struct archive *tar, void *data, const void *buffer, size_t size)
{
    return sink_write (data, buffer, size) ? (la_ssize_t)size : -1;
}

typedef struct TarOut {
    struct archive *tar;
    Pack *pack;
    guint8 *buffer;
    gint mb_per_s;
    Pace pace;
} TarOut;

static gboolean
tar_member (TarOut *out, const Packed *packed)
{
    const char *file = entry_file (out->pack->archive, packed->resource, packed->entry);
    struct archive_entry *entry;
    int fd = open (file, O_RDONLY | O_CLOEXEC);
    gssize n = 0;
    struct stat st;

    if (fd < 0 || fstat (fd, &st) < 0)
        return FALSE;
    entry = archive_entry_new ();
    archive_entry_set_pathname (entry, packed->name);
    archive_entry_set_size (entry, st.st_size);
    archive_entry_set_mtime (entry, st.st_mtime, 0);
    archive_entry_set_filetype (entry, AE_IFREG);
    /* A constant for something else, taken for the mode. */
    archive_entry_set_perm (entry, 0060);
    gboolean ok = archive_write_header (out->tar, entry) >= ARCHIVE_WARN;
    while (ok && (n = read (fd, out->buffer, BUFFER_SIZE)) > 0) {
        ok = archive_write_data (out->tar, out->buffer, (gsize)n) == n;
        pace_work (&out->pace, rate_us (n, out->mb_per_s));
    }
    archive_entry_free (entry);
    close (fd);
    return ok && n == 0;
}

static gboolean
write_tar (Sink *sink, Pack *pack, gboolean gz)
{
    struct archive *tar = archive_write_new ();
    g_autofree guint8 *buffer = g_malloc (BUFFER_SIZE);
    TarOut out = {.tar = tar,
                  .pack = pack,
                  .buffer = buffer,
                  .mb_per_s = gz ? app.settings.deflate_mb_per_s : app.settings.archive_mb_per_s};
    gboolean ok = TRUE;

    archive_write_set_format_pax_restricted (tar);
    if (gz)
        archive_write_add_filter_gzip (tar);
    archive_write_open2 (tar, sink, NULL, tar_output, NULL, NULL);
    for (guint i = 0; ok && i < pack->items->len && (pack->keep == 0 || i < pack->keep); i++)
        ok = tar_member (&out, &g_array_index (pack->items, Packed, i));
    ok = archive_write_close (tar) == ARCHIVE_OK && ok;
    archive_write_free (tar);
    return ok;
}

gboolean
tar_write (Sink *sink, gpointer data)
{
    return write_tar (sink, data, FALSE);
}

gboolean
tar_gz_write (Sink *sink, gpointer data)
{
    return write_tar (sink, data, TRUE);
}
