/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the host API, each for the host of a number: what stands in its table calls them. As the host API says of the
 * members of the same name. Thread: any. */
#pragma once

#include "ioplugin.h"

IOResult *xn_verb_fetch (int host, const char *url, const char *destination, const IOCall *call);
IOResult *xn_verb_put (int host, const char *path, const char *url, const IOCall *call);
IOResult *xn_verb_expand (int host, const char *url, const IOCall *call);
IOResult *xn_verb_expand_each (int host, const char *url, int (*take) (void *take_data, const IOItem *item),
                               void *take_data, const IOCall *call);
IOResult *xn_verb_fetch_many (int host, const IOFetch *fetches, size_t n,
                              void (*finished) (void *finished_data, size_t index, const IOResult *outcome),
                              void *finished_data, const IOCall *call);
IOResult *xn_verb_plan_fetch (int host, const IOFetch *fetches, size_t n,
                              void (*planned) (void *data, size_t index, const IOStep *step),
                              void (*finished) (void *data, size_t index, const IOResult *outcome), void *data,
                              const IOCall *call);
IOResult *xn_verb_plan_put (int host, const char *path, const char *url,
                            void (*planned) (void *data, size_t index, const IOStep *step), void *data,
                            const IOCall *call);
IOResult *xn_verb_plan_remove (int host, const char *url,
                               void (*planned) (void *data, size_t index, const IOStep *step), void *data,
                               const IOCall *call);
IOResult *xn_verb_remove (int host, const char *url, const IOCall *call);
IOResult *xn_verb_read (int host, const char *url, uint64_t offset, uint64_t length,
                        int (*take) (void *take_data, const void *bytes, size_t size), void *take_data,
                        const IOCall *call);
IOResult *xn_verb_stat (int host, const char *url, uint32_t flags, const IOCall *call);
IOResult *xn_verb_list (int host, const char *url, uint32_t flags, const IOCall *call);
IOResult *xn_verb_check (int host, const char *url, const IOCall *call);
IOResult *xn_verb_diagnose (int host, const char *url, void (*told) (void *told_data, const IOFinding *finding),
                            void *told_data, const IOCall *call);
