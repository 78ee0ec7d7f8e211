/* SPDX-License-Identifier: Apache-2.0 */
/* How soon a server can answer at all: the shortest wait that any request to it has had. */
#include "net/internal.h"

#include "base/sync.h"

void
xn_waits_note (XnEngine *engine, const XnTransfer *transfer)
{
    if (transfer->waited_us <= 0)
        return;
    XN_LOCKED (&engine->mutex);
    if (engine->waits == NULL)
        engine->waits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    gint64 *least = (gint64 *)g_hash_table_lookup (engine->waits, transfer->group);
    if (least == NULL) {
        least = g_new (gint64, 1);
        *least = transfer->waited_us;
        g_hash_table_insert (engine->waits, g_strdup (transfer->group), least);
    }
    *least = MIN (*least, transfer->waited_us);
}

gint64
xn_engine_least_wait_us (XnEngine *engine, const char *group)
{
    XN_LOCKED (&engine->mutex);
    const gint64 *least = engine->waits != NULL ? (const gint64 *)g_hash_table_lookup (engine->waits, group) : NULL;
    return least != NULL ? *least : -1;
}

gint64
xn_transfer_waited_us (const XnTransfer *transfer)
{
    return transfer->waited_us;
}
