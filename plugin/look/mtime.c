/* SPDX-License-Identifier: Apache-2.0 */
#include "look/mtime.h"

#include "find/catalog.h"
#include "find/file-head.h"

gboolean
xn_look_mtime (XnClient *client, XnOp *op, XnItem *item, GError **error)
{
    XnFileHead head;
    g_autofree char *tail = xn_entry_tail (item->file);
    if (tail == NULL)
        return TRUE;
    if (!xn_file_head (client, item, item->file, "date", XN_RETRY_READ, op, &head, error))
        return FALSE;
    item->mtime = head.mtime;
    return TRUE;
}
