/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that a host must refuse, or accept with less (or more) than it knows; which one is chosen by the build:
 *
 *   WRONG_MAJOR    another ABI major                       WRONG_REFUSAL  refuses the host, with a reason
 *   WRONG_SYMBOL   no entry symbol                         WRONG_MEMBERS  no free_result
 *   WRONG_VERBS    no verb at all                          WRONG_SIZE     a table that is too short for any version
 *   WRONG_OLD      an older minor: the table ends before `settings`, and behind it lies rubbish
 *   WRONG_NEW      a newer minor with a longer table; its scheme is FILE, which another plugin has
 */
#include "ioplugin.h"

#if defined(WRONG_VERBS)
#define HAS_VERBS 0
#else
#define HAS_VERBS 1
#endif
#if defined(WRONG_REFUSAL)
#define REFUSES 1
#else
#define REFUSES 0
#endif
#if defined(WRONG_MEMBERS)
#define HAS_MEMBERS 0
#else
#define HAS_MEMBERS 1
#endif

static IOResult *
expand_url (const char *url, const IOCall *call)
{
    return NULL;
}

static void
free_result (IOResult *result)
{
}

static void
cleanup (void)
{
}

#if defined(WRONG_NEW)
static const char *const schemes[] = {"FILE", "newer", NULL};
#else
static const char *const schemes[] = {"wrong", NULL};
#endif

static const struct {
    IOPlugin plugin;
    const char *tail;
} table = {
    .plugin =
        {
#if defined(WRONG_MAJOR)
            .abi_major = IOPLUGIN_ABI_MAJOR + 41,
#else
            .abi_major = IOPLUGIN_ABI_MAJOR,
#endif
#if defined(WRONG_NEW)
            .abi_minor = IOPLUGIN_ABI_MINOR + 1,
            .struct_size = sizeof table,
#elif defined(WRONG_OLD)
            .abi_minor = IOPLUGIN_ABI_MINOR - 1,
            .struct_size = offsetof (IOPlugin, settings),
            .settings = (const char *const *)(uintptr_t)0x10,
#elif defined(WRONG_SIZE)
            .struct_size = offsetof (IOPlugin, cleanup),
#else
            .struct_size = sizeof (IOPlugin),
#endif
            .name = "wrong",
            .version = "0",
            .schemes = schemes,
            .expand_url = HAS_VERBS ? expand_url : NULL,
            .free_result = HAS_MEMBERS ? free_result : NULL,
            .cleanup = cleanup,
        },
    .tail = "newer",
};

#if defined(WRONG_SYMBOL)
#define ioplugin_entry another_entry
#endif

IOPLUGIN_EXPORT const IOPlugin *ioplugin_entry (const IOHost *host, const char **reason);

const IOPlugin *
ioplugin_entry (const IOHost *host, const char **reason)
{
    if (REFUSES && reason != NULL)
        *reason = "it is not in the mood";
    return REFUSES ? NULL : &table.plugin;
}
