/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugins.h
 * The storage plugins of this process: loaded at the first need, shared by all contexts of gfal2, their sessions ended with
 * the last context, or with the process.
 */
#ifndef GFAL_XNAT_PLUGINS_H
#define GFAL_XNAT_PLUGINS_H

#include <glib.h>

#include "ioplugin.h"

/** The domain of all errors; their codes are errno's, as everywhere in gfal2. */
#define PLUGINS_ERROR (g_quark_from_static_string ("GFAL2:PLUGIN:XNAT"))

/**
 * Returns the plugin that serves `url`, owned by the process. The directories of IOPLUG_PATH are searched, else the one where
 * plugins are installed. From any thread.
 * @return NULL with an error if there is none, or one that is too old.
 */
const IOPlugin *plugins_find (const char *url, GError **error);

/** Says that an operation has been: from then on the sessions are ended with the process, too. From any thread. */
void plugins_used (void);

/** Whether the process is ending, so that nothing should go on. From any thread. */
gboolean plugins_ending (void);

/** Counts a context that may use the plugins. From any thread. */
void plugins_hold (void);

/** Says that an operation of a context was cancelled. Where there is no other context the sessions are ended now: a tool that
 *  is interrupted may not come to its orderly end. From any thread, outside any operation of a plugin. */
void plugins_cancelled (void);

/** Counts it off again; the last one ends the sessions. From any thread. */
void plugins_release (void);

#endif /* GFAL_XNAT_PLUGINS_H */
