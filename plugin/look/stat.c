/* SPDX-License-Identifier: Apache-2.0 */
/* stat: one thing, as it is now. */
#include "look/look.h"

#include "look/mtime.h"
#include "look/place.h"

XnPairs *
xn_stat (XnRuntime *runtime, XnOp *op, const char *text, gboolean with_mtime, GError **error)
{
    g_auto (XnLook) look = {0};
    if (!xn_look_begin (&look, runtime, op, xn_url_parse_place (text, error), "stat", error))
        return NULL;
    /* That something is not there is an answer, which must come soon. */
    look.finder.terse = TRUE;
    gint64 mtime = -1;
    look.finder.file_mtime = with_mtime ? &mtime : NULL;
    /* Above the files nothing else would show that what is remembered has gone. */
    if (look.url->path == NULL)
        look.finder.not_before_us = look.finder.began_us;
    if (!xn_look_find (&look, FALSE, error))
        return NULL;
    const gboolean is_file = g_str_equal (look.item->type, "file");
    look.item->mtime = is_file ? mtime : -1;
    if (is_file && with_mtime && mtime < 0 && !xn_look_mtime (look.client, op, look.item, error))
        return NULL;
    g_autoptr (XnPairMaker) maker = xn_pair_maker_new (look.pairs, look.url);
    g_ptr_array_add (look.pairs->pairs, xn_pair_make (maker, NULL, look.item, NULL));
    xn_op_set_phase (op, XN_PHASE_DONE);
    return g_steal_pointer (&look.pairs);
}
