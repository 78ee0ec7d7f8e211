/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping hosts apart. */
#include "entry/host.h"

#include "base/sync.h"

#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static XnHost hosts[XN_MAX_HOSTS]; /* [mutex] while they are added; then constant */
static int n_hosts;                /* [mutex] */

/* XnLogFunc */
static void
host_log (gpointer data, XnLogLevel level, const char *message)
{
    const IOHost *services = data;
    services->log (services->user_data, (IOLogLevel)level, message);
}

/* XnLogWantedFunc */
static gboolean
host_log_wanted (gpointer data, XnLogLevel level)
{
    const IOHost *services = data;
    return services->log_wanted == NULL || services->log_wanted (services->user_data, (IOLogLevel)level) != 0;
}

static gboolean
same_services (const IOHost *one, const IOHost *other)
{
    return one->user_data == other->user_data && one->log == other->log && one->log_wanted == other->log_wanted &&
           one->setting == other->setting;
}

int
xn_host_number (const IOHost *services)
{
    IOHost copy = {0};
    if (services != NULL)
        memcpy (&copy, services, MIN (services->struct_size, sizeof copy));
    XN_LOCKED (&mutex);
    for (int i = 0; i < n_hosts; i++)
        if (same_services (&hosts[i].services, &copy))
            return i;
    if (n_hosts == XN_MAX_HOSTS)
        return -1;
    XnHost *host = &hosts[n_hosts];
    host->services = copy;
    host->sink = (XnLogSink){copy.log != NULL ? host_log : NULL, host_log_wanted, &host->services};
    return n_hosts++;
}

const XnHost *
xn_host (int number)
{
    return &hosts[number];
}
