/* SPDX-License-Identifier: Apache-2.0 */
/* The limit of concurrency: who comes first is served first. */
#include "net/internal.h"

void
xn_group_free (XnGroup *group)
{
    XnTransfer *transfer;
    while ((transfer = (XnTransfer *)g_queue_peek_head (&group->waiting)) != NULL) {
        g_queue_unlink (&group->waiting, &transfer->link);
        xn_transfer_unref (transfer);
    }
    g_free (group);
}

static XnGroup *
group_of (XnEngine *engine, const XnTransfer *transfer)
{
    XnGroup *group = (XnGroup *)g_hash_table_lookup (engine->groups, transfer->group);
    if (group != NULL)
        return group;
    group = g_new0 (XnGroup, 1);
    g_hash_table_insert (engine->groups, g_strdup (transfer->group), group);
    return group;
}

static void
admit (XnEngine *engine, XnGroup *group)
{
    for (;;) {
        XnTransfer *transfer = (XnTransfer *)g_queue_peek_head (&group->waiting);
        if (transfer == NULL || group->active >= transfer->jobs)
            return;
        g_queue_unlink (&group->waiting, &transfer->link);
        group->active++;
        xn_engine_activate (engine, transfer);
    }
}

void
xn_group_enter (XnEngine *engine, XnTransfer *transfer)
{
    if (transfer->urgent) {
        xn_engine_activate (engine, transfer);
        return;
    }
    XnGroup *group = group_of (engine, transfer);
    transfer->stage = XN_STAGE_WAITING;
    g_queue_push_tail_link (&group->waiting, &transfer->link);
    admit (engine, group);
}

void
xn_group_forget (XnEngine *engine, XnTransfer *transfer)
{
    XnGroup *group = group_of (engine, transfer);
    g_queue_unlink (&group->waiting, &transfer->link);
    transfer->stage = XN_STAGE_OVER;
    /* The next may have a higher limit. */
    admit (engine, group);
}

void
xn_group_leave (XnEngine *engine, XnTransfer *transfer)
{
    if (transfer->urgent)
        return;
    XnGroup *group = group_of (engine, transfer);
    group->active--;
    admit (engine, group);
}
