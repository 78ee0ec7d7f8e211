/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file content.h
 * What files hold: bytes that follow from the file's resource, path and version, so that any file can be judged alone.
 */
#pragma once

#include <glib.h>

/** The content of a version, which is above 0. @return (transfer full). */
GBytes *content_new (const char *resource, const char *path, guint version);

/** Which version it is that @data is the whole of; 0 if it is none. */
guint content_version (const char *resource, const char *path, gconstpointer data, gsize size);

/** The same of a local file; 0 also if there is none. */
guint content_version_of_file (const char *resource, const char *path, const char *file);

/** MD5 of a version, in hex. @return (transfer full). */
char *content_md5 (const char *resource, const char *path, guint version);
