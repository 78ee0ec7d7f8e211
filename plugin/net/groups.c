/* SPDX-License-Identifier: Apache-2.0 */
/* The limit of concurrency: who comes first is served first. */
#include "net/internal.h"

#include "base/sync.h"

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
    XN_LOCKED (&engine->mutex);
    g_hash_table_insert (engine->groups, g_strdup (transfer->group), group);
    return group;
}

void
xn_group_enter (XnEngine *engine, XnTransfer *transfer)
{
    XnGroup *group = group_of (engine, transfer);
    transfer->stage = XN_STAGE_WAITING;
    atomic_fetch_add (&group->asked, 1);
    g_queue_push_tail_link (&group->waiting, &transfer->link);
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
    XnGroup *group = group_of (engine, transfer);
    g_queue_unlink (&group->waiting, &transfer->link);
    atomic_fetch_sub (&group->asked, 1);
    transfer->stage = XN_STAGE_OVER;
}

void
xn_group_leave (XnEngine *engine, const XnTransfer *transfer)
{
    XnGroup *group = group_of (engine, transfer);
    group->active--;
    atomic_fetch_sub (&group->asked, 1);
}

guint
xn_engine_places_asked (XnEngine *engine, const char *group)
{
    XN_LOCKED (&engine->mutex);
    XnGroup *found = (XnGroup *)g_hash_table_lookup (engine->groups, group);
    return found != NULL ? atomic_load (&found->asked) : 0;
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
