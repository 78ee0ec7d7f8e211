/* SPDX-License-Identifier: Apache-2.0 */
/* What the file plugin does beside copying; each is the verb of ioplugin.h. */
#pragma once

#include "ioplugin.h"

IOResult *file_stat (const char *url, uint32_t flags, const IOCall *call);
IOResult *file_list (const char *url, uint32_t flags, const IOCall *call);
IOResult *file_remove (const char *url, const IOCall *call);
IOResult *file_check (const char *url, const IOCall *call);
IOResult *file_read (const char *url, uint64_t offset, uint64_t length, int (*take) (void *, const void *, size_t),
                     void *take_data, const IOCall *call);
