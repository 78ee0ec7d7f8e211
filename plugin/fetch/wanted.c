/* SPDX-License-Identifier: Apache-2.0 */
/* A file to bring. */
#include "fetch/download.h"

XnWanted *
xn_wanted_new (const XnEntry *entry, const char *relative)
{
    XnWanted *wanted = g_new0 (XnWanted, 1);
    wanted->entry = entry;
    wanted->relative = relative;
    return wanted;
}

void
xn_wanted_free (XnWanted *wanted)
{
    if (wanted == NULL)
        return;
    g_clear_error (&wanted->problem);
    g_free (wanted);
}
