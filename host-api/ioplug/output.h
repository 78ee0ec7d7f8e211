/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output: results, one a line, plain or as JSON. One thread. */
#pragma once

#include <glib.h>

#include "ioplugin.h"
#include "plan.h"

/** Chooses JSON lines (@json) or plain ones. */
void output_init (gboolean json);

/** Says that something is changed or moved, so that nobody who should read of it may leave in silence. */
void output_want_reader (void);

/** Writes one expanded item: `ID<TAB>URL`, or its JSON object with the attributes. */
void output_item (const IOItem *item);

/** Writes @line as it is. It must hold nothing that breaks a line. */
void output_line (const char *line);

/** Writes bytes as they are. Returns FALSE if they, or something before them, were lost: output_flush() says why. */
gboolean output_bytes (const void *bytes, gsize size);

/** Writes the URL of what was removed; @files (nullable) is how many files went with it. */
void output_removed (const char *url, const char *files);

/** Writes a fetched path; @id is NULL for a fetch without a list, where the plain line is the path alone. */
void output_fetched (const char *id, const char *url, const char *path);

/** Writes the steps of @plan (element-type PlanStep): `ACTION<TAB>BYTES<TAB>WHAT`, which is what is changed: the URL if
 *  @of_put, else the local path; what is created has its type behind that; or JSON objects. @id: (nullable) of the entry of a list. */
void output_plan (const char *id, const GPtrArray *plan, gboolean of_put);

/** Writes the final URL of a put. */
void output_put (const char *path, const char *url);

/** Writes a failed entry; plain output has no line for it. @id and @path may be NULL: left out. A password in @url is
 *  not repeated. */
void output_failed (const char *id, const char *path, const char *url, int kind, const char *message);

/** Writes a finding of a diagnosis: aligned, with the advice below it, or its JSON object. Is seen at once. */
void output_finding (const IOFinding *finding);

/** Writes a plugin: name, version, schemes (parted by commas) and file. */
void output_plugin (const IOPlugin *plugin, const char *file);

/** Hands over what is still buffered. Returns FALSE if anything written so far was lost, with an error of kind io. Its
 *  message is empty where a reader that had seen enough closed the pipe, as `head` does. */
gboolean output_flush (GError **error);

/** Writes @text as it is: the help and the version. */
void output_text (const char *text);
