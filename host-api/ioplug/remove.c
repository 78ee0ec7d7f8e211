/* SPDX-License-Identifier: Apache-2.0 */
/* Removing, with a question before it. */
#include <unistd.h>
#include "cancel.h"
#include "item.h"
#include "messages.h"
#include "output.h"
#include "remove.h"
#include "run-one.h"
#include "screen.h"
#include "text.h"

/* "resource, 12 files, 3.4 MB: URL" */
static char *
describe (const IOItem *item)
{
    const char *type = item_attribute (item, "type");
    gint64 files = item_number (item, "files"), bytes = item_number (item, "bytes");
    g_autofree char *url = text_one_line (item->value);
    GString *out = g_string_new (type != NULL ? type : "item");

    if (item_is_container (item) && files >= 0)
        g_string_append_printf (out, ", %" G_GINT64_FORMAT " file%s", files, files == 1 ? "" : "s");
    if (bytes >= 0) {
        g_autofree char *size = text_size ((double)bytes);

        g_string_append_printf (out, ", %s", size);
    }
    g_string_append_printf (out, ": %s", url);
    return g_string_free (out, FALSE);
}

/* Asks on the terminal; what is not a clear yes is a no. */
static gboolean
is_confirmed (const char *what)
{
    g_autofree char *question = g_strdup_printf ("ioplug: remove %s? [y/N] ", what);
    char answer[16];
    gssize length;

    screen_ask (question);
    if (!cancel_wait_readable (STDIN_FILENO))
        return FALSE;
    length = read (STDIN_FILENO, answer, sizeof answer - 1);
    answer[MAX (length, 0)] = '\0';
    g_strstrip (answer);
    return g_ascii_strcasecmp (answer, "y") == 0 || g_ascii_strcasecmp (answer, "yes") == 0;
}

/* What no plugin removes is not asked about either. */
static gboolean
is_removable (const IOItem *item)
{
    static const char *const types[] = {"file", "directory", "resource", NULL};
    const char *type = item_attribute (item, "type");

    return type == NULL || g_strv_contains (types, type);
}

static void
tell_dry (const Options *options, const IOItem *item, const char *what)
{
    g_autofree char *line = g_strdup_printf ("would remove %s", what);

    if (options->json)
        output_item (item);
    else
        output_line (line);
}

/* Whether to go on; *@kind is what becomes of the URL if not. */
static gboolean
may_remove (const Options *options, const IOItem *item, int *kind)
{
    g_autofree char *what = describe (item);

    if (!is_removable (item)) {
        *kind = IO_KIND_USAGE;
        message_error (*kind, "rm removes files, directories and resources, and this is none: %s", what);
        return FALSE;
    }
    *kind = IO_KIND_OK;
    if (options->dry_run) {
        tell_dry (options, item, what);
        return FALSE;
    }
    if (options->yes || is_confirmed (what))
        return TRUE;
    *kind = IO_KIND_CANCELLED;
    message_error (*kind, "not removed: %s", what);
    return FALSE;
}

static int
remove_one (const Options *options, const IOPluginHost *host, const char *url)
{
    Request request = {.verb = VERB_STAT, .url = url};
    g_auto (Outcome) found = run_one (options, host, &request);
    g_auto (Outcome) gone = {0};
    int kind;

    if (found.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, options->n_arguments > 1, &found);
        return found.kind;
    }
    if (!may_remove (options, found.result->items[0], &kind) || cancel_requested ())
        return cancel_requested () ? IO_KIND_CANCELLED : kind;
    request = (Request){.verb = VERB_REMOVE, .url = url};
    gone = run_one (options, host, &request);
    if (gone.kind == IO_KIND_OK)
        output_removed (gone.result->items[0]->value, item_attribute (gone.result->items[0], "files"));
    else
        run_one_tell (NULL, url, options->n_arguments > 1, &gone);
    return gone.kind;
}

int
run_rm (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, remove_one);
}
