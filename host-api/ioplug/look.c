/* SPDX-License-Identifier: Apache-2.0 */
/* What is there, without moving it. */
#include <string.h>

#include "item.h"
#include "look.h"
#include "messages.h"
#include "output.h"
#include "run-one.h"
#include "text.h"

enum { COLUMN_TYPE, COLUMN_FILES, COLUMN_BYTES, COLUMN_DATE, COLUMN_MD5, COLUMN_NAME, N_COLUMNS };

/* The cells of a long line; what is not known is "-". */
static void
make_cells (const IOItem *item, char *cells[N_COLUMNS])
{
    static const char *const names[] = {"type", "files", "bytes", "experiment_date", "md5"};
    g_autofree char *name = text_column (item->id != NULL ? item->id : item->value);
    g_autofree char *remarks = item_remarks (item);
    g_autofree char *shown = text_one_line (remarks);
    gboolean is_experiment = g_strcmp0 (item_attribute (item, "type"), "experiment") == 0;

    for (guint i = 0; i < COLUMN_NAME; i++) {
        const char *value = item_attribute (item, names[i]);
        gboolean other = i == COLUMN_DATE && !is_experiment;

        cells[i] = value != NULL && !other ? text_column (value) : g_strdup ("-");
    }
    cells[COLUMN_NAME] =
        g_strconcat (name, item_is_container (item) ? "/" : "", shown[0] != '\0' ? "  " : "", shown, NULL);
}

/* Numbers stand to the right. */
static void
write_row (char *const cells[N_COLUMNS], const int widths[N_COLUMNS])
{
    g_autoptr (GString) line = g_string_new (NULL);

    for (guint i = 0; i < N_COLUMNS; i++) {
        int room = widths[i] - text_width (cells[i]);
        gboolean is_number = i == COLUMN_FILES || i == COLUMN_BYTES;

        if (i > 0)
            g_string_append (line, "  ");
        if (is_number)
            g_string_append_printf (line, "%*s", room, "");
        g_string_append (line, cells[i]);
        if (!is_number && i < COLUMN_NAME)
            g_string_append_printf (line, "%*s", room, "");
    }
    output_line (line->str);
}

static void
write_long (const IOResult *result)
{
    g_autofree char **cells = g_new0 (char *, result->n_items *N_COLUMNS + 1);
    int widths[N_COLUMNS] = {0};

    for (size_t row = 0; row < result->n_items; row++) {
        make_cells (result->items[row], &cells[row * N_COLUMNS]);
        for (guint i = 0; i < COLUMN_NAME; i++)
            widths[i] = MAX (widths[i], text_width (cells[row * N_COLUMNS + i]));
    }
    for (size_t row = 0; row < result->n_items; row++)
        write_row (&cells[row * N_COLUMNS], widths);
    for (size_t i = 0; i < result->n_items * N_COLUMNS; i++)
        g_free (cells[i]);
}

static void
write_names (const IOResult *result)
{
    for (size_t i = 0; i < result->n_items; i++) {
        const IOItem *item = result->items[i];
        g_autofree char *name = text_column (item->id != NULL ? item->id : item->value);
        g_autofree char *line = g_strconcat (name, item_is_container (item) ? "/" : "", NULL);

        output_line (line);
    }
}

static int
list_one (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_LIST, .url = url, .flags = options->recursive ? IO_RECURSIVE : 0};
    g_auto (Outcome) outcome = run_one (options, host, &request);

    if (outcome.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
        return outcome.kind;
    }
    if (options->json)
        for (size_t i = 0; i < outcome.result->n_items; i++)
            output_item (outcome.result->items[i]);
    else if (options->long_form)
        write_long (outcome.result);
    else
        write_names (outcome.result);
    return IO_KIND_OK;
}

int
run_ls (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, list_one);
}

static void
write_attributes (const IOItem *item)
{
    g_autofree char *url = text_column (item->value);
    g_autofree char *first = g_strconcat ("url: ", url, NULL);

    output_line (first);
    for (const char *const *pair = item->attributes; pair != NULL && pair[0] != NULL; pair += 2) {
        g_autofree char *value = text_one_line (pair[1]);
        g_autofree char *line = g_strconcat (pair[0], ": ", value, NULL);

        output_line (line);
    }
}

static int
stat_one (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_STAT, .url = url, .flags = IO_WITH_MTIME};
    g_auto (Outcome) outcome = run_one (options, host, &request);

    if (outcome.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
        return outcome.kind;
    }
    if (options->json) {
        output_item (outcome.result->items[0]);
        return IO_KIND_OK;
    }
    if (url != options->arguments[0])
        output_line ("");
    write_attributes (outcome.result->items[0]);
    return IO_KIND_OK;
}

int
run_stat (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, stat_one);
}

/* What lies below a URL, added up. */
typedef struct {
    gint64 files, bytes;
    guint untold; /* how many do not tell */
} Usage;

static void
add_usage (Usage *usage, const IOItem *item)
{
    gint64 files = item_number (item, "files"), bytes = item_number (item, "bytes");

    if (!item_is_container (item) && files < 0)
        files = 1;
    if (files < 0 || bytes < 0) {
        usage->untold++;
        return;
    }
    if (usage->files <= G_MAXINT64 - files)
        usage->files += files;
    if (usage->bytes <= G_MAXINT64 - bytes)
        usage->bytes += bytes;
}

static void
write_usage (const Options *options, const Usage *usage, const char *url)
{
    g_autofree char *files = g_strdup_printf ("%" G_GINT64_FORMAT, usage->files);
    g_autofree char *bytes = g_strdup_printf ("%" G_GINT64_FORMAT, usage->bytes);

    if (usage->untold > 0) {
        g_autofree char *line = g_strdup_printf (
            "%s: %u of what is there is not told, or not to this login, and not counted", url, usage->untold);

        message_log (IO_LOG_WARNING, line);
    }
    if (options->json) {
        const char *const attributes[] = {"files", files, "bytes", bytes, NULL};

        output_item (&(IOItem){.value = url, .attributes = attributes});
    } else {
        g_autofree char *shown = text_column (url);
        g_autofree char *line = g_strjoin ("\t", bytes, files, shown, NULL);

        output_line (line);
    }
}

/* One list, whose items that tell their size count, and those that do not are looked into. */
static Outcome
add_below (const Options *options, const IOPluginHost *host, const char *url, gboolean is_top, Usage *usage)
{
    const Request request = {.verb = VERB_LIST, .url = url};
    g_auto (Outcome) outcome = run_one (options, host, &request);
    Outcome nothing_wrong = {0};

    /* What went meanwhile is nothing; what this login may not see is said to be left out. */
    if (!is_top && outcome.kind == IO_KIND_NOT_FOUND)
        return nothing_wrong;
    if (!is_top && outcome.kind == IO_KIND_AUTH) {
        usage->untold++;
        return nothing_wrong;
    }
    if (outcome.kind != IO_KIND_OK)
        return outcome_failed (outcome.kind, outcome.message);
    for (size_t i = 0; i < outcome.result->n_items; i++) {
        const IOItem *item = outcome.result->items[i];

        if (item_attribute (item, "bytes") != NULL || !item_is_container (item)) {
            add_usage (usage, item);
        } else {
            Outcome below = add_below (options, host, item->value, FALSE, usage);

            if (below.kind != IO_KIND_OK)
                return below;
        }
    }
    return nothing_wrong;
}

static int
usage_one (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_STAT, .url = url};
    g_auto (Outcome) itself = run_one (options, host, &request);
    g_auto (Outcome) below = {0};
    const IOItem *item;
    Usage usage = {0};

    if (itself.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, options->n_arguments > 1, &itself);
        return itself.kind;
    }
    item = itself.result->items[0];
    if (item_attribute (item, "bytes") != NULL || !item_is_container (item))
        add_usage (&usage, item);
    else
        below = add_below (options, host, item->value, TRUE, &usage);
    if (below.kind == IO_KIND_OK)
        write_usage (options, &usage, item->value);
    else
        run_one_tell (NULL, url, options->n_arguments > 1, &below);
    return below.kind;
}

int
run_du (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, usage_one);
}
