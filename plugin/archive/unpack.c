/* SPDX-License-Identifier: Apache-2.0 */
/* The archive reader. libarchive does the formats; what it does not do is done here: a zip counts as complete only with
 * its end record, and names come out as they were stored, whatever the process's locale is. */
#include "archive/unpack.h"

#include "archive/tail.h"
#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

struct XnUnpack {
    XnUnpackReadFunc read;
    gpointer data;
    GError *read_error; /* the read function's, until it is handed on */

    struct archive *archive;
    locale_t locale; /* for the thread while libarchive runs; 0: none to be had */
    XnTail *tail;    /* what names and the end are read from; NULL: a compressed tar, which has an end of its own */
    gboolean is_zip;
    guint64 members;   /* seen so far, directories included */
    GByteArray *first; /* the bytes that told the format; NULL once libarchive has had them */
    GByteArray *lent;  /* those, lent to libarchive */
    char *name;
    gint64 offset;   /* in the current member */
    gboolean at_end; /* no member follows, and that is settled */
};

/* libarchive turns names into the thread's character set. For a zip it has to be UTF-8, or the name is lost; for a tar it
 * must not be, since then the name is kept as it is. Only this thread's locale changes, and only for the call. */
static locale_t
enter_locale (const XnUnpack *unpack)
{
    return unpack->locale != (locale_t)0 ? uselocale (unpack->locale) : (locale_t)0;
}

static void
leave_locale (locale_t before)
{
    if (before != (locale_t)0)
        uselocale (before);
}

static gboolean
broken (GError **error, const char *what, const char *why)
{
    xn_error_set (error, XN_ERROR_INTEGRITY, "the archive that the server sent %s%s%s", what,
                  why != NULL && why[0] != '\0' ? ": " : "", why != NULL ? why : "");
    if (error != NULL)
        xn_error_facts (*error)->retryable = TRUE;
    return FALSE;
}

static gssize
read_block (XnUnpack *unpack, const guint8 **out_bytes, GError **error)
{
    if (unpack->tail != NULL)
        xn_tail_keep (unpack->tail);
    const gssize size = unpack->read (unpack->data, out_bytes, error);
    if (size > 0 && unpack->tail != NULL)
        xn_tail_show (unpack->tail, *out_bytes, (gsize)size);
    return size;
}

static la_ssize_t
on_read (struct archive *archive, void *data, const void **out_bytes)
{
    XnUnpack *unpack = data;
    if (unpack->first != NULL) {
        unpack->lent = g_steal_pointer (&unpack->first);
        *out_bytes = unpack->lent->data;
        return (la_ssize_t)unpack->lent->len;
    }
    if (unpack->read_error != NULL)
        return ARCHIVE_FATAL;
    const gssize size = read_block (unpack, (const guint8 **)out_bytes, &unpack->read_error);
    if (size >= 0)
        return size;
    archive_set_error (archive, EIO, "the transfer failed");
    return ARCHIVE_FATAL;
}

/* The failure of a libarchive call: the read function's own error if that was behind it. */
static gboolean
failed (XnUnpack *unpack, const char *what, GError **error)
{
    if (unpack->read_error != NULL) {
        g_propagate_error (error, g_steal_pointer (&unpack->read_error));
        return FALSE;
    }
    return broken (error, what, archive_error_string (unpack->archive));
}

static gboolean
starts_with (const GByteArray *bytes, const char *magic)
{
    return bytes->len >= 2 && memcmp (bytes->data, magic, 2) == 0;
}

static gboolean
read_first (XnUnpack *unpack, GError **error)
{
    unpack->first = g_byte_array_new ();
    while (unpack->first->len < 2) {
        const guint8 *bytes;
        const gssize size = unpack->read (unpack->data, &bytes, error);
        if (size < 0)
            return FALSE;
        if (size == 0)
            break;
        g_byte_array_append (unpack->first, bytes, (guint)size);
    }
    return unpack->first->len > 0 || broken (error, "is empty", NULL);
}

static gboolean
open_archive (XnUnpack *unpack, GError **error)
{
    if (!read_first (unpack, error))
        return FALSE;
    unpack->archive = archive_read_new ();
    if (unpack->archive == NULL)
        return broken (error, "cannot be read", "out of memory");

    /* The formats are not left to libarchive: it would look for a zip anywhere in a page of text. */
    unpack->is_zip = starts_with (unpack->first, "PK");
    if (!starts_with (unpack->first, "\037\213")) {
        unpack->tail = xn_tail_new ();
        xn_tail_show (unpack->tail, unpack->first->data, unpack->first->len);
    }
    if (unpack->is_zip) {
        unpack->locale = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        if (unpack->locale == (locale_t)0) /* an old system */
            unpack->locale = newlocale (LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
        archive_read_support_format_zip_streamable (unpack->archive);
    } else {
        unpack->locale = newlocale (LC_CTYPE_MASK, "C", (locale_t)0);
        archive_read_support_format_tar (unpack->archive);
        archive_read_support_filter_gzip (unpack->archive);
    }
    const locale_t before = enter_locale (unpack);
    const int result = archive_read_open (unpack->archive, unpack, NULL, on_read, NULL);
    leave_locale (before);
    return result == ARCHIVE_OK || failed (unpack, "is neither zip nor tar", error);
}

XnUnpack *
xn_unpack_new (XnUnpackReadFunc read, gpointer data, GError **error)
{
    g_autoptr (XnUnpack) unpack = g_new0 (XnUnpack, 1);
    unpack->read = read;
    unpack->data = data;
    return open_archive (unpack, error) ? g_steal_pointer (&unpack) : NULL;
}

void
xn_unpack_free (XnUnpack *unpack)
{
    if (unpack == NULL)
        return;
    if (unpack->archive != NULL)
        archive_read_free (unpack->archive);
    if (unpack->locale != (locale_t)0)
        freelocale (unpack->locale);
    xn_tail_free (unpack->tail);
    g_clear_pointer (&unpack->first, g_byte_array_unref);
    g_clear_pointer (&unpack->lent, g_byte_array_unref);
    g_clear_error (&unpack->read_error);
    g_free (unpack->name);
    g_free (unpack);
}

/* Reads what libarchive leaves unread: for a zip its end record is in it, and in any case the transfer has to come to its
 * own end before the archive may count as complete. */
static gboolean
drain (XnUnpack *unpack, GError **error)
{
    const guint8 *bytes;
    gssize size;
    do
        size = read_block (unpack, &bytes, error);
    while (size > 0);
    if (size < 0)
        return FALSE;
    const char *why = "its end is missing";
    const gboolean complete = unpack->is_zip ? xn_tail_is_zip_end (unpack->tail, unpack->members, &why)
                                             : unpack->tail == NULL || xn_tail_is_tar_end (unpack->tail);
    return complete || broken (error, "is not complete", why);
}

/* That a tar's name cannot be shown in the thread's character set is what was asked for; any other warning is not. */
static gboolean
is_name_warning (XnUnpack *unpack)
{
    const char *text = archive_error_string (unpack->archive);
    return text != NULL && strstr (text, "convert") != NULL && strstr (text, "current locale") != NULL;
}

static gboolean
take_name (XnUnpack *unpack, struct archive_entry *entry, GError **error)
{
    const char *name = archive_entry_pathname (entry);
    g_free (unpack->name);
    unpack->name = NULL;
    if (name != NULL && unpack->is_zip)
        unpack->name = xn_tail_zip_name (unpack->tail, archive_read_header_position (unpack->archive), name);
    if (unpack->name == NULL)
        unpack->name = g_strdup (name);
    if (unpack->name == NULL || unpack->name[0] == '\0')
        return broken (error, "has a member without a name", NULL);
    if (g_utf8_validate (unpack->name, -1, NULL))
        return TRUE;
    g_autofree char *shown = g_utf8_make_valid (unpack->name, -1);
    xn_error_set (error, XN_ERROR_INTEGRITY, "the archive that the server sent has a name that is not UTF-8: “%s”",
                  shown);
    return FALSE;
}

/* 1: @out_entry is the next member of any type, 0: the end, -1: an error. */
static int
next_entry (XnUnpack *unpack, struct archive_entry **out_entry, GError **error)
{
    const locale_t before = enter_locale (unpack);
    const int result = archive_read_next_header (unpack->archive, out_entry);
    leave_locale (before);
    if (result == ARCHIVE_EOF) {
        if (unpack->read_error != NULL) {
            failed (unpack, "broke off", error);
            return -1;
        }
        unpack->at_end = drain (unpack, error);
        return unpack->at_end ? 0 : -1;
    }
    const gboolean usable =
        result == ARCHIVE_OK || (result == ARCHIVE_WARN && !unpack->is_zip && is_name_warning (unpack));
    if (!usable || unpack->read_error != NULL) {
        failed (unpack, "is broken", error);
        return -1;
    }
    unpack->members++;
    return 1;
}

/* A date that no file can have by now is none. */
static gint64
mtime_of (struct archive_entry *entry)
{
    const gint64 tomorrow = g_get_real_time () / G_USEC_PER_SEC + 24 * 60 * 60;
    const gint64 mtime = archive_entry_mtime_is_set (entry) ? (gint64)archive_entry_mtime (entry) : 0;
    return mtime > 0 && mtime <= tomorrow ? mtime : -1;
}

int
xn_unpack_next (XnUnpack *unpack, XnMember *out_member, GError **error)
{
    if (unpack->at_end)
        return 0;
    for (;;) {
        struct archive_entry *entry;
        const int result = next_entry (unpack, &entry, error);
        if (result != 1)
            return result;
        if (!take_name (unpack, entry, error))
            return -1;
        if (archive_entry_filetype (entry) == AE_IFDIR)
            continue;
        if (archive_entry_filetype (entry) != AE_IFREG || archive_entry_hardlink (entry) != NULL) {
            xn_error_set (error, XN_ERROR_INTEGRITY,
                          "the archive that the server sent has “%s”, which is no regular file", unpack->name);
            return -1;
        }
        unpack->offset = 0;
        *out_member = (XnMember){unpack->name, -1, -1};
        if (archive_entry_size_is_set (entry))
            out_member->size = archive_entry_size (entry);
        if (!unpack->is_zip)
            out_member->mtime = mtime_of (entry);
        return 1;
    }
}

gssize
xn_unpack_data (XnUnpack *unpack, const guint8 **out_bytes, GError **error)
{
    for (;;) {
        const void *bytes = NULL;
        size_t size = 0;
        la_int64_t offset = 0;
        const locale_t before = enter_locale (unpack);
        const int result = archive_read_data_block (unpack->archive, &bytes, &size, &offset);
        leave_locale (before);
        if (result == ARCHIVE_EOF)
            return 0;
        /* The members' checks (a CRC, a length) show as warnings. */
        if (result != ARCHIVE_OK) {
            g_autofree char *what = g_strdup_printf ("is broken at “%s”", unpack->name);
            failed (unpack, what, error);
            return -1;
        }
        if (offset != unpack->offset) {
            g_autofree char *what = g_strdup_printf ("has holes in “%s”", unpack->name);
            broken (error, what, NULL);
            return -1;
        }
        unpack->offset += (gint64)size;
        if (size == 0)
            continue;
        *out_bytes = bytes;
        return (gssize)size;
    }
}
