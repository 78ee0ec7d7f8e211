/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's choice between single files and an archive, taken away: a build of the plugin with this in the place of
 * plugin/fetch/choice.c goes the way that BENCH_WAY names, "singles" or "archive", to its end. */
#include "fetch/choice.h"

#include <stdlib.h>

gint64
xn_choice_archive_bytes (guint members, gint64 bytes)
{
    return bytes;
}

void
xn_prices_guess (XnPrices *prices, guint jobs, double latency_s, double listing_s, gint64 listing_bytes, double body_s)
{
    *prices = (XnPrices){.jobs = jobs};
}

void
xn_prices_see_singles (XnPrices *prices, double files, gint64 bytes, double seconds)
{
}

void
xn_prices_see_archive (XnPrices *prices, double wait_s, gint64 bytes, double seconds)
{
}

XnWay
xn_choice_make (const XnPrices *prices, const XnRest *rest, double spent_s)
{
    return g_strcmp0 (getenv ("BENCH_WAY"), "archive") == 0 ? XN_WAY_ARCHIVE : XN_WAY_SINGLES;
}

gboolean
xn_choice_splits (const XnPrices *prices, const XnRest *whole, guint parts)
{
    return FALSE;
}

gboolean
xn_choice_turns (const XnPrices *prices, const XnRest *rest, double spent_s, XnWay now)
{
    return FALSE;
}

gboolean
xn_choice_is_vain (const XnPrices *prices, const XnRest *rest, double body_s)
{
    return FALSE;
}
