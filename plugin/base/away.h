/* SPDX-License-Identifier: Apache-2.0 */
/* The servers that an operation has given up, as a question was asked in vain as often as the settings allow. What it still
 * wants of such a server, as the next entries of a list do, is asked once, and not at all for as long as the last try took:
 * so waiting for a server that is down is done once, not for each entry. The first answer ends that. */
#pragma once

#include <glib.h>

typedef struct XnAway XnAway;

XnAway *xn_away_new (void);
void xn_away_free (XnAway *away);

/** Whether a question to @server, as "https://host/xnat", may be asked now. @out_once: if so, without further tries. FALSE with
 *  an error: it was asked in vain a moment ago. Thread: any. */
gboolean xn_away_may_ask (XnAway *away, const char *server, gboolean *out_once, GError **error);

/** Whether it is given up. Thread: any. */
gboolean xn_away_is_noted (XnAway *away, const char *server);

/** Notes that the last try that a question to @server had, begun at @begun_us (monotonic), failed with @why. Thread: any. */
void xn_away_note (XnAway *away, const char *server, gint64 begun_us, const GError *why);

/** Notes that @server has answered. Thread: any. */
void xn_away_forget (XnAway *away, const char *server);
