/* SPDX-License-Identifier: Apache-2.0 */
/* Sums up the reports of all operations and draws them at a steady pace, so that a stalled transfer is seen to stall.
 * Must not know what is transferred. */
#include "messages.h"
#include "progress.h"
#include "screen.h"
#include "text.h"

#define REDRAW_US (G_TIME_SPAN_MILLISECOND * 200)
/* Where nothing can be erased, lines pile up. */
#define REPRINT_US (G_TIME_SPAN_SECOND * 5)
#define RATE_SECONDS 3.0

struct Progress {
    GMutex lock;
    GCond ended;
    GThread *thread;
    GPtrArray *slots;
    gboolean stop;
    gboolean terminal;
    gint64 sampled_at;
    guint64 sampled_bytes;
    guint opened;
    ProgressView past;
};

struct ProgressSlot {
    Progress *progress;
    guint entries; /* that have not ended */
    IOProgress last;
};

static void
append_part (GString *line, const char *part)
{
    g_string_append_printf (line, "%s%s", line->len > 0 ? "  " : "", part);
}

static void
append_bytes (GString *line, const ProgressView *view)
{
    g_autofree char *done = text_size ((double)view->bytes_done);
    g_autofree char *total = text_size ((double)view->bytes_total);
    g_autofree char *part = NULL;

    if (view->bytes_total == 0)
        part = g_strdup (done);
    else
        part = g_strdup_printf ("%s/%s  %.0f%%", done, total,
                                100.0 * (double)MIN (view->bytes_done, view->bytes_total) / (double)view->bytes_total);
    append_part (line, part);
}

static void
append_rate (GString *line, const ProgressView *view)
{
    g_autofree char *rate = text_size (view->rate);
    g_autofree char *part = g_strdup_printf ("%s/s", rate);
    guint64 left;

    append_part (line, part);
    if (!view->all_known || view->rate < 1.0 || view->bytes_total <= view->bytes_done)
        return;
    left = (guint64)((double)(view->bytes_total - view->bytes_done) / view->rate);
    if (left < 100 * 3600)
        g_string_append_printf (line, "  ETA %d:%02d:%02d", (int)(left / 3600), (int)(left / 60 % 60),
                                (int)(left % 60));
}

char *
progress_compose (const ProgressView *view, int width)
{
    static const char *const phases[] = {"resolve", "compare", "transfer", "verify", "done"};
    GString *line = g_string_new (NULL);

    if (view->entries > 1)
        g_string_append_printf (line, "[%u/%u]", view->entries_done, view->entries);
    append_part (line, phases[MIN ((guint)view->phase, G_N_ELEMENTS (phases) - 1)]);
    if (view->files_total > 0)
        g_string_append_printf (line, "  %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " files", view->files_done,
                                view->files_total);
    if (view->bytes_total > 0 || view->bytes_done > 0) {
        append_bytes (line, view);
        append_rate (line, view);
    }
    if (width >= 0 && line->len > (gsize)width)
        g_string_truncate (line, (gsize)width);
    return g_string_free (line, FALSE);
}

static void
add_report (ProgressView *view, const IOProgress *report)
{
    view->bytes_done += report->bytes_done;
    view->bytes_total += MAX (report->bytes_total, report->bytes_done);
    view->files_done += report->files_done;
    view->files_total += MAX (report->files_total, report->files_done);
}

/* The phase shown is the one that moves bytes, if any does, else the earliest. */
static ProgressView
sum_up (Progress *self)
{
    ProgressView view = self->past;
    IOPhase earliest = IO_PHASE_DONE;

    for (guint i = 0; i < self->slots->len; i++) {
        const ProgressSlot *slot = self->slots->pdata[i];

        add_report (&view, &slot->last);
        if (slot->last.phase == IO_PHASE_TRANSFER || earliest == IO_PHASE_TRANSFER)
            earliest = IO_PHASE_TRANSFER;
        else
            earliest = MIN (earliest, slot->last.phase);
    }
    view.phase = earliest;
    view.all_known = self->opened >= view.entries;
    return view;
}

static void
sample_rate (Progress *self, const ProgressView *view)
{
    gint64 now = g_get_monotonic_time ();
    double seconds = (double)(now - self->sampled_at) / G_USEC_PER_SEC;
    double current;

    if (seconds < 0.05)
        return;
    current = view->bytes_done > self->sampled_bytes ? (double)(view->bytes_done - self->sampled_bytes) / seconds : 0;
    self->past.rate += (current - self->past.rate) * (seconds / (seconds + RATE_SECONDS));
    self->sampled_at = now;
    self->sampled_bytes = view->bytes_done;
}

static void
draw (Progress *self)
{
    ProgressView view = sum_up (self);
    g_autofree char *line = NULL;

    sample_rate (self, &view);
    view.rate = self->past.rate;
    if (self->terminal) {
        /* The last column stays free: some terminals wrap when it is filled. */
        line = progress_compose (&view, screen_width () - 1);
        screen_set_bar (line);
    } else {
        g_autofree char *bar = progress_compose (&view, -1);

        line = g_strconcat ("ioplug: progress: ", bar, NULL);
        screen_print (line);
    }
}

static gpointer
run_display (gpointer data)
{
    Progress *self = data;
    gint64 pace = self->terminal ? REDRAW_US : REPRINT_US;

    g_mutex_lock (&self->lock);
    while (!self->stop) {
        draw (self);
        g_cond_wait_until (&self->ended, &self->lock, g_get_monotonic_time () + pace);
    }
    draw (self);
    g_mutex_unlock (&self->lock);
    return NULL;
}

static gboolean
is_wanted (const Options *options, gboolean terminal)
{
    if (options->progress == PROGRESS_AUTO)
        return terminal && options->level > IO_LOG_ERROR;
    return options->progress == PROGRESS_ALWAYS;
}

Progress *
progress_new (const Options *options, guint entries)
{
    gboolean terminal = screen_is_terminal ();
    Progress *self;

    if (!is_wanted (options, terminal))
        return NULL;
    self = g_new0 (Progress, 1);
    g_mutex_init (&self->lock);
    g_cond_init (&self->ended);
    self->slots = g_ptr_array_new ();
    self->terminal = terminal;
    self->sampled_at = g_get_monotonic_time ();
    self->past.entries = entries;
    self->thread = g_thread_try_new ("progress", run_display, self, NULL);
    if (self->thread == NULL)
        progress_free (g_steal_pointer (&self));
    return self;
}

void
progress_free (Progress *self)
{
    if (self == NULL)
        return;
    g_mutex_lock (&self->lock);
    self->stop = TRUE;
    g_cond_signal (&self->ended);
    g_mutex_unlock (&self->lock);
    if (self->thread != NULL)
        g_thread_join (self->thread);
    if (self->terminal)
        screen_set_bar (NULL);
    g_ptr_array_unref (self->slots);
    g_mutex_clear (&self->lock);
    g_cond_clear (&self->ended);
    g_free (self);
}

ProgressSlot *
progress_open (Progress *self)
{
    return progress_open_many (self, 1);
}

ProgressSlot *
progress_open_many (Progress *self, guint entries)
{
    ProgressSlot *slot;

    if (self == NULL)
        return NULL;
    slot = g_new0 (ProgressSlot, 1);
    slot->progress = self;
    slot->entries = entries;
    g_mutex_lock (&self->lock);
    g_ptr_array_add (self->slots, slot);
    self->opened += entries;
    g_mutex_unlock (&self->lock);
    return slot;
}

void
progress_count (ProgressSlot *slot)
{
    if (slot == NULL)
        return;
    g_mutex_lock (&slot->progress->lock);
    slot->entries--;
    slot->progress->past.entries_done++;
    g_mutex_unlock (&slot->progress->lock);
}

void
progress_report (ProgressSlot *slot, const IOProgress *report)
{
    if (slot == NULL)
        return;
    g_mutex_lock (&slot->progress->lock);
    memcpy (&slot->last, report, MIN (report->struct_size, sizeof slot->last));
    g_mutex_unlock (&slot->progress->lock);
}

void
progress_close (ProgressSlot *slot)
{
    Progress *self;

    if (slot == NULL)
        return;
    self = slot->progress;
    g_mutex_lock (&self->lock);
    /* What a failed operation left undone will not come any more. */
    slot->last.bytes_total = slot->last.bytes_done;
    slot->last.files_total = slot->last.files_done;
    add_report (&self->past, &slot->last);
    self->past.entries_done += slot->entries;
    g_ptr_array_remove_fast (self->slots, slot);
    g_mutex_unlock (&self->lock);
    g_free (slot);
}
