/* SPDX-License-Identifier: Apache-2.0 */
/* What is complete stays, and the same command does not move it again: so do fetch and put of any plugin. */
#include "stopped.h"

#include "text.h"

/* "12 of 40 files (3.4 MB)": how many there are in all is said only where it is known of all operations. */
static char *
files_text (const ProgressTally *tally)
{
    g_autofree char *size = text_size ((double)tally->bytes_done);

    if (tally->all_known)
        return g_strdup_printf ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " file%s (%s)", tally->files_done,
                                tally->files_total, tally->files_total == 1 ? "" : "s", size);
    return g_strdup_printf ("%" G_GUINT64_FORMAT " file%s (%s)", tally->files_done, tally->files_done == 1 ? "" : "s",
                            size);
}

char *
stopped_sentence (const char *reason, const ProgressTally *tally, guint n_complete, guint n_entries)
{
    g_autofree char *files = files_text (tally);

    if (n_entries == 0 && tally->files_total == 0)
        return g_strdup (reason);
    if (tally->files_done == 0 && n_complete == 0)
        return g_strdup_printf ("%s; no file is complete yet, and the same command begins anew", reason);
    if (n_entries == 0)
        return g_strdup_printf ("%s; %s %s complete, and the same command goes on from there", reason, files,
                                tally->files_done == 1 ? "is" : "are");
    return g_strdup_printf ("%s; %u of %u entries are complete, %s in all, and the same command goes on from there",
                            reason, n_complete, n_entries, files);
}
