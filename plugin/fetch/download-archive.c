/* SPDX-License-Identifier: Apache-2.0 */
/* Many files, of one resource or of several, out of one archive, unpacked while it arrives. */
#include "archive/unpack.h"
#include "base/error.h"
#include "base/log.h"
#include "find/session-files.h"
#include "local/intake.h"
#include "fetch/member-names.h"
#include "http/retry.h"

#include <string.h>

/* How much is read on when nothing more is needed: an archive that ends so soon leaves its connection for the next request. */
#define DRAIN_BYTES (256 * 1024)
/* How long it comes before it is judged, and then how often. */
#define WATCH_US (G_USEC_PER_SEC / 10)

typedef struct {
    const XnShare *shares; /* (borrowed) */
    guint n_shares;
    XnClient *client;            /* (borrowed) */
    XnOp *op;                    /* (borrowed) */
    const char *path;            /* (borrowed) of what is packed */
    const char *directory;       /* (borrowed) (nullable) */
    const char *what;            /* (borrowed) for messages: what is packed */
    GPtrArray *wanted;           /* (borrowed) (element-type XnWanted) of all shares */
    const XnArchiveWatch *watch; /* (borrowed) (nullable) */
    gint files_left;             /* (atomic) */
    gsize bytes_left;            /* (atomic) */

    /* Of this try. */
    guint n_members;
    guint n_untaken;              /* files for which no member was seen */
    gint64 n_bytes;               /* of the archive */
    gint64 n_passed;              /* of members that were passed over */
    guint max_members;            /* in it at most: files that are listed */
    gint64 max_bytes, max_member; /* of either sort, and of one member */
    gint64 member_size;           /* of the current one, -1: it does not say */
    gint64 all_at;                /* bytes that had come when everything was there, -1 before */
    gint64 begun_us;              /* header, then first byte (monotonic) */
    gint64 wait_us;               /* for the first byte */
    gint64 first_bytes;
    gint64 watched_us;
    gboolean is_left;     /* nobody wants the rest */
    gboolean is_refused;  /* as the watch said so, of it or of another one after it broke */
    XnTransfer *transfer; /* (borrowed) while a body is read */
    XnIntake *intake;     /* (borrowed) the same */
    XnMemberNames *names; /* (borrowed) the same */
} Unpacking;

/* Nothing of it is needed any more. */
static gboolean
is_settled (const XnWanted *wanted)
{
    return wanted->done || wanted->problem != NULL;
}

static void
count_left (Unpacking *unpacking)
{
    gsize bytes = 0;
    gint files = 0;
    for (guint i = 0; i < unpacking->wanted->len; i++) {
        const XnWanted *wanted = g_ptr_array_index (unpacking->wanted, i);
        if (is_settled (wanted))
            continue;
        files++;
        bytes += (gsize)MAX (wanted->entry->size, 0);
    }
    unpacking->files_left = files;
    unpacking->bytes_left = bytes;
}

static void
set_taken (Unpacking *unpacking, XnWanted *wanted, gboolean taken)
{
    if (wanted->taken && !taken)
        unpacking->n_untaken++;
    if (!wanted->taken && taken)
        unpacking->n_untaken--;
    wanted->taken = taken;
}

/* Asks, if it is time, whether it is worth going on. */
static void
unpacking_ask (Unpacking *unpacking)
{
    const gint64 now_us = g_get_monotonic_time ();
    if (unpacking->watch == NULL || unpacking->n_bytes == 0 || now_us - unpacking->watched_us < WATCH_US)
        return;
    unpacking->watched_us = now_us;
    const XnArchiveView view = {
        .wait_s = (double)unpacking->wait_us / G_USEC_PER_SEC,
        .body_s = (double)(now_us - unpacking->begun_us) / G_USEC_PER_SEC,
        .bytes = unpacking->n_bytes - unpacking->first_bytes,
        .files_left = (guint)g_atomic_int_get (&unpacking->files_left),
        .bytes_left = (gint64)(gsize)g_atomic_pointer_get (&unpacking->bytes_left),
    };
    unpacking->is_refused = !unpacking->watch->goes_on (&view, unpacking->watch->data);
    unpacking->is_left |= unpacking->is_refused;
}

/* The first bytes are there: a server may have sent the header long before. */
static void
unpacking_begin (Unpacking *unpacking, gssize n)
{
    const gint64 now_us = g_get_monotonic_time ();
    unpacking->wait_us = xn_transfer_waited_us (unpacking->transfer) + now_us - unpacking->begun_us;
    unpacking->begun_us = unpacking->watched_us = now_us;
    unpacking->first_bytes = n;
}

static gssize
unpacking_read (gpointer data, const guint8 **out_bytes, GError **error)
{
    Unpacking *unpacking = data;
    if (unpacking->all_at < 0)
        unpacking_ask (unpacking);
    else if (unpacking->n_bytes > unpacking->all_at + DRAIN_BYTES)
        unpacking->is_left = TRUE;
    if (unpacking->is_left) {
        xn_error_set (error, XN_ERROR_CANCELLED, "the rest of the archive is not needed");
        return -1;
    }
    const gssize n = xn_transfer_next (unpacking->transfer, out_bytes, error);
    if (unpacking->n_bytes == 0 && n > 0)
        unpacking_begin (unpacking, n);
    unpacking->n_bytes += MAX (n, 0);
    if (unpacking->n_bytes <= unpacking->max_bytes)
        return n;
    xn_error_set (error, XN_ERROR_INTEGRITY, "the server's archive is longer than all that its listing names");
    return -1;
}

/* Adds what the files of @catalog can take in an archive at most: XNAT stores them, each with two headers that hold its name
 * behind a few labels. FALSE: nobody knows. */
static gboolean
add_limits (const XnCatalog *catalog, gint64 *limit, gint64 *largest)
{
    for (guint i = 0; i < catalog->entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (catalog->entries, i);
        if (entry->size < 0 || entry->size > G_MAXINT64 / 2 - *limit)
            return FALSE;
        *limit += entry->size + entry->size / 64 + 4096 + 2 * (gint64)strlen (entry->path);
        *largest = MAX (*largest, entry->size);
    }
    return TRUE;
}

/* What an archive of all listed files can hold at most, and its largest member. */
static void
unpacking_set_limits (Unpacking *unpacking)
{
    gint64 limit = 1024 * 1024, largest = 0;
    gboolean is_known = TRUE;
    for (guint i = 0; i < unpacking->n_shares; i++) {
        const XnCatalog *catalog = unpacking->shares[i].download->catalog;
        unpacking->max_members += catalog->entries->len;
        is_known = is_known && add_limits (catalog, &limit, &largest);
    }
    unpacking->max_bytes = is_known ? limit : G_MAXINT64;
    unpacking->max_member = is_known ? xn_download_bound (largest) : G_MAXINT64;
}

/* Counts @more bytes of a member that is not taken, of which @size have come in all: it may be another file than its name
 * says, but none that is longer than a late catalog explains; and packed members can be far longer than their archive is. */
static gboolean
count_passed (Unpacking *unpacking, gint64 more, gint64 size, GError **error)
{
    if (size <= unpacking->max_member && more <= unpacking->max_bytes - unpacking->n_passed) {
        unpacking->n_passed += more;
        return TRUE;
    }
    xn_error_set (error, XN_ERROR_INTEGRITY,
                  "the server's archive has members that are longer than its listing explains");
    return FALSE;
}

/* Goes over the rest of the current member, of which @size bytes have come. */
static gboolean
pass_over (Unpacking *unpacking, XnUnpack *unpack, gint64 size, GError **error)
{
    if (unpacking->member_size >= 0)
        return count_passed (unpacking, unpacking->member_size, unpacking->member_size, error);
    for (gint64 more = size;;) {
        const guint8 *bytes = NULL;
        if (!count_passed (unpacking, more, size, error))
            return FALSE;
        more = xn_unpack_data (unpack, &bytes, error);
        if (more <= 0)
            return more == 0;
        size += more;
    }
}

/* A member that fails its check is dropped; the file is then asked for by its path. */
static void
unpacking_drop (const Unpacking *unpacking, const XnWanted *wanted, gint64 size)
{
    xn_log (XN_LOG_DEBUG, "the archive's member for %s does not fit the listing", wanted->entry->path);
    xn_op_add_done (unpacking->op, 0, -size);
}

/* XnIntakeWriteFunc: a file that goes elsewhere than the others may fail alone. */
static gboolean
unpacking_write (const XnIntakeFile *file, const guint8 *bytes, gsize size, gpointer data G_GNUC_UNUSED, GError **error)
{
    XnWanted *wanted = file->item;
    const XnDownload *download = wanted->download;
    g_autoptr (GError) problem = NULL;
    XnPlace *place = xn_wanted_place (download, wanted, &problem);
    if (place != NULL && xn_place_store (place, file->relative, bytes, size, file->mtime, &problem) &&
        xn_wanted_publish (download, wanted, &problem))
        return TRUE;
    xn_wanted_leave (wanted);
    if (wanted->destination != NULL && !xn_error_is (problem, XN_ERROR_CANCELLED)) {
        wanted->problem = g_steal_pointer (&problem);
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
}

/* XnIntakeFunc */
static void
unpacking_settled (gpointer item, gboolean right, gpointer data)
{
    Unpacking *unpacking = data;
    XnWanted *wanted = item;
    const XnDownload *download = wanted->download;
    wanted->done = right && wanted->problem == NULL;
    if (!right) {
        unpacking_drop (unpacking, wanted, wanted->entry->size);
        return;
    }
    if (wanted->done)
        xn_op_add_done (download->op, 1, 0);
    else
        xn_op_add_done (download->op, 0, -wanted->entry->size);
    if (download->ended != NULL)
        download->ended (wanted, download->ended_data);
    g_atomic_int_add (&unpacking->files_left, -1);
    g_atomic_pointer_add (&unpacking->bytes_left, -MAX (wanted->entry->size, 0));
}

/* Takes the next bytes of a member. */
typedef gboolean (*TakeFunc) (gpointer to, const guint8 *bytes, gsize size, GError **error);

/* TakeFunc of a large file */
static gboolean
take_to_file (gpointer to, const guint8 *bytes, gsize size, GError **error)
{
    return xn_place_file_write (to, bytes, size, error);
}

/* TakeFunc of a small one; @to is the place in memory, which moves on */
static gboolean
take_to_memory (gpointer to, const guint8 *bytes, gsize size, GError **error)
{
    guint8 **room = to;
    memcpy (*room, bytes, size);
    *room += size;
    return TRUE;
}

/* *@out_size: bytes that came. 1: they are as many as the file has, 0: they are not, -1: an error. */
static int
read_member (Unpacking *unpacking, XnUnpack *unpack, const XnWanted *wanted, TakeFunc take, gpointer to,
             gint64 *out_size, GError **error)
{
    const gint64 expected = wanted->entry->size;
    *out_size = 0;
    for (;;) {
        const guint8 *bytes = NULL;
        const gssize n = xn_unpack_data (unpack, &bytes, error);
        const gboolean fits = expected < 0 || (n > 0 ? *out_size + n <= expected : *out_size == expected);
        if (n == 0 && fits)
            return 1;
        if (n >= 0 && !fits) {
            unpacking_drop (unpacking, wanted, *out_size);
            return n == 0 || pass_over (unpacking, unpack, *out_size + n, error) ? 0 : -1;
        }
        if (n < 0 || !take (to, bytes, (gsize)n, error)) {
            xn_op_add_done (unpacking->op, 0, -*out_size);
            return -1;
        }
        *out_size += n;
        xn_op_add_done (unpacking->op, 0, n);
    }
}

/* Checked and written beside the transfer, together with others. */
static gboolean
unpack_small (Unpacking *unpacking, XnUnpack *unpack, gint64 mtime, XnWanted *wanted, GError **error)
{
    gint64 size;
    guint8 *room = xn_intake_room (unpacking->intake, (gsize)wanted->entry->size, error);
    if (room == NULL)
        return FALSE;
    const int result = read_member (unpacking, unpack, wanted, take_to_memory, &room, &size, error);
    if (result != 1)
        return result == 0;
    const XnIntakeFile file = {wanted->relative, wanted->entry->digest, mtime, wanted};
    return xn_intake_add (unpacking->intake, &file, (gsize)size, error);
}

static gboolean
unpack_large (Unpacking *unpacking, XnUnpack *unpack, gint64 mtime, XnWanted *wanted, GError **error)
{
    const XnEntry *entry = wanted->entry;
    gint64 size;
    XnPlace *place = xn_wanted_place (wanted->download, wanted, error);
    if (place == NULL)
        return FALSE;
    g_autoptr (XnPlaceFile) file = xn_place_create (place, wanted->relative, entry->size, entry->digest != NULL, error);
    if (file == NULL)
        return FALSE;
    const int result = read_member (unpacking, unpack, wanted, take_to_file, file, &size, error);
    if (result != 1)
        return result == 0;
    if (entry->digest != NULL && !g_str_equal (entry->digest, xn_place_file_md5 (file))) {
        unpacking_drop (unpacking, wanted, size);
        return TRUE;
    }
    if (!xn_place_file_commit (file, mtime, error))
        return FALSE;
    unpacking_settled (wanted, TRUE, unpacking);
    return TRUE;
}

static gboolean
unpack_member (Unpacking *unpacking, XnUnpack *unpack, gint64 mtime, XnWanted *wanted, GError **error)
{
    const gint64 size = wanted->entry->size;
    set_taken (unpacking, wanted, TRUE);
    const gboolean is_small = size >= 0 && size <= XN_INTAKE_MAX;
    return is_small ? unpack_small (unpacking, unpack, mtime, wanted, error)
                    : unpack_large (unpacking, unpack, mtime, wanted, error);
}

/* The file that a member is to be taken for, or NULL, with an error or without. */
static XnWanted *
find_wanted (Unpacking *unpacking, const XnMember *member, gboolean *out_by_name, GError **error)
{
    XnWanted *wanted = xn_member_names_find (unpacking->names, member->name, member->size, out_by_name);
    if (wanted == NULL || !wanted->taken)
        return wanted;
    /* There was a member of that name already; was it the right one? */
    if (!xn_intake_settle (unpacking->intake, error))
        return NULL;
    set_taken (unpacking, wanted, is_settled (wanted));
    return wanted->taken ? NULL : wanted;
}

/* When there was a member for each file: whether all of them are right, so that nothing more is needed. */
static gboolean
unpacking_see_all (Unpacking *unpacking, GError **error)
{
    if (unpacking->n_untaken > 0 || unpacking->all_at >= 0)
        return TRUE;
    if (!xn_intake_settle (unpacking->intake, error))
        return FALSE;
    if (g_atomic_int_get (&unpacking->files_left) == 0)
        unpacking->all_at = unpacking->n_bytes;
    return TRUE;
}

static gboolean
unpack_all (Unpacking *unpacking, XnUnpack *unpack, GError **error)
{
    for (;;) {
        XnMember member;
        const int more = xn_unpack_next (unpack, &member, error);
        if (more <= 0)
            return more == 0;
        if (++unpacking->n_members > unpacking->max_members) {
            xn_error_set (error, XN_ERROR_INTEGRITY, "the server's archive holds more files than its listing (%u)",
                          unpacking->max_members);
            return FALSE;
        }
        gboolean by_name = FALSE;
        GError *problem = NULL;
        XnWanted *wanted = find_wanted (unpacking, &member, &by_name, &problem);
        if (problem != NULL) {
            g_propagate_error (error, problem);
            return FALSE;
        }
        unpacking->member_size = member.size;
        if (wanted == NULL) {
            if (!pass_over (unpacking, unpack, 0, error))
                return FALSE;
            continue;
        }
        if (!unpack_member (unpacking, unpack, member.mtime, wanted, error))
            return FALSE;
        /* A guess is settled at once, as another member may be the right one. */
        if (!by_name && !xn_intake_settle (unpacking->intake, error))
            return FALSE;
        set_taken (unpacking, wanted, by_name || is_settled (wanted));
        if (!unpacking_see_all (unpacking, error))
            return FALSE;
    }
}

/* Whether another try should be made, as far as others are to say. */
static gboolean
unpacking_may_go_on (const Unpacking *unpacking, gboolean broke)
{
    const XnArchiveWatch *watch = unpacking->watch;
    return watch == NULL ||
           watch->again ((guint)unpacking->files_left, (gint64)unpacking->bytes_left, broke, watch->data);
}

/* Leaves an archive that ended with @problem after it had brought some of the @files files, if others want no other one. */
static void
unpacking_note_break (Unpacking *unpacking, gint files, const GError *problem)
{
    if (unpacking->is_left || xn_download_is_over (problem) || unpacking->files_left == files ||
        unpacking_may_go_on (unpacking, TRUE))
        return;
    xn_log (XN_LOG_INFO, "the archive broke (%s); %d files are left", problem->message, unpacking->files_left);
    unpacking->is_left = unpacking->is_refused = TRUE;
}

/* An archive that was left, be it within its first bytes, has not failed. */
static gboolean
unpacking_ended (const Unpacking *unpacking, GError **problem, GError **error)
{
    if (unpacking->is_left)
        return TRUE;
    g_propagate_error (error, g_steal_pointer (problem));
    return FALSE;
}

/* XnConsumeFunc */
static gboolean
unpacking_consume (const XnAnswer *answer, gpointer data, GError **error)
{
    Unpacking *unpacking = data;
    unpacking->transfer = answer->transfer;
    unpacking->n_members = unpacking->n_untaken = 0;
    unpacking->n_bytes = unpacking->n_passed = unpacking->first_bytes = 0;
    unpacking->all_at = -1;
    const gint files = unpacking->files_left;
    unpacking->begun_us = unpacking->watched_us = g_get_monotonic_time ();
    for (guint i = 0; i < unpacking->wanted->len; i++) {
        XnWanted *wanted = g_ptr_array_index (unpacking->wanted, i);
        wanted->taken = is_settled (wanted);
        unpacking->n_untaken += !wanted->taken;
    }
    g_autoptr (GError) transfer_problem = NULL;
    g_autoptr (XnUnpack) unpack = xn_unpack_new (unpacking_read, unpacking, &transfer_problem);
    if (unpack == NULL)
        return unpacking_ended (unpacking, &transfer_problem, error);
    g_autoptr (XnMemberNames) names =
        unpacking->n_shares > 1
            ? xn_member_names_new_of_several (unpacking->shares, unpacking->n_shares)
            : xn_member_names_new (unpacking->shares->download, unpacking->directory, unpacking->wanted);
    g_autoptr (XnIntake) intake = xn_intake_new (unpacking_write, unpacking->op, unpacking_settled, unpacking);
    unpacking->names = names;
    unpacking->intake = intake;
    GError *disk_problem = NULL;
    const gboolean ok = unpack_all (unpacking, unpack, &transfer_problem);
    /* What has come whole counts, whatever came after it; and a full disk is the user's to know of before the rest. */
    if (!xn_intake_settle (intake, &disk_problem)) {
        g_propagate_error (error, disk_problem);
        return FALSE;
    }
    if (!ok)
        unpacking_note_break (unpacking, files, transfer_problem);
    return ok || unpacking_ended (unpacking, &transfer_problem, error);
}

static gboolean
unpacking_call (Unpacking *unpacking, const char *format, XnRetry retry, GError **error)
{
    /* Of several resources all=true tells the server to look at every level of the session. */
    g_autofree char *query = g_strdup_printf ("%sformat=%s", unpacking->n_shares > 1 ? "all=true&" : "", format);
    g_autofree char *what = g_strdup_printf ("fetching the files of %s as %s", unpacking->what, format);
    const XnCall call = {.method = "GET",
                         .path = unpacking->path,
                         .query = query,
                         .what = what,
                         .expect = XN_EXPECT_ARCHIVE,
                         .retry = retry,
                         .silent_body = TRUE,
                         .consume = unpacking_consume,
                         .consume_data = unpacking};
    return xn_client_call (unpacking->client, &call, unpacking->op, error);
}

static gboolean
any_is_beyond_tar (GPtrArray *wanted)
{
    for (guint i = 0; i < wanted->len; i++) {
        const XnWanted *one = g_ptr_array_index (wanted, i);
        if (!one->done && xn_entry_is_beyond_tar (one->entry))
            return TRUE;
    }
    return FALSE;
}

typedef enum {
    TAR_WHOLE,
    TAR_NONE,   /* or one that makes no sense: a zip may do better */
    TAR_BROKEN, /* on the way, as a zip would be */
    TAR_FAILED, /* as everything would; with an error */
} TarEnd;

/* A tar, again as long as each try brings more of the files. */
static TarEnd
unpacking_tar (Unpacking *unpacking, GError **error)
{
    for (;;) {
        g_autoptr (GError) problem = NULL;
        const gint left = unpacking->files_left;
        unpacking->n_members = 0;
        if (unpacking_call (unpacking, "tar", XN_RETRY_BUSY, &problem))
            return TAR_WHOLE;
        if (xn_download_is_over (problem) || xn_server_is_away (problem)) {
            g_propagate_error (error, g_steal_pointer (&problem));
            return TAR_FAILED;
        }
        xn_log (XN_LOG_DEBUG, "the tar ended early: %s", problem->message);
        const gboolean broken = unpacking->n_members > 0 && xn_error_is (problem, XN_ERROR_NETWORK);
        if (unpacking->files_left == left)
            return broken ? TAR_BROKEN : TAR_NONE;
    }
}

static void
unpacking_init (Unpacking *unpacking)
{
    unpacking->client = unpacking->shares[0].download->client;
    unpacking->op = unpacking->shares[0].download->op;
    for (guint i = 0; i < unpacking->n_shares; i++)
        for (guint j = 0; j < unpacking->shares[i].wanted->len; j++)
            ((XnWanted *)g_ptr_array_index (unpacking->shares[i].wanted, j))->download = unpacking->shares[i].download;
    unpacking_set_limits (unpacking);
    count_left (unpacking);
}

/* A tar is sent at once, while for a zip the server reads each file twice; so a zip is asked for only after a tar. */
gboolean
xn_download_archive (const XnDownload *download, GPtrArray *wanted, const char *directory, const XnArchiveWatch *watch,
                     gboolean *out_exhausted, GError **error)
{
    g_autofree char *resource = xn_item_resource (download->item);
    g_autofree char *tail = directory != NULL ? xn_entry_tail (directory) : NULL;
    g_autofree char *path =
        tail != NULL ? g_strdup_printf ("%s/files/%s/", resource, tail) : g_strdup_printf ("%s/files", resource);
    g_autofree char *name = xn_item_describe (download->item);
    const XnShare share = {download, wanted};
    Unpacking unpacking = {.shares = &share,
                           .n_shares = 1,
                           .path = path,
                           .directory = directory,
                           .what = name,
                           .wanted = wanted,
                           .watch = watch};
    gboolean exhausted;
    if (out_exhausted == NULL)
        out_exhausted = &exhausted;
    unpacking_init (&unpacking);
    const TarEnd end = unpacking_tar (&unpacking, error);
    if (end == TAR_FAILED)
        return FALSE;
    *out_exhausted = !unpacking.is_refused;
    const gboolean is_enough = unpacking.files_left == 0 || unpacking.is_refused || end == TAR_BROKEN;
    if (is_enough || (end == TAR_WHOLE && !any_is_beyond_tar (wanted)))
        return TRUE;
    if (unpacking_may_go_on (&unpacking, FALSE) && !unpacking_call (&unpacking, "zip", XN_RETRY_READ, error))
        return FALSE;
    *out_exhausted = !unpacking.is_refused;
    return TRUE;
}

gboolean
xn_download_shared_archive (const XnShare *shares, guint n, GError **error)
{
    g_autoptr (GPtrArray) items = g_ptr_array_sized_new (n);
    g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
    for (guint i = 0; i < n; i++) {
        g_ptr_array_add (items, (gpointer)shares[i].download->item);
        g_ptr_array_extend (wanted, shares[i].wanted, NULL, NULL);
    }
    g_autofree char *path = xn_session_files_path (items);
    g_autofree char *what = g_strdup_printf ("%u resources of %s", n, shares[0].download->item->experiment_id);
    Unpacking unpacking = {.shares = shares, .n_shares = n, .path = path, .what = what, .wanted = wanted};
    unpacking_init (&unpacking);
    return unpacking_call (&unpacking, "tar", XN_RETRY_NONE, error);
}
