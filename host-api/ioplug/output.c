/* SPDX-License-Identifier: Apache-2.0 */
/* Results as lines. The only file that writes to standard output. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kinds.h"
#include "output.h"
#include "screen.h"
#include "text.h"

/* Enough for the line of nearly every item. */
#define ROOM 1024

static gboolean as_json;
/* A terminal takes each line at once, and may show the bar. */
static gboolean on_terminal;
static int first_errno;
static gboolean wants_reader;

void
output_init (gboolean json)
{
    as_json = json;
    on_terminal = isatty (STDOUT_FILENO);
}

void
output_want_reader (void)
{
    wants_reader = TRUE;
}

static void
note_loss (gboolean lost)
{
    if (lost && first_errno == 0)
        first_errno = errno != 0 ? errno : EIO;
}

static void
write_line (const char *line)
{
    if (on_terminal)
        screen_pause ();
    errno = 0;
    note_loss (fputs (line, stdout) == EOF || putc ('\n', stdout) == EOF);
    if (on_terminal)
        screen_resume ();
}

void
output_line (const char *line)
{
    write_line (line);
}

gboolean
output_bytes (const void *bytes, gsize size)
{
    errno = 0;
    note_loss (fwrite (bytes, 1, size, stdout) != size);
    return first_errno == 0;
}

static void
write_object (GString *object)
{
    g_string_append_c (object, '}');
    write_line (object->str);
}

void
output_item (const IOItem *item)
{
    const char *id = item->id != NULL ? item->id : "";

    if (as_json) {
        g_autoptr (GString) object = g_string_sized_new (ROOM);

        g_string_append_c (object, '{');
        text_append_member (object, "id", id, FALSE);
        text_append_member (object, "url", item->value, FALSE);
        for (const char *const *pair = item->attributes; pair != NULL && pair[0] != NULL; pair += 2) {
            static const char *const numbers[] = {"files", "bytes", "mtime", NULL};
            gboolean number = g_ascii_isdigit (pair[1][0]) && g_strv_contains (numbers, pair[0]);

            /* A second member of one name would hide the first. */
            if (strcmp (pair[0], "id") != 0 && strcmp (pair[0], "url") != 0)
                text_append_member (object, pair[0], pair[1], number);
        }
        write_object (object);
    } else {
        g_autoptr (GString) line = g_string_sized_new (ROOM);

        text_append_column (line, id);
        g_string_append_c (line, '\t');
        text_append_column (line, item->value);
        write_line (line->str);
    }
}

void
output_fetched (const char *id, const char *url, const char *path)
{
    if (as_json) {
        g_autoptr (GString) object = g_string_new ("{");

        text_append_member (object, "id", id, FALSE);
        text_append_member (object, "url", url, FALSE);
        text_append_member (object, "path", path, FALSE);
        write_object (object);
    } else {
        g_autofree char *column = id != NULL ? text_column (id) : NULL;
        g_autofree char *shown = text_column (path);
        g_autofree char *line = id != NULL ? g_strconcat (column, "\t", shown, NULL) : g_strdup (shown);

        write_line (line);
    }
}

static void
output_step_object (const char *id, const PlanStep *step, const char *bytes)
{
    g_autoptr (GString) object = g_string_new ("{");

    text_append_member (object, "action", plan_action_name (step->action), FALSE);
    if (id != NULL)
        text_append_member (object, "id", id, FALSE);
    if (step->bytes >= 0)
        text_append_member (object, "bytes", bytes, TRUE);
    if (step->url != NULL)
        text_append_member (object, "url", step->url, FALSE);
    if (step->path != NULL)
        text_append_member (object, "path", step->path, FALSE);
    if (step->type != NULL)
        text_append_member (object, "type", step->type, FALSE);
    write_object (object);
}

void
output_plan (const char *id, const GPtrArray *plan, gboolean of_put)
{
    for (guint i = 0; i < plan->len; i++) {
        const PlanStep *step = g_ptr_array_index (plan, i);
        g_autofree char *bytes = step->bytes >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, step->bytes) : g_strdup ("-");
        const char *first = of_put ? step->url : step->path, *second = of_put ? step->path : step->url;
        const char *what = first != NULL ? first : second;
        g_autofree char *shown = text_column (what != NULL ? what : "");
        g_autofree char *line = g_strjoin ("\t", plan_action_name (step->action), bytes, shown, step->type, NULL);

        if (as_json)
            output_step_object (id, step, bytes);
        else
            write_line (line);
    }
}

void
output_put (const char *path, const char *url)
{
    if (as_json) {
        g_autoptr (GString) object = g_string_new ("{");

        text_append_member (object, "path", path, FALSE);
        text_append_member (object, "url", url, FALSE);
        write_object (object);
    } else {
        g_autofree char *shown = text_column (url);

        write_line (shown);
    }
}

void
output_removed (const char *url, const char *files)
{
    if (as_json) {
        g_autoptr (GString) object = g_string_new ("{");

        text_append_member (object, "url", url, FALSE);
        if (files != NULL)
            text_append_member (object, "files", files, TRUE);
        write_object (object);
    } else {
        g_autofree char *shown = text_column (url);

        write_line (shown);
    }
}

void
output_failed (const char *id, const char *path, const char *url, int kind, const char *message)
{
    g_autoptr (GString) object = NULL;
    g_autofree char *shown = NULL;

    if (!as_json)
        return;
    object = g_string_new ("{");
    shown = text_without_password (url);
    if (id != NULL)
        text_append_member (object, "id", id, FALSE);
    if (path != NULL)
        text_append_member (object, "path", path, FALSE);
    text_append_member (object, "url", shown, FALSE);
    text_append_member (object, "error", message, FALSE);
    text_append_member (object, "kind", kind_name (kind), FALSE);
    write_object (object);
}

void
output_plugin (const IOPlugin *plugin, const char *file)
{
    g_autofree char *schemes = g_strjoinv (",", (char **)plugin->schemes);

    if (as_json) {
        g_autoptr (GString) object = g_string_new ("{");

        text_append_member (object, "name", plugin->name, FALSE);
        text_append_member (object, "version", plugin->version, FALSE);
        g_string_append (object, ",\"schemes\":[");
        for (const char *const *scheme = plugin->schemes; *scheme != NULL; scheme++) {
            if (scheme != plugin->schemes)
                g_string_append_c (object, ',');
            text_append_json (object, *scheme);
        }
        g_string_append_c (object, ']');
        text_append_member (object, "file", file, FALSE);
        write_object (object);
    } else {
        g_autofree char *line = g_strjoin ("\t", plugin->name, plugin->version, schemes, file, NULL);

        write_line (line);
    }
}

/* A state that this command does not know may matter. */
static const char *
state_name (IOFindingState state)
{
    switch (state) {
    case IO_FINDING_OK:
        return "ok";
    case IO_FINDING_FAILED:
        return "failed";
    case IO_FINDING_SKIPPED:
        return "skipped";
    case IO_FINDING_WARNING:
        break;
    }
    return "warning";
}

void
output_finding (const IOFinding *finding)
{
    const char *state = state_name (finding->state);

    if (as_json) {
        g_autoptr (GString) object = g_string_new ("{");

        text_append_member (object, "step", finding->step, FALSE);
        text_append_member (object, "state", state, FALSE);
        text_append_member (object, "text", finding->text, FALSE);
        if (finding->advice != NULL)
            text_append_member (object, "advice", finding->advice, FALSE);
        if (finding->kind != IO_KIND_OK)
            text_append_member (object, "kind", kind_name (finding->kind), FALSE);
        write_object (object);
    } else {
        g_autofree char *text = text_one_line (finding->text);
        g_autofree char *line = g_strdup_printf ("%-11s  %-7s  %s", finding->step, state, text);

        write_line (line);
        if (finding->advice != NULL) {
            g_autofree char *advice = text_one_line (finding->advice);
            g_autofree char *below = g_strdup_printf ("%22s-> %s", "", advice);

            write_line (below);
        }
    }
    /* What comes next may take long. */
    errno = 0;
    note_loss (fflush (stdout) == EOF);
}

gboolean
output_flush (GError **error)
{
    errno = 0;
    note_loss (fflush (stdout) == EOF);
    if (first_errno == 0)
        return TRUE;
    if (first_errno == EPIPE && !wants_reader)
        g_set_error_literal (error, IOPLUG_ERROR, IO_KIND_IO, "");
    else
        g_set_error (error, IOPLUG_ERROR, IO_KIND_IO, "writing to standard output: %s", g_strerror (first_errno));
    return FALSE;
}

void
output_text (const char *text)
{
    errno = 0;
    note_loss (fputs (text, stdout) == EOF);
}
