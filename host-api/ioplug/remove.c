/* SPDX-License-Identifier: Apache-2.0 */
/* Removing, with a question before it. */
#include <string.h>
#include <unistd.h>
#include "cancel.h"
#include "item.h"
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
    char answer[16] = "", rest[64];
    gssize length;

    screen_ask (question);
    if (!cancel_wait_readable (STDIN_FILENO))
        return FALSE;
    /* What follows on the line is no answer to the next question. */
    do {
        length = read (STDIN_FILENO, rest, sizeof rest - 1);
        rest[MAX (length, 0)] = '\0';
        g_strlcat (answer, rest, sizeof answer);
    } while (length > 0 && strchr (rest, '\n') == NULL && cancel_wait_readable (STDIN_FILENO));
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

static int
tell (const Options *options, const char *url, int kind, const char *why, const char *what)
{
    g_autofree char *message = g_strdup_printf ("%s: %s", why, what);
    g_auto (Outcome) outcome = outcome_failed (kind, message);

    run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
    return kind;
}

/* While somebody thinks about the question, the URL may come to name another thing than was shown. */
static gboolean
is_still (const Options *options, const IOPluginHost *host, const char *url, const char *what)
{
    const Request request = {.verb = VERB_STAT, .url = url};
    g_auto (Outcome) now = run_one (options, host, &request);
    g_autofree char *shown = now.kind == IO_KIND_OK ? describe (now.result->items[0]) : NULL;

    return g_strcmp0 (shown, what) == 0;
}

static int
remove_item (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_REMOVE, .url = url};
    g_auto (Outcome) gone = run_one (options, host, &request);

    if (gone.kind == IO_KIND_OK)
        output_removed (gone.result->items[0]->value, item_attribute (gone.result->items[0], "files"));
    else
        run_one_tell (NULL, url, options->n_arguments > 1, &gone);
    return gone.kind;
}

/* Tells why the plugin would not remove it: the kind, or IO_KIND_OK. One that cannot tell is not asked. */
static int
refusal (const Options *options, const IOPluginHost *host, const char *url)
{
    const IOPlugin *plugin = io_host_find (host, url, NULL);
    const Request request = {.verb = VERB_PLAN_REMOVE, .url = url};
    g_auto (Outcome) outcome = {0};

    if (plugin == NULL || plugin->plan_remove == NULL)
        return IO_KIND_OK;
    outcome = run_one (options, host, &request);
    if (outcome.kind != IO_KIND_OK)
        run_one_tell (NULL, url, options->n_arguments > 1, &outcome);
    return outcome.kind;
}

static int
remove_one (const Options *options, const IOPluginHost *host, const char *url)
{
    const Request request = {.verb = VERB_STAT, .url = url};
    g_auto (Outcome) found = run_one (options, host, &request);
    g_autofree char *what = NULL;
    const IOItem *item;
    int kind;

    if (found.kind != IO_KIND_OK) {
        run_one_tell (NULL, url, options->n_arguments > 1, &found);
        return found.kind;
    }
    item = found.result->items[0];
    what = describe (item);
    if (!is_removable (item))
        return tell (options, url, IO_KIND_USAGE, "rm removes files, directories and resources, and this is none",
                     what);
    kind = !options->yes || options->dry_run ? refusal (options, host, url) : IO_KIND_OK;
    if (kind != IO_KIND_OK)
        return kind;
    if (options->dry_run) {
        tell_dry (options, item, what);
        return IO_KIND_OK;
    }
    if (!options->yes && !is_confirmed (what))
        return tell (options, url, IO_KIND_CANCELLED, "not removed", what);
    if (!options->yes && !is_still (options, host, url, what))
        return tell (options, url, IO_KIND_CONFLICT, "not removed, as the URL names something else by now", what);
    return remove_item (options, host, url);
}

int
run_rm (const Options *options, const IOPluginHost *host)
{
    return run_one_by_one (options, host, remove_one);
}
