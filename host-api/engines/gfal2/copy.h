/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file copy.h
 * gfal2's copies between local files and servers, and between servers, as members of its table of a plugin.
 */
#ifndef GFAL_XNAT_COPY_H
#define GFAL_XNAT_COPY_H

#include <gfal_plugins_api.h>

/** Whether the copy is one of this plugin's: all but those to other protocols or to a pipe, which gfal2 makes of reads. */
int copy_check (plugin_handle handle, gfal2_context_t context, const char *from, const char *to, gfal_url2_check check);

/** Copies one file, whole and checked; reports and is stopped through `params` and the context.
 *  @return 0, or -1 with an error. */
int copy_file (plugin_handle handle, gfal2_context_t context, gfalt_params_t params, const char *from, const char *to,
               GError **error);

#endif /* GFAL_XNAT_COPY_H */
