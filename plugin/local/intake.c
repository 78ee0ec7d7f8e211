/* SPDX-License-Identifier: Apache-2.0 */
/* Two batches take turns: while one is filled, the other is checked and written. A transfer that is slow, or stands still,
 * does not keep what has come out of its place: after a moment the batch is worked on as far as it is filled. */
#include "local/intake.h"

#include "base/sync.h"
#include "local/md5-many.h"

enum {
    CAPACITY = 4 * XN_INTAKE_MAX, /* enough of slices of half a megabyte, the usual ones, to be checked side by side */
    MAX_FILES = 16 * XN_MD5_LANES,
    PATIENCE_MS = 200,
};

/* Who fills it appends, and reads what it has appended without the mutex. */
typedef struct {
    guint8 *bytes; /* (owned) (nullable) of CAPACITY */
    gsize used;
    XnIntakeFile files[MAX_FILES];
    XnMd5Text texts[MAX_FILES];
    guint n_files;   /* [mutex] */
    guint n_settled; /* [mutex] the first of them */
} Batch;

struct XnIntake {
    XnIntakeWriteFunc write;
    XnOp *op;
    XnIntakeFunc settled;
    gpointer data;
    Batch batches[2];
    gboolean has_thread, no_thread;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    Batch *filling; /* [mutex] */
    Batch *full;    /* [mutex] (nullable) the other one, until it is settled */
    gboolean quit;  /* [mutex] */
    GError *error;  /* [mutex] (nullable) the first failure */
};

XnIntake *
xn_intake_new (XnIntakeWriteFunc write, XnOp *op, XnIntakeFunc settled, gpointer data)
{
    XnIntake *intake = g_new0 (XnIntake, 1);
    intake->write = write;
    intake->op = op;
    intake->settled = settled;
    intake->data = data;
    intake->filling = &intake->batches[0];
    pthread_mutex_init (&intake->mutex, NULL);
    xn_cond_init (&intake->changed);
    return intake;
}

/* A server lists digests for all files of a resource, or for none. */
static gboolean
any_has_md5 (const XnIntakeFile *files, guint n_files)
{
    for (guint i = 0; i < n_files; i++)
        if (files[i].md5 != NULL)
            return TRUE;
    return FALSE;
}

static gboolean
settle_files (XnIntake *intake, const XnIntakeFile *files, XnMd5Text *texts, guint n_files, GError **error)
{
    if (any_has_md5 (files, n_files))
        xn_md5_many (texts, n_files);
    for (guint i = 0; i < n_files; i++) {
        if (!xn_op_check (intake->op, error))
            return FALSE;
        const gboolean right = files[i].md5 == NULL || g_str_equal (files[i].md5, texts[i].md5);
        if (right && !intake->write (&files[i], texts[i].bytes, texts[i].size, intake->data, error))
            return FALSE;
        intake->settled (files[i].item, right, intake->data);
    }
    return TRUE;
}

/* Settles what is in the batch by now. The mutex is held, but for the work itself. */
static void
work_off (XnIntake *intake, Batch *batch)
{
    const guint first = batch->n_settled, end = batch->n_files;
    GError *problem = NULL;
    if (intake->error == NULL) {
        pthread_mutex_unlock (&intake->mutex);
        settle_files (intake, batch->files + first, batch->texts + first, end - first, &problem);
        pthread_mutex_lock (&intake->mutex);
        intake->error = problem;
    }
    batch->n_settled = end;
    if (batch != intake->full || batch->n_files > end)
        return;
    batch->used = 0;
    batch->n_files = batch->n_settled = 0;
    intake->full = NULL;
    pthread_cond_broadcast (&intake->changed);
}

static void *
run (void *data)
{
    XnIntake *intake = data;
    XN_LOCKED (&intake->mutex);
    for (;;) {
        if (intake->quit)
            return NULL;
        if (intake->full != NULL)
            work_off (intake, intake->full);
        else if (!xn_cond_wait_ms (&intake->changed, &intake->mutex, PATIENCE_MS) && intake->full == NULL)
            work_off (intake, intake->filling);
    }
}

void
xn_intake_free (XnIntake *intake)
{
    if (intake == NULL)
        return;
    if (intake->has_thread) {
        pthread_mutex_lock (&intake->mutex);
        intake->quit = TRUE;
        pthread_cond_broadcast (&intake->changed);
        pthread_mutex_unlock (&intake->mutex);
        pthread_join (intake->thread, NULL);
    }
    for (guint i = 0; i < G_N_ELEMENTS (intake->batches); i++)
        g_free (intake->batches[i].bytes);
    g_clear_error (&intake->error);
    pthread_cond_destroy (&intake->changed);
    pthread_mutex_destroy (&intake->mutex);
    g_free (intake);
}

/* Waits until no batch is full. The mutex is held, but not while asking the operation. */
static gboolean
wait_for_thread (XnIntake *intake, GError **error)
{
    while (intake->full != NULL) {
        xn_cond_wait_ms (&intake->changed, &intake->mutex, XN_OP_TICK_MS);
        pthread_mutex_unlock (&intake->mutex);
        const gboolean go_on = xn_op_check (intake->op, error);
        pthread_mutex_lock (&intake->mutex);
        if (!go_on)
            return FALSE;
    }
    return TRUE;
}

/* Goes on with the other batch, once that is empty. Without a thread the caller does the work. */
static gboolean
turn (XnIntake *intake, GError **error)
{
    XN_LOCKED (&intake->mutex);
    if (!wait_for_thread (intake, error))
        return FALSE;
    intake->full = intake->filling;
    intake->filling = intake->full == &intake->batches[0] ? &intake->batches[1] : &intake->batches[0];
    if (intake->has_thread)
        pthread_cond_broadcast (&intake->changed);
    else
        work_off (intake, intake->full);
    return TRUE;
}

guint8 *
xn_intake_room (XnIntake *intake, gsize size, GError **error)
{
    const gboolean is_full = intake->filling->n_files == MAX_FILES || intake->filling->used + size > CAPACITY;
    if (is_full && !turn (intake, error))
        return NULL;
    if (!intake->has_thread && !intake->no_thread) {
        intake->has_thread = xn_thread_start (&intake->thread, run, intake);
        intake->no_thread = !intake->has_thread;
    }
    Batch *batch = intake->filling;
    if (batch->bytes == NULL)
        batch->bytes = g_malloc (CAPACITY);
    return batch->bytes + batch->used;
}

/* The mutex is held. */
static gboolean
is_well (const XnIntake *intake, GError **error)
{
    if (intake->error == NULL)
        return TRUE;
    if (error != NULL)
        *error = g_error_copy (intake->error);
    return FALSE;
}

gboolean
xn_intake_add (XnIntake *intake, const XnIntakeFile *file, gsize size, GError **error)
{
    XN_LOCKED (&intake->mutex);
    Batch *batch = intake->filling;
    batch->files[batch->n_files] = *file;
    batch->texts[batch->n_files++] = (XnMd5Text){.bytes = batch->bytes + batch->used, .size = size};
    batch->used += size;
    return is_well (intake, error);
}

gboolean
xn_intake_settle (XnIntake *intake, GError **error)
{
    if (intake->filling->n_files > 0 && !turn (intake, error))
        return FALSE;
    XN_LOCKED (&intake->mutex);
    return wait_for_thread (intake, error) && is_well (intake, error);
}
