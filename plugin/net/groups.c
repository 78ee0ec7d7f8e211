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

void
xn_group_enter (XnEngine *engine, XnTransfer *transfer)
{
    transfer->stage = XN_STAGE_WAITING;
    g_queue_push_tail_link (&group_of (engine, transfer)->waiting, &transfer->link);
}

XnTransfer *
xn_group_admit (XnEngine *engine, const XnTransfer *member)
{
    XnGroup *group = group_of (engine, member);
    XnTransfer *transfer = (XnTransfer *)g_queue_peek_head (&group->waiting);
    if (transfer == NULL || group->active >= transfer->jobs)
        return NULL;
    g_queue_unlink (&group->waiting, &transfer->link);
    group->active++;
    return transfer;
}

void
xn_group_forget (XnEngine *engine, XnTransfer *transfer)
{
    g_queue_unlink (&group_of (engine, transfer)->waiting, &transfer->link);
    transfer->stage = XN_STAGE_OVER;
}

void
xn_group_leave (XnEngine *engine, const XnTransfer *transfer)
{
    group_of (engine, transfer)->active--;
}

gboolean
xn_group_takes_expect (XnEngine *engine, const XnTransfer *member)
{
    return !group_of (engine, member)->expects_nothing;
}

void
xn_group_note_417 (XnEngine *engine, const XnTransfer *member)
{
    group_of (engine, member)->expects_nothing = true;
}
