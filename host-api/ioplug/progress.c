/* SPDX-License-Identifier: Apache-2.0 */
/* Sums up the reports of all operations and draws them at a steady pace, so that a stalled transfer is seen to stall.
 * Must not know what is transferred. */
#include <string.h>

#include "cancel.h"
#include "messages.h"
#include "progress-pace.h"
#include "progress.h"
#include "screen.h"
#include "text.h"

#define REDRAW_US (G_TIME_SPAN_MILLISECOND * 200)
/* Where nothing can be erased, lines pile up; most looks lead to none. */
#define LOOK_US G_TIME_SPAN_SECOND

struct Progress {
    GMutex lock;
    GCond ended;
    GThread *thread; /* of the display; NULL: nothing is shown */
    GPtrArray *slots;
    gboolean stop;
    gboolean terminal;
    char *name;
    Pace pace;
    gint64 line_us; /* when the last line was written to a log */
    int line_percent;
    ProgressView past; /* what has ended */
    ProgressTally tally;
};

struct ProgressSlot {
    Progress *progress;
    guint entries; /* in all */
    guint ended;   /* of these */
    IOProgress last;
};

/* How many entries of an operation need not be waited for to know what there is in all. A plugin of before tells it of those
 * that have ended only. */
static guint
known_of (const ProgressSlot *slot)
{
    const gboolean one_known = slot->entries == 1 && slot->last.files_total > 0;

    return MIN (slot->entries,
                MAX (MAX ((guint)MIN (slot->last.urls_known, G_MAXUINT), slot->ended), one_known ? 1u : 0u));
}

static void
add_report (ProgressView *view, const IOProgress *report)
{
    view->bytes_done += report->bytes_done;
    view->bytes_kept += report->bytes_kept;
    view->bytes_total += MAX (report->bytes_total, report->bytes_done);
    view->files_done += report->files_done;
    view->files_total += MAX (report->files_total, report->files_done);
    if (report->wait_ms > 0) {
        view->wait_ms = report->wait_ms;
        view->wait_try = report->wait_try;
        view->wait_tries = report->wait_tries;
    }
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
        view.entries_done += slot->ended;
        view.entries_known += known_of (slot);
        if (slot->last.phase == IO_PHASE_TRANSFER || earliest == IO_PHASE_TRANSFER)
            earliest = IO_PHASE_TRANSFER;
        else
            earliest = MIN (earliest, slot->last.phase);
    }
    if (self->slots->len == 0 && view.entries_done < view.entries)
        earliest = IO_PHASE_RESOLVE;
    view.phase = earliest;
    view.stopping = cancel_requested ();
    pace_sample (&self->pace, &view, g_get_monotonic_time ());
    return view;
}

static void
write_log_line (Progress *self, const ProgressView *view)
{
    gint64 now = g_get_monotonic_time ();
    int percent = (int)(MAX (view->share, 0) * 100);
    g_autofree char *bar = NULL;
    g_autofree char *line = NULL;

    if (!self->stop && !pace_is_line_due (now - self->line_us, self->line_percent, percent))
        return;
    self->line_us = now;
    self->line_percent = percent;
    bar = progress_view_line (view, -1);
    line = g_strconcat ("ioplug: progress: ", bar, NULL);
    screen_print (line);
}

static void
draw (Progress *self)
{
    ProgressView view = sum_up (self);
    g_autofree char *line = NULL;

    if (!self->terminal) {
        write_log_line (self, &view);
        return;
    }
    /* The last column stays free: some terminals wrap when it is filled. */
    line = progress_view_line (&view, MAX (screen_width () - 1, 0));
    screen_set_bar (line);
}

static gpointer
run_display (gpointer data)
{
    Progress *self = data;
    gint64 pace = self->terminal ? REDRAW_US : LOOK_US;

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
progress_new (const Options *options, guint entries, const char *action, const char *name)
{
    Progress *self = g_new0 (Progress, 1);

    g_mutex_init (&self->lock);
    g_cond_init (&self->ended);
    self->slots = g_ptr_array_new ();
    self->terminal = screen_is_terminal ();
    self->name = name != NULL ? text_one_line (name) : NULL;
    self->line_us = g_get_monotonic_time ();
    pace_init (&self->pace, self->line_us);
    self->past = (ProgressView){.entries = entries, .action = action, .name = self->name};
    if (is_wanted (options, self->terminal))
        self->thread = g_thread_try_new ("progress", run_display, self, NULL);
    return self;
}

void
progress_expect (Progress *self, guint64 bytes)
{
    g_mutex_lock (&self->lock);
    self->past.bytes_expected = bytes;
    g_mutex_unlock (&self->lock);
}

ProgressTally
progress_tally (Progress *self)
{
    ProgressTally tally;

    g_mutex_lock (&self->lock);
    tally = self->tally;
    tally.all_known = progress_view_all_known (&self->past);
    g_mutex_unlock (&self->lock);
    return tally;
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
    if (self->thread != NULL && self->terminal)
        screen_set_bar (NULL);
    g_ptr_array_unref (self->slots);
    g_mutex_clear (&self->lock);
    g_cond_clear (&self->ended);
    g_free (self->name);
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
    g_mutex_unlock (&self->lock);
    return slot;
}

void
progress_count (ProgressSlot *slot)
{
    if (slot == NULL)
        return;
    g_mutex_lock (&slot->progress->lock);
    slot->ended++;
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

static void
add_to_tally (ProgressTally *tally, const IOProgress *last)
{
    tally->files_done += last->files_done;
    tally->files_total += last->files_total;
    tally->bytes_done += last->bytes_done;
}

void
progress_close (ProgressSlot *slot, gboolean well)
{
    Progress *self;

    if (slot == NULL)
        return;
    self = slot->progress;
    g_mutex_lock (&self->lock);
    add_to_tally (&self->tally, &slot->last);
    self->past.entries_known += cancel_requested () ? known_of (slot) : slot->entries;
    self->past.entries_done += slot->entries;
    /* What a failed operation left undone will not come any more; where it was the only one, that is what there is to tell. */
    self->past.failed = !well && self->past.entries <= 1;
    if (!self->past.failed) {
        slot->last.bytes_total = slot->last.bytes_done;
        slot->last.files_total = slot->last.files_done;
    }
    slot->last.wait_ms = 0;
    add_report (&self->past, &slot->last);
    g_ptr_array_remove_fast (self->slots, slot);
    g_mutex_unlock (&self->lock);
    g_free (slot);
}
