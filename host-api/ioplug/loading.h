/* SPDX-License-Identifier: Apache-2.0 */
/* Which plugins a run of the command has, and what they are offered. */
#pragma once

#include "ioplug/host.h"
#include "options.h"

/** Loads the plugins that @options and the environment name. @options must outlive the host.
 *  Returns (transfer full): the host; NULL with an error of kind plugin (one cannot be loaded, or there is none). */
IOPluginHost *loading_open (Options *options, GError **error);

/** Whether the plugin that serves @url can keep local files that differ, if the settings want that; one that does not know
 *  the setting would replace them. An error of kind usage. */
gboolean loading_check_keep_changed (const Options *options, const IOPluginHost *host, const char *url, GError **error);

/** Checks that somebody knows each setting of the command line. On failure an error of kind usage that names those
 *  that there are. */
gboolean loading_check_settings (const Options *options, const IOPluginHost *host, GError **error);

/** The directories that are looked through without --plugin, colon-separated. */
char *loading_search_path (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IOPluginHost, io_host_free)
