/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the few servers that there are, mostly of none. */
#include "base/away.h"

#include "base/sync.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef struct {
    GError *why;         /* (owned) */
    gint64 not_until_us; /* monotonic */
} GivenUp;

struct XnAway {
    pthread_mutex_t mutex;
    GHashTable *servers; /* [mutex] (owned) Map<utf8, GivenUp> */
    atomic_bool any;     /* there is one in it: answers come often */
};

static void
given_up_free (gpointer data)
{
    GivenUp *given_up = data;
    g_error_free (given_up->why);
    g_free (given_up);
}

XnAway *
xn_away_new (void)
{
    XnAway *away = g_new0 (XnAway, 1);
    pthread_mutex_init (&away->mutex, NULL);
    away->servers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, given_up_free);
    return away;
}

void
xn_away_free (XnAway *away)
{
    if (away == NULL)
        return;
    g_hash_table_unref (away->servers);
    pthread_mutex_destroy (&away->mutex);
    g_free (away);
}

gboolean
xn_away_is_noted (XnAway *away, const char *server)
{
    XN_LOCKED (&away->mutex);
    return g_hash_table_contains (away->servers, server);
}

gboolean
xn_away_may_ask (XnAway *away, const char *server, gboolean *out_once, GError **error)
{
    XN_LOCKED (&away->mutex);
    const GivenUp *given_up = g_hash_table_lookup (away->servers, server);
    *out_once = given_up != NULL;
    if (given_up == NULL || g_get_monotonic_time () >= given_up->not_until_us)
        return TRUE;
    g_propagate_prefixed_error (error, g_error_copy (given_up->why), "not asked again so soon after: ");
    return FALSE;
}

void
xn_away_note (XnAway *away, const char *server, gint64 begun_us, const GError *why)
{
    const gint64 now_us = g_get_monotonic_time ();
    GivenUp *given_up = g_new0 (GivenUp, 1);
    given_up->why = g_error_copy (why);
    given_up->not_until_us = now_us + (now_us - begun_us);
    XN_LOCKED (&away->mutex);
    g_hash_table_replace (away->servers, g_strdup (server), given_up);
    atomic_store (&away->any, true);
}

void
xn_away_forget (XnAway *away, const char *server)
{
    if (!atomic_load (&away->any))
        return;
    XN_LOCKED (&away->mutex);
    g_hash_table_remove (away->servers, server);
    atomic_store (&away->any, g_hash_table_size (away->servers) > 0);
}
