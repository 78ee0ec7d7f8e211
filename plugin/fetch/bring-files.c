/* SPDX-License-Identifier: Apache-2.0 */
/* The ways and the turns between them. */
#include "fetch/bring-files.h"

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/sync.h"
#include "fetch/choice.h"
#include "fetch/folders.h"
#include "http/retry.h"

#include <string.h>

/* A larger file fills a connection by itself, and can be continued, which an archive cannot: it is no reason for one, and in one
 * its bytes count twice, as they may be lost. */
#define LARGE_BYTES (8 * 1024 * 1024)
/* Of so many files a message tells the names. */
#define MOST_NAMED 10
/* How many archives are begun in one run, at most, beside those that continue what a broken one has begun. */
#define MAX_ARCHIVES 3

/* For so many files in a row the server was not to be had, however often it was tried: the others would only wait. */
enum { AWAY_FOR_GOOD = 2 };
/* So many in a row ended in an error within the server. Some files may be broken, which is no reason to wait for as many
 * tries of each of the others, nor to leave those out that lie behind a whole directory of them; at last, it is one. */
enum { BROKEN_SO_FAR = 2, BROKEN_ALL_ALONG = 20, BROKEN_FOR_GOOD = 1000 };
#define STATUS_BROKEN 500
#define STATUS_UNANSWERED 504

typedef struct {
    const XnDownload *download;
    GPtrArray *wanted; /* (borrowed) (element-type XnWanted) */
    gint64 begun_us;
    gint away, broken; /* (atomic) files in a row that failed so */
    guint archives_left;

    char *directory;      /* (owned) (nullable) whose archive is thought of; NULL: of the whole resource */
    gboolean has_archive; /* there can be one */
    gboolean no_folders;  /* one was not to be had: the server may have none of a directory */
    guint members;        /* of that archive */
    gint64 archive_bytes;
    guint archive_files; /* of those that are wanted, when it began */
    guint n_doubts;      /* how often in a row it seemed to be the wrong way */
    gboolean cut;        /* a cut came before the rest */
    gboolean broke;      /* the archive that was tried last broke on the way */

    pthread_mutex_t mutex;
    XnPrices prices;   /* [mutex] while files come singly */
    gint64 singly_us;  /* since when they do (monotonic) */
    guint n_under_way; /* [mutex] */
    guint n_come;      /* [mutex] */
    gint64 bytes_come; /* [mutex] */
    XnRest left;       /* [mutex] what counts for the choice */
    gboolean turned;   /* [mutex] the other way is taken for the rest */
} Bringing;

static void
bringing_clear (Bringing *bringing)
{
    pthread_mutex_destroy (&bringing->mutex);
    g_free (bringing->directory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bringing, bringing_clear)

static double
seconds_since (gint64 then_us)
{
    return (double)(g_get_monotonic_time () - then_us) / G_USEC_PER_SEC;
}

/* Whether it counts for the choice. */
static gboolean
is_small (const XnWanted *wanted)
{
    return wanted->entry->size <= LARGE_BYTES;
}

static gboolean
is_below (const char *path, const char *directory)
{
    const gsize length = directory != NULL ? strlen (directory) : 0;
    return length == 0 || (strncmp (path, directory, length) == 0 && path[length] == '/');
}

/* What is left of @wanted that an archive can bring, and what of that counts: (transfer container) (element-type XnWanted). */
static GPtrArray *
for_archive (const Bringing *bringing, XnRest *out_rest)
{
    GPtrArray *some = g_ptr_array_new ();
    *out_rest = (XnRest){.members = bringing->members, .archive_bytes = bringing->archive_bytes, .cut = bringing->cut};
    for (guint i = 0; i < bringing->wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (bringing->wanted, i);
        if (one->done || one->problem != NULL || !xn_wanted_fits_archive (one) ||
            !is_below (one->entry->path, bringing->directory))
            continue;
        g_ptr_array_add (some, one);
        out_rest->bytes += one->entry->size;
        out_rest->files += is_small (one);
        if (!is_small (one))
            out_rest->archive_bytes += one->entry->size;
    }
    return some;
}

/* The length of the directory in which both paths lie. */
static gsize
common_directory (const char *one, const char *other)
{
    gsize end = 0;
    for (gsize i = 0; one[i] != '\0' && one[i] == other[i]; i++)
        if (one[i] == '/')
            end = i;
    return end;
}

/* What the archive of the directory would hold. */
static void
bringing_measure (Bringing *bringing)
{
    gint64 bytes = 0;
    bringing->members = 0;
    bringing->has_archive = !bringing->download->catalog->of_several; /* else it would hold another's files, too */
    const GPtrArray *entries = bringing->download->catalog->entries;
    for (guint i = 0; i < entries->len; i++) {
        const XnEntry *entry = g_ptr_array_index (entries, i);
        if (!is_below (entry->path, bringing->directory))
            continue;
        bringing->members++;
        bytes += CLAMP (entry->size, 0, XN_TAR_MAX_MEMBER);
        bringing->has_archive &= entry->size < XN_TAR_MAX_MEMBER;
    }
    bringing->archive_bytes = xn_choice_archive_bytes (bringing->members, bytes);
}

/* Sets the directory that was named, if a path reaches it. */
static void
bringing_set_named (Bringing *bringing)
{
    const char *below = bringing->download->below;
    g_autofree char *tail = below != NULL ? xn_entry_tail (below) : NULL;
    g_free (bringing->directory);
    bringing->directory = tail != NULL ? g_strdup (below) : NULL;
    bringing_measure (bringing);
}

/* Sets the innermost directory that holds all that an archive is to bring, if that spares anything. */
static void
bringing_set_innermost (Bringing *bringing)
{
    XnRest rest;
    bringing_set_named (bringing);
    g_autoptr (GPtrArray) some = for_archive (bringing, &rest);
    if (some->len < 2)
        return;
    const char *first = ((const XnWanted *)g_ptr_array_index (some, 0))->entry->path;
    const char *last = ((const XnWanted *)g_ptr_array_index (some, some->len - 1))->entry->path;
    g_autofree char *inner = g_strndup (first, common_directory (first, last));
    if (bringing->no_folders)
        return;
    g_autofree char *tail = *inner != '\0' ? xn_entry_tail (inner) : NULL;
    const guint outer_members = bringing->members;
    if (tail == NULL)
        return;
    g_free (bringing->directory);
    bringing->directory = g_steal_pointer (&inner);
    bringing_measure (bringing);
    if (bringing->members == outer_members)
        bringing_set_named (bringing);
}

/* Whether a file that failed with @problem says that nobody answers for the server. */
static gboolean
is_no_answer (const GError *problem)
{
    const int status = xn_error_http_status (problem);
    const gboolean unanswered = xn_error_is (problem, XN_ERROR_NETWORK) && (status == 0 || status == STATUS_UNANSWERED);
    return xn_server_is_away (problem) || (unanswered && xn_error_is_retryable (problem));
}

/* What came of a file, of which @problem is NULL if it came, says of the server. */
static void
bringing_learn (Bringing *bringing, const GError *problem)
{
    if (problem == NULL) {
        g_atomic_int_set (&bringing->away, 0);
        g_atomic_int_set (&bringing->broken, 0);
    } else if (is_no_answer (problem)) {
        g_atomic_int_inc (&bringing->away);
    } else if (xn_error_http_status (problem) == STATUS_BROKEN) {
        g_atomic_int_inc (&bringing->broken);
    } else {
        g_atomic_int_set (&bringing->broken, 0);
    }
}

/* FALSE with an error: there is no point in asking for the file. */
static gboolean
is_worth_asking (const Bringing *bringing, const XnWanted *wanted, GError **error)
{
    const gboolean is_away = g_atomic_int_get (&bringing->away) >= AWAY_FOR_GOOD;
    if (!is_away && g_atomic_int_get (&bringing->broken) < BROKEN_FOR_GOOD)
        return TRUE;
    xn_error_set (error, XN_ERROR_NETWORK, "%s was not asked for: the server %s", wanted->entry->path,
                  is_away ? "is away" : "failed over all of the many files before it");
    return FALSE;
}

/* FALSE: the file is left for another way. */
static gboolean
single_begins (Bringing *bringing)
{
    XN_LOCKED (&bringing->mutex);
    bringing->n_under_way += !bringing->turned;
    return !bringing->turned;
}

/* Notes that a file came (or failed), and asks whether the rest should still come like that. */
static void
single_ends (Bringing *bringing, const XnWanted *wanted)
{
    XN_LOCKED (&bringing->mutex);
    bringing->n_under_way--;
    bringing->n_come++;
    if (wanted->done)
        bringing->bytes_come += MAX (wanted->entry->size, 0);
    if (xn_wanted_fits_archive (wanted)) {
        bringing->left.files -= is_small (wanted);
        bringing->left.bytes -= wanted->entry->size;
    }
    /* Those that are under way together come together, too: before, a rate says nothing. */
    if (bringing->archives_left == 0 || !bringing->has_archive || bringing->n_come < bringing->prices.jobs)
        return;
    xn_prices_see_singles (&bringing->prices, bringing->n_come + bringing->n_under_way / 2.0, bringing->bytes_come,
                           seconds_since (bringing->singly_us));
    if (!bringing->turned)
        bringing->turned =
            xn_choice_turns (&bringing->prices, &bringing->left, seconds_since (bringing->begun_us), XN_WAY_SINGLES);
}

/* XnTaskFunc. Each file has tries of its own, as long as that makes sense. */
static gboolean
single_task (gpointer item, gpointer data, GError **error)
{
    Bringing *bringing = data;
    XnWanted *wanted = item;
    GError *problem = NULL;
    if (!single_begins (bringing))
        return TRUE;
    const gint broken = g_atomic_int_get (&bringing->broken);
    wanted->retry = broken >= BROKEN_ALL_ALONG ? XN_RETRY_NONE : broken >= BROKEN_SO_FAR ? XN_RETRY_FEW : XN_RETRY_READ;
    if (is_worth_asking (bringing, wanted, &problem)) {
        (void)xn_download_file (bringing->download, wanted, &problem);
        bringing_learn (bringing, problem);
    }
    wanted->problem = problem;
    single_ends (bringing, wanted);
    if (bringing->download->ended != NULL)
        bringing->download->ended (wanted, bringing->download->ended_data);
    return TRUE;
}

/* Brings what is left one by one, until that is done or an archive seems better. */
static void
bring_singly (Bringing *bringing)
{
    const XnDownload *download = bringing->download;
    g_autoptr (GPtrArray) left = g_ptr_array_new ();
    g_ptr_array_unref (for_archive (bringing, &bringing->left));
    for (guint i = 0; i < bringing->wanted->len; i++) {
        XnWanted *one = g_ptr_array_index (bringing->wanted, i);
        if (!one->done && one->problem == NULL)
            g_ptr_array_add (left, one);
    }
    bringing->turned = FALSE;
    bringing->n_under_way = bringing->n_come = 0;
    bringing->bytes_come = 0;
    bringing->singly_us = g_get_monotonic_time ();
    g_autofree GError **errors = g_new0 (GError *, MAX (left->len, 1));
    (void)xn_parallel_run (download->op, xn_op_settings (download->op)->jobs, left, single_task, bringing,
                           XN_PARALLEL_ALL, errors, NULL);
    for (guint i = 0; i < left->len; i++)
        if (errors[i] != NULL)
            ((XnWanted *)g_ptr_array_index (left, i))->problem = errors[i];
}

/* What an archive under way leaves to do. */
static XnRest
rest_of_archive (const Bringing *bringing, guint files, gint64 bytes, gint64 come)
{
    return (XnRest){.files = files,
                    .bytes = bytes,
                    .members = bringing->members,
                    .archive_bytes = MAX (bringing->archive_bytes - come, 0),
                    .under_way = come > 0,
                    .cut = bringing->cut};
}

/* XnArchiveWatch.goes_on */
static gboolean
archive_goes_on (const XnArchiveView *view, gpointer data)
{
    Bringing *bringing = data;
    xn_prices_see_archive (&bringing->prices, view->wait_s, view->bytes, view->body_s);
    const XnRest rest = rest_of_archive (bringing, view->files_left, view->bytes_left, view->bytes);
    const gboolean is_vain =
        view->files_left == bringing->archive_files && xn_choice_is_vain (&bringing->prices, &rest, view->body_s);
    const gboolean is_wrong =
        xn_choice_turns (&bringing->prices, &rest, seconds_since (bringing->begun_us), XN_WAY_ARCHIVE);
    bringing->n_doubts = is_wrong ? bringing->n_doubts + 1 : 0;
    if (!is_vain && bringing->n_doubts < XN_CHOICE_DOUBTS)
        return TRUE;
    xn_log (XN_LOG_INFO, "the archive comes at %.1f MB/s; going on with %u files one by one",
            bringing->prices.rate.low / 1e6, rest.files);
    return FALSE;
}

/* XnArchiveWatch.again */
static gboolean
archive_again (guint files_left, gint64 bytes_left, gboolean broke, gpointer data)
{
    Bringing *bringing = data;
    if (broke) { /* what is left may lie in some directories: all is thought over */
        bringing->cut = bringing->broke = TRUE;
        return FALSE;
    }
    const XnRest rest = rest_of_archive (bringing, files_left, bytes_left, 0);
    return xn_choice_make (&bringing->prices, &rest, seconds_since (bringing->begun_us)) == XN_WAY_ARCHIVE;
}

/* Brings what it can out of an archive; a failure of it is no more than a reason for another way. *@out_other: there is
 * another one that may do */
static gboolean
bring_archive (Bringing *bringing, GPtrArray *some, gboolean *out_other, GError **error)
{
    const XnArchiveWatch watch = {archive_goes_on, archive_again, bringing};
    g_autoptr (GError) problem = NULL;
    gboolean exhausted = FALSE;
    *out_other = FALSE;
    bringing->archives_left--;
    bringing->archive_files = some->len;
    bringing->n_doubts = 0;
    if (xn_download_archive (bringing->download, some, bringing->directory, &watch, &exhausted, &problem)) {
        if (exhausted)
            bringing->archives_left = 0;
        return TRUE;
    }
    if (xn_download_is_over (problem)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    g_autofree char *tried = g_steal_pointer (&bringing->directory);
    bringing_set_named (bringing);
    *out_other = g_strcmp0 (tried, bringing->directory) != 0 && !xn_server_is_away (problem);
    bringing->no_folders = TRUE;
    if (!*out_other)
        bringing->archives_left = 0;
    xn_log (XN_LOG_INFO, "%s; going %s", problem->message, *out_other ? "for a larger archive" : "file by file");
    return TRUE;
}

/* Whether the rest should come out of an archive. */
static gboolean
wants_archive (const Bringing *bringing, const XnRest *rest)
{
    if (bringing->archives_left == 0 || !bringing->has_archive || rest->files == 0)
        return FALSE;
    return bringing->turned ||
           xn_choice_make (&bringing->prices, rest, seconds_since (bringing->begun_us)) == XN_WAY_ARCHIVE;
}

/* The directories whose archives would hold only what is wanted: (transfer full) (element-type utf8). */
static GPtrArray *
find_folders (const Bringing *bringing)
{
    XnRest rest;
    const GPtrArray *entries = bringing->download->catalog->entries;
    g_autoptr (GPtrArray) some = for_archive (bringing, &rest);
    g_autofree gboolean *missing = g_new0 (gboolean, MAX (entries->len, 1));
    guint n = 0;
    for (guint i = 0; i < entries->len; i++)
        for (; n < some->len && ((const XnWanted *)g_ptr_array_index (some, n))->entry == entries->pdata[i]; n++)
            missing[i] = is_small (g_ptr_array_index (some, n));
    return xn_folders_find (entries, missing, XN_CHOICE_LEAST_FILES);
}

/* Brings the files of one out of its archive, if that is the better way. */
static gboolean
bring_folder (Bringing *bringing, const char *folder, GError **error)
{
    XnRest rest;
    gboolean other = FALSE;
    const guint archives_left = bringing->archives_left;
    g_autofree char *tail = xn_entry_tail (folder);
    if (tail == NULL)
        return TRUE;
    g_free (bringing->directory);
    bringing->directory = g_strdup (folder);
    bringing_measure (bringing);
    g_autoptr (GPtrArray) some = for_archive (bringing, &rest);
    if (xn_choice_make (&bringing->prices, &rest, seconds_since (bringing->begun_us)) != XN_WAY_ARCHIVE)
        return TRUE;
    xn_log (XN_LOG_DEBUG, "%u files, %" G_GINT64_FORMAT " bytes: out of the archive of %s", rest.files, rest.bytes,
            folder);
    const gboolean ok = bring_archive (bringing, some, &other, error);
    bringing->archives_left = archives_left;
    return ok;
}

/* Brings what archives of directories hold that lack nothing, where those are better than single files, or than one of all. */
static gboolean
bring_folders (Bringing *bringing, GError **error)
{
    XnRest rest;
    g_ptr_array_unref (for_archive (bringing, &rest));
    if (bringing->no_folders || bringing->archives_left == 0 || !bringing->has_archive)
        return TRUE;
    g_autoptr (GPtrArray) folders = find_folders (bringing);
    if (folders->len == 0 ||
        (wants_archive (bringing, &rest) && !xn_choice_splits (&bringing->prices, &rest, folders->len)))
        return TRUE;
    gboolean ok = TRUE;
    for (guint i = 0; i < folders->len && ok && !bringing->no_folders; i++)
        ok = bring_folder (bringing, g_ptr_array_index (folders, i), error);
    bringing_set_innermost (bringing);
    return ok;
}

static gboolean
bring_all (Bringing *bringing, GError **error)
{
    for (;;) {
        XnRest rest;
        gboolean other = FALSE;
        if (!bring_folders (bringing, error))
            return FALSE;
        g_autoptr (GPtrArray) some = for_archive (bringing, &rest);
        const gboolean archive = wants_archive (bringing, &rest);
        xn_log (XN_LOG_DEBUG, "%u files, %" G_GINT64_FORMAT " bytes: %s (%u files, %" G_GINT64_FORMAT " bytes)",
                rest.files, rest.bytes, archive ? "out of an archive" : "one by one, and not out of an archive",
                rest.members, rest.archive_bytes);
        if (archive) {
            bringing->turned = FALSE;
            if (!bring_archive (bringing, some, &other, error))
                return FALSE;
        }
        if (other)
            continue;
        if (bringing->broke) { /* and has brought something */
            bringing->broke = FALSE;
            bringing->archives_left++;
            bringing_set_innermost (bringing);
            continue;
        }
        bring_singly (bringing);
        if (!bringing->turned)
            return TRUE;
    }
}

/* With stale_catalog=warn a tree goes without files that the server lists but has not; without all of them there is none. */
static gboolean
is_forgiven (const XnDownload *download, const GError *problem, guint *n_forgiven)
{
    if (!xn_error_is (problem, XN_ERROR_NOT_FOUND) ||
        xn_op_settings (download->op)->stale_catalog != XN_STALE_CATALOG_WARN)
        return FALSE;
    if (++*n_forgiven >= download->catalog->entries->len)
        return FALSE;
    xn_log (XN_LOG_WARNING, "left out: %s", problem->message);
    return TRUE;
}

/* Whether it did not come because the local file is not to be replaced. */
static gboolean
is_changed (const XnDownload *download, const XnWanted *wanted)
{
    return xn_op_settings (download->op)->keep_changed && xn_error_is (wanted->problem, XN_ERROR_CONFLICT);
}

/* Names the local files that stay. FALSE with an error if there are any. */
static gboolean
sum_up_changed (const XnDownload *download, GPtrArray *wanted, GError **error)
{
    g_autoptr (GString) names = g_string_new (NULL);
    guint n = 0;
    for (guint i = 0; i < wanted->len; i++) {
        const XnWanted *one = g_ptr_array_index (wanted, i);
        if (!is_changed (download, one))
            continue;
        if (n++ < MOST_NAMED)
            g_string_append_printf (names, "%s%s", n > 1 ? ", " : "", one->relative);
    }
    if (n == 0)
        return TRUE;
    if (n > MOST_NAMED)
        g_string_append_printf (names, " and %u more", n - MOST_NAMED);
    xn_error_set (error, XN_ERROR_CONFLICT,
                  "%u of %u files in %s differ from the server's, and are kept: %s; move them away, or fetch without "
                  "keep_changed, to have the server's",
                  n, download->catalog->entries->len, xn_place_path (download->place), names->str);
    return FALSE;
}

gboolean
xn_bring_sum_up (const XnDownload *download, GPtrArray *wanted, GError **error)
{
    const GError *first = NULL;
    guint n_failed = 0, n_forgiven = 0;
    for (guint i = 0; i < wanted->len; i++) {
        const XnWanted *one = g_ptr_array_index (wanted, i);
        if (one->problem == NULL || is_changed (download, one) || is_forgiven (download, one->problem, &n_forgiven))
            continue;
        n_failed++;
        xn_log (XN_LOG_DEBUG, "failed: %s", one->problem->message);
        if (first == NULL ||
            (xn_error_is (first, XN_ERROR_CANCELLED) && !xn_error_is (one->problem, XN_ERROR_CANCELLED)))
            first = one->problem;
    }
    if (first == NULL)
        return sum_up_changed (download, wanted, error);
    if (error != NULL) {
        *error = g_error_copy (first);
        if (n_failed > 1)
            g_prefix_error (error, "%u of %u files failed, the first: ", n_failed, download->catalog->entries->len);
    }
    return FALSE;
}

gboolean
xn_bring_each (const XnDownload *download, GPtrArray *wanted, gint64 begun_us, GError **error)
{
    g_auto (Bringing) bringing = {.download = download,
                                  .wanted = wanted,
                                  .begun_us = begun_us,
                                  .cut = download->was_cut,
                                  .archives_left = MAX_ARCHIVES};
    const XnPace *pace = &download->catalog->pace;
    const gint64 latency_us = MAX (xn_client_least_wait_us (download->client), 0);
    pthread_mutex_init (&bringing.mutex, NULL);
    xn_prices_guess (&bringing.prices, xn_op_settings (download->op)->jobs, (double)latency_us / G_USEC_PER_SEC,
                     (double)pace->wait_us / G_USEC_PER_SEC, pace->bytes, (double)pace->body_us / G_USEC_PER_SEC);
    xn_log (XN_LOG_DEBUG, "an answer takes %.1f ms, the listing took %.1f ms, and its bytes came at %.1f MB/s at least",
            (double)latency_us / 1e3, (double)pace->wait_us / 1e3, bringing.prices.rate.low / 1e6);
    bringing_set_innermost (&bringing);
    return bring_all (&bringing, error) && xn_op_check (download->op, error);
}

gboolean
xn_bring_files (const XnDownload *download, GPtrArray *wanted, gint64 begun_us, GError **error)
{
    return xn_bring_each (download, wanted, begun_us, error) && xn_bring_sum_up (download, wanted, error);
}
