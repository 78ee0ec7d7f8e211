/* SPDX-License-Identifier: Apache-2.0 */
/* Those of many fetches that are of one session: listed with one request, and what is small brought with one archive. */
#pragma once

#include "fetch/many-private.h"

/** XnTaskFunc over XnMany.sessions. What cannot be done together is done resource by resource; nothing fails for being asked
 *  for together. */
gboolean xn_many_session (gpointer item, gpointer data, GError **error);
