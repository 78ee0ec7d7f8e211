/* SPDX-License-Identifier: Apache-2.0 */
/* A listing, whole and in pieces: a byte for the size of the pieces, then the text. Both ways give the same rows. */
#include "fuzz.h"

#include "json/rows.h"

static const char *const COLUMNS[] = {"ID", "label|session_label", "xnat:imagescandata/id", NULL};

static gboolean
take_row (const char *const *values, gpointer data, GError **error)
{
    GString *seen = data;
    for (guint i = 0; COLUMNS[i] != NULL; i++)
        g_string_append_printf (seen, "%s|", values[i] != NULL ? values[i] : "(none)");
    return TRUE;
}

static gboolean
read_rows (FuzzBytes bytes, gsize step, GString *seen)
{
    g_autoptr (XnRows) rows = xn_rows_new (COLUMNS, take_row, seen);
    while (bytes.left > 0) {
        const gsize size = MIN (step, bytes.left);
        if (!xn_rows_feed (rows, bytes.at, size, NULL))
            return FALSE;
        bytes.at += size;
        bytes.left -= size;
    }
    return xn_rows_finish (rows, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    FuzzBytes bytes = {data, size};
    const gsize step = 1 + fuzz_byte (&bytes);
    g_autoptr (GString) whole = g_string_new (NULL);
    g_autoptr (GString) pieces = g_string_new (NULL);
    const gboolean one = read_rows (bytes, G_MAXSIZE, whole);
    const gboolean other = read_rows (bytes, step, pieces);
    FUZZ_CHECK (one == other);
    FUZZ_CHECK (!one || g_str_equal (whole->str, pieces->str));
    return 0;
}
