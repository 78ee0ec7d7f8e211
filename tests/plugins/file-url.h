/* SPDX-License-Identifier: Apache-2.0 */
/* Between URLs of the file plugin and local paths. All results are owned by the caller. */
#pragma once

#include <glib.h>

/** What stands behind the scheme and the host part, up to a query; NULL with an error of kind usage. */
char *file_url_raw_path (const char *url, GError **error);

/** The local path that @url names; NULL with an error of kind usage. */
char *file_url_path (const char *url, GError **error);

/** The URL of a local path. */
char *file_url_of (const char *path);
