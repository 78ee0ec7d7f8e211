/* SPDX-License-Identifier: Apache-2.0 */
/* put: look at the local files, find or create where they go, compare with what is there, send what is missing, and believe
 * only the listing. */
#include "put/put.h"

#include "base/error.h"
#include "base/log.h"
#include "find/glance.h"
#include "find/project-rights.h"
#include "put/compare.h"
#include "put/create-resource.h"
#include "put/create.h"
#include "put/file-name.h"
#include "put/upload.h"
#include "http/retry.h"

#include <string.h>

/* Before more than this is sent the server is asked whether it may be stored at all. */
#define ASK_RIGHT_BYTES (8 * 1024 * 1024)
/* Members of one archive: a broken one is sent again from its start. */
#define ARCHIVE_MAX_BYTES (G_GUINT64_CONSTANT (1) << 30)
#define ARCHIVE_MAX_FILES 20000
/* Of a member's two headers, without the name: about as much. */
#define MEMBER_HEADER_BYTES 64
/* From how many files on an archive is worth more than single uploads, each of which rewrites the server's catalog. */
#define ARCHIVE_MIN_FILES 3

typedef struct {
    XnRuntime *runtime;
    XnOp *op;
    XnPlan *plan; /* (borrowed) (nullable) */
    XnClient *client;
    XnUrl *url;   /* (owned) */
    XnPool *pool; /* (owned) */
    XnFinder finder;
    GPtrArray *files; /* (owned) (element-type XnTreeFile) */
    gboolean is_tree;
    GPtrArray *sendings; /* (owned) (element-type XnSending) all files, done or not */
    GPtrArray *made;     /* (owned) (element-type utf8) what was created on the way */
    XnItem *seen;        /* (owned) (nullable) the resource as the first look told it */
    XnCatalog *listed;   /* (owned) (nullable) and what was in it then */
    gint64 looked_us;    /* when that was asked for (monotonic) */
    XnItem *resource;    /* (owned) */
    gboolean created;
    gboolean settled;     /* nobody may be making the resource still */
    guint64 batch_weight; /* how much goes into one archive */
    gboolean singly;      /* the server takes no archive: only what cannot go otherwise is sent in one */
    gboolean mute;        /* the server could not tell what it has now */
} Put;

static void
put_clear (Put *put)
{
    g_free (put->resource);
    g_free (put->seen);
    xn_catalog_free (put->listed);
    g_clear_pointer (&put->sendings, g_ptr_array_unref);
    g_clear_pointer (&put->files, g_ptr_array_unref);
    g_clear_pointer (&put->made, g_ptr_array_unref);
    xn_pool_free (put->pool);
    xn_url_free (put->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Put, put_clear)

/* Where a local file goes inside the resource. */
static char *
put_target (const Put *put, const XnTreeFile *file)
{
    const char *path = put->url->path;
    if (!put->is_tree && path != NULL && !put->url->path_is_directory)
        return g_strdup (path);
    return path != NULL ? g_strdup_printf ("%s/%s", path, file->relative) : g_strdup (file->relative);
}

static gboolean
put_look_at_files (Put *put, const char *path, GError **error)
{
    put->files = xn_tree_list (path, &put->is_tree, error);
    if (put->files == NULL)
        return FALSE;
    put->sendings = g_ptr_array_new_with_free_func ((GDestroyNotify)xn_sending_free);
    for (guint i = 0; i < put->files->len; i++) {
        XnSending *sending = g_new0 (XnSending, 1);
        sending->file = g_ptr_array_index (put->files, i);
        sending->path = put_target (put, sending->file);
        sending->old_size = -1;
        g_ptr_array_add (put->sendings, sending);
        if (!xn_file_name_check (sending, error))
            return FALSE;
        xn_op_add_total (put->op, 1, (guint64)sending->file->size);
    }
    return TRUE;
}

/* What must be sent is what is not done afterwards. */
static gboolean
put_compare (Put *put, const XnCatalog *listed, GError **error)
{
    xn_op_set_phase (put->op, XN_PHASE_COMPARE);
    return xn_compare_before (put->client, put->resource, listed, put->sendings, put->url->overwrite, put->op, error);
}

static gboolean
put_list_and_compare (Put *put, GError **error)
{
    g_autoptr (XnCatalog) listed = xn_catalog_get (put->client, put->resource, put->op, error);
    return listed != NULL && put_compare (put, listed, error);
}

/* About what a file adds to an archive: its bytes, and its name in two headers. */
static guint64
sending_weight (const XnSending *sending)
{
    return (guint64)sending->file->size + 2 * (MEMBER_HEADER_BYTES + strlen (sending->path));
}

/* Takes the next files that go together: one for a body, several for an archive. */
static GPtrArray *
put_next_batch (Put *put, guint *index, gboolean archives, guint64 *out_weight)
{
    GPtrArray *batch = g_ptr_array_new ();
    *out_weight = 0;
    for (; *index < put->sendings->len; (*index)++) {
        XnSending *sending = g_ptr_array_index (put->sendings, *index);
        const gboolean in_archive = xn_upload_needs_archive (sending) || (archives && xn_upload_fits_archive (sending));
        const guint64 weight = sending_weight (sending);
        if (sending->done)
            continue;
        if (!in_archive) {
            if (batch->len == 0) {
                g_ptr_array_add (batch, sending);
                (*index)++;
            }
            break;
        }
        if (batch->len > 0 && (*out_weight + weight > put->batch_weight || batch->len >= ARCHIVE_MAX_FILES))
            break;
        g_ptr_array_add (batch, sending);
        *out_weight += weight;
    }
    return batch;
}

/* Whether files that were refused together may be taken in smaller portions: what stands in front of the server limits a
 * request, or the server wants no such archive. All that is sent from now on is smaller, too. */
static gboolean
put_lessen (Put *put, const GPtrArray *batch, guint64 weight, const GError *problem)
{
    const int status = xn_error_http_status (problem);
    if (batch->len < 2 || (status != 413 && status != 400 && status != 415))
        return FALSE;
    put->singly = put->singly || status != 413;
    put->batch_weight = put->singly ? 0 : weight / 2;
    xn_log (XN_LOG_INFO, "%u files in one request were refused (%d); sending %s", batch->len, status,
            put->singly ? "them one by one" : "fewer at a time");
    return TRUE;
}

static gboolean
put_send_batch (Put *put, GPtrArray *batch, gboolean overwrite, gboolean *out_duplicate, GError **error)
{
    XnSending *first = g_ptr_array_index (batch, 0);
    if (batch->len == 1 && !xn_upload_needs_archive (first))
        return xn_upload_file (put->client, put->resource, first, overwrite, out_duplicate, put->op, error);
    return xn_upload_archive (put->client, put->resource, batch, overwrite, out_duplicate, put->op, error);
}

/* Sends all that is not done, one upload after another: a server loses overlapping writes into one resource. */
static gboolean
put_send (Put *put, gboolean overwrite, gboolean *out_duplicate, GError **error)
{
    guint n_left = 0, index = 0;
    for (guint i = 0; i < put->sendings->len; i++)
        n_left += !((XnSending *)g_ptr_array_index (put->sendings, i))->done;
    xn_op_set_phase (put->op, XN_PHASE_TRANSFER);
    *out_duplicate = FALSE;
    for (;;) {
        const guint first = index;
        guint64 weight = 0;
        g_autoptr (GPtrArray) batch =
            put_next_batch (put, &index, n_left >= ARCHIVE_MIN_FILES && !put->singly, &weight);
        g_autoptr (GError) problem = NULL;
        gboolean duplicate = FALSE;
        if (batch->len == 0)
            return TRUE;
        if (put_send_batch (put, batch, overwrite, &duplicate, &problem)) {
            *out_duplicate = *out_duplicate || duplicate;
        } else if (put_lessen (put, batch, weight, problem)) {
            index = first;
        } else {
            g_propagate_error (error, g_steal_pointer (&problem));
            return FALSE;
        }
    }
}

/* Adds to a failure what it has cost: files that were there and that a broken upload cut or took away, whenever and however the
 * operation came to its end. @problem: (transfer full) */
static void
put_tell_losses (Put *put, GError *problem, GError **error)
{
    const gboolean ask = !put->mute && !xn_error_is (problem, XN_ERROR_CANCELLED) && !xn_server_is_away (problem);
    g_autofree char *losses = xn_compare_losses (put->client, put->resource, put->sendings, ask, put->op);
    if (losses != NULL) {
        g_autofree char *before = problem->message;
        problem->message = g_strdup_printf ("%s%s; put it again, with overwrite=true", before, losses);
    }
    g_propagate_error (error, problem);
}

/* Prefixes the last failure with what is on the server now. */
static void
put_set_unfinished (Put *put, guint left, GError *problem, GError **error)
{
    const guint all = put->sendings->len;
    g_autoptr (GError) last = problem;
    if (last == NULL)
        xn_error_set (&last, XN_ERROR_SERVER, "the server took the files, but its listing does not show them whole");
    g_autofree char *where = xn_item_describe (put->resource);
    g_prefix_error (&last, "%u of %u files are in %s now, whole and checked; the rest is not: ", all - left, all,
                    where);
    g_propagate_error (error, g_steal_pointer (&last));
}

/* Whether another try can help after this failure of an upload. */
static gboolean
put_may_try_again (const GError *problem)
{
    return problem == NULL || xn_error_is_retryable (problem) || xn_error_http_status (problem) >= 500;
}

/* What an own broken try leaves behind is never listed; so something else that is listed now is somebody else's. */
static gboolean
put_recheck_conflicts (Put *put, GError **error)
{
    return put->url->overwrite || put_list_and_compare (put, error);
}

/* The upload failed, and what is on the server now cannot be told either. */
static void
put_set_both_failed (Put *put, GError *problem, const GError *listing, GError **error)
{
    put->mute = TRUE;
    g_prefix_error (&problem, "what is on the server now could not be listed (%s) after: ", listing->message);
    g_propagate_error (error, problem);
}

/* One try: send, then look. TRUE: all is there, or (*@out_left > 0) not yet. */
static gboolean
put_try (Put *put, guint tried, guint *out_left, GError **out_problem, GError **error)
{
    gboolean duplicate = FALSE;
    /* What an own earlier try left behind is replaced; what was there before only when told to. */
    const gboolean overwrite = put->url->overwrite || tried > 0;
    g_autoptr (GError) problem = NULL;
    const gboolean sent = put_send (put, overwrite, &duplicate, &problem);
    if (xn_error_is (problem, XN_ERROR_CANCELLED) || xn_error_is (problem, XN_ERROR_IO)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    g_autoptr (GError) listing = NULL;
    xn_op_set_phase (put->op, XN_PHASE_VERIFY);
    if (!xn_compare_after (put->client, put->resource, put->sendings, sent && (overwrite || !duplicate), out_left,
                           put->op, &listing)) {
        if (problem != NULL && !xn_error_is (listing, XN_ERROR_CANCELLED))
            put_set_both_failed (put, g_steal_pointer (&problem), listing, error);
        else
            g_propagate_error (error, g_steal_pointer (&listing));
        return FALSE;
    }
    if (*out_left == 0)
        return TRUE;
    if (!put_recheck_conflicts (put, error))
        return FALSE;
    const gboolean silently_refused = sent && !duplicate && !put->created;
    if (silently_refused && !xn_create_may_write (&put->finder, put->resource, error))
        return FALSE;
    *out_problem = g_steal_pointer (&problem);
    return TRUE;
}

static gboolean
put_until_there (Put *put, GError **error)
{
    const XnSettings *settings = xn_op_settings (put->op);
    for (guint tried = 0;; tried++) {
        g_autoptr (GError) problem = NULL;
        guint left = 0;
        if (!put_try (put, tried, &left, &problem, error))
            return FALSE;
        if (left == 0)
            return TRUE;
        if (tried >= settings->retries || !put_may_try_again (problem)) {
            put_set_unfinished (put, left, g_steal_pointer (&problem), error);
            return FALSE;
        }
        g_autofree char *what = g_strdup_printf ("%u of %u files are not on the server yet", left, put->sendings->len);
        if (!xn_retry_wait (put->op, what, problem != NULL ? problem->message : "the listing lacks them", tried,
                            problem != NULL ? xn_error_facts (problem)->retry_after_ms : -1, 0, error))
            return FALSE;
    }
}

static gboolean
put_transfer (Put *put, GError **error)
{
    GError *problem = NULL;
    if (put_until_there (put, &problem))
        return TRUE;
    put_tell_losses (put, problem, error);
    return FALSE;
}

static guint64
put_bytes_left (const Put *put, guint *out_files)
{
    guint64 bytes = 0;
    *out_files = 0;
    for (guint i = 0; i < put->sendings->len; i++) {
        const XnSending *sending = g_ptr_array_index (put->sendings, i);
        if (sending->done)
            continue;
        (*out_files)++;
        bytes += (guint64)sending->file->size;
    }
    return bytes;
}

/* What is in the resource, with its write lock @key held: by the first look, if nobody here has written to it since. */
static XnCatalog *
put_list (Put *put, const char *key, GError **error)
{
    if (put->listed != NULL && xn_write_was_free (put->runtime->writing, key, put->looked_us))
        return g_steal_pointer (&put->listed);
    return xn_catalog_get (put->client, put->resource, put->op, error);
}

/* With the write lock @key of the resource held: looks what is in it, and marks what need not be sent. @out_empty: nothing is. */
static gboolean
put_prepare (Put *put, const char *key, gboolean *out_empty, GError **error)
{
    g_autoptr (XnCatalog) listed = put_list (put, key, error);
    if (listed == NULL)
        return FALSE;
    *out_empty = listed->entries->len == 0;
    return (*out_empty && !put->settled) || put_compare (put, listed, error);
}

/* With the write lock @key of the resource held. TRUE with *@out_early: it is empty, so that others may be making it still. */
static gboolean
put_into (Put *put, const char *key, gboolean *out_early, GError **error)
{
    gboolean empty = FALSE;
    *out_early = FALSE;
    if (!put_prepare (put, key, &empty, error))
        return FALSE;
    *out_early = empty && !put->settled;
    guint n_files = 0;
    const guint64 bytes = put_bytes_left (put, &n_files);
    if (*out_early || n_files == 0)
        return TRUE;
    if (bytes > ASK_RIGHT_BYTES && !put->created && !xn_create_may_write (&put->finder, put->resource, error))
        return FALSE;
    return put_transfer (put, error);
}

/* The selectors as given, the file that was sent, and what must be kept to reach it again. */
static char *
put_final_url (const Put *put)
{
    const XnSending *first = put->is_tree ? NULL : g_ptr_array_index (put->sendings, 0);
    return xn_url_print_file (put->url, first != NULL ? first->path : put->url->path);
}

/* Takes the resource that the first look has shown, if it has. */
static gboolean
put_take_seen (Put *put)
{
    put->resource = g_steal_pointer (&put->seen);
    return put->resource != NULL;
}

/* The resource, created if need be: by one operation of this process at a time for each container, but without making the
 * others wait until it may be written to. */
static gboolean
put_find_resource (Put *put, const XnItem *container, GError **error)
{
    if (put_take_seen (put))
        return TRUE;
    g_autofree char *path = xn_item_container (container);
    g_autofree char *key = g_strdup_printf ("%s %s", xn_client_base (put->client), path);
    XnPlaceToPut place = {0};
    if (!xn_write_lock (put->runtime->writing, key, put->op, error))
        return FALSE;
    gboolean ok = xn_create_resource (&put->finder, put->url, container, put->made, NULL, &place, error);
    xn_write_unlock (put->runtime->writing, key);
    if (ok && place.quiet_ms > 0)
        ok = xn_create_settle (&put->finder, put->url, container, &place, error);
    put->created = place.created;
    put->resource = place.item;
    put->settled = TRUE;
    return ok;
}

static XnAction
action_of (const Put *put, const XnSending *sending)
{
    if (sending->done)
        return XN_ACTION_KEEP;
    if (!sending->replaces)
        return XN_ACTION_SEND;
    return put->url->overwrite ? XN_ACTION_REPLACE : XN_ACTION_CONFLICT;
}

/* Whether something of the plan writes to the archive. */
static gboolean
plan_writes (const XnPlan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const XnAction action = ((const XnStep *)g_ptr_array_index (plan->steps, i))->action;
        if (action != XN_ACTION_KEEP && action != XN_ACTION_CONFLICT)
            return TRUE;
    }
    return FALSE;
}

/* Warns if the server lists the project among those that the user may read, but not among those that he may change. Some
 * administrators are on no such list; so it is no refusal. @project: an ID */
static gboolean
put_warn_of_rights (Put *put, const char *project, GError **error)
{
    g_autoptr (GError) problem = NULL;
    g_autoptr (GHashTable) readable = xn_projects_with_right (put->client, "readable", put->op, &problem);
    g_autoptr (GHashTable) writable =
        readable != NULL ? xn_projects_with_right (put->client, "writable", put->op, &problem) : NULL;
    if (xn_error_is (problem, XN_ERROR_CANCELLED)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    if (writable != NULL && g_hash_table_contains (readable, project) && !g_hash_table_contains (writable, project))
        xn_log (XN_LOG_WARNING,
                "by its list of projects the server lets this login read %s, but put nothing into it: the put would "
                "fail; ask "
                "an owner of the project",
                project);
    return TRUE;
}

/* Notes what would be done with the files, or why nothing would; @container: (nullable) NULL if even that would be created. */
static gboolean
put_plan (Put *put, const XnItem *container, GError **error)
{
    XnPlaceToPut place = {0};
    GError *problem = NULL;
    if (container != NULL && !put_take_seen (put)) {
        if (!xn_create_resource (&put->finder, put->url, container, put->made, put->plan, &place, error))
            return FALSE;
        put->resource = place.item;
    }
    if (put->resource != NULL && !put_list_and_compare (put, &problem) && !xn_error_is (problem, XN_ERROR_CONFLICT)) {
        g_propagate_error (error, problem);
        return FALSE;
    }
    for (guint i = 0; i < put->sendings->len; i++) {
        const XnSending *sending = g_ptr_array_index (put->sendings, i);
        const XnAction action = action_of (put, sending);
        if (problem == NULL || action == XN_ACTION_CONFLICT)
            xn_plan_add (put->plan, action, sending->file->size, xn_url_print_file (put->url, sending->path),
                         g_strdup (sending->file->path), NULL);
    }
    if (problem != NULL) {
        g_propagate_error (error, problem);
        return FALSE;
    }
    const char *project = container != NULL ? container->project : put->url->selector[XN_LEVEL_PROJECT];
    return project == NULL || !plan_writes (put->plan) || put_warn_of_rights (put, project, error);
}

/* Finds what holds the resource, creating it if need be; NULL without an error if it is only planned. */
static XnItem *
put_find_container (Put *put, GError **error)
{
    /* What is to be written to is looked up afresh. */
    put->looked_us = g_get_monotonic_time ();
    put->finder = (XnFinder){.client = put->client,
                             .listings = put->runtime->listings,
                             .pool = put->pool,
                             .op = put->op,
                             .not_before_us = put->looked_us,
                             .ahead = TRUE};
    g_autoptr (XnItem) item = NULL;
    if (!xn_glance_to_write (&put->finder, put->url, &item, &put->listed, error))
        return NULL;
    if (item == NULL)
        return xn_create_container (&put->finder, put->url, put->made, put->plan, error);
    put->seen = item->resource_id != NULL ? xn_item_copy (item) : NULL;
    xn_item_leave_resource (item);
    return g_steal_pointer (&item);
}

/* Sends what is missing in the resource at @container. */
static gboolean
put_store (Put *put, const XnItem *container, GError **error)
{
    for (;;) {
        gboolean early = FALSE;
        if (!put_find_resource (put, container, error))
            return FALSE;
        /* The number is the same whichever way and login lead to it. */
        g_autofree char *key =
            g_strdup_printf ("%s %s", xn_client_base (put->client), xn_item_id (put->resource, XN_LEVEL_RESOURCE));
        if (!xn_write_lock (put->runtime->writing, key, put->op, error))
            return FALSE;
        const gboolean ok = put_into (put, key, &early, error);
        xn_write_unlock (put->runtime->writing, key);
        if (!ok || !early)
            return ok;
        g_clear_pointer (&put->resource, g_free);
    }
}

static char *
put_run (Put *put, GError **error)
{
    GError *problem = NULL;
    g_autoptr (XnItem) container = put_find_container (put, &problem);
    if (problem != NULL) {
        g_propagate_error (error, problem);
        return NULL;
    }
    const gboolean ok = put->plan != NULL ? put_plan (put, container, error) : put_store (put, container, error);
    if (!ok)
        return NULL;
    if (put->plan == NULL)
        xn_op_set_phase (put->op, XN_PHASE_DONE);
    return put_final_url (put);
}

/* Adds to the error of a put what it has created all the same. */
static void
put_set_left_behind (const Put *put, GError *problem, GError **error)
{
    if (put->made->len > 0) {
        g_autofree char *message = g_steal_pointer (&problem->message);
        g_ptr_array_add (put->made, NULL);
        g_autofree char *names = g_strjoinv (", ", (char **)put->made->pdata);
        problem->message = g_strdup_printf ("%s; created on the way, and left there: %s", message, names);
    }
    g_propagate_error (error, problem);
}

char *
xn_put (XnRuntime *runtime, XnOp *op, const char *path, const char *text, XnPlan *plan, GError **error)
{
    g_auto (Put) put = {.runtime = runtime, .op = op, .plan = plan, .batch_weight = ARCHIVE_MAX_BYTES};
    put.url = xn_url_parse (text, error);
    if (put.url == NULL)
        return NULL;
    if (put.url->is_search) {
        xn_error_set (error, XN_ERROR_USAGE, "%s is a search; put needs a data URL that names one resource", text);
        return NULL;
    }
    /* A bad expression is the user's to mend, before anything is looked at. */
    g_autoptr (XnSelection) selection = xn_selection_new (put.url, error);
    if (selection == NULL || !put_look_at_files (&put, path, error))
        return NULL;
    put.client = xn_clients_get (runtime->clients, &put.url->server, op, error);
    if (put.client == NULL)
        return NULL;
    put.pool = xn_pool_new ();
    put.made = g_ptr_array_new_with_free_func (g_free);
    xn_client_hold (put.client);
    GError *problem = NULL;
    char *result = put_run (&put, &problem);
    xn_client_release (put.client);
    if (problem != NULL)
        put_set_left_behind (&put, problem, error);
    return result;
}
