/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin.h
 * What gfal2 calls this plugin.
 */
#ifndef GFAL_XNAT_PLUGIN_H
#define GFAL_XNAT_PLUGIN_H

#include <gfal_plugins_api.h>

/** Returns the name, a constant; handles are given to the plugin of the name that they were made with. */
const char *plugin_name (void);

/** Whether a URL is of this plugin's schemes. */
gboolean plugin_serves (const char *url);

/** The one function that gfal2 looks for: the table of the plugin for a context. Never fails: that would be the end of all
 *  plugins of that context. */
gfal_plugin_interface gfal_plugin_init (gfal2_context_t context, GError **error);

#endif /* GFAL_XNAT_PLUGIN_H */
