/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output: results, one a line, plain or as JSON. One thread. */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** Chooses JSON lines (@json) or plain ones. */
void output_init (gboolean json);

/** Writes one expanded item: `ID<TAB>URL`, or its JSON object with the attributes. */
void output_item (const IOItem *item);

/** Writes a fetched path; @id is NULL for a fetch without a list, where the plain line is the path alone. */
void output_fetched (const char *id, const char *url, const char *path);

/** Writes the final URL of a put. */
void output_put (const char *path, const char *url);

/** Writes a failed entry; plain output has no line for it. @id and @path may be NULL: left out. A password in @url is
 *  not repeated. */
void output_failed (const char *id, const char *path, const char *url, int kind, const char *message);

/** Writes a plugin: name, version, schemes (parted by commas) and file. */
void output_plugin (const IOPlugin *plugin, const char *file);

/** Hands over what is still buffered. Returns FALSE if anything written so far was lost, with an error of kind io. */
gboolean output_flush (GError **error);

/** Writes @text as it is: the help and the version. */
void output_text (const char *text);
