/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to standard output. */
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "kinds.h"
#include "output.h"
#include "run-one.h"

gboolean
cat_read_range (const char *text, guint64 *out_offset, guint64 *out_length, GError **error)
{
    const char *dash = text != NULL ? strchr (text, '-') : NULL;
    g_autofree char *from = dash != NULL ? g_strndup (text, (gsize)(dash - text)) : NULL;
    guint64 last = 0;

    *out_offset = 0;
    *out_length = UINT64_MAX;
    if (text == NULL)
        return TRUE;
    if (dash != NULL && g_ascii_string_to_unsigned (from, 10, 0, G_MAXINT64, out_offset, NULL)) {
        if (dash[1] == '\0')
            return TRUE;
        if (g_ascii_string_to_unsigned (dash + 1, 10, *out_offset, G_MAXINT64, &last, NULL)) {
            *out_length = last - *out_offset + 1;
            return TRUE;
        }
    }
    g_set_error (error, IOPLUG_ERROR, IO_KIND_USAGE,
                 "--range wants FROM-TO, the first and the last byte counted from 0, or FROM-, not '%s'", text);
    return FALSE;
}

/* What a read is handed: where standard output is lost, nothing more is wanted. */
static int
write_bytes (void *data, const void *bytes, size_t size)
{
    gboolean *lost = data;

    *lost = !output_bytes (bytes, size);
    return *lost;
}

int
run_cat (const Options *options, const IOPluginHost *host)
{
    const char *url = options->arguments[0];
    Options shown = *options;
    gboolean lost = FALSE;
    Request request = {.verb = VERB_READ, .url = url, .take = write_bytes, .take_data = &lost};
    g_auto (Outcome) outcome = {0};

    cat_read_range (options->range, &request.offset, &request.length, NULL);
    /* A bar among the bytes would erase some. */
    if (isatty (STDOUT_FILENO))
        shown.progress = PROGRESS_NEVER;
    outcome = run_one (&shown, host, &request);
    /* That is told at the end, with its reason. */
    if (lost)
        return IO_KIND_IO;
    if (outcome.kind != IO_KIND_OK)
        run_one_tell (NULL, url, FALSE, &outcome);
    return outcome.kind;
}
