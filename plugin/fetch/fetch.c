/* SPDX-License-Identifier: Apache-2.0 */
/* fetch: one URL, one destination. */
#include "fetch/fetch.h"

#include "base/log.h"
#include "fetch/deliver.h"

static char *
fetch_from (XnFinder *finder, const XnUrl *url, const char *destination, GError **error)
{
    const gint64 begun_us = g_get_monotonic_time ();
    g_auto (XnLocated) located = {0};
    const XnEntry *file = NULL;
    if (!xn_locate (finder, url, &located, &file, error))
        return NULL;
    g_autoptr (GError) problem = NULL;
    g_autoptr (XnCounted) counted = xn_counted_new ();
    XnDelivery delivery = {finder->client, finder->op, &located, begun_us, NULL, NULL, counted};
    char *path = xn_deliver (&delivery, url, file, destination, NULL, &problem);
    if (path != NULL)
        return path;
    g_auto (XnLocated) anew = {0};
    if (!xn_locate_is_overtaken (finder, url, problem, &located, &anew)) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return NULL;
    }
    xn_log (XN_LOG_INFO, "%s; it is listed otherwise now", problem->message);
    delivery.located = &anew;
    if (!xn_located_named (&anew, url, &file, error))
        return NULL;
    return xn_deliver (&delivery, url, file, destination, NULL, error);
}

char *
xn_fetch (XnRuntime *runtime, XnOp *op, const char *text, const char *destination, GError **error)
{
    g_autoptr (XnUrl) url = xn_locate_parse (text, "fetch", error);
    XnClient *client = url != NULL ? xn_clients_get (runtime->clients, &url->server, op, error) : NULL;
    if (client == NULL)
        return NULL;
    g_autoptr (XnPool) pool = xn_pool_new ();
    XnFinder finder = {.client = client, .listings = runtime->listings, .pool = pool, .op = op, .first_look = TRUE};
    xn_client_hold (client);
    char *result = fetch_from (&finder, url, destination, error);
    xn_client_release (client);
    xn_deliver_tell_replaced (op);
    if (result != NULL)
        xn_op_set_phase (op, XN_PHASE_DONE);
    return result;
}
