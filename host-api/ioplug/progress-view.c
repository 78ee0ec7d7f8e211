/* SPDX-License-Identifier: Apache-2.0 */
/* The line, out of parts that make room for each other. */
#include <string.h>

#include "progress-view.h"
#include "text.h"

/* Shorter names tell nobody anything. */
#define LEAST_NAME 8
/* For so long a server may work on an answer before that is worth a word. */
#define SILENCE_S 5

/* The parts, in the order in which they stand. */
enum {
    PART_ENTRIES,
    PART_ACTION,
    PART_NAME,
    PART_FILES,
    PART_BYTES,
    PART_SHARE,
    PART_NOTE,
    PART_RATE,
    PART_LEFT,
    N_PARTS
};

/* In the order in which they go. The share is never among them. */
static const guint expendable[] = {PART_NAME,   PART_RATE,  PART_FILES,   PART_LEFT,
                                   PART_ACTION, PART_BYTES, PART_ENTRIES, PART_NOTE};

/* A part, and what takes its place where room is short. */
typedef struct {
    char *text;       /* NULL: it is not there */
    char *short_form; /* NULL: there is none */
} Part;

gboolean
progress_view_all_known (const ProgressView *view)
{
    return view->entries_known >= view->entries;
}

static const char *
action_of (const ProgressView *view)
{
    gboolean moves = view->bytes_done > view->bytes_kept;

    if (view->stopping)
        return "stopping";
    if (view->failed)
        return "failed";
    switch (view->phase) {
    case IO_PHASE_RESOLVE:
        return "looking up";
    case IO_PHASE_COMPARE:
        /* Of several at a time it is the one that takes long that counts. */
        return view->entries > 1 && moves ? view->action : "comparing";
    case IO_PHASE_VERIFY:
        return "checking";
    case IO_PHASE_DONE:
        return "done";
    case IO_PHASE_TRANSFER:
        break;
    }
    return view->action;
}

static char *
time_text (double seconds)
{
    guint64 left = (guint64)(seconds + 0.5);

    if (left < 3600)
        return g_strdup_printf ("%d:%02d left", (int)(left / 60), (int)(left % 60));
    return g_strdup_printf ("%d:%02d:%02d left", (int)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
}

static void
add_bytes (const ProgressView *view, Part *parts)
{
    g_autofree char *done = text_size ((double)view->bytes_done);
    guint64 all = progress_view_all_known (view) ? view->bytes_total : view->bytes_expected;
    g_autofree char *total = text_size ((double)MAX (all, view->bytes_done));

    if (view->bytes_done == 0 && MAX (view->bytes_total, all) == 0)
        return;
    parts[PART_BYTES].text = all > 0 ? g_strdup_printf ("%s/%s", done, total) : g_strdup (done);
    parts[PART_BYTES].short_form = all > 0 ? g_strdup (done) : NULL;
}

static void
add_files (const ProgressView *view, Part *parts)
{
    /* Where there is no other number, this one stays. */
    Part *part = &parts[view->share < 0 && parts[PART_BYTES].text == NULL ? PART_BYTES : PART_FILES];

    if (view->files_total == 0)
        return;
    if (progress_view_all_known (view))
        part->text =
            g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " files", view->files_done, view->files_total);
    else
        part->text = g_strdup_printf ("%" G_GUINT64_FORMAT " files", view->files_done);
}

/* Why nothing moves, or how fast it does, and for how long. */
static void
add_pace (const ProgressView *view, Part *parts)
{
    g_autofree char *rate = text_size (MAX (view->rate, 0));

    if (view->wait_ms > 0) {
        guint seconds = (view->wait_ms + 999) / 1000;

        parts[PART_NOTE].text =
            g_strdup_printf ("waiting %u s for the server, try %u of %u", seconds, view->wait_try, view->wait_tries);
        parts[PART_NOTE].short_form =
            g_strdup_printf ("waiting %u s, try %u/%u", seconds, view->wait_try, view->wait_tries);
        return;
    }
    if (view->silent_s >= SILENCE_S && view->phase != IO_PHASE_DONE) {
        parts[PART_NOTE].text = g_strdup_printf ("no answer for %.0f s", view->silent_s);
        return;
    }
    if (view->rate >= 0 && view->bytes_done > view->bytes_kept)
        parts[PART_RATE].text = g_strdup_printf ("%s/s", rate);
    if (view->left_s >= 0 && view->left_s < 100 * 3600)
        parts[PART_LEFT].text = time_text (view->left_s);
}

static void
add_parts (const ProgressView *view, Part *parts)
{
    if (view->entries > 1)
        parts[PART_ENTRIES].text = g_strdup_printf ("[%u/%u]", view->entries_done, view->entries);
    parts[PART_ACTION].text = g_strdup (action_of (view));
    parts[PART_NAME].text = g_strdup (view->name);
    add_bytes (view, parts);
    add_files (view, parts);
    if (view->share >= 0)
        parts[PART_SHARE].text = g_strdup_printf ("%d%%", (int)(CLAMP (view->share, 0, 1) * 100));
    add_pace (view, parts);
}

static char *
join (const Part *parts)
{
    GString *line = g_string_new (NULL);

    for (guint i = 0; i < N_PARTS; i++)
        if (parts[i].text != NULL)
            g_string_append_printf (line, "%s%s", line->len == 0 ? "" : i == PART_NAME ? " " : "  ", parts[i].text);
    return g_string_free (line, FALSE);
}

static guint
count (const Part *parts)
{
    guint n = 0;

    for (guint i = 0; i < N_PARTS; i++)
        n += parts[i].text != NULL ? 1 : 0;
    return n;
}

/* Makes a part shorter by @excess columns if it is a name that has so many to give; else takes its short form, or at last all
 * of it away. */
static void
shorten (Part *part, gboolean is_name, int excess)
{
    g_autofree char *text = g_steal_pointer (&part->text);
    int room = text_width (text) - excess;

    if (is_name && room >= LEAST_NAME)
        part->text = text_cut (text, room);
    else
        part->text = g_steal_pointer (&part->short_form);
}

char *
progress_view_line (const ProgressView *view, int width)
{
    Part parts[N_PARTS] = {{NULL, NULL}};
    char *line;

    add_parts (view, parts);
    line = join (parts);
    for (guint i = 0; i < G_N_ELEMENTS (expendable);) {
        Part *part = &parts[expendable[i]];

        if (width < 0 || text_width (line) <= width)
            break;
        if (part->text == NULL || count (parts) == 1) {
            i++;
            continue;
        }
        shorten (part, expendable[i] == PART_NAME, text_width (line) - width);
        g_free (line);
        line = join (parts);
    }
    if (width >= 0 && text_width (line) > width) {
        g_autofree char *whole = line;

        line = text_cut (whole, width);
    }
    for (guint i = 0; i < N_PARTS; i++) {
        g_free (parts[i].text);
        g_free (parts[i].short_form);
    }
    return line;
}
