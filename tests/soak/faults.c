/* SPDX-License-Identifier: Apache-2.0 */
/* The faults, as the stand-in takes them. A login whose answer is lost, or a logout that is not heard, leaves a session that
 * nobody knows of; so these two meet only faults that are told of. No fault lets the server work on after its client has heard of
 * a failure: what such a request does later would meet the next writes. */
#include "faults.h"

#include "control.h"

#include <stdlib.h>
#include <string.h>

/* Most go away unmet, as they are for certain requests. */
#define KEPT_MAX 200

typedef struct {
    const char *format; /* of the members that are its own; @bytes is handed to it */
    gint32 bytes;       /* at most */
    gint32 weight;
    gint32 times; /* at most, in a row */
} Kind;

static const Kind KINDS[] = {
    {"\"reset\":true", 1, 6, 2},
    {"\"status\":502", 1, 4, 2},
    {"\"status\":503", 1, 4, 2},
    {"\"status\":503,\"retry_after\":0", 1, 2, 2},
    {"\"status\":504", 1, 2, 2},
    {"\"status\":429,\"body\":\"empty\",\"retry_after\":0", 1, 4, 2},
    {"\"close_after\":%d", 30000, 8, 2},
    {"\"close_after\":%d", 1, 4, 2},
    {"\"head_after\":%d", 200, 3, 2},
    {"\"no_http\":true", 1, 2, 2},
    {"\"bad_chunk\":%d", 20000, 3, 2},
    {"\"method\":\"GET\",\"path\":\"/files/[^?]\",\"corrupt_at\":%d", 8000, 6, 2},
    {"\"method\":\"GET\",\"path\":\"format=(zip|tar)\",\"corrupt_at\":%d", 60000, 3, 2},
    {"\"method\":\"GET\",\"path\":\"format=(zip|tar)|/files/[^?]\",\"close_after\":%d", 40000, 6, 2},
    {"\"method\":\"GET\",\"stall_ms\":2500,\"stall_after\":%d", 20000, 1, 2},
    {"\"method\":\"PUT\",\"path\":\"/files\",\"request_after\":%d", 30000, 6, 2},
    {"\"method\":\"PUT\",\"path\":\"/files\",\"lose_result\":true", 1, 4, 2},
    {"\"method\":\"PUT\",\"status\":500", 1, 3, 2},
    {"\"method\":\"GET\",\"path\":\"/files\",\"status\":500", 1, 2, 2},
    {"\"drip_ms\":5,\"drip_bytes\":%d", 30, 2, 2},
    {"\"expire\":true", 1, 1, 1},
    {"\"method\":\"GET\",\"expire\":true,\"body\":\"login-page\"", 1, 1, 1},
    {"\"method\":\"GET\",\"body\":\"html200\"", 1, 2, 2},
};
/* What a login meets. */
static const Kind LOGIN_KINDS[] = {{"\"status\":503", 1, 1, 2}, {"\"status\":429,\"retry_after\":0", 1, 1, 2}};

static guint ordered;

static const Kind *
choose (GRand *random, const Kind *kinds, guint n)
{
    gint32 sum = 0;
    for (guint i = 0; i < n; i++)
        sum += kinds[i].weight;
    gint32 left = g_rand_int_range (random, 0, sum);
    while ((left -= kinds->weight) >= 0)
        kinds++;
    return kinds;
}

void
faults_order (GRand *random)
{
    const gboolean login = g_rand_int_range (random, 0, 40) == 0;
    const Kind *kind =
        login ? choose (random, LOGIN_KINDS, G_N_ELEMENTS (LOGIN_KINDS)) : choose (random, KINDS, G_N_ELEMENTS (KINDS));
    const gint32 number = g_rand_int_range (random, 0, kind->bytes);
    g_autofree char *bytes = g_strdup_printf ("%d", number);
    g_auto (GStrv) parts = g_strsplit (kind->format, "%d", 2);
    g_autofree char *own = g_strjoinv (bytes, parts);
    g_autofree char *body =
        g_strdup_printf ("{%s,\"count\":%d,\"skip\":%d,%s}", own, g_rand_int_range (random, 1, kind->times + 1),
                         login ? 0 : g_rand_int_range (random, 0, 6),
                         login ? "\"method\":\"POST\",\"path\":\"JSESSION\"" : "\"without\":\"JSESSION\"");
    g_free (control ("POST", "fault", body));
    if (++ordered % KEPT_MAX == 0)
        faults_clear ();
}

guint
faults_clear (void)
{
    static guint met;
    g_autofree char *text = control ("GET", "fault", NULL);
    const char *at = strstr (text, "\"hits\":[");
    for (at = at != NULL ? strchr (at, '[') : NULL; at != NULL && at[1] != ']'; at = strpbrk (at + 1, ",]")) {
        if (*at == ']')
            break;
        met += (guint)atoi (at + 1);
    }
    g_free (control ("DELETE", "fault", NULL));
    return met;
}
