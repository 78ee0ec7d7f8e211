/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file look.h
 * What is there: gfal2's stat, access, directories and checksums. The functions are members of gfal2's table of a plugin; the
 * handle is the context. All of them set an error when they fail, with one of errno's numbers.
 */
#ifndef GFAL_XNAT_LOOK_H
#define GFAL_XNAT_LOOK_H

#include <gfal_plugins_api.h>

/** stat(2). A file's time costs a question. */
int look_stat (plugin_handle handle, const char *url, struct stat *about, GError **error);

/** access(2): whether it is there. What may be done with it only the server knows. */
int look_access (plugin_handle handle, const char *url, int mode, GError **error);

/** opendir(3): one listing. */
gfal_file_handle look_open_directory (plugin_handle handle, const char *url, GError **error);

/** readdir(3). */
struct dirent *look_read_directory (plugin_handle handle, gfal_file_handle directory, GError **error);

/** readdir(3) and stat(2) in one, but for times. */
struct dirent *look_read_directory_with_stat (plugin_handle handle, gfal_file_handle directory, struct stat *about,
                                              GError **error);

/** closedir(3). */
int look_close_directory (plugin_handle handle, gfal_file_handle directory, GError **error);

/** The MD5 of a file, or of `length` bytes of it from `start` on (0: to the end): the server's, else of what it sends. */
int look_checksum (plugin_handle handle, const char *url, const char *type, char *buffer, size_t size, off_t start,
                   size_t length, GError **error);

#endif /* GFAL_XNAT_LOOK_H */
