/* SPDX-License-Identifier: Apache-2.0 */
/* Results of the small plugins: made here, owned by whoever holds them, freed by reply_free(). */
#pragma once

#include <glib.h>

#include "ioplugin.h"

/** The error domain of the small plugins; codes are IOKind. */
#define REPLY_ERROR (g_quark_from_static_string ("reply-error"))

/** Whether the host wants the operation to end, by the flag or the function of @call, which may be NULL. */
gboolean reply_stopped (const IOCall *call);

/** An empty success. */
IOResult *reply_new (void);

/** Adds an item to a success; @id is NULL for none, @attributes is name, value, ..., NULL (or NULL). All copied. */
void reply_add (IOResult *result, const char *id, const char *value, const char *const *attributes);

/** A failure with the kind and message of @error, which is freed. */
IOResult *reply_failed (GError *error);

/** A failure with everything that one can have; @server_words may be NULL. */
IOResult *reply_failed_with (IOKind kind, const char *message, int http_status, const char *server_words);

/** Makes a failure of a success; its items stay. */
void reply_fail (IOResult *result, IOKind kind, const char *message);

/** The `free_result` of the small plugins. */
void reply_free (IOResult *result);
