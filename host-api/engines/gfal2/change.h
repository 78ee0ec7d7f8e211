/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file change.h
 * gfal2's removal and making of directories, as members of its table of a plugin; the handle is the context. All of them set
 * an error when they fail, with one of errno's numbers.
 */
#ifndef GFAL_XNAT_CHANGE_H
#define GFAL_XNAT_CHANGE_H

#include <gfal_plugins_api.h>

/** unlink(2): removes a file, and a fresh listing lacks it. */
int change_remove_file (plugin_handle handle, const char *url, GError **error);

/** rmdir(2): removes an empty resource. A directory within one goes with its last file, so that its absence is a success.
 *  Nothing above resources is ever removed. */
int change_remove_directory (plugin_handle handle, const char *url, GError **error);

/** mkdir(2). With `parents` nothing is to be done: levels and directories come with what is put into them. Without: an
 *  error, as there would be nothing afterwards. */
int change_make_directory (plugin_handle handle, const char *url, mode_t mode, gboolean parents, GError **error);

#endif /* GFAL_XNAT_CHANGE_H */
