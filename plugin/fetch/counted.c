/* SPDX-License-Identifier: Apache-2.0 */
/* By path: the second delivery has other entries. */
#include "fetch/counted.h"

typedef struct {
    gint64 size;
    gboolean kept;
} File;

struct XnCounted {
    GHashTable *files; /* (owned) Map<path, File> */
};

XnCounted *
xn_counted_new (void)
{
    XnCounted *counted = g_new0 (XnCounted, 1);
    counted->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return counted;
}

void
xn_counted_free (XnCounted *counted)
{
    if (counted == NULL)
        return;
    g_hash_table_unref (counted->files);
    g_free (counted);
}

void
xn_counted_note (XnCounted *counted, const XnWanted *wanted)
{
    const File file = {MAX (wanted->entry->size, 0), wanted->kept};
    if (wanted->done)
        g_hash_table_replace (counted->files, g_strdup (wanted->entry->path), g_memdup2 (&file, sizeof file));
}

/* Takes a file out of the counts: of those that were kept, or that came. */
static void
take_back (XnOp *op, gint64 size, gboolean kept)
{
    if (kept)
        xn_op_add_kept (op, (guint64)-1, -(guint64)size);
    else
        xn_op_add_done (op, (guint64)-1, -size);
}

void
xn_counted_settle (XnCounted *counted, XnOp *op, const GPtrArray *all)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, counted->files);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const File *file = value;
        xn_op_add_total (op, (guint64)-1, -(guint64)file->size);
        take_back (op, file->size, file->kept);
    }
    for (guint i = 0; i < all->len && g_hash_table_size (counted->files) > 0; i++) {
        XnWanted *wanted = g_ptr_array_index (all, i);
        const File *file = g_hash_table_lookup (counted->files, wanted->entry->path);
        if (file == NULL || file->kept || !wanted->kept)
            continue;
        const gint64 size = MAX (wanted->entry->size, 0);
        take_back (op, size, TRUE);
        xn_op_add_done (op, 1, size);
        wanted->kept = FALSE;
    }
    g_hash_table_remove_all (counted->files);
}
