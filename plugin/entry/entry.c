/* SPDX-License-Identifier: Apache-2.0 */
/* The only exported symbol, and the plugin's tables: one for each host, as the functions in it must know whose they are. */
#include "ioplugin.h"

#include "base/error.h"
#include "base/settings.h"
#include "entry/host.h"
#include "entry/result.h"
#include "entry/verbs.h"
#include "runtime/runtime.h"

typedef void (*IOFinished) (void *finished_data, size_t index, const IOResult *outcome);
typedef void (*IOPlanned) (void *data, size_t index, const IOStep *step);
typedef void (*IOTold) (void *told_data, const IOFinding *finding);
typedef int (*IOTake) (void *take_data, const void *bytes, size_t size);
typedef int (*IOTakeItem) (void *take_data, const IOItem *item);

/* The functions of host number @n. */
#define FUNCTIONS(n)                                                                                                   \
    static IOResult *fetch_##n (const char *url, const char *to, const IOCall *call)                                   \
    {                                                                                                                  \
        return xn_verb_fetch (n, url, to, call);                                                                       \
    }                                                                                                                  \
    static IOResult *put_##n (const char *path, const char *url, const IOCall *call)                                   \
    {                                                                                                                  \
        return xn_verb_put (n, path, url, call);                                                                       \
    }                                                                                                                  \
    static IOResult *expand_##n (const char *url, const IOCall *call)                                                  \
    {                                                                                                                  \
        return xn_verb_expand (n, url, call);                                                                          \
    }                                                                                                                  \
    static IOResult *read_##n (const char *url, uint64_t from, uint64_t n_bytes, IOTake take, void *data,              \
                               const IOCall *call)                                                                     \
    {                                                                                                                  \
        return xn_verb_read (n, url, from, n_bytes, take, data, call);                                                 \
    }                                                                                                                  \
    static IOResult *many_##n (const IOFetch *all, size_t n_all, IOFinished told, void *data, const IOCall *call)      \
    {                                                                                                                  \
        return xn_verb_fetch_many (n, all, n_all, told, data, call);                                                   \
    }                                                                                                                  \
    static IOResult *remove_##n (const char *url, const IOCall *call)                                                  \
    {                                                                                                                  \
        return xn_verb_remove (n, url, call);                                                                          \
    }                                                                                                                  \
    static IOResult *stat_##n (const char *url, uint32_t flags, const IOCall *call)                                    \
    {                                                                                                                  \
        return xn_verb_stat (n, url, flags, call);                                                                     \
    }                                                                                                                  \
    static IOResult *list_##n (const char *url, uint32_t flags, const IOCall *call)                                    \
    {                                                                                                                  \
        return xn_verb_list (n, url, flags, call);                                                                     \
    }                                                                                                                  \
    static IOResult *check_##n (const char *url, const IOCall *call)                                                   \
    {                                                                                                                  \
        return xn_verb_check (n, url, call);                                                                           \
    }                                                                                                                  \
    static IOResult *each_##n (const char *url, IOTakeItem take, void *data, const IOCall *call)                       \
    {                                                                                                                  \
        return xn_verb_expand_each (n, url, take, data, call);                                                         \
    }                                                                                                                  \
    static IOResult *plan_fetch_##n (const IOFetch *all, size_t n_all, IOPlanned planned, IOFinished told, void *data, \
                                     const IOCall *call)                                                               \
    {                                                                                                                  \
        return xn_verb_plan_fetch (n, all, n_all, planned, told, data, call);                                          \
    }                                                                                                                  \
    static IOResult *plan_put_##n (const char *path, const char *url, IOPlanned planned, void *data,                   \
                                   const IOCall *call)                                                                 \
    {                                                                                                                  \
        return xn_verb_plan_put (n, path, url, planned, data, call);                                                   \
    }                                                                                                                  \
    static IOResult *plan_remove_##n (const char *url, IOPlanned planned, void *data, const IOCall *call)              \
    {                                                                                                                  \
        return xn_verb_plan_remove (n, url, planned, data, call);                                                      \
    }                                                                                                                  \
    static IOResult *diagnose_##n (const char *url, IOTold told, void *data, const IOCall *call)                       \
    {                                                                                                                  \
        return xn_verb_diagnose (n, url, told, data, call);                                                            \
    }

/* The settings' table is complete only once it is asked for, so that a table is filled in then. */
#define TABLE(n)                                                                                                    \
    {                                                                                                               \
        .abi_major = IOPLUGIN_ABI_MAJOR, .abi_minor = IOPLUGIN_ABI_MINOR, .struct_size = sizeof (IOPlugin),         \
        .name = "xnatstorage", .version = XNATSTORAGE_VERSION, .schemes = SCHEMES, .fetch_url = fetch_##n,          \
        .put_url = put_##n, .expand_url = expand_##n, .free_result = xn_result_free, .cleanup = xn_runtime_cleanup, \
        .check_url = check_##n, .stat_url = stat_##n, .list_url = list_##n, .read_url = read_##n,                   \
        .fetch_many = many_##n, .remove_url = remove_##n, .expand_each = each_##n, .plan_fetch = plan_fetch_##n,    \
        .plan_put = plan_put_##n, .plan_remove = plan_remove_##n, .diagnose_url = diagnose_##n                      \
    }

#define FOR_EACH_HOST(DO, BETWEEN)                                                                                    \
    DO (0)                                                                                                            \
    BETWEEN DO (1) BETWEEN DO (2) BETWEEN DO (3) BETWEEN DO (4) BETWEEN DO (5) BETWEEN DO (6) BETWEEN DO (7)          \
        BETWEEN DO (8) BETWEEN DO (9) BETWEEN DO (10) BETWEEN DO (11) BETWEEN DO (12) BETWEEN DO (13) BETWEEN DO (14) \
            BETWEEN DO (15)
#define NOTHING
#define COMMA ,

FOR_EACH_HOST (FUNCTIONS, NOTHING)

static const char *const SCHEMES[] = {"xnat", "xnat+http", "xnat+https", NULL};
static IOPlugin tables[] = {FOR_EACH_HOST (TABLE, COMMA)};
G_STATIC_ASSERT (G_N_ELEMENTS (tables) == XN_MAX_HOSTS);

IOPLUGIN_EXPORT const IOPlugin *ioplugin_entry (const IOHost *offered, const char **reason);

IOPLUGIN_EXPORT const IOPlugin *
ioplugin_entry (const IOHost *offered, const char **reason)
{
    const char *why = NULL;
    int number = -1;
    if (offered != NULL && offered->abi_major != IOPLUGIN_ABI_MAJOR)
        why = "xnatstorage speaks version 1 of the host API, this host speaks another: update the older of both";
    else if ((number = xn_host_number (offered)) < 0)
        why = "there are sixteen hosts with services of their own in this process already";
    if (why != NULL) {
        if (reason != NULL)
            *reason = why;
        return NULL;
    }
    tables[number].settings = xn_settings_table ();
    /* Made before there are threads: the way in which GLib would make it among them is none that ThreadSanitizer sees. */
    (void)XN_ERROR;
    return &tables[number];
}
