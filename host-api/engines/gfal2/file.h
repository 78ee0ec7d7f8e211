/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file file.h
 * gfal2's open, read, write, seek and close, as members of its table of a plugin; the handle is the context. All of them set
 * an error when they fail, with one of errno's numbers. An open file belongs to one thread at a time.
 */
#ifndef GFAL_XNAT_FILE_H
#define GFAL_XNAT_FILE_H

#include <gfal_plugins_api.h>

/** open(2), either to read or to write from the start. A file that is read must be there; its parts are fetched as they are
 *  needed. One that is written is kept in a local file until it is closed. */
gfal_file_handle file_open (plugin_handle handle, const char *url, int flags, mode_t mode, GError **error);

/** read(2). */
ssize_t file_read (plugin_handle handle, gfal_file_handle file, void *buffer, size_t size, GError **error);

/** write(2). */
ssize_t file_write (plugin_handle handle, gfal_file_handle file, const void *buffer, size_t size, GError **error);

/** lseek(2), of a file that is read. */
off_t file_seek (plugin_handle handle, gfal_file_handle file, off_t offset, int whence, GError **error);

/** close(2). What was written is put, replacing what is there. After a failure it is gone, and the file can be closed once more
 *  to no effect. */
int file_close (plugin_handle handle, gfal_file_handle file, GError **error);

#endif /* GFAL_XNAT_FILE_H */
